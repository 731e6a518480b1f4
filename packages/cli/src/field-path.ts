/** Field paths on the command line: `name`, `address.city`, `custom.tier`, `vendor_options.clarus.string1`. */
import type { AccountRequest } from "../../client/src/index.ts";
import type { Json } from "../../../schemas/json.ts";
import { isObject } from "../../../schemas/json-pointer.ts";

export type Members = Readonly<Record<string, Json>>;

/** The highest number of members in a path. Further dots belong to the name of the last member. */
const maxMembers = new Map([
  ["address", 2],
  ["custom", 2],
  ["vendor_options", 3],
]);

/** `custom.tier` → `["custom", "tier"]`. */
export function pathOf(field: string): readonly string[] {
  const names = field.split(".");
  const count = maxMembers.get(names[0] ?? "") ?? 1;
  return [...names.slice(0, count - 1), names.slice(count - 1).join(".")].filter((name) => name !== "");
}

export type PathAndValue = readonly [path: readonly string[], value: Json];
type Tree = Map<string, Json | Tree>;

/** A copy with each value at its path, in place of any value that is already there. Takes linear time. */
export function withValues(members: Members, values: Iterable<PathAndValue>): Members {
  const tree: Tree = new Map(Object.entries(members));
  for (const [path, value] of values) {
    let branch = tree;
    for (const name of path.slice(0, -1)) {
      const inner = branch.get(name);
      const next: Tree = inner instanceof Map ? inner : new Map(Object.entries(isObject(inner) ? inner : {}));
      branch.set(name, next);
      branch = next;
    }
    branch.set(path.at(-1) ?? "", value);
  }
  return membersOf(tree);
}

/** `Object.fromEntries` treats `__proto__` as an ordinary name; assignment would set the prototype. */
function membersOf(tree: Tree): Members {
  const entries = Array.from(tree, ([name, inner]) => [name, inner instanceof Map ? membersOf(inner) : inner] as const);
  return Object.fromEntries(entries);
}

/** Does not check the account: the gateway does. */
export const asAccountRequest = (account: Members): AccountRequest => account as AccountRequest;
