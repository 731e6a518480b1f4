/** The account that is being written: one text of JSON, which the form shows and edits as well. */
import { computed, signal } from "@preact/signals";
import type { Json, Pointer } from "../../schemas/json.ts";
import type { Handling } from "../gateway/gateway.ts";

type JsonObject = { [member: string]: Json };

export const text = signal("");
export const handling = signal<Handling>("strict");
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

/** Writes one leaf, or leaves it out where it is `undefined`; members stand in the order given. */
export function setLeaf(pointer: Pointer, leaf: Json | undefined, order: readonly Pointer[]): void {
  const current = account.value;
  if (current === null) return;
  const changed = place(current, tokens(pointer), leaf);
  const first = order.map((each) => tokens(each)[0] ?? "");
  const rank = ([member]: [string, Json]) => (first.includes(member) ? first.indexOf(member) : first.length);
  write(Object.fromEntries(Object.entries(changed).toSorted((left, right) => rank(left) - rank(right))));
}

/** A member that holds nothing any more goes as well. */
function place(object: JsonObject, [token = "", ...rest]: string[], leaf: Json | undefined): JsonObject {
  const inner = object[token];
  const placed = rest.length === 0 ? leaf : place(isObject(inner) ? inner : {}, rest, leaf);
  const { [token]: _replaced, ...others } = object;
  const isEmpty = placed === undefined || (rest.length > 0 && Object.keys(placed ?? {}).length === 0);
  if (isEmpty) return others;
  return token in object ? { ...object, [token]: placed } : { ...others, [token]: placed };
}

const tokens = (pointer: Pointer): string[] => pointer.slice(1).split("/");

/** References are random, since a vendor may refuse one that it holds already. */
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

/** The references that nobody typed. */
const made = new Set<string>();

function reference(): string {
  const fresh = `crm-${Math.floor(1000 + Math.random() * 9000)}`;
  made.add(fresh);
  return fresh;
}

const madeIn = (json: string): string[] => [...made].filter((each) => json.includes(`"${each}"`));
export const hasMadeReference = computed(() => madeIn(text.value).length > 0);

/** Another account needs another reference. One that the user typed is left alone. */
export function renewReferences(): void {
  const renew = (json: string, old: string): string => json.replaceAll(`"${old}"`, `"${reference()}"`);
  text.value = madeIn(text.value).reduce(renew, text.value);
}

write({ name: "Acme Corporation", external_ref: reference(), legal_name: "Acme Corporation Ltd", active: true });
