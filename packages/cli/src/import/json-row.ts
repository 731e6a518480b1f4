/** Reads one line of NDJSON, and reports content that a JSON parser would silently lose or change. */
import * as z from "zod/mini";
import { type IJson, parseIJson } from "../../../../schemas/i-json.ts";
import { maxDepth } from "../../../../schemas/json-pointer.ts";
import { jsonValue, recordOf } from "../../../../schemas/json.ts";
import type { Members } from "../field-path.ts";

export type JsonRow =
  | { kind: "row"; members: Members }
  /** `column`: the faulty member, or `null` if the fault is not in a single member. */
  | { kind: "fault"; column: string | null; detail: string };

const jsonObject = recordOf(z.string(), jsonValue);

export function readJsonRow(line: string): JsonRow {
  const read = parseIJson(line);
  if (read.kind !== "value") return { kind: "fault", ...describeFault(read) };
  const object = jsonObject.safeParse(read.value);
  return object.success ? { kind: "row", members: object.data } : { kind: "fault", ...notAnObject };
}

const notAnObject = { column: null, detail: "Is not a JSON object: write one object on each line" };

function describeFault(fault: Exclude<IJson, { kind: "value" }>): { column: string | null; detail: string } {
  switch (fault.kind) {
    case "syntax":
      return notAnObject;
    case "too_deep":
      return { column: null, detail: `Is nested more than ${maxDepth} levels deep, which the gateway does not accept` };
    case "duplicate_member":
      return {
        column: fault.path.at(-1) ?? null,
        detail: "Duplicate member: remove or rename one",
      };
    case "inexact_number":
      return { column: null, detail: `The number ${fault.number} cannot be represented exactly: write it as text` };
    case "lone_surrogate":
      return {
        column: fault.path[0]?.toWellFormed() ?? null,
        detail:
          "Contains half of a character (a lone surrogate, such as \\ud83d): write the whole character, or remove it",
      };
  }
}
