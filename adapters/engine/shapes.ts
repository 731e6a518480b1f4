/** Shapes of the vendor's body that the table cannot say: a form, an array, a field in two parts, two fields in one. */
import type { Json, Pointer } from "../../schemas/json.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import type { BodyEncoding, WireShape } from "./adapter.ts";

/** A form in which brackets name inner members: `address[city]=Berlin`, `lines[0][text]=x`. `null` becomes an empty value. */
export const bracketForm: BodyEncoding = {
  contentType: "application/x-www-form-urlencoded",
  write: (body) => new URLSearchParams(formEntries(body)).toString(),
};

function formEntries(value: Json, name = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[name, value === null ? "" : String(value)]];
  return Object.entries(value).flatMap(([member, inner]) => formEntries(inner, name ? `${name}[${member}]` : member));
}

/** An array on the wire, whose items the table names by index: with `arrayAt("/emails")`, a field can go to `/emails/0/value`. */
export function arrayAt(pointer: Pointer): WireShape {
  const path = toPath(pointer);
  return {
    toWire: (body) => changeAt(body, path, (items) => (isObject(items) ? Object.values(items) : items)),
    fromWire: (body) => changeAt(body, path, (items) => (Array.isArray(items) ? { ...items } : items)),
  };
}

/** A text, and the two parts of it before and after the first separator. */
interface Parts {
  whole: Pointer;
  first: Pointer;
  rest: Pointer;
  separator: string;
}

/** The table names a whole text, which the vendor stores in two members. */
export function split(parts: Parts): WireShape {
  const { whole, first, rest } = parts;
  const toTable = (pointer: string) => (pointer === first || pointer === rest ? whole : pointer);
  return { toWire: (body) => cut(body, parts), fromWire: (body) => glue(body, parts), toTable };
}

/** The table names two texts, which the vendor stores in one member. The first text must not contain the separator. */
export function join(parts: Parts): WireShape {
  const { whole, first } = parts;
  const toTable = (pointer: string) => (pointer === whole ? first : pointer);
  return { toWire: (body) => glue(body, parts), fromWire: (body) => cut(body, parts), toTable };
}

function cut(body: JsonObject, { whole, first, rest, separator }: Parts): JsonObject {
  const text = valueAt(body, toPath(whole));
  if (typeof text !== "string") return body;
  const at = text.indexOf(separator);
  const [before, after] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
  const isLeftOut = before === "" && after !== undefined;
  return withTexts(body, [whole, undefined], [first, isLeftOut ? undefined : before], [rest, after]);
}

function glue(body: JsonObject, { whole, first, rest, separator }: Parts): JsonObject {
  const [before, after] = [first, rest].map((pointer) => valueAt(body, toPath(pointer)) ?? undefined);
  // A value of another type is not a part of a text, so it stays where it is.
  const isText = (part: Json | undefined) => part === undefined || typeof part === "string";
  if (!isText(before) || !isText(after) || (before ?? after) === undefined) return body;
  const text = after === undefined ? before : `${before ?? ""}${separator}${after}`;
  return withTexts(body, [first, undefined], [rest, undefined], [whole, text]);
}

/** The body with other texts at these pointers. `undefined` removes the member. */
function withTexts(body: JsonObject, ...texts: [Pointer, Json | undefined][]): JsonObject {
  return texts.reduce((changed, [pointer, text]) => changeAt(changed, toPath(pointer), () => text), body);
}

/**
 * A copy with another value at the path. Adds missing objects on the path only for a value, and removes the objects that a
 * removal leaves empty.
 */
function changeAt(body: JsonObject, path: string[], change: (value: Json | undefined) => Json | undefined): JsonObject {
  const [member = "", ...inner] = path;
  const value = valueAt(body, [member]);
  if (inner.length > 0 && value !== undefined && !isObject(value)) return body;
  const changed = inner.length === 0 ? change(value) : changeAt(isObject(value) ? value : {}, inner, change);
  if (changed === value) return body;
  const isEmptied = inner.length > 0 && isObject(changed) && Object.keys(changed).length === 0;
  const { [member]: _, ...others } = body;
  if (changed === undefined || isEmptied) return others;
  return value === undefined ? { ...others, [member]: changed } : { ...body, [member]: changed };
}
