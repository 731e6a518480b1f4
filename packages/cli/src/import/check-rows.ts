/** Checks every row before the import sends anything, so that it reports all faults at once. */
import { createHash } from "node:crypto";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import canonicalize from "canonicalize";
import type { AccountRequest } from "../../../client/src/index.ts";
import type { Json } from "../../../../schemas/json.ts";
import { valueAt } from "../../../../schemas/json-pointer.ts";
import { asAccountRequest, type Members, type PathAndValue, pathOf, withValues } from "../field-path.ts";
import { type ColumnMap, fieldOf, firstColumns, mapFaults } from "./column-map.ts";
import type { Source, SourceRow } from "./read-rows.ts";
import { rowKey } from "./row-key.ts";
import { pathIn, schemaFaults } from "./schema-faults.ts";

export interface CheckedRow {
  row: number;
  key: string;
  account: AccountRequest;
  /** The digest of the account's canonical JSON, which does not depend on the order of members. */
  sha256: string;
}

export interface CheckOptions {
  /** The connection's JSON Schema for accounts. */
  schema: Members;
  isLenient: boolean;
  map: ColumnMap;
  /** The name of the key column, or of the field that the column maps to. */
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
  /** The name to show to the user: the field's column, or the field itself if it has no column. */
  const columnAt = (path: readonly string[]) =>
    path.length === 0 ? null : (columnOfField.get(path.join(".")) ?? path.join("."));
  const unknownColumns = new Set<string>();
  const rowOfKey = new Map<string, number>();

  const rows = source.rows.flatMap((each): CheckedRow[] => {
    const { row, cells } = each;
    const untyped = accountOf(each, map);
    const account = source.isText ? withTypes(untyped, validate(untyped)) : untyped;
    for (const { path, detail, isUnknown } of schemaFaults(validate(account), isLenient)) {
      const column = columnAt(path);
      if (!isUnknown || !source.isText) faults.push({ row, column, detail });
      else if (column !== null && !unknownColumns.has(column)) {
        // The fault is in the header, so report it once and not for each row.
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
    else keyFault(`Duplicate of row ${earlier}: each account needs its own value`);
    return [{ row, key, account: asAccountRequest(account), sha256: sha256Of(account) }];
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

/** Converts the text of a CSV cell to a boolean or an integer, if the schema does not accept the text. */
function withTypes(account: Members, errors: readonly ErrorObject[]): Members {
  const values = errors.map(pathIn).flatMap((path): PathAndValue[] => {
    const spelled = readBooleanOrInteger(valueAt(account, path));
    return spelled === undefined ? [] : [[path, spelled]];
  });
  return values.length === 0 ? account : withValues(account, values);
}

function readBooleanOrInteger(value: Json | undefined): boolean | number | undefined {
  if (typeof value !== "string") return undefined;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return /^-?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}

const noKeyColumn =
  "The file does not have this column. Pass --key-column with the column that has a unique value for each account";

function noKey(value: Json | undefined): string {
  if (value === undefined || value === null || value === "")
    return "Is empty: fill it with a value that is unique for each account, or pass another column to --key-column";
  return "Cannot be a key: it must be text of at most 250 characters after percent-encoding";
}

const sha256Of = (account: Members): string =>
  createHash("sha256")
    .update(canonicalize(account) ?? "")
    .digest("hex");
