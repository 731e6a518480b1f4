/**
 * The state machine of an operation. Pure: the caller passes the clock and the randomness, and stores the result.
 *
 *  respond-async ─▶ queued ──claim──┐
 *                                   ▼         rejection of the account ────▶ rejected    final, replayed
 *  keyed create ─────────claim──▶ sending ──▶ account read from a 2xx ────▶ created     final, replayed
 *                         ▲         │         not sent, 401, 403, 429 ────▶ not_created  the next claim sends it
 *                         │         │ anything else, or the lease ends without a settle
 *                         │         ▼
 *                         │      unknown ──▶ lookup: our account ─────────▶ created
 *                         │         │                absent twice ────────▶ not_created (async: queued)
 *                         └─────────┤                another account ─────▶ rejected (account_exists)
 *                                   └──▶ no lookup, or no result in 24 h ─▶ needs_review ─▶ a person: created / not_created
 *
 * If the vendor has an idempotency key of its own, an `unknown` operation is sent again instead of looked up, as long as the
 * vendor remembers the key. The vendor then gives its first answer: `unknown` ──▶ `queued` or `sending`.
 */
import type { OperationState, TransitionReason } from "../../schemas/operation.ts";
import type {
  CreatedAccount,
  StoredProblem,
  Operation,
  NewOperation,
  Transition,
  RecordedOutcome,
} from "./operation.ts";

/** How long the ledger waits for a settle after the lease ends. */
export const graceMs = 5_000;
/** How long the ledger tries to send a queued operation, and how long it looks up an unknown outcome. */
export const giveUpAfterMs = 24 * 60 * 60 * 1000;
/** How long a deploy may take. During this time the ledger may still have the older configuration. */
export const deployMs = 10 * 60 * 1000;
const maxHistory = 100;

/** The current time, and a random number from 0 to 1 that spreads retries over time. */
export interface Now {
  nowMs: number;
  jitter: number;
}

const finalStates: ReadonlySet<OperationState> = new Set(["created", "rejected", "not_created"]);
export const isFinal = ({ state }: Pick<Operation, "state">): boolean => finalStates.has(state);

/** 1 s, 2 s, 4 s … 5 min, reduced by up to one half. */
export function backoffMs(tries: number, jitter: number): number {
  return Math.ceil(Math.min(1000 * 2 ** tries, 300_000) * (1 - jitter / 2));
}

type Received = Pick<Operation, "keyDigest" | "keyName" | "fingerprint" | "target" | "targetPath" | "isAsync">;

/** A new operation, ready for `claim` or `queue`. */
export function receive(
  received: Received,
  { id, vendor, sendable, guarantee, retentionMs, repeatableForMs = 0 }: NewOperation,
  { nowMs }: Now,
): Operation {
  return {
    ...received,
    id,
    vendor,
    sendable,
    guarantee,
    retentionMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    state: "not_created",
    attempt: 0,
    nonce: null,
    leaseEndsMs: 0,
    mayHaveCreated: false,
    resends: 0,
    repeatableForMs,
    repeatableUntilMs: 0,
    isRepeat: false,
    dueAtMs: null,
    giveUpAtMs: nowMs,
    history: [],
    unknownSinceMs: null,
    missingSinceMs: null,
    heldBackUntilMs: 0,
    isCleared: false,
    tries: 0,
    suspected: null,
    suspectedOf: null,
    ruledOut: [],
    created: null,
    problem: null,
    candidates: [],
    duplicates: [],
  };
}

/** `not_created` → `queued`. */
export function queue(operation: Operation, now: Now): Operation {
  const giveUpAtMs = now.nowMs + giveUpAfterMs;
  return enqueue({ ...operation, isAsync: true, giveUpAtMs }, "received", now);
}

/**
 * Whether the vendor answers a repeat of the create with its first answer, so that a repeat never creates a second account. After
 * a suspected rejection, only a lookup helps.
 */
export function isRepeatable({ repeatableUntilMs, suspected }: Operation, { nowMs }: Now): boolean {
  return suspected === null && nowMs < repeatableUntilMs;
}

/** Ends the repeats earlier if today's adapter allows them for a shorter time than the adapter that sent the account. */
export function limitRepeats(operation: Operation, allowedForMs: number): Operation {
  const { repeatableUntilMs, repeatableForMs } = operation;
  // Not 0, which means that the vendor never had the key.
  const limitMs = Math.max(allowedForMs, 1);
  if (repeatableForMs <= limitMs) return operation;
  const firstSentMs = repeatableUntilMs - repeatableForMs;
  return {
    ...operation,
    repeatableForMs: limitMs,
    repeatableUntilMs: repeatableUntilMs === 0 ? 0 : firstSentMs + limitMs,
  };
}

/** Marks the next send as a repeat of one with an unknown outcome. */
export function asRepeat(operation: Operation): Operation {
  return { ...operation, isRepeat: true };
}

/** `unknown` → `queued`: the queue repeats the create. */
export function repeat(operation: Operation, now: Now): Operation {
  if (operation.state !== "unknown" || !isRepeatable(operation, now)) return operation;
  const giveUpAtMs = Math.max(operation.giveUpAtMs, operation.repeatableUntilMs);
  return enqueue(asRepeat({ ...operation, giveUpAtMs }), "repeated", now);
}

/** `queued`, `not_created` or a repeatable `unknown` → `sending`: the nonce identifies the lease. */
export function claim(operation: Operation, nonce: string, leaseMs: number, now: Now): Operation {
  const leaseEndsMs = now.nowMs + leaseMs + graceMs;
  const { mayHaveCreated, repeatableUntilMs, repeatableForMs } = operation;
  const claimed = {
    ...operation,
    // The vendor remembers the key from the first send that it may have processed.
    repeatableUntilMs: mayHaveCreated || repeatableForMs === 0 ? repeatableUntilMs : now.nowMs + repeatableForMs,
    nonce,
    attempt: operation.attempt + 1,
    leaseEndsMs,
    dueAtMs: leaseEndsMs,
    problem: null,
    suspected: null,
    suspectedOf: null,
    missingSinceMs: null,
    heldBackUntilMs: 0,
    isCleared: false,
  };
  return move(claimed, "sending", now, { reason: "claimed" });
}

/** `sending` → `unknown`, once the lease has ended: the request may have reached the vendor. */
export function expire(operation: Operation, now: Now): Operation {
  if (operation.state !== "sending" || now.nowMs < operation.leaseEndsMs) return operation;
  const detail = "The sender stopped before it reported an outcome";
  return becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", now);
}

/**
 * Applies the outcome of an attempt. The ledger accepts `created` from every attempt. It accepts any other outcome only from
 * the latest attempt, and only while the operation is open. `isDoubtful`: only a lookup can confirm the outcome.
 */
export function settle(
  operation: Operation,
  nonce: string,
  outcome: RecordedOutcome,
  now: Now,
  isDoubtful = outcome.kind === "rejected" && outcome.duplicateOf !== undefined,
): Operation {
  if (outcome.kind === "created") return becomeCreated(operation, outcome, "vendor_answered", now);
  const isOpen = operation.state === "sending" || operation.state === "unknown" || operation.state === "needs_review";
  if (!isOpen || operation.nonce !== nonce) return operation;
  const { problem } = outcome;
  switch (outcome.kind) {
    case "rejected":
      if (isFinalRejection(operation, outcome, isDoubtful, now))
        return reject(operation, problem, "vendor_answered", now);
      if (operation.suspected !== null) return operation;
      return awaitLookup({ ...operation, suspected: problem, suspectedOf: outcome.duplicateOf ?? null }, now);
    case "not_created": {
      const isForeign = outcome.cause === "foreign";
      const canBeFound = isForeign && outcome.lookup !== undefined && outcome.lookup.kind !== "no_lookup";
      const isLookedUp = operation.isAsync && canBeFound;
      if (isForeign && (isDoubtful || isLookedUp || operation.unknownSinceMs !== null))
        return awaitLookup(operation, now);
      const reason = outcome.cause === "not_sent" ? "not_sent" : "vendor_answered";
      if (operation.isRepeat) return returnToUnknown(operation, problem, reason, now, outcome.retryAfterMs);
      // A proxy that answered may still forward the request.
      const heldBackUntilMs = canBeFound ? operation.leaseEndsMs : 0;
      const settled = { ...(isForeign ? countSend(operation) : operation), problem, heldBackUntilMs };
      return settled.isAsync
        ? postpone(move(settled, "queued", now, { reason }), problem, outcome.retryAfterMs, now)
        : finish(settled, "not_created", now, { reason });
    }
    case "unknown":
      return operation.state === "sending" ? becomeUnknown(operation, problem, "no_answer", now) : operation;
  }
}

/**
 * Whether a rejection says that there is no account. With a key of its own, the vendor gives the same answer to each copy of a
 * request. But a vendor may check for duplicates before it looks at the key, so the duplicate may be this operation's account.
 */
function isFinalRejection(
  operation: Operation,
  { duplicateOf }: Extract<RecordedOutcome, { kind: "rejected" }>,
  isDoubtful: boolean,
  now: Now,
): boolean {
  const isFirst = !operation.mayHaveCreated;
  if (!isRepeatable(operation, now)) return isFirst && !isDoubtful;
  return isFirst || (!isDoubtful && duplicateOf === undefined);
}

/** Sets the time of the next try of a queued operation, or gives up once `giveUpAtMs` has passed. */
export function postpone(
  operation: Operation,
  problem: StoredProblem,
  retryAfterMs: number | undefined,
  now: Now,
): Operation {
  if (operation.state !== "queued") return operation;
  const postponed = giveUp({ ...operation, problem }, problem, now);
  return postponed.state === "queued" ? retryLater(postponed, retryAfterMs, now) : postponed;
}

/**
 * `queued` → `not_created`, once `giveUpAtMs` has passed. A repeat becomes `unknown` again, also once a repeat is no longer safe.
 * `problem`: the reason if the operation has no problem yet.
 */
export function giveUp(operation: Operation, problem: StoredProblem, now: Now): Operation {
  if (operation.state !== "queued") return operation;
  const { isRepeat } = operation;
  if (isBeforeGiveUp(operation, now) && (!isRepeat || isRepeatable(operation, now))) return operation;
  const last = { ...operation, problem: operation.problem ?? problem };
  if (isRepeat) return returnToUnknown(last, last.problem, "gave_up", now);
  return finish(last, "not_created", now, { reason: "gave_up" });
}

/** `queued` → `not_created`: the connection has a new target, but the caller wanted an account in the old one. */
export function failRetargeted(operation: Operation, now: Now): Operation {
  const detail = "The connection has changed its target since the account was queued";
  const problem: StoredProblem = { code: "misconfigured", detail };
  if (operation.state !== "queued" || isRecent(operation, now)) return postpone(operation, problem, undefined, now);
  if (operation.isRepeat) return returnToUnknown(operation, problem, "target_changed", now);
  return finish({ ...operation, problem }, "not_created", now, { reason: "target_changed" });
}

/** → `needs_review`: nothing is due until a person decides. */
export function review(operation: Operation, reason: TransitionReason, now: Now): Operation {
  const problem: StoredProblem = { ...operation.problem, code: "operation_needs_review" };
  return move({ ...operation, problem, dueAtMs: null }, "needs_review", now, { reason });
}

/** A person's decision about an operation in review. */
export interface Resolution {
  /** The name of the person's gateway key. */
  by: string;
  note: string;
  /** `null`: the person has confirmed that there is no account. */
  created: CreatedAccount | null;
}

/** `needs_review` → `created` or `not_created`. `seen`: the candidates that the person saw, by `candidateKey`. */
export function resolve(
  operation: Operation,
  { by, note, created }: Resolution,
  seen: readonly string[],
  now: Now,
): Operation {
  const cause = { reason: "resolved" as const, by, note };
  if (created !== null) return finish({ ...operation, created, problem: null, sendable: null }, "created", now, cause);
  const detail = "A person has confirmed that the vendor has no such account";
  const ruledOut = [...new Set([...operation.ruledOut, ...seen])];
  const problem = { code: "vendor_unavailable" as const, detail };
  const cleared = { ...operation, problem, resends: 0, ruledOut, heldBackUntilMs: 0, isCleared: true, isRepeat: false };
  return finish(cleared, "not_created", now, cause);
}

/** Any state → `created`. If the operation already has another account, adds this one to `duplicates`. */
export function becomeCreated(
  operation: Operation,
  found: CreatedAccount,
  reason: TransitionReason,
  now: Now,
): Operation {
  const { account, fields } = found;
  if (operation.created !== null) {
    const isKnown = [operation.created.account.id, ...operation.duplicates].includes(account.id);
    return isKnown ? operation : { ...operation, duplicates: [...operation.duplicates, account.id] };
  }
  const created = { ...operation, created: { account, fields }, problem: null, sendable: null };
  return finish(created, "created", now, { reason });
}

export function reject(operation: Operation, problem: StoredProblem, reason: TransitionReason, now: Now): Operation {
  return finish({ ...operation, problem, sendable: null }, "rejected", now, { reason });
}

/** → `unknown`: an earlier request may have created the account, so a lookup must follow. */
function awaitLookup(operation: Operation, now: Now): Operation {
  const detail = "The answer does not show whether an earlier request created the account";
  const problem: StoredProblem = { code: "outcome_unknown", detail, vendor: operation.suspected?.vendor };
  return becomeUnknown(operation, problem, "vendor_answered", now);
}

/** → `unknown`: the latest attempt created nothing, but an earlier one may have created the account. */
function returnToUnknown(
  operation: Operation,
  { vendor }: StoredProblem,
  reason: TransitionReason,
  now: Now,
  retryAfterMs?: number,
): Operation {
  const detail = "The gateway could not repeat the request, and an earlier request may have created the account";
  return becomeUnknown(operation, { code: "outcome_unknown", detail, vendor }, reason, now, retryAfterMs);
}

/**
 * Records that the send may have created an account. A refused send does not count, so it never uses up the resends. A repeat
 * does not count either, because it never creates a second account.
 */
function countSend(operation: Operation): Operation {
  const isResend = operation.state === "sending" && operation.mayHaveCreated && !operation.isRepeat;
  return { ...operation, mayHaveCreated: true, resends: operation.resends + (isResend ? 1 : 0) };
}

function becomeUnknown(
  operation: Operation,
  problem: StoredProblem,
  reason: TransitionReason,
  now: Now,
  retryAfterMs = 0,
): Operation {
  // Wait as long as the time since the first send, so that repeats become rarer, however often the caller sends the request.
  const sinceFirstMs = now.nowMs - (operation.repeatableUntilMs - operation.repeatableForMs);
  const tries = isRepeatable(operation, now) ? Math.log2(Math.max(sinceFirstMs / 1000, 1)) : 0;
  const unknown = {
    ...countSend(operation),
    problem,
    unknownSinceMs: now.nowMs,
    missingSinceMs: null,
    heldBackUntilMs: 0,
    tries: 0,
    dueAtMs: now.nowMs + Math.max(backoffMs(tries, now.jitter), retryAfterMs),
  };
  return move(unknown, "unknown", now, { reason });
}

export function enqueue(operation: Operation, reason: TransitionReason, now: Now): Operation {
  return move({ ...operation, tries: 0, dueAtMs: now.nowMs }, "queued", now, { reason });
}

export function finish(operation: Operation, state: OperationState, now: Now, cause: Cause): Operation {
  return move({ ...operation, dueAtMs: now.nowMs + operation.retentionMs }, state, now, cause);
}

/** Sets the time of the next try: after a backoff, or after the vendor's `Retry-After` if that is longer. */
export function retryLater(operation: Operation, retryAfterMs: number | undefined, { nowMs, jitter }: Now): Operation {
  const waitMs = Math.max(backoffMs(operation.tries, jitter), retryAfterMs ?? 0);
  return { ...operation, tries: operation.tries + 1, dueAtMs: nowMs + waitMs };
}

/** Whether the operation is so new that the ledger may still have an older configuration. */
export function isRecent({ createdAtMs }: Operation, { nowMs }: Now): boolean {
  return nowMs - createdAtMs < deployMs;
}

export function isBeforeGiveUp({ giveUpAtMs }: Operation, { nowMs }: Now): boolean {
  return nowMs < giveUpAtMs;
}

type Cause = Pick<Transition, "reason" | "by" | "note">;

function move(operation: Operation, state: OperationState, { nowMs }: Now, cause: Cause): Operation {
  const transition = { atMs: nowMs, state, attempt: operation.attempt, ...cause };
  const history = [...operation.history, transition].slice(-maxHistory);
  // Candidates may be personal data of other people, so keep them only for the review.
  const candidates = state === "needs_review" ? operation.candidates : [];
  return { ...operation, state, updatedAtMs: nowMs, history, candidates };
}
