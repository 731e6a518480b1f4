/** The account that the user writes: one JSON text, which the form and the JSON editor both show and edit. */
import { computed, signal } from "@preact/signals";
import type { Json, Pointer } from "../../schemas/json.ts";
import type { CreateRequest } from "../gateway/gateway.ts";

type JsonObject = { [member: string]: Json };

export const text = signal("");
export const handling = signal<CreateRequest["handling"]>("strict");
export const isKeyed = signal(true);

/** The account, or `null` where the text is not a JSON object. */
export const account = computed<JsonObject | null>(() => {
  try {
    const value: Json = JSON.parse(text.value);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
});

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function write(value: JsonObject): void {
  text.value = JSON.stringify(value, null, 2);
}

export function leafAt(value: JsonObject | null, pointer: Pointer): Json | undefined {
  return tokens(pointer).reduce<Json | undefined>((at, token) => (isObject(at) ? at[token] : undefined), value ?? {});
}

/** Writes one leaf, or removes it if it is `undefined`, and sorts the members by `order`. */
export function setLeaf(pointer: Pointer, leaf: Json | undefined, order: readonly Pointer[]): void {
  const current = account.value;
  if (current === null) return;
  const changed = withLeaf(current, tokens(pointer), leaf);
  const first = order.map((each) => tokens(each)[0] ?? "");
  const rank = ([member]: [string, Json]) => (first.includes(member) ? first.indexOf(member) : first.length);
  write(Object.fromEntries(Object.entries(changed).toSorted((left, right) => rank(left) - rank(right))));
}

/** An object that becomes empty is removed as well. */
function withLeaf(object: JsonObject, [token = "", ...rest]: string[], leaf: Json | undefined): JsonObject {
  const inner = object[token];
  const value = rest.length === 0 ? leaf : withLeaf(isObject(inner) ? inner : {}, rest, leaf);
  const { [token]: _replaced, ...others } = object;
  const isEmpty = value === undefined || (rest.length > 0 && Object.keys(value ?? {}).length === 0);
  return isEmpty ? others : { ...object, [token]: value };
}

const tokens = (pointer: Pointer): string[] => pointer.slice(1).split("/");

/** The references are random, because a vendor may refuse one that it already has. */
export const samples: Record<string, () => JsonObject> = {
  "A company": () => ({
    name: "Acme Corporation",
    external_ref: reference(),
    legal_name: "Acme Corporation Ltd",
    active: true,
  }),
  "Only a name": () => ({ name: `Blue Harbor ${reference()}` }),
  "Every field": () => ({
    name: "Acme Corporation",
    external_ref: reference(),
    legal_name: "Acme Corporation Ltd",
    registration_id: reference(),
    email: "accounts@acme.example",
    active: true,
    type: "customer",
    customer_type: "manufacturer",
    industry: "marine",
    custom: { tier: "gold" },
  }),
};

/** The references that the console made, as opposed to those that the user typed. */
const made = new Set<string>();

function reference(): string {
  const fresh = `crm-${Math.floor(1000 + Math.random() * 9000)}`;
  made.add(fresh);
  return fresh;
}

const madeIn = (json: string): string[] => [...made].filter((each) => json.includes(`"${each}"`));
export const hasMadeReference = computed(() => madeIn(text.value).length > 0);

/** Gives the account a new reference, unless the user typed it. */
export function renewReferences(): void {
  const renew = (json: string, old: string): string => json.replaceAll(`"${old}"`, `"${reference()}"`);
  text.value = madeIn(text.value).reduce(renew, text.value);
}

write({ name: "Acme Corporation", external_ref: reference(), legal_name: "Acme Corporation Ltd", active: true });
