/** Looks for an operation's account at the vendor, and says what the ledger may conclude. */
import type { TextField } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import { readId } from "../../adapters/engine/decode.ts";
import { lookupFor, recognise, type Sighting } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { lookUp } from "../vendor/look-up.ts";
import type { Sent } from "../vendor/send.ts";
import type { SendContext } from "../vendor/send-context.ts";
import type { CreatedAccount, KeptProblem, Operation, Verdict } from "./operation.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { notCreated, verdictOf } from "./verdict.ts";

/** What a lookup came to, before the ledger compares it with its own operations. Plain data. */
export type Found =
  | { kind: "sighting"; sighting: Sighting; taken: KeptProblem }
  /** The vendor has no way to tell. */
  | { kind: "no_lookup" }
  /** It proves nothing. */
  | { kind: "unreadable"; problem: KeptProblem; retryAfterMs: number | undefined }
  /** The connection leads somewhere else by now. */
  | { kind: "target_changed" };

/** What the ledger may conclude from a lookup. */
export type LookupResult =
  /** Ours; further ones where the request was repeated on its way to the vendor. */
  | { kind: "ours"; created: CreatedAccount; duplicates: string[] }
  /** Another account holds a value that the vendor lets no two accounts share. */
  | { kind: "taken"; problem: KeptProblem }
  /** `isProof`: a complete reply has no record, and the vendor finds accounts by what it was asked for. */
  | { kind: "absent"; isProof: boolean }
  /** For a person. `canRecognise`: a later lookup may still show ours. */
  | { kind: "candidates"; records: Json[]; ids: string[]; canRecognise: boolean }
  | Exclude<Found, { kind: "sighting" }>;

type Sought = Pick<Operation, "target" | "targetPath" | "sendable" | "createdAtMs" | "state">;

/**
 * Asks the vendor for the account; `plan` is `undefined` where the connection is out of use. `field`: what to ask for where
 * the vendor can be asked for it.
 */
export async function find(
  plan: Plan | undefined,
  operation: Sought,
  context: SendContext,
  field?: TextField,
): Promise<Found> {
  if (plan === undefined) return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };
  const { sendable, createdAtMs, state } = operation;
  if (sendable === null) return { kind: "no_lookup" };
  const lookup = lookupFor(plan, sendable, field);
  // Candidates help a person who has an unknown outcome to judge; nothing else can be told by them.
  if (lookup === undefined || (!lookup.canRecognise && state !== "unknown")) return { kind: "no_lookup" };

  const answer = await lookUp(plan, lookup, context, (reply) => recognise(plan, lookup, sendable, reply, createdAtMs));
  return answer.kind === "answered"
    ? { kind: "sighting", sighting: answer.value, taken: takenBy(plan) }
    : { ...notCreated(plan, answer), kind: "unreadable" };
}

/**
 * What a send came to. A vendor's word that the account exists already may be about our own, since a proxy may have
 * repeated the request: so this asks the vendor for the account.
 */
export async function verdictAfterLookup(
  plan: Plan,
  operation: Sought,
  { outcome }: Sent,
  context: SendContext,
): Promise<Verdict> {
  const verdict = verdictOf(plan, outcome);
  const isDuplicate = outcome.kind === "rejected" && outcome.duplicateOf !== undefined;
  if (verdict.kind !== "rejected" || !isDuplicate) return verdict;
  return { ...verdict, found: await find(plan, operation, context, outcome.duplicateOf) };
}

/** `isOthers`: whether an id belongs to another operation, or a person has ruled it out. */
export function conclude(plan: Plan | undefined, found: Found, isOthers: (id: string) => boolean): LookupResult {
  if (found.kind !== "sighting") return found;
  const { ours, unsure, others, older, isUnique, canRecognise, provesAbsence } = found.sighting;
  const idOf = (record: Json) => (plan === undefined ? undefined : readId(plan, record));
  const isOpen = (record: Json) => {
    const id = idOf(record);
    return id === undefined || !isOthers(id);
  };
  const [first, ...more] = ours.filter(({ created }) => !isOthers(created.account.id));
  if (first !== undefined)
    return { kind: "ours", created: first.created, duplicates: more.map(({ created }) => created.account.id) };
  const records = [...unsure, ...older].filter(isOpen);
  if (records.length > 0 || !canRecognise)
    return { kind: "candidates", records, ids: records.flatMap((record) => idOf(record) ?? []), canRecognise };
  const count = ours.length + unsure.length + others.length + older.length;
  if (count > 0 && isUnique) return { kind: "taken", problem: found.taken };
  return { kind: "absent", isProof: provesAbsence };
}

/** Whether a lookup just after a duplicate shows the other account that the vendor speaks of, and nothing that may be ours. */
export function showsAnother(found: Found, isOthers: (id: string) => boolean): boolean {
  if (found.kind === "no_lookup") return true;
  if (found.kind !== "sighting") return false;
  const { ours, unsure, others, older } = found.sighting;
  const isOurs = ours.some(({ created }) => !isOthers(created.account.id));
  return !isOurs && unsure.length === 0 && ours.length + others.length + older.length > 0;
}

function takenBy({ adapter, connection }: Plan): KeptProblem {
  return {
    code: "account_exists",
    detail: `Another account of ${adapter.title} holds a value that no two accounts may share`,
    vendor: { name: adapter.vendor, connection: connection.id, status: 200, errors: [] },
  };
}
