/** What a command writes: lines of text that a terminal shows and never obeys. Only a style becomes an escape sequence. */
import type { Writable } from "node:stream";
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

/** A line, or a part of one. A string may hold what a vendor, the gateway or a file says. */
export type Text = string | Styled | readonly Text[];

export const styled = (style: Style, text: string): Styled => new Styled(style, text);

/**
 * With every character escaped that would move the cursor, begin a line, start an escape sequence (C0, C1, DEL) or turn
 * the direction of what follows.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** As the stream takes it: without styles where it is no terminal, or `NO_COLOR` is set. */
export function render(text: Text, stream: Writable): string {
  if (typeof text === "string") return printable(text);
  if (text instanceof Styled) return text.text === "" ? "" : styleText(text.style, printable(text.text), { stream });
  return text.map((part) => render(part, stream)).join("");
}

/** In characters, as they are shown. */
export function widthOf(text: Text): number {
  if (typeof text === "string") return [...printable(text)].length;
  return text instanceof Styled ? widthOf(text.text) : text.reduce((sum, part) => sum + widthOf(part), 0);
}
