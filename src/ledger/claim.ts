/** What a request with an Idempotency-Key meets: pure, by what the ledger holds. */
import type { StoredProblem, Operation, NewOperation } from "./operation.ts";
import { isSameTarget } from "./target.ts";
import { claim, expire, graceMs, isFinal, type Now, queue, receive } from "./transitions.ts";

export interface ClaimRequest {
  keyDigest: string;
  keyName: string;
  fingerprint: string;
  /** Tells one attempt from another; the same for a request that is repeated because its answer was lost. */
  nonce: string;
  isAsync: boolean;
  /** Where the connection leads; `null` where it is out of use. */
  target: string | null;
  targetPath?: string | undefined;
  /** What a new operation would be; `null` where the account cannot be sent. */
  proposal: NewOperation | null;
  leaseMs: number;
}

export type ClaimResult =
  /** Yours to send, for so long. */
  | { kind: "claimed"; operation: Operation; leaseMs: number }
  /** Waits for the ledger to send it. */
  | { kind: "queued"; operation: Operation }
  /** As it stands; `isReplay` where it was final before this was asked. */
  | { kind: "found"; operation: Operation; isReplay: boolean }
  | { kind: "reused" }
  /** The gateway key holds as much as it may, so nothing was kept. */
  | { kind: "over_quota"; quota: "queue" | "operations" }
  /** Whether an earlier attempt left an account behind could not be found out, so nothing is sent. */
  | ({ kind: "held_back"; operation: Operation } & LookupFailure)
  /** Nothing is held, and nothing was proposed. */
  | { kind: "none" };

/** Before more can be said the vendor has to be asked for the account. */
export type LookupNeeded = { kind: "look_up"; operation: Operation };

/** The vendor was just asked for the account, and what it showed is taken note of. */
export interface Look {
  /** Why it showed nothing that lets anything be sent again. */
  obstacle: LookupFailure | undefined;
}

export interface LookupFailure {
  problem: StoredProblem;
  retryAfterMs: number | undefined;
}

/** While it is looked up nothing is forgotten. */
const lookUpMs = 60_000;

/** The operation in the answer is what is to be kept. */
export function decideClaim(
  held: Operation | undefined,
  request: ClaimRequest,
  now: Now,
  look: Look | null,
): ClaimResult | LookupNeeded {
  if (held === undefined) return openOperation(request, now) ?? { kind: "none" };
  const operation = expire(held, now);
  if (operation.state === "sending" && operation.nonce === request.nonce)
    return { kind: "claimed", operation, leaseMs: operation.leaseEndsMs - graceMs - now.nowMs };
  if (operation.fingerprint !== request.fingerprint) return { kind: "reused" };
  const found = (asItStands: Operation): ClaimResult => ({
    kind: "found",
    operation: asItStands,
    isReplay: isFinal(held) && look === null,
  });
  const { target, targetPath } = request;
  if (target !== null && !isSameTarget({ target, targetPath }, operation)) {
    // What never left the gateway may as well go where the connection leads now.
    if (isUnsent(operation))
      return openOperation(request, now) ?? (isFinal(operation) ? { kind: "none" } : found(operation));
    // What did leave it and is open the ledger itself leaves to a person, once it finds the same.
    return isFinal(operation) ? { kind: "reused" } : found(operation);
  }
  switch (operation.state) {
    case "created":
    case "rejected":
    case "needs_review":
    case "sending":
      return found(operation);
    case "queued":
      return request.isAsync ? { kind: "queued", operation } : found(operation);
    case "unknown":
      return request.target !== null && look === null ? { kind: "look_up", operation } : found(operation);
    case "not_created":
      if (request.target === null) return { kind: "none" };
      // What is queued is looked up before it is sent.
      if (!operation.wasSent || (request.isAsync && operation.heldBackUntilMs === 0))
        return begin(operation, request, now);
      if (look === null) return { kind: "look_up", operation: keptForLookup(operation, now) };
      return heldBack(operation, look, now) ?? begin(operation, request, now);
  }
}

function heldBack(operation: Operation, { obstacle }: Look, { nowMs }: Now): ClaimResult | undefined {
  const { heldBackUntilMs } = operation;
  if (obstacle !== undefined) return { kind: "held_back", operation, ...obstacle };
  if (heldBackUntilMs === 0) return undefined;
  const problem: StoredProblem = {
    code: "vendor_unavailable",
    detail: "Something in front of the vendor answered, and the account may still appear there",
  };
  return { kind: "held_back", operation, problem, retryAfterMs: Math.max(heldBackUntilMs - nowMs, 1000) };
}

/** The operation as if its key was never met before; `undefined` where it could not be sent. */
function openOperation(request: ClaimRequest, now: Now): ClaimResult | undefined {
  const { keyDigest, keyName, fingerprint, isAsync, target, targetPath, proposal } = request;
  if (target === null || proposal === null) return undefined;
  return begin(receive({ keyDigest, keyName, fingerprint, isAsync, target, targetPath }, proposal, now), request, now);
}

function keptForLookup(operation: Operation, { nowMs }: Now): Operation {
  const untilMs = nowMs + lookUpMs;
  return (operation.dueAtMs ?? untilMs) < untilMs ? { ...operation, dueAtMs: untilMs } : operation;
}

function isUnsent({ state, wasSent }: Operation): boolean {
  return !wasSent && (state === "queued" || state === "not_created");
}

function begin(operation: Operation, { isAsync, nonce, leaseMs }: ClaimRequest, now: Now): ClaimResult {
  return isAsync
    ? { kind: "queued", operation: queue(operation, now) }
    : { kind: "claimed", operation: claim({ ...operation, isAsync }, nonce, leaseMs, now), leaseMs };
}
