import { stripVTControlCharacters } from "node:util";

const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Rows as lines whose cells stand below one another. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd(),
  );
}

export const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join("\n");

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : `${noun}s`}`;
