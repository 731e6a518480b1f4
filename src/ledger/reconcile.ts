/** What a lookup proves about an operation, and the transition that follows. Pure, like transitions.ts. */
import { readRecord, type LookupEvidence } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Json } from "../../schemas/json.ts";
import type { CreatedAccount, LookupAnswer, Operation, StoredProblem } from "./operation.ts";
import {
  backoffMs,
  becomeCreated,
  enqueue,
  finish,
  giveUpAfterMs,
  isBeforeGiveUp,
  isRecent,
  isRepeatable,
  type Now,
  reject,
  retryLater,
  review,
} from "./transitions.ts";

/** How many resends may follow unknown outcomes. After that, a person must decide about the operation. */
const maxResends = 3;

export type LookupResult =
  /** The operation's account was found. `duplicates`: further accounts that a repeated request created. */
  | { kind: "ours"; created: CreatedAccount; duplicates: string[] }
  /** Another account holds a value that the vendor allows only once. */
  | { kind: "taken"; problem: StoredProblem }
  /** The vendor has no record. `isProof`: if the account existed, the lookup would have found it. */
  | { kind: "absent"; isProof: boolean }
  /** A person must decide about these records. `canRecognise`: a later lookup may still show the operation's account. */
  | { kind: "candidates"; records: Json[]; canRecognise: boolean }
  | Exclude<LookupAnswer, { kind: "evidence" }>;

export interface CompletedLookup {
  result: LookupResult;
  beganAtMs: number;
  /** How long the vendor may take until its reads show a new account. */
  settleWindowMs: number;
}

type SeenRecord = LookupEvidence["records"][number];

/** Says whether the account with this id belongs to another operation. */
export type IsOwnedByOther = (id: string) => boolean;

/**
 * Compares the vendor's answer with the operation. Only a complete answer without any record can prove that there is no
 * account. A person must decide about records that are not recognised, except those that a person has already ruled out.
 */
export function interpretAnswer(
  plan: Plan | undefined,
  { sendable, ruledOut }: Pick<Operation, "sendable" | "ruledOut">,
  answer: LookupAnswer,
  isOwnedByOther: IsOwnedByOther,
): LookupResult {
  if (answer.kind !== "evidence") return answer;
  if (plan === undefined || sendable === null)
    return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  const { isUnique, canRecognise, provesAbsence } = answer.evidence;
  const records = answer.evidence.records.filter((seen) => !ruledOut.includes(candidateKey(seen)));
  const ours = records.filter((seen) => seen.recognition === "ours" && !isOwnedRecord(seen, isOwnedByOther));
  const [created, ...others] = ours.flatMap(({ record }) => readRecord(plan, record, sendable) ?? []);
  if (created !== undefined) return { kind: "ours", created, duplicates: others.map(({ account }) => account.id) };
  if (records.length === 0 && canRecognise) return { kind: "absent", isProof: provesAbsence };
  const isAnother = (seen: SeenRecord) =>
    seen.recognition === "another" || (seen.recognition !== "ours" && isOwnedRecord(seen, isOwnedByOther));
  if (isUnique && canRecognise && records.every(isAnother)) return { kind: "taken", problem: takenProblem(plan) };
  const candidates = records.filter((seen) => !isOwnedRecord(seen, isOwnedByOther)).map(({ record }) => record);
  return { kind: "candidates", records: candidates, canRecognise };
}

/** Whether the lookup found accounts, and all of them are probably not ours. Also true if no lookup is possible. */
export function showsAnother(answer: LookupAnswer, isOwnedByOther: IsOwnedByOther): boolean {
  if (answer.kind === "no_lookup") return true;
  if (answer.kind !== "evidence") return false;
  const { records } = answer.evidence;
  const isAnother = (seen: SeenRecord) =>
    seen.recognition === "another" || seen.recognition === "probably_another" || isOwnedRecord(seen, isOwnedByOther);
  return records.length > 0 && records.every(isAnother);
}

const isOwnedRecord = ({ id }: SeenRecord, isOwnedByOther: IsOwnedByOther): boolean =>
  id !== undefined && isOwnedByOther(id);

/** Identifies a candidate: its id or, if it has none, the whole record. */
export const candidateKey = ({ id, record }: Pick<SeenRecord, "id" | "record">): string => id ?? JSON.stringify(record);

function takenProblem({ adapter, connection }: Plan): StoredProblem {
  return {
    code: "account_exists",
    detail: `Another ${adapter.title} account already has one of this account's unique values`,
    vendor: { name: adapter.vendor, connection: connection.id, status: 200, errors: [] },
  };
}

/**
 * Applies a lookup to an operation: changes its state, or sets the time of the next lookup. If the lookup
 * found the operation's account, the operation becomes `created`, whatever its state.
 */
export function reconcile(operation: Operation, lookup: CompletedLookup, now: Now): Operation {
  const { result } = lookup;
  if (result.kind === "ours") {
    const created = becomeCreated(operation, result.created, "found", now);
    return { ...created, duplicates: [...new Set([...created.duplicates, ...result.duplicates])] };
  }
  const { state, mayHaveCreated } = operation;
  if (state === "unknown") return reconcileUnknown(operation, lookup, now);
  const isBeforeSend = state === "queued" || state === "not_created";
  return isBeforeSend && mayHaveCreated ? reconcileBeforeSend(operation, lookup, now) : operation;
}

function reconcileUnknown(operation: Operation, lookup: CompletedLookup, now: Now): Operation {
  const { result, beganAtMs } = lookup;
  switch (result.kind) {
    case "ours":
      return operation;
    case "taken":
    case "absent":
      return reconcileMissing(operation, result, lookup, now);
    case "candidates":
      if (result.canRecognise) return reconcileMissing(operation, result, lookup, now);
      return beganAtMs < operation.leaseEndsMs
        ? { ...operation, dueAtMs: operation.leaseEndsMs }
        : review({ ...operation, candidates: result.records }, "not_distinguishable", now);
    case "no_lookup":
      return review(operation, "not_distinguishable", now);
    case "target_changed":
      return isRecent(operation, now)
        ? retryLater(operation, undefined, now)
        : review(operation, "target_changed", now);
    case "unreadable":
      return now.nowMs - (operation.unknownSinceMs ?? now.nowMs) >= giveUpAfterMs
        ? review(operation, "no_verdict", now)
        : retryLater(operation, result.retryAfterMs, now);
  }
}

/** Applies a lookup before the next send. A candidate or a doubtful absence needs a person's decision. */
function reconcileBeforeSend(
  operation: Operation,
  { result, beganAtMs, settleWindowMs }: CompletedLookup,
  now: Now,
): Operation {
  const { heldBackUntilMs, missingSinceMs, isCleared } = operation;
  switch (result.kind) {
    case "taken":
      return reject(operation, result.problem, "taken", now);
    case "candidates":
      return isCleared && result.records.length === 0
        ? operation
        : review({ ...operation, candidates: result.records }, "not_distinguishable", now);
    case "absent":
      if (!result.isProof && !isCleared) return review(operation, "not_distinguishable", now);
      if (beganAtMs < heldBackUntilMs || heldBackUntilMs === 0) return operation;
      return missingSinceMs === null
        ? { ...operation, missingSinceMs: beganAtMs, heldBackUntilMs: beganAtMs + settleWindowMs }
        : { ...operation, heldBackUntilMs: 0 };
    case "no_lookup": {
      // The vendor may have forgotten its idempotency key, so only a person can rule out an account.
      const isForgotten = operation.repeatableForMs > 0 && !isRepeatable(operation, now);
      return isForgotten && !isCleared ? review(operation, "not_distinguishable", now) : operation;
    }
    case "ours":
    case "target_changed":
    case "unreadable":
      return operation;
  }
}

/**
 * Applies a lookup that does not show the account. The operation's state changes only after two such lookups. Both begin
 * after the lease, and at least a settle window apart.
 */
function reconcileMissing(
  operation: Operation,
  result: Extract<LookupResult, { kind: "taken" | "absent" | "candidates" }>,
  { beganAtMs, settleWindowMs }: CompletedLookup,
  now: Now,
): Operation {
  const { leaseEndsMs, missingSinceMs, suspected } = operation;
  if (beganAtMs < leaseEndsMs) return { ...operation, dueAtMs: leaseEndsMs };
  if (missingSinceMs === null) return { ...operation, missingSinceMs: beganAtMs, dueAtMs: beganAtMs + settleWindowMs };
  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };
  switch (result.kind) {
    case "taken":
      return reject(operation, suspected ?? result.problem, "taken", now);
    case "candidates":
      return review({ ...operation, candidates: result.records }, "not_distinguishable", now);
    case "absent":
      return reconcileAbsent(operation, result.isProof, now);
  }
}

/** Two lookups showed no record. */
function reconcileAbsent(unknown: Operation, isProof: boolean, now: Now): Operation {
  const operation = { ...unknown, isRepeat: false };
  const { suspected, resends } = operation;
  if (!isProof) return review(operation, "not_distinguishable", now);
  // The vendor reported a duplicate, but has no record of it.
  if (suspected?.code === "account_exists") return review(operation, "no_verdict", now);
  if (suspected !== null) return reject(operation, suspected, "absent", now);
  if (resends >= maxResends) return review(operation, "resend_limit", now);
  if (operation.isAsync && isBeforeGiveUp(operation, now)) {
    const queued = enqueue({ ...operation, problem: null }, "absent", now);
    // Each resend may create a duplicate, so wait longer before each one.
    return { ...queued, dueAtMs: now.nowMs + backoffMs(operation.attempt - 1, now.jitter) };
  }
  const problem: StoredProblem = { code: "vendor_unavailable", detail: "Two lookups found no account" };
  return finish({ ...operation, problem }, "not_created", now, { reason: "absent" });
}
