/** Reads one line of NDJSON, and reports what a JSON parser would lose or change without an error. */
import * as z from "zod/mini";
import { type Json, jsonSchema, recordOf } from "../../../../schemas/json.ts";
import { firstInexact } from "../../../../schemas/inexact-number.ts";
import { isObject, maxDepth } from "../../../../schemas/json-pointer.ts";
import type { Members } from "../field-path.ts";
import { parseJson } from "../read-text.ts";

export type JsonRow =
  | { kind: "row"; members: Members }
  /** `column`: the name of the member at fault, if it is one member. */
  | { kind: "fault"; column: string | null; detail: string };

const jsonObject = recordOf(z.string(), jsonSchema);

export function readJsonRow(line: string): JsonRow {
  const value = parseJson(line);
  // First check the depth, because the value is read recursively.
  const hidden = value === undefined ? undefined : hiddenFault(line);
  if (hidden !== undefined) return hidden;
  const read = jsonObject.safeParse(value);
  if (!read.success)
    return { kind: "fault", column: null, detail: "Is not a JSON object: write one object on each line" };
  const inexact = firstInexact(line);
  if (inexact !== undefined)
    return {
      kind: "fault",
      column: null,
      detail: `The number ${inexact} cannot be represented exactly: write it as text`,
    };
  for (const [column, cell] of Object.entries(read.data))
    if (!isWellFormed([column, cell])) return { kind: "fault", column: column.toWellFormed(), detail: illFormed };
  return { kind: "row", members: read.data };
}

const repeated = "Duplicate member: remove or rename one";
const illFormed =
  "Contains half of a character (a lone surrogate, such as \\ud83d): write the whole character, or remove it";

/** Faults that `JSON.parse` does not report. It keeps the last of several members with one name. The text is valid JSON. */
function hiddenFault(text: string): JsonRow | undefined {
  const open: Set<string>[] = [];
  const colon = /\s*:/y;
  let quote: number | undefined;
  for (const { 0: token, index } of text.matchAll(/\\.|["{}[\]]/g)) {
    if (token === '"' && quote !== undefined) {
      colon.lastIndex = index + 1;
      const column = colon.test(text) ? String(JSON.parse(text.slice(quote, index + 1))) : undefined;
      quote = undefined;
      if (column === undefined) continue;
      if (open.at(-1)?.has(column)) return { kind: "fault", column, detail: repeated };
      open.at(-1)?.add(column);
    } else if (token === '"') quote = index;
    else if (quote !== undefined) continue;
    else if (token === "{" || token === "[") open.push(new Set());
    else open.pop();
    if (open.length > maxDepth)
      return {
        kind: "fault",
        column: null,
        detail: `Is nested more than ${maxDepth} levels deep, which the gateway does not accept`,
      };
  }
  return undefined;
}

function isWellFormed(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  return !isObject(value) || Object.entries(value).every(isWellFormed);
}
