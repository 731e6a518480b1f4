/** Reads JSON so that nothing in it is lost without a word: I-JSON (RFC 7493), as far as a parser could hide a fault. */
import { isTooDeep, maxDepth, toPointer } from "../../schemas/json-pointer.ts";
import { firstInexact } from "../../schemas/inexact-number.ts";
import type { Json } from "../../schemas/json.ts";
import { scanJson } from "./json-scanner.ts";

export type IJson = { value: Json } | { fault: { detail: string; pointer: string } };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses a body; a fault says where it is. Total. */
export function parseIJson(bytes: ArrayBuffer): IJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return fault("The body is not UTF-8 (RFC 8259 §8.1)");
  }
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return fault(`The body is not JSON: ${whereSyntaxBreaks(text)}`);
  }
  if (isTooDeep(value)) return fault(`Values are nested more than ${maxDepth} deep`);
  if (membersIn(text) !== membersOf(value)) {
    const found = scanJson(text);
    const pointer = found?.kind === "repeated" ? found.pointer : "";
    return fault(`The member ${pointer} stands twice (RFC 7493 §2.3)`, pointer);
  }
  const inexact = firstInexact(text);
  if (inexact !== undefined) return fault(`The number ${inexact} cannot be read without loss (RFC 7493 §2.2)`);
  if (!text.isWellFormed() || /\\u[dD][89a-fA-F]/.test(text)) {
    const pointer = firstIllFormed(value, []);
    if (pointer !== undefined)
      return fault("The string holds a lone surrogate and is not valid Unicode (RFC 7493 §2.1)", pointer);
  }
  return { value };
}

function fault(detail: string, pointer = ""): IJson {
  return { fault: { detail, pointer } };
}

function whereSyntaxBreaks(text: string): string {
  const found = scanJson(text);
  if (found?.kind !== "syntax") return "the parser refuses it";
  const before = text.slice(0, found.offset).split("\n");
  return `expected ${found.expected} at position ${found.offset} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
}

/** How many members the text writes down: strings that are followed by a colon. */
function membersIn(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) count += 1;
  return count;
}

/** How many members the parser kept: of those that stand twice it keeps the last. */
function membersOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  return children.reduce<number>(
    (count, child) => count + membersOf(child),
    Array.isArray(value) ? 0 : children.length,
  );
}

function firstIllFormed(value: Json, path: readonly PropertyKey[]): string | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : toPointer(path);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [member, child] of Object.entries(value)) {
    const here = [...path, member];
    const found = member.isWellFormed() ? firstIllFormed(child, here) : toPointer(path);
    if (found !== undefined) return found;
  }
  return undefined;
}
