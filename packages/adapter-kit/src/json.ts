/** What tests ask of JSON documents, without the code under test. */
import type { Json } from "../../../schemas/json.ts";

/** Every value of a document that is neither object nor array, by JSON Pointer. */
export function scalarsOf(document: unknown, pointer = ""): [pointer: string, value: unknown][] {
  if (typeof document !== "object" || document === null) return [[pointer, document]];
  return Object.entries(document).flatMap(([member, value]) =>
    scalarsOf(value, `${pointer}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

/** A copy with another value at the pointer; objects on the way are made. */
export function withValueAt(document: unknown, pointer: string, value: Json): Json {
  const [member, ...rest] = pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (member === undefined) return value;
  const members = typeof document === "object" && document !== null ? Object.fromEntries(Object.entries(document)) : {};
  const below = rest.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { ...members, [member]: withValueAt(members[member], below, value) };
}

/** As it is on the wire. */
export function onTheWire(document: unknown): Json {
  return JSON.parse(JSON.stringify(document));
}
