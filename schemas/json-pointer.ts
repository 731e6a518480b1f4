/** JSON Pointers (RFC 6901) and the leaves they lead to. */
import type { Json, Pointer } from "./json.ts";

export type JsonObject = { [member: string]: Json };

/** How deep a document may nest. Every document is held to it when it is read, so that no walk can exhaust the stack. */
export const maxDepth = 32;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The way to a member of a document; never to the whole of it. */
export type Path = readonly [member: string, ...members: string[]];

/** `["a/b", "c"]` → `/a~1b/c`. */
export function toPointer(path: readonly [PropertyKey, ...PropertyKey[]]): Pointer;
export function toPointer(path: readonly PropertyKey[]): Pointer | "";
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((token) => `/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Longer than any pointer that a vendor means. */
const maxPointerLength = 1000;

/**
 * The pointer, or `undefined` if it is too long to be of use. A pointer made for each of many leaves or errors would
 * otherwise make the work grow with the square of a reply.
 */
export function toShortPointer(path: Path): Pointer | undefined {
  const length = path.reduce((sum, member) => sum + 1 + member.length, 0);
  return length > maxPointerLength ? undefined : toPointer(path);
}

/** `/a~1b/c` → `["a/b", "c"]`. */
export function toPath(pointer: Pointer): string[] {
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a path, or `undefined`; inherited members are not members. */
export function valueAt(document: Json | undefined, path: readonly string[]): Json | undefined {
  let value = document;
  for (const member of path) {
    if (!isObject(value) || !Object.hasOwn(value, member)) return undefined;
    value = value[member];
  }
  return value;
}

/**
 * Puts a value at a path, making the objects on the way; `false`, and nothing done, where a leaf stands there or in the way.
 * `__proto__` is a name like any other.
 */
export function setAt(document: JsonObject, path: readonly string[], value: Json): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let parent = document;
  for (const member of path.slice(0, -1)) {
    const next = Object.hasOwn(parent, member) ? parent[member] : define(parent, member, {});
    if (!isObject(next)) return false;
    parent = next;
  }
  if (Object.hasOwn(parent, last)) return false;
  define(parent, last, value);
  return true;
}

/** Assignment would take `__proto__` for the prototype. */
function define<Value extends Json>(document: JsonObject, member: string, value: Value): Value {
  Object.defineProperty(document, member, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** Whether a document nests deeper than {@link maxDepth}; looks no deeper itself. */
export function isTooDeep(document: Json, depth = 0): boolean {
  if (depth > maxDepth) return true;
  if (typeof document !== "object" || document === null) return false;
  return Object.values(document).some((value) => isTooDeep(value, depth + 1));
}

/** Every leaf of a document with the path to it. An array is a leaf, and so is an object with nothing in it. */
export function* leaves(document: JsonObject, parent?: Path): Generator<readonly [path: Path, value: Json]> {
  for (const [member, value] of Object.entries(document)) {
    const path: Path = parent === undefined ? [member] : [...parent, member];
    if (isObject(value) && Object.keys(value).length > 0) yield* leaves(value, path);
    else yield [path, value];
  }
}
