/** How the command line writes: results to stdout, everything about the run to stderr, colours where a terminal shows them. */
import { stripVTControlCharacters, styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** For stdout; plain where that is no terminal, or `NO_COLOR` is set. */
export const styled = (style: Style, text: string): string =>
  text === "" ? "" : styleText(style, text, { stream: process.stdout });

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** What is about the run. */
export const tell = (text: string): void => void process.stderr.write(`${text}\n`);

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
