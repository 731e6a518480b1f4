/** Looks up an account that the gateway sent, and decides what the vendor's answer proves. */
import type { FieldEntry } from "../../schemas/documents/account.ts";
import type { TextField } from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import { destinationOf, isUnique, type Lookup, type LookupReply } from "./adapter.ts";
import { isShown, isStoredAsSent, textComparer } from "./compare-text.ts";
import { decode, type Decoded, readId, readTime } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { type Row, storedLengthOf } from "./row.ts";

interface SentFields {
  fields: readonly FieldEntry[];
}

/** A lookup of one account that the gateway sent. */
export interface AccountLookup extends Lookup {
  value: string;
  /** Whether the gateway can recognise its account among the records. If not, an operator decides. */
  canRecognise: boolean;
  /** Whether a complete reply without records proves that the account does not exist. */
  provesAbsence: boolean;
}

/**
 * Chooses a lookup among those whose field the gateway sent: the lookup by `field`, otherwise the first one that can prove
 * absence, otherwise the first one.
 */
export function lookupFor(plan: Plan, { fields }: SentFields, field?: TextField): AccountLookup | undefined {
  const { adapter } = plan;
  const hasReference = sentText(plan, fields, "external_ref") !== undefined;
  const possible = adapter.lookups.flatMap((lookup) => {
    const value = sentText(plan, fields, lookup.by);
    if (value === undefined) return [];
    const isUniqueAndDated = isUnique(adapter, lookup.by) && adapter.reply.created_at.length > 0;
    // A vendor may change a name when it stores it, so a search by the sent name may miss the account.
    const provesAbsence =
      lookup.by !== "name" && isStoredAsSent(value, storedLengthOf(destinationOf(adapter, lookup.by)));
    return [{ ...lookup, value, canRecognise: isUniqueAndDated || hasReference, provesAbsence }];
  });
  return possible.find(({ by }) => by === field) ?? possible.find(({ provesAbsence }) => provesAbsence) ?? possible[0];
}

/** The rows of unique fields for which the gateway sent text that is not blank. */
export function sentUniqueRows({ rows }: Plan, fields: readonly FieldEntry[]): Row[] {
  return rows.filter(({ unique, to }) => unique && textSentTo(to, fields) !== undefined);
}

/** The text that the gateway sent in the vendor's own field, unless the text is blank. A mapped slot does not count. */
export function sentText({ adapter }: Plan, fields: readonly FieldEntry[], field: TextField): string | undefined {
  const destination = destinationOf(adapter, field);
  return destination && textSentTo(destination.to, fields);
}

function textSentTo(pointer: Pointer, fields: readonly FieldEntry[]): string | undefined {
  const value = fields.find(({ to }) => to === pointer)?.value;
  return typeof value === "string" && !isBlank(value) ? value : undefined;
}

/** Whether a record is the account that the gateway sent, judged only by the record's values. */
export type Recognition =
  | "ours"
  | "unsure"
  /** The record is older than the operation, has no reference, or has another reference. */
  | "probably_another"
  /** The record has another reference and another name. */
  | "another";

/** The result of a lookup, as plain data. The ledger compares the records' ids with the ids of its other operations. */
export interface LookupEvidence {
  records: { recognition: Recognition; id: string | undefined; record: Json }[];
  /** Whether the vendor refuses a second account with the searched value. */
  isUnique: boolean;
  canRecognise: boolean;
  provesAbsence: boolean;
}

/** The largest accepted difference between the vendor's clock and the gateway's. */
const clockToleranceMs = 5 * 60 * 1000;
/** If a reply has more records than this, the vendor ignored the filter. */
const maxRecords = 100;

interface RecognitionContext {
  operationCreatedAtMs: number;
  /** Redacts secrets in a record before the ledger stores it. */
  redact: (record: Json) => Json;
}

/** Classifies the records of a reply. Returns `undefined` if our account may be among records that the gateway did not read. */
export function recognise(
  plan: Plan,
  lookup: AccountLookup,
  sendable: Sendable,
  { records, isComplete }: LookupReply,
  { operationCreatedAtMs, redact }: RecognitionContext,
): LookupEvidence | undefined {
  const { by, canRecognise, provesAbsence } = lookup;
  const classify = classifierFor(plan, lookup, sendable, operationCreatedAtMs);
  const read = records.slice(0, maxRecords).map((shown) => {
    const record = redact(shown);
    return { recognition: classify(shown), id: readId(plan, record), record };
  });
  const hasAllRecords = isComplete && records.length <= maxRecords;
  if (!hasAllRecords && canRecognise && read.every(({ recognition }) => recognition !== "ours")) return undefined;
  return { records: read, isUnique: isUnique(plan.adapter, by), canRecognise, provesAbsence };
}

function classifierFor(
  plan: Plan,
  lookup: AccountLookup,
  { fields }: SentFields,
  operationCreatedAtMs: number,
): (record: Json) => Recognition {
  const comparerOf = (field: TextField) => {
    const value = sentText(plan, fields, field);
    if (value === undefined) return () => undefined;
    const compare = textComparer(value);
    return (record: Json) => compare(shownValue(plan, record, field));
  };
  const compareReference = comparerOf("external_ref");
  const compareName = comparerOf("name");
  const compareSearched = comparerOf(lookup.by);
  const isStamped = fields.some(({ disposition }) => disposition === "stamped");
  const isUniqueField = isUnique(plan.adapter, lookup.by);

  return (record) => {
    const reference = compareReference(record);
    // Only our account has the stamp, so the record is ours even if other values differ.
    if (isStamped && (reference === "same" || reference === "changed")) return "ours";
    // Either the vendor changed the value in an unknown way, or the vendor ignored the filter.
    if (!isShown(compareSearched(record) ?? "missing")) return "unsure";

    const name = compareName(record) ?? "missing";
    const createdAt = readTime(plan, record, "created_at");
    const isOlder = createdAt !== undefined && Date.parse(createdAt) < operationCreatedAtMs - clockToleranceMs;
    if (reference === undefined) {
      if (isOlder) return "probably_another";
      return isUniqueField && createdAt !== undefined && isShown(name) ? "ours" : "unsure";
    }
    if (!isShown(reference)) return name === "different" ? "another" : "probably_another";
    if (isOlder) return "probably_another";
    return isShown(name) || (name === "missing" && isUniqueField) ? "ours" : "unsure";
  };
}

/** The value of the vendor's own field in a record. The value can have any type. */
export function shownValue({ adapter }: Plan, record: Json, field: TextField): Json | undefined {
  const destination = destinationOf(adapter, field);
  return destination && valueAt(record, toPath(destination.to));
}

/** Makes an account from a record, with a warning that a lookup found it. Returns `undefined` if the record has no id. */
export function readRecord(plan: Plan, record: Json, sendable: Sendable): Decoded | undefined {
  const id = readId(plan, record);
  return id === undefined || !isObject(record)
    ? undefined
    : reconciled(plan, id, record, sendable, "A lookup found the account");
}

/** Makes an account from the id that an operator gave. All else about the account is unknown. */
export function accountOfId(plan: Plan, id: string, sendable: Sendable): Decoded {
  return reconciled(plan, id, {}, sendable, "An operator gave the account's id");
}

function reconciled(plan: Plan, id: string, record: JsonObject, sendable: Sendable, source: string): Decoded {
  const { account, fields } = decode(plan, id, record, sendable);
  const detail = `The vendor's answer to the create was lost. ${source}; unknown fields are \`null\``;
  return {
    account: { ...account, warnings: [...account.warnings, { code: "reconciled", field: null, detail }] },
    fields,
  };
}
