/** JSON Pointers (RFC 6901) and the leaves of a document. */
import type { Json, Pointer } from "./json.ts";

export type JsonObject = { [member: string]: Json };

/** The maximum depth of a document. Readers refuse deeper documents, so that recursion cannot exhaust the stack. */
export const maxDepth = 32;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names of the members on the way to a value in a document. */
export type Path = readonly [member: string, ...members: string[]];

/** `["a/b", "c"]` → `/a~1b/c`. */
export function toPointer(path: readonly [PropertyKey, ...PropertyKey[]]): Pointer;
export function toPointer(path: readonly PropertyKey[]): Pointer | "";
export function toPointer(path: readonly PropertyKey[]): string {
  let pointer = "";
  for (const token of path) pointer += `/${escaped(String(token))}`;
  return pointer;
}

/** Few names need escapes, and a test is faster than a replacement. */
const escaped = (token: string): string =>
  /[~/]/.test(token) ? token.replaceAll("~", "~0").replaceAll("/", "~1") : token;

/** Real vendors' pointers are far shorter. */
const maxPointerLength = 1000;

/**
 * The pointer, or `undefined` if it is too long. Without the limit, the pointers to all leaves of a deep reply could be much
 * larger than the reply itself.
 */
export function toShortPointer(path: Path): Pointer | undefined {
  const length = path.reduce((sum, member) => sum + 1 + member.length, 0);
  return length > maxPointerLength ? undefined : toPointer(path);
}

/** `/a~1b/c` → `["a/b", "c"]`, and `""` → `[]`. */
export function toPath(pointer: string): string[] {
  const tokens = pointer.split("/").slice(1);
  return pointer.includes("~") ? tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")) : tokens;
}

/** The value at a path, or `undefined`. Ignores inherited members. */
export function valueAt(document: Json | undefined, path: readonly string[]): Json | undefined {
  let value = document;
  for (const member of path) {
    if (!isObject(value) || !Object.hasOwn(value, member)) return undefined;
    value = value[member];
  }
  return value;
}

/**
 * Sets a value at a path, and creates the missing objects on the way. Returns `false` and changes nothing if the path leads
 * through a leaf or already has a value. A member's name can be `__proto__`.
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

/** Defines a member. An assignment to the member `__proto__` would set the prototype instead. */
function define<Value extends Json>(document: JsonObject, member: string, value: Value): Value {
  if (member !== "__proto__") document[member] = value;
  else Object.defineProperty(document, member, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** Whether two values are the same. The order of an object's members does not matter. */
export function isSameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isSameJson(item, other[index]));
  if (!isObject(one) || !isObject(other)) return false;
  const members = Object.entries(one);
  return (
    members.length === Object.keys(other).length &&
    members.every(([member, value]) => isSameJson(value, valueAt(other, [member])))
  );
}

/** Whether a document nests deeper than {@link maxDepth}. Stops at that depth. */
export function isTooDeep(document: Json, depth = 0): boolean {
  if (depth > maxDepth) return true;
  if (typeof document !== "object" || document === null) return false;
  for (const value of Object.values(document)) if (isTooDeep(value, depth + 1)) return true;
  return false;
}

/** A leaf of a document. Arrays and empty objects are leaves. */
export type Leaf = readonly [path: Path, value: Json];

/** Every leaf of a document, with its path below `parent`. */
export function leaves(document: JsonObject, parent?: Path, found: Leaf[] = []): Leaf[] {
  for (const [member, value] of Object.entries(document)) {
    const path: Path = parent === undefined ? [member] : [...parent, member];
    if (isObject(value) && Object.keys(value).length > 0) leaves(value, path, found);
    else found.push([path, value]);
  }
  return found;
}
