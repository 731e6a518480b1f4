import { type Text, widthOf } from "./text.ts";

/** Rows as lines whose cells stand below one another. */
export function columns(rows: readonly (readonly Text[])[]): Text[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => widthOf(cell) > 0);
    return row
      .slice(0, last + 1)
      .map((cell, index) => (index === last ? cell : [cell, " ".repeat((widths[index] ?? 0) - widthOf(cell) + 2)]));
  });
}

export const indented = (lines: readonly Text[]): Text[] => lines.map((line) => ["  ", line]);

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : `${noun}s`}`;
