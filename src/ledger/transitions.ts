/**
 * The life of an operation. Pure: the clock and all chance are passed in, and nothing is stored here.
 *
 *  respond-async ─▶ queued ──claim──┐
 *                                   ▼         verdict on the account ─────▶ rejected    final, replayed
 *  keyed create ─────────claim──▶ sending ──▶ 2xx read ───────────────────▶ created     final, replayed
 *                         ▲         │         not sent, 401, 403, 429 ────▶ not_created  claim again: attempt + 1
 *                         │         │ anything else, or the claim expired without a settle
 *                         │         ▼
 *                         │      unknown ──▶ reconcile: ours ─────────────▶ created
 *                         │         │                  absent, settled ───▶ not_created (async: queued)
 *                         └─────────┤                  someone else's ────▶ rejected (account_exists)
 *                                   └──▶ no lookup, or no verdict in 24 h ─▶ needs_review ─▶ a person: created / not_created
 */
import type { OperationState, TransitionReason } from "../../schemas/operation.ts";
import type { LookupResult } from "./lookup-result.ts";
import type {
  CreatedAccount,
  StoredProblem,
  Operation,
  NewOperation,
  Transition,
  RecordedOutcome,
} from "./operation.ts";

/** After a lease: the time in which its holder's settle may still be on the way. */
export const graceMs = 5_000;
/** How long a queue is worked on, and how long an unknown outcome is looked up. */
export const giveUpAfterMs = 24 * 60 * 60 * 1000;
/** How long a deploy may take to reach everything: until then what is new may be met by an older configuration. */
export const deployMs = 10 * 60 * 1000;
const maxHistory = 100;
/** How often an account is sent again after an unknown outcome. After that, a person has to look. */
const maxResends = 3;

/** Now, and a share between 0 and 1 that spreads what would otherwise happen at once. */
export interface Now {
  nowMs: number;
  jitter: number;
}

const final: ReadonlySet<OperationState> = new Set(["created", "rejected", "not_created"]);
export const isFinal = ({ state }: Pick<Operation, "state">): boolean => final.has(state);

/** 1 s, 2 s, 4 s … 5 min, less up to a half. */
export function backoffMs(tries: number, jitter: number): number {
  return Math.ceil(Math.min(1000 * 2 ** tries, 300_000) * (1 - jitter / 2));
}

type Received = Pick<Operation, "keyDigest" | "keyName" | "fingerprint" | "target" | "targetPath" | "isAsync">;

/** A request that was never met before: to be claimed or queued. */
export function receive(received: Received, { sendable, ...proposal }: NewOperation, { nowMs }: Now): Operation {
  return {
    ...received,
    ...proposal,
    sendable,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    state: "not_created",
    attempt: 0,
    nonce: null,
    leaseEndsMs: 0,
    wasSent: false,
    resends: 0,
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

/** `queued` or `not_created` → `sending`: a lease of so many milliseconds, known by its nonce. */
export function claim(operation: Operation, nonce: string, leaseMs: number, now: Now): Operation {
  const leaseEndsMs = now.nowMs + leaseMs + graceMs;
  const attempt = operation.attempt + 1;
  // Only sends after one that may have created an account count: a refusal created nothing.
  const resends = operation.resends + (operation.wasSent ? 1 : 0);
  const found = { missingSinceMs: null, heldBackUntilMs: 0, isCleared: false };
  const clean = { suspected: null, suspectedOf: null, problem: null, resends, ...found };
  const claimed = { ...operation, ...clean, nonce, attempt, leaseEndsMs, dueAtMs: leaseEndsMs };
  return move(claimed, "sending", now, { reason: "claimed" });
}

/** The claim's holder was not heard of again: its attempt may have reached the vendor. */
export function expire(operation: Operation, now: Now): Operation {
  if (operation.state !== "sending" || now.nowMs < operation.leaseEndsMs) return operation;
  const detail = "Whoever sent the account was not heard of again";
  return becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", now);
}

/**
 * What an attempt came to. `created` from any attempt beats every state but `created`; any other verdict counts only of
 * the latest attempt, and only while nothing is decided. `isDoubtful`: a refusal that counts only after a lookup.
 */
export function settle(
  operation: Operation,
  nonce: string,
  verdict: RecordedOutcome,
  now: Now,
  isDoubtful = verdict.kind === "rejected" && verdict.isDuplicate,
): Operation {
  if (verdict.kind === "created") return becomeCreated(operation, verdict, "vendor_answered", now);
  const isOpen = operation.state === "sending" || operation.state === "unknown" || operation.state === "needs_review";
  if (!isOpen || operation.nonce !== nonce) return operation;
  const { problem } = verdict;
  switch (verdict.kind) {
    case "rejected":
      if (!operation.wasSent && !isDoubtful) return reject(operation, problem, "vendor_answered", now);
      if (operation.suspected !== null) return operation;
      return awaitLookup({ ...operation, suspected: problem, suspectedOf: verdict.duplicateOf ?? null }, now);
    case "not_created": {
      const isForeign = verdict.cause === "foreign";
      const canBeFound = isForeign && verdict.found !== undefined && verdict.found.kind !== "no_lookup";
      const isLookedUp = operation.isAsync && canBeFound;
      if (isForeign && (isDoubtful || isLookedUp || operation.unknownSinceMs !== null))
        return awaitLookup(operation, now);
      const reason = verdict.cause === "not_sent" ? "not_sent" : "vendor_answered";
      // What something in front of the vendor refused may still arrive there.
      const heldBackUntilMs = canBeFound ? operation.leaseEndsMs : 0;
      const settled = { ...operation, problem, wasSent: operation.wasSent || isForeign, heldBackUntilMs };
      return settled.isAsync
        ? postpone(move(settled, "queued", now, { reason }), problem, verdict.retryAfterMs, now)
        : conclude(settled, "not_created", now, { reason });
    }
    case "unknown":
      return operation.state === "sending" ? becomeUnknown(operation, problem, "no_answer", now) : operation;
  }
}

export interface CompletedLookup {
  result: LookupResult;
  beganAtMs: number;
  /** How long the vendor's reads may miss a new account. */
  settleWindowMs: number;
}

/** What a lookup proves, or the time of the next one. An account that is ours counts in every state. */
export function reconcile(operation: Operation, read: CompletedLookup, now: Now): Operation {
  const { result } = read;
  if (result.kind === "ours") {
    const created = becomeCreated(operation, result.created, "found", now);
    return { ...created, duplicates: [...new Set([...created.duplicates, ...result.duplicates])] };
  }
  const { state, wasSent } = operation;
  if (state === "unknown") return reconcileUnknown(operation, read, now);
  const isToBeSent = state === "queued" || state === "not_created";
  return isToBeSent && wasSent ? reconcileUnsent(operation, read, now) : operation;
}

function reconcileUnknown(operation: Operation, read: CompletedLookup, now: Now): Operation {
  const { result, beganAtMs } = read;
  switch (result.kind) {
    case "ours":
      return operation;
    case "taken":
    case "absent":
      return reconcileMissing(operation, result, read, now);
    case "candidates":
      if (result.canRecognise) return reconcileMissing(operation, result, read, now);
      return beganAtMs < operation.leaseEndsMs
        ? { ...operation, dueAtMs: operation.leaseEndsMs }
        : review({ ...operation, candidates: result.records }, "not_distinguishable", now);
    case "no_lookup":
      return review(operation, "not_distinguishable", now);
    case "target_changed":
      return isYoung(operation, now) ? retryLater(operation, undefined, now) : review(operation, "target_changed", now);
    case "unreadable":
      return now.nowMs - (operation.unknownSinceMs ?? now.nowMs) >= giveUpAfterMs
        ? review(operation, "no_verdict", now)
        : retryLater(operation, result.retryAfterMs, now);
  }
}

/** A lookup before the next send. Only an absence lets the account be sent, or what a person has said. */
function reconcileUnsent(
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
    case "ours":
    case "no_lookup":
    case "target_changed":
    case "unreadable":
      return operation;
  }
}

/** No lookup so far recognised our account. That counts once two lookups after the claim say so, a settle window apart. */
function reconcileMissing(
  operation: Operation,
  result: Extract<LookupResult, { kind: "taken" | "absent" | "candidates" }>,
  { beganAtMs, settleWindowMs }: CompletedLookup,
  now: Now,
): Operation {
  const { leaseEndsMs, missingSinceMs, suspected, resends } = operation;
  if (beganAtMs < leaseEndsMs) return { ...operation, dueAtMs: leaseEndsMs };
  if (missingSinceMs === null) return { ...operation, missingSinceMs: beganAtMs, dueAtMs: beganAtMs + settleWindowMs };
  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };
  switch (result.kind) {
    case "taken":
      return reject(operation, suspected ?? result.problem, "taken", now);
    case "candidates":
      return review({ ...operation, candidates: result.records }, "not_distinguishable", now);
    case "absent":
  }
  if (!result.isProof) return review(operation, "not_distinguishable", now);
  // The vendor calls it a duplicate, and shows nothing that it could be one of.
  if (suspected?.code === "account_exists") return review(operation, "no_verdict", now);
  if (suspected !== null) return reject(operation, suspected, "absent", now);
  if (resends >= maxResends) return review(operation, "resend_limit", now);
  if (operation.isAsync && isBeforeGiveUp(operation, now)) {
    const queued = enqueue({ ...operation, problem: null }, "absent", now);
    // Each further send is one that may come late after all.
    return { ...queued, dueAtMs: now.nowMs + backoffMs(operation.attempt - 1, now.jitter) };
  }
  const detail = "The vendor was asked twice for the account and has none";
  return conclude({ ...operation, problem: { code: "vendor_unavailable", detail } }, "not_created", now, {
    reason: "absent",
  });
}

/** A send of a queued operation that could not be begun, or came to nothing: again later, for as long as there is patience. */
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

/** `queued` → `not_created`, once its time is over; `problem` is why, where it has met none itself. */
export function giveUp(operation: Operation, problem: StoredProblem, now: Now): Operation {
  if (operation.state !== "queued" || isBeforeGiveUp(operation, now)) return operation;
  const last = { ...operation, problem: operation.problem ?? problem };
  return conclude(last, "not_created", now, { reason: "gave_up" });
}

/** The connection leads elsewhere than when it was queued, where nobody asked for it to be created: `queued` → `not_created`. */
export function failRetargeted(operation: Operation, now: Now): Operation {
  const detail = "The connection leads elsewhere than when the account was queued";
  const problem: StoredProblem = { code: "misconfigured", detail };
  if (operation.state !== "queued" || isYoung(operation, now)) return postpone(operation, problem, undefined, now);
  return conclude({ ...operation, problem }, "not_created", now, { reason: "target_changed" });
}

/** Any open state → `needs_review`. */
export function review(operation: Operation, reason: TransitionReason, now: Now): Operation {
  const problem: StoredProblem = { ...operation.problem, code: "operation_needs_review" };
  return move({ ...operation, problem, dueAtMs: null }, "needs_review", now, { reason });
}

/** What a person says of an operation in review. */
export type Resolution = { by: string; note: string } & ({ created: CreatedAccount } | { created: null });

/** `needs_review` → `created` or `not_created`. `seen`: the ids of the candidates that the person was shown. */
export function resolve(
  operation: Operation,
  { by, note, created }: Resolution,
  seen: readonly string[],
  now: Now,
): Operation {
  const cause = { reason: "resolved" as const, by, note };
  if (created !== null)
    return conclude({ ...operation, created, problem: null, sendable: null }, "created", now, cause);
  const detail = "A person has looked, and the vendor holds no such account";
  const ruledOut = [...new Set([...operation.ruledOut, ...seen])];
  const problem = { code: "vendor_unavailable" as const, detail };
  const cleared = { ...operation, problem, resends: 0, ruledOut, heldBackUntilMs: 0, isCleared: true };
  return conclude(cleared, "not_created", now, cause);
}

function becomeCreated(operation: Operation, found: CreatedAccount, reason: TransitionReason, now: Now): Operation {
  const { account, fields } = found;
  if (operation.created !== null) {
    const isKnown = [operation.created.account.id, ...operation.duplicates].includes(account.id);
    return isKnown ? operation : { ...operation, duplicates: [...operation.duplicates, account.id] };
  }
  const created = { ...operation, created: { account, fields }, problem: null, sendable: null };
  return conclude(created, "created", now, { reason });
}

function reject(operation: Operation, problem: StoredProblem, reason: TransitionReason, now: Now): Operation {
  return conclude({ ...operation, problem, sendable: null }, "rejected", now, { reason });
}

/** The answer is a refusal, but there may be an account: it is looked for before the refusal counts. */
function awaitLookup(operation: Operation, now: Now): Operation {
  const detail = "The vendor refused the account, which an earlier request may have created";
  const doubted: StoredProblem = { code: "outcome_unknown", detail, vendor: operation.suspected?.vendor };
  return becomeUnknown(operation, doubted, "vendor_answered", now);
}

function becomeUnknown(operation: Operation, problem: StoredProblem, reason: TransitionReason, now: Now): Operation {
  const unknown = {
    ...operation,
    problem,
    wasSent: true,
    unknownSinceMs: now.nowMs,
    missingSinceMs: null,
    heldBackUntilMs: 0,
    tries: 0,
    dueAtMs: now.nowMs + backoffMs(0, now.jitter),
  };
  return move(unknown, "unknown", now, { reason });
}

function enqueue(operation: Operation, reason: TransitionReason, now: Now): Operation {
  return move({ ...operation, tries: 0, dueAtMs: now.nowMs }, "queued", now, { reason });
}

function conclude(operation: Operation, state: OperationState, now: Now, cause: Cause): Operation {
  return move({ ...operation, dueAtMs: now.nowMs + operation.retentionMs }, state, now, cause);
}

function retryLater(operation: Operation, retryAfterMs: number | undefined, { nowMs, jitter }: Now): Operation {
  const waitMs = Math.max(backoffMs(operation.tries, jitter), retryAfterMs ?? 0);
  return { ...operation, tries: operation.tries + 1, dueAtMs: nowMs + waitMs };
}

function isYoung({ createdAtMs }: Operation, { nowMs }: Now): boolean {
  return nowMs - createdAtMs < deployMs;
}

function isBeforeGiveUp({ giveUpAtMs }: Operation, { nowMs }: Now): boolean {
  return nowMs < giveUpAtMs;
}

type Cause = Pick<Transition, "reason" | "by" | "note">;

function move(operation: Operation, state: OperationState, { nowMs }: Now, cause: Cause): Operation {
  const transition = { atMs: nowMs, state, attempt: operation.attempt, ...cause };
  const history = [...operation.history, transition].slice(-maxHistory);
  // Accounts of other people's, which nobody need look at any more.
  const candidates = state === "needs_review" ? operation.candidates : [];
  return { ...operation, state, updatedAtMs: nowMs, history, candidates };
}
