/** JSON helpers for tests. */
import type { Json } from "../../../schemas/json.ts";
import { isObject, toPath, toPointer, valueAt } from "../../../schemas/json-pointer.ts";

/** Every scalar of a document (string, number, boolean or `null`), with its JSON Pointer. */
export function scalarsOf(document: unknown, pointer = ""): [pointer: string, value: unknown][] {
  if (typeof document !== "object" || document === null) return [[pointer, document]];
  return Object.entries(document).flatMap(([member, value]) => scalarsOf(value, `${pointer}${toPointer([member])}`));
}

/** The scalars as text. If a double cannot represent a number, the engine stores the number's digits as text. */
export function scalarTextsOf(document: Json): [pointer: string, text: string][] {
  return scalarsOf(document).map(([pointer, value]) => [pointer, String(value)]);
}

export const readAt = (document: Json, pointer: string): Json | undefined => valueAt(document, toPath(pointer));

/** A copy with another value at the pointer. Missing objects on the path are added. */
export function withValueAt(document: unknown, pointer: string, value: Json): Json {
  return replace(document, toPath(pointer), value);
}

function replace(document: unknown, [member, ...rest]: string[], value: Json): Json {
  if (member === undefined) return value;
  const members = typeof document === "object" && document !== null ? Object.fromEntries(Object.entries(document)) : {};
  return { ...members, [member]: replace(members[member], rest, value) };
}

/** A copy with another value in place of the first leaf. */
export function withFirstLeaf(document: Json, value: Json): Json {
  if (Array.isArray(document)) return document.map((each) => withFirstLeaf(each, value));
  if (!isObject(document)) return value;
  const [[member, child] = ["x", null], ...rest] = Object.entries(document);
  return { ...Object.fromEntries(rest), [member]: withFirstLeaf(child, value) };
}

export function onTheWire(document: unknown): Json {
  return JSON.parse(JSON.stringify(document));
}
