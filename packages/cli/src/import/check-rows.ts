/** Checks every row, so that what can be told beforehand is told before anything is sent. */
import { createHash } from "node:crypto";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import canonicalize from "canonicalize";
import type { AccountRequest } from "../../../client/src/index.ts";
import type { Json } from "../../../../schemas/json.ts";
import { asRequest } from "../account-input.ts";
import { type Members, type PathAndValue, pathOf, withValues } from "../field-path.ts";
import { valueAt } from "../../../../schemas/json-pointer.ts";
import { type ColumnMap, fieldOf, firstColumns, mapFaults } from "./column-map.ts";
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
  const columnOfField = firstColumns(source.columns, map);
  /** As the file names it: the column that is the field, or the field where it has no column of its own. */
  const columnAt = (path: readonly string[]) =>
    path.length === 0 ? null : (columnOfField.get(path.join(".")) ?? path.join("."));
  const unknownColumns = new Set<string>();
  const rowOfKey = new Map<string, number>();

  const rows = source.rows.flatMap((each): CheckedRow[] => {
    const { row, cells } = each;
    const written = accountOf(each, map);
    const account = source.isText ? typed(written, validate(written)) : written;
    for (const { path, detail, isUnknown } of schemaFaults(validate(account), isLenient)) {
      const column = columnAt(path);
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
  const values = Array.from(cells, ([column, value]) => [fieldOf(map, column), value] as const);
  return withValues(
    {},
    values.filter(([field]) => field !== "").map(([field, value]): PathAndValue => [pathOf(field), value]),
  );
}

/** With the booleans and integers that text from a CSV file spells, where the schema does not take the text. */
function typed(account: Members, errors: readonly ErrorObject[]): Members {
  const values = errors.map(pathIn).flatMap((path): PathAndValue[] => {
    const spelled = spelledBy(valueAt(account, path));
    return spelled === undefined ? [] : [[path, spelled]];
  });
  return values.length === 0 ? account : withValues(account, values);
}

function spelledBy(value: Json | undefined): boolean | number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return /^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
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
