/** How an account that was sent is looked for again, and what the vendor's answer proves. */
import type { FieldEntry, TextField } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Lookup, LookupReply } from "./adapter.ts";
import { isShown, isStoredAsSent, textComparer } from "./compare-text.ts";
import { decode, type Decoded, readId, readTime } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { isDestination, isUnique, storedLengthOf } from "./row.ts";

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

/**
 * How to ask for what was sent: by `field` where the vendor has such a lookup, otherwise by the first field whose absence is
 * a proof, otherwise by the first that was sent.
 */
export function lookupFor(plan: Plan, { fields }: Sent, field?: TextField): AccountLookup | undefined {
  const { adapter } = plan;
  const hasReference = sentText(plan, fields, "external_ref") !== undefined;
  const possible = adapter.lookups.flatMap((lookup) => {
    const value = sentText(plan, fields, lookup.by);
    if (value === undefined) return [];
    const home = adapter.fields[lookup.by];
    const isDated = isUnique(home) && adapter.reply.created_at.length > 0;
    // Several accounts may have the same name.
    const provesAbsence = lookup.by !== "name" && isStoredAsSent(value, storedLengthOf(home));
    return [{ ...lookup, value, canRecognise: isDated || hasReference, provesAbsence }];
  });
  return possible.find(({ by }) => by === field) ?? possible.find(({ provesAbsence }) => provesAbsence) ?? possible[0];
}

/** What stands in the vendor's own home of a field, unless it is blank. */
export function sentText({ adapter }: Plan, fields: readonly FieldEntry[], field: TextField): string | undefined {
  const rule = adapter.fields[field];
  const entry = isDestination(rule) ? fields.find(({ to }) => to === rule.to) : undefined;
  return typeof entry?.value === "string" && !isBlank(entry.value) ? entry.value : undefined;
}

/** Whose account a record shows, by what it shows alone. */
export type Recognition =
  /** The account that was sent. */
  | "ours"
  | "unsure"
  /** By the vendor's clock it is older than the operation, or it has no reference, or another one. */
  | "probably_another"
  /** It has neither the reference nor the name. */
  | "another";

/** What a complete lookup has shown. Plain data: what the gateway knows of the ids is for the ledger to add. */
export interface LookupEvidence {
  records: { recognition: Recognition; id: string | undefined; record: Json }[];
  /** Whether no two accounts can have the value that was asked for. */
  isUnique: boolean;
  canRecognise: boolean;
  provesAbsence: boolean;
}

/** The vendor's clock may differ from the gateway's by so much. */
const clockToleranceMs = 5 * 60 * 1000;
/** More records than a page holds answer no filter. */
const maxRecords = 100;

interface Reading {
  /** When the operation began. */
  sinceMs: number;
  /** Takes the secrets out of a record that is kept. */
  clean: (record: Json) => Json;
}

/** Sorts the records of a reply; `undefined` where another record may be ours. */
export function recognise(
  plan: Plan,
  lookup: AccountLookup,
  sent: Sendable,
  { records, isComplete }: LookupReply,
  { sinceMs, clean }: Reading,
): LookupEvidence | undefined {
  const { by, canRecognise, provesAbsence } = lookup;
  const classify = classifierFor(plan, lookup, sent, sinceMs);
  const read = records.slice(0, maxRecords).map((shown) => {
    const record = clean(shown);
    return { recognition: classify(shown), id: readId(plan, record), record };
  });
  const isEnough = isComplete && records.length <= maxRecords;
  if (!isEnough && canRecognise && read.every(({ recognition }) => recognition !== "ours")) return undefined;
  return { records: read, isUnique: isUnique(plan.adapter.fields[by]), canRecognise, provesAbsence };
}

function classifierFor(
  plan: Plan,
  lookup: AccountLookup,
  { fields }: Sent,
  sinceMs: number,
): (record: Json) => Recognition {
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
    // No other account carries the stamp, whatever else it shows.
    if (isStamped && (reference === "same" || reference === "changed")) return "ours";
    // The vendor's own writing of the value, or a filter that it ignores.
    if (!isShown(compareSought(record) ?? "missing")) return "unsure";

    const name = compareName(record) ?? "missing";
    const createdAt = readTime(plan, record, "created_at");
    const isOlder = createdAt !== undefined && Date.parse(createdAt) < sinceMs - clockToleranceMs;
    if (reference === undefined) {
      if (isOlder) return "probably_another";
      return isUniquePlace && createdAt !== undefined && isShown(name) ? "ours" : "unsure";
    }
    if (!isShown(reference)) return name === "different" ? "another" : "probably_another";
    if (isOlder) return "probably_another";
    return isShown(name) || (name === "missing" && isUniquePlace) ? "ours" : "unsure";
  };
}

/** What the vendor shows in its own home of a field, of whatever type. */
export function shownText({ adapter }: Plan, record: Json, field: TextField): Json | undefined {
  const rule = adapter.fields[field];
  return isDestination(rule) ? valueAt(record, toPath(rule.to)) : undefined;
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
