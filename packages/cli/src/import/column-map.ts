/** Maps columns to account fields: by the column's header, or by `--map "Company Name=name"`. */
import { exitCodes, Failure } from "../failure.ts";
import type { RowFault } from "./read-rows.ts";

/** Fields by column. An empty field leaves the column out. */
export type ColumnMap = ReadonlyMap<string, string>;

export function readColumnMap(mappings: readonly string[]): ColumnMap {
  const entries = mappings.map((mapping) => {
    // A header may contain "="; a field does not.
    const at = mapping.lastIndexOf("=");
    if (at < 1)
      throw new Failure(
        exitCodes.usage,
        `--map must be "column=field", such as --map "Company Name=name", but it is "${mapping}".`,
      );
    return [mapping.slice(0, at), mapping.slice(at + 1)] as const;
  });
  return new Map(entries);
}

export const fieldOf = (map: ColumnMap, column: string): string => map.get(column) ?? column;

/** The first column of each field. */
export function firstColumns(columns: readonly string[], map: ColumnMap): ReadonlyMap<string, string> {
  return new Map(columns.map((column) => [fieldOf(map, column), column] as const).toReversed());
}

/** Finds mapped columns that the file does not have, and columns that map to the same field. */
export function mapFaults(map: ColumnMap, columns: readonly string[]): RowFault[] {
  const present = new Set(columns);
  const missing = [...map.keys()]
    .filter((column) => !present.has(column))
    .map((column) => ({
      row: 1,
      column,
      detail: `--map names this column, but the file does not have it. The file's columns: ${columns.join(", ")}`,
    }));
  const first = firstColumns(columns, map);
  const duplicates = columns.flatMap((column) => {
    const field = fieldOf(map, column);
    const earlier = first.get(field) === column ? undefined : first.get(field);
    const detail = `This column and column "${earlier}" map to the same field, \`${field}\`: leave one of them out with --map "<column>="`;
    return field === "" || earlier === undefined ? [] : [{ row: 1, column, detail }];
  });
  return [...missing, ...duplicates];
}
