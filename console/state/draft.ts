/** The account that the user writes: one JSON text, which the form and the JSON editor both show and edit. */
import { computed, signal } from "@preact/signals";
import type { Json, Pointer } from "../../schemas/json.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { parseJson } from "../../schemas/parse-json.ts";
import type { CreateRequest } from "../gateway/gateway.ts";

export const text = signal("");
export const handling = signal<CreateRequest["handling"]>("strict");
export const isKeyed = signal(true);

/** The account, or `null` if the text is not a JSON object. */
export const account = computed<JsonObject | null>(() => {
  const value = parseJson(text.value);
  return isObject(value) ? value : null;
});

export function write(value: JsonObject): void {
  text.value = JSON.stringify(value, null, 2);
}

export const leafAt = (value: JsonObject | null, pointer: Pointer): Json | undefined =>
  valueAt(value ?? undefined, toPath(pointer));

/** Writes one leaf, or removes it if it is `undefined`, and sorts the members by `order`. */
export function setLeaf(pointer: Pointer, leaf: Json | undefined, order: readonly Pointer[]): void {
  const current = account.value;
  if (current === null) return;
  const changed = withLeaf(current, toPath(pointer), leaf);
  const first = order.map((each) => toPath(each)[0] ?? "");
  const rank = ([member]: [string, Json]) => (first.includes(member) ? first.indexOf(member) : first.length);
  write(Object.fromEntries(Object.entries(changed).toSorted((left, right) => rank(left) - rank(right))));
}

/** Sets or removes a leaf in a copy of the object. Also removes inner objects that become empty. */
function withLeaf(object: JsonObject, [member = "", ...rest]: string[], leaf: Json | undefined): JsonObject {
  const inner = object[member];
  const value = rest.length === 0 ? leaf : withLeaf(isObject(inner) ? inner : {}, rest, leaf);
  const { [member]: _replaced, ...others } = object;
  const isEmpty = value === undefined || (rest.length > 0 && Object.keys(value ?? {}).length === 0);
  return isEmpty ? others : { ...object, [member]: value };
}

function aCompany(): JsonObject {
  return { name: "Acme Corporation", external_ref: newReference(), legal_name: "Acme Corporation Ltd", active: true };
}

/** The references are random, because a vendor may refuse a reference that it already has. */
export const samples: Record<string, () => JsonObject> = {
  "A company": aCompany,
  "Only a name": () => ({ name: `Blue Harbor ${newReference()}` }),
  "Every field": () => ({
    name: "Acme Corporation",
    external_ref: newReference(),
    legal_name: "Acme Corporation Ltd",
    registration_id: newReference(),
    email: "accounts@acme.example",
    active: true,
    type: "customer",
    customer_type: "manufacturer",
    industry: "marine",
    custom: { tier: "gold" },
  }),
};

/** The references that the console made. The user typed all other references. */
const made = new Set<string>();

function newReference(): string {
  const fresh = `crm-${Math.floor(1000 + Math.random() * 9000)}`;
  made.add(fresh);
  return fresh;
}

const madeIn = (json: string): string[] => [...made].filter((each) => json.includes(`"${each}"`));
export const hasMadeReference = computed(() => madeIn(text.value).length > 0);

/** Replaces the account's references, except those that the user typed. */
export function renewReferences(): void {
  const renew = (json: string, old: string): string => json.replaceAll(`"${old}"`, `"${newReference()}"`);
  text.value = madeIn(text.value).reduce(renew, text.value);
}

write(aCompany());
