/** Which field each column is: by its header, or by `--map "Company Name=name"`. */
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Fault } from "./fault.ts";

/** By column; an empty field leaves the column out. */
export type ColumnMap = ReadonlyMap<string, string>;

export function readColumnMap(mappings: readonly string[]): ColumnMap {
  const entries = mappings.map((mapping) => {
    // A header may hold "=", a field does not.
    const at = mapping.lastIndexOf("=");
    if (at < 1)
      throw new Failure(
        exitCodes.usage,
        `--map takes "column=field", such as --map "Company Name=name", not "${mapping}".`,
      );
    return [mapping.slice(0, at), mapping.slice(at + 1)] as const;
  });
  return new Map(entries);
}

export const fieldOf = (map: ColumnMap, column: string): string => map.get(column) ?? column;

/** The first column that is each field. */
export function firstColumns(columns: readonly string[], map: ColumnMap): ReadonlyMap<string, string> {
  return new Map(columns.map((column) => [fieldOf(map, column), column] as const).toReversed());
}

/** What the map and the file's columns have against each other. */
export function mapFaults(map: ColumnMap, columns: readonly string[]): Fault[] {
  const present = new Set(columns);
  const missing = [...map.keys()]
    .filter((column) => !present.has(column))
    .map((column) => ({
      row: 1,
      column,
      detail: `--map names this column, which the file does not have; it has ${columns.join(", ")}`,
    }));
  const first = firstColumns(columns, map);
  const twice = columns.flatMap((column) => {
    const field = fieldOf(map, column);
    const earlier = first.get(field) === column ? undefined : first.get(field);
    const detail = `Is \`${field}\`, as column "${earlier}" is: leave one of them out with --map "<column>="`;
    return field === "" || earlier === undefined ? [] : [{ row: 1, column, detail }];
  });
  return [...missing, ...twice];
}
