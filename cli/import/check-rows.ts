/** Checks every row, so that what can be told beforehand is told before anything is sent. */
import { createHash } from "node:crypto";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import canonicalize from "canonicalize";
import type { AccountRequest } from "../../client/index.ts";
import type { Json } from "../../schemas/json.ts";
import { asRequest } from "../account-input.ts";
import { type Members, pathOf, valueAt, withValue } from "../field-path.ts";
import { type ColumnMap, fieldOf, mapFaults } from "./column-map.ts";
import type { Source, SourceRow } from "./read-rows.ts";
import { rowKey } from "./row-key.ts";
import { pathIn, schemaFaults } from "./schema-faults.ts";

export interface CheckedRow {
  row: number;
  key: string;
  account: AccountRequest;
  /** Of what the account says, not of how it is written. */
  sha256: string;
}

export interface CheckOptions {
  /** The connection's. */
  schema: Members;
  isLenient: boolean;
  map: ColumnMap;
  /** A column's name, or the field that it is. */
  keyColumn: string;
}

type Validate = (account: Members) => readonly ErrorObject[];

export function checkRows(source: Source, { schema, isLenient, map, keyColumn }: CheckOptions) {
  const validate = validator(schema);
  const faults = [...source.faults, ...mapFaults(map, source.columns)];
  const hasKeys =
    !source.isText || source.columns.some((column) => column === keyColumn || fieldOf(map, column) === keyColumn);
  if (!hasKeys) faults.push({ row: 1, column: keyColumn, detail: noKeyColumn });
  const unknownColumns = new Set<string>();
  const rowOfKey = new Map<string, number>();

  const rows = source.rows.flatMap((each): CheckedRow[] => {
    const { row, cells } = each;
    const written = accountOf(each, map);
    const account = source.isText ? typed(written, validate(written)) : written;
    for (const { path, detail, isUnknown } of schemaFaults(validate(account), isLenient)) {
      const column = columnAt(path, source.columns, map);
      if (!isUnknown || !source.isText) faults.push({ row, column, detail });
      else if (column !== null && !unknownColumns.has(column)) {
        // It is the header's fault, and no row's.
        unknownColumns.add(column);
        faults.push({ row: 1, column, detail });
      }
    }

    const value = cells.get(keyColumn) ?? valueAt(account, pathOf(keyColumn));
    const key = rowKey(value);
    const keyFault = (detail: string) => faults.push({ row, column: keyColumn, detail });
    if (key === null) {
      if (hasKeys) keyFault(noKey(value));
      return [];
    }
    const earlier = rowOfKey.get(key);
    if (earlier === undefined) rowOfKey.set(key, row);
    else keyFault(`Has the value of row ${earlier}: each account needs one of its own`);
    return [{ row, key, account: asRequest(account), sha256: sha256Of(account) }];
  });
  return { rows, faults: faults.toSorted((one, other) => one.row - other.row) };
}

function validator(schema: Members): Validate {
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  return (account) => (validate(account) ? [] : (validate.errors ?? []));
}

function accountOf({ cells }: SourceRow, map: ColumnMap): Members {
  let account: Members = {};
  for (const [column, value] of cells) {
    const field = fieldOf(map, column);
    if (field !== "") account = withValue(account, pathOf(field), value);
  }
  return account;
}

/** With the booleans and integers that text from a CSV file spells, where the schema does not take the text. */
function typed(account: Members, errors: readonly ErrorObject[]): Members {
  let result = account;
  for (const path of errors.map(pathIn)) {
    const spelled = spelledBy(valueAt(result, path));
    if (spelled !== undefined) result = withValue(result, path, spelled);
  }
  return result;
}

function spelledBy(value: Json | undefined): boolean | number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return /^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

/** As it stands in the file: the column that is the field, or the field where it has none of its own. */
function columnAt(path: readonly string[], columns: readonly string[], map: ColumnMap): string | null {
  if (path.length === 0) return null;
  const field = path.join(".");
  return columns.find((column) => fieldOf(map, column) === field) ?? field;
}

const noKeyColumn =
  "Is no column of the file: it tells the accounts apart when the file is sent again; name the one that does with --key-column";

function noKey(value: Json | undefined): string {
  if (value === undefined || value === null || value === "")
    return "Is empty: it tells the accounts apart when the file is sent again; fill it, or name another column with --key-column";
  return "Cannot tell accounts apart: it must be text that is at most 250 characters long once it is percent-encoded";
}

const sha256Of = (account: Members): string =>
  createHash("sha256")
    .update(canonicalize(account) ?? "")
    .digest("hex");
