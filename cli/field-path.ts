/** The fields of an account as the command line names them: `name`, `custom.tier`, `vendor_options.clarus.string1`. */
import type { Json } from "../schemas/json.ts";

export type Members = Readonly<Record<string, Json>>;

/** How many members lead to a value; more dots belong to the last one's name. */
const depths = new Map([
  ["custom", 2],
  ["vendor_options", 3],
]);

/** The members that lead to a field. */
export function pathOf(field: string): readonly string[] {
  const names = field.split(".");
  const depth = depths.get(names[0] ?? "") ?? 1;
  return [...names.slice(0, depth - 1), names.slice(depth - 1).join(".")].filter((name) => name !== "");
}

/** With a value put where the path leads; what stood in the way gives place. */
export function withValue(members: Members, [name = "", ...rest]: readonly string[], value: Json): Members {
  const inner = memberOf(members, name);
  const held = rest.length === 0 ? value : withValue(isMembers(inner) ? inner : {}, rest, value);
  // From entries, so that `__proto__` is a name like any other.
  return Object.fromEntries([...Object.entries(members).filter(([each]) => each !== name), [name, held]]);
}

export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (isMembers(inner) ? memberOf(inner, name) : undefined), value);
}

const memberOf = (members: Members, name: string): Json | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined;

export const isMembers = (value: Json | undefined): value is { [member: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
