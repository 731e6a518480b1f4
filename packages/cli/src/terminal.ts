/**
 * Writes a command's results to stdout, and messages about the run to stderr. Escapes text from vendors, the gateway and
 * files, so that the text cannot control the terminal. Only styles become escape sequences.
 */
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

export class Styled {
  readonly style: Style;
  readonly text: string;

  constructor(style: Style, text: string) {
    this.style = style;
    this.text = text;
  }
}

/** A line, or a part of one. */
export type Text = string | Styled | readonly Text[];

export const styled = (style: Style, text: string): Styled => new Styled(style, text);

/** The parts of the process that a command uses. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { isTTY?: boolean };
}

export class Terminal {
  readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  /** Writes results to stdout. */
  print(...lines: Text[]): void {
    for (const line of lines) this.host.stdout.write(`${render(line, this.host.stdout)}\n`);
  }

  /** Writes messages about the run to stderr. */
  report(...lines: Text[]): void {
    for (const line of lines) this.host.stderr.write(`${render(line, this.host.stderr)}\n`);
  }
}

/**
 * Escapes every character that can move the cursor, begin a line, start an escape sequence (C0, C1, DEL) or change the
 * direction of text.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Leaves the styles out if the stream is not a terminal, or if `NO_COLOR` is set. */
function render(text: Text, stream: Writable): string {
  if (typeof text === "string") return printable(text);
  if (text instanceof Styled) return text.text === "" ? "" : styleText(text.style, printable(text.text), { stream });
  return text.map((part) => render(part, stream)).join("");
}

/** Makes a line of each row, with the cells aligned in columns. */
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

/** The width in characters, after escaping. */
function widthOf(text: Text): number {
  if (typeof text === "string") return [...printable(text)].length;
  return text instanceof Styled ? widthOf(text.text) : text.reduce((sum, part) => sum + widthOf(part), 0);
}

export const indented = (lines: readonly Text[]): Text[] => lines.map((line) => ["  ", line]);

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : `${noun}s`}`;
