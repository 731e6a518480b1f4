/** How an account that was sent is looked for again, and what the vendor's answer proves. */
import type { FieldEntry, TextField } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Lookup, LookupReply } from "./adapter.ts";
import { isShown, isStoredAsSent, textComparer } from "./compare-text.ts";
import { decode, type Decoded, readId, readTime } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { isObject, type JsonObject, toPath, valueAt } from "./pointer.ts";
import { isHome, isUnique, storedLengthOf } from "./row.ts";

interface Sent {
  fields: readonly FieldEntry[];
}

/** A lookup of one account that was sent. */
export interface AccountLookup extends Lookup {
  value: string;
  /** Whether an account that it finds can be recognised as the one that was sent; otherwise a person has to judge. */
  canRecognise: boolean;
  /** Whether a complete reply without any account proves that there is none. */
  provesAbsence: boolean;
}

/** How to ask for what was sent: by `field` where the vendor has such a lookup, otherwise by the first field that was sent. */
export function lookupFor(plan: Plan, { fields }: Sent, field?: TextField): AccountLookup | undefined {
  const { adapter } = plan;
  const possible = adapter.lookups.flatMap((lookup) => {
    const value = sentText(plan, fields, lookup.by);
    return value === undefined ? [] : [{ ...lookup, value }];
  });
  const chosen = possible.find(({ by }) => by === field) ?? possible[0];
  if (chosen === undefined) return undefined;
  const home = adapter.fields[chosen.by];
  const isDated = isUnique(home) && adapter.reply.created_at.length > 0;
  return {
    ...chosen,
    canRecognise: isDated || sentText(plan, fields, "external_ref") !== undefined,
    provesAbsence: isUnique(home) || (isHome(home) && isStoredAsSent(chosen.value, storedLengthOf(home))),
  };
}

/** What stands in the vendor's own home of a field, unless it is blank. */
export function sentText({ adapter }: Plan, fields: readonly FieldEntry[], field: TextField): string | undefined {
  const rule = adapter.fields[field];
  const entry = isHome(rule) ? fields.find(({ to }) => to === rule.to) : undefined;
  return typeof entry?.value === "string" && !isBlank(entry.value) ? entry.value : undefined;
}

/** The accounts that a complete lookup has shown. Plain data: it says nothing of what the gateway knows of their ids. */
export interface Sighting {
  /** Recognised as the account that was sent; more than one where the request was repeated on its way. */
  ours: { created: Decoded; record: Json }[];
  /** Neither recognised nor known to be another. */
  unsure: Json[];
  /** Certainly another account: it shows another reference. */
  others: Json[];
  /** Other accounts by their age: created before the first attempt by the vendor's own clock. */
  older: Json[];
  isUnique: boolean;
  canRecognise: boolean;
  provesAbsence: boolean;
}

/** The vendor's clock may differ from the gateway's by so much. */
const clockToleranceMs = 5 * 60 * 1000;

/** More than one request comes to on its way. An account that is read takes as much space as the request. */
const maxOurs = 100;

interface Reading {
  /** When the operation began. */
  sinceMs: number;
  /** Takes the secrets out of a record that is kept. */
  clean: (record: Json) => Json;
}

/** Sorts the records of a reply; `undefined` where a further page may hold ours. */
export function recognise(
  plan: Plan,
  lookup: AccountLookup,
  sent: Sendable,
  { records, isComplete }: LookupReply,
  { sinceMs, clean }: Reading,
): Sighting | undefined {
  const { canRecognise, provesAbsence } = lookup;
  const sighting: Sighting = {
    ours: [],
    unsure: [],
    others: [],
    older: [],
    isUnique: isUnique(plan.adapter.fields[lookup.by]),
    canRecognise,
    provesAbsence,
  };
  const classify = classifierFor(plan, lookup, sent, sinceMs);
  for (const shown of records) {
    const kind = classify(shown);
    const record = clean(shown);
    const isRead = kind === "ours" && sighting.ours.length < maxOurs;
    const created = isRead ? readRecord(plan, record, sent) : undefined;
    if (created !== undefined) sighting.ours.push({ created, record });
    // An account without an id can't be told as created, and one too many is not read.
    else sighting[kind === "ours" ? "unsure" : kind].push(record);
  }
  return isComplete || sighting.ours.length > 0 || !canRecognise ? sighting : undefined;
}

/** A caller's own reference or name may stand in another account as well; the stamp of an operation stands in no other. */
function classifierFor(
  plan: Plan,
  lookup: AccountLookup,
  { fields }: Sent,
  sinceMs: number,
): (record: Json) => "ours" | "unsure" | "others" | "older" {
  const comparerOf = (field: TextField) => {
    const value = sentText(plan, fields, field);
    if (value === undefined) return () => undefined;
    const compare = textComparer(value);
    return (record: Json) => compare(shownText(plan, record, field));
  };
  const [compareReference, compareName, compareSought] = [
    comparerOf("external_ref"),
    comparerOf("name"),
    comparerOf(lookup.by),
  ];
  const isStamped = fields.some(({ disposition }) => disposition === "stamped");
  const isUniquePlace = isUnique(plan.adapter.fields[lookup.by]);

  return (record) => {
    const reference = compareReference(record);
    if (isStamped && (reference === "same" || reference === "changed")) return "ours";
    // A reply to a lookup by reference that shows another reference may be the vendor's own writing of it.
    if (reference === "different" && lookup.by !== "external_ref") return "others";
    const createdAt = readTime(plan, record, "created_at");
    if (createdAt !== undefined && Date.parse(createdAt) < sinceMs - clockToleranceMs) return "older";

    const name = compareName(record) ?? "missing";
    const showsReference = reference === undefined ? isUniquePlace && createdAt !== undefined : isShown(reference);
    const showsName = isShown(name) || (name === "missing" && isUniquePlace && reference !== undefined);
    return showsReference && showsName && isShown(compareSought(record) ?? "missing") ? "ours" : "unsure";
  };
}

/** What the vendor shows in its own home of a field, of whatever type. */
export function shownText({ adapter }: Plan, record: Json, field: TextField): Json | undefined {
  const rule = adapter.fields[field];
  return isHome(rule) ? valueAt(record, toPath(rule.to)) : undefined;
}

/** The account of a lookup's record, with a warning that says so; `undefined` where the record has no id. */
export function readRecord(plan: Plan, record: Json, sent: Sendable): Decoded | undefined {
  const id = readId(plan, record);
  return id === undefined || !isObject(record) ? undefined : reconciled(plan, id, record, sent, "found by a lookup");
}

/** An account of which no more is known than its id. */
export function accountOfId(plan: Plan, id: string, sent: Sendable): Decoded {
  return reconciled(plan, id, {}, sent, "told by a person");
}

function reconciled(plan: Plan, id: string, record: JsonObject, sent: Sendable, how: string): Decoded {
  const { account, fields } = decode(plan, id, record, sent);
  const detail = `The answer to the create was lost; the account was ${how}, and what that does not tell is \`null\``;
  return {
    account: { ...account, warnings: [...account.warnings, { code: "reconciled", field: null, detail }] },
    fields,
  };
}
