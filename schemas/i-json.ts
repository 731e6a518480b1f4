/** I-JSON (RFC 7493): reports JSON that `JSON.parse` would change without an error. */
import type { Json } from "./json.ts";
import { isTooDeep } from "./json-pointer.ts";

/** The value, or the first fault that the parser finds. `path` leads to the faulty member. */
export type IJson =
  | { kind: "value"; value: Json }
  /** `offset` is the position of the error. If only the end of the text is missing, `offset` is the text's length. */
  | { kind: "syntax"; offset: number }
  | { kind: "too_deep" }
  | { kind: "duplicate_member"; path: readonly string[] }
  /** `number` is the first 40 characters of the number. */
  | { kind: "inexact_number"; number: string }
  | { kind: "lone_surrogate"; path: readonly string[] };

/** Parses a text without throwing. */
export function parseIJson(text: string): IJson {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "syntax", offset: viableLength(text) };
  }
  if (isTooDeep(value)) return { kind: "too_deep" };
  if (countMembersInText(text) !== countMembersOfValue(value))
    return { kind: "duplicate_member", path: firstDuplicate(text) };
  const number = firstInexact(text);
  if (number !== undefined) return { kind: "inexact_number", number };
  const path = text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text) ? undefined : firstIllFormed(value, []);
  return path === undefined ? { kind: "value", value } : { kind: "lone_surrogate", path };
}

/**
 * The length of the longest prefix that more text could complete to valid JSON. V8's parser does not report the position of
 * an unexpected character, so this function finds the position by bisection.
 */
function viableLength(text: string): number {
  let viable = 0;
  let tooLong = text.length + 1;
  while (tooLong - viable > 1) {
    const middle = (viable + tooLong) >>> 1;
    if (isViable(text.slice(0, middle))) viable = middle;
    else tooLong = middle;
  }
  return viable;
}

function isViable(start: string): boolean {
  try {
    JSON.parse(start);
    return true;
  } catch (error) {
    const message = String(error);
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return position === undefined ? message.includes("end of JSON input") : Number(position) >= start.length;
  }
}

/** Counts the strings before a colon: each is a member's name. A count is faster than a search for duplicates. */
function countMembersInText(text: string): number {
  let count = 0;
  for (const string of text.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g) ?? []) if (string.endsWith(":")) count += 1;
  return count;
}

/** Counts the members that the parser kept. Of several duplicates, the parser keeps only the last. */
function countMembersOfValue(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) count += countMembersOfValue(child);
  return count;
}

/** The path to the first duplicate member. The text must be JSON. */
function firstDuplicate(text: string): string[] {
  /** The open objects and arrays. `members` has an object's members so far. `key` is the current member or array index. */
  const open: { members: Set<string> | undefined; key: string }[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]/g)) {
    const container = open.at(-1);
    if (token === "{") open.push({ members: new Set(), key: "" });
    else if (token === "[") open.push({ members: undefined, key: "0" });
    else if (token === "}" || token === "]") open.pop();
    else if (container === undefined) continue;
    else if (string === undefined) {
      if (container.members === undefined) container.key = String(Number(container.key) + 1);
    } else if (colon !== undefined) {
      container.key = JSON.parse(string);
      if (container.members?.has(container.key)) return open.map(({ key }) => key);
      container.members?.add(container.key);
    }
  }
  return [];
}

/** The first number that a double cannot represent (RFC 7493 §2.2). Such a number is long or has an exponent. */
function firstInexact(text: string): string | undefined {
  if (!/\d[\d.]{15}|\d[eE]/.test(text)) return undefined;
  let inexact: string | undefined;
  JSON.parse(text, (_member, value: unknown, context?: { source: string }) => {
    if (typeof value === "number" && context !== undefined && decimal(context.source) !== decimal(String(value)))
      inexact ??= context.source.slice(0, 40);
    return value;
  });
  return inexact;
}

/** A number's sign, significant digits and exponent. Two texts of the same number have the same result. */
function decimal(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  // Without the lookbehind, the search restarts at each zero, so a long row of zeros takes quadratic time.
  const significant = digits.replace(/(?<!0)0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}

/** The path to the first string or name with a lone surrogate. */
function firstIllFormed(value: Json, path: readonly string[]): readonly string[] | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [member, child] of Object.entries(value)) {
    const here = [...path, member];
    const found = member.isWellFormed() ? firstIllFormed(child, here) : here;
    if (found !== undefined) return found;
  }
  return undefined;
}
