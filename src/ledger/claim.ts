/** Decides the ledger's answer to a keyed create. Pure: the caller passes the clock and stores the result. */
import { isSameTarget, type NewOperation, type Operation, type StoredProblem } from "./operation.ts";
import { asRepeat, claim, expire, graceMs, isFinal, isRepeatable, type Now, queue, receive } from "./transitions.ts";

export interface ClaimRequest {
  keyDigest: string;
  keyName: string;
  fingerprint: string;
  /** Identifies the attempt. If the Worker repeats a call because its answer was lost, the nonce is the same. */
  nonce: string;
  isAsync: boolean;
  /** The connection's target; `null` if its configuration has faults. */
  target: string | null;
  targetPath?: string | undefined;
  /** The operation to store if the key is new; `null` if the account cannot be sent. */
  newOperation: NewOperation | null;
  leaseMs: number;
}

export type ClaimResult =
  /** The caller may send the account, for `leaseMs`. */
  | { kind: "claimed"; operation: Operation; leaseMs: number }
  /** The ledger's queue sends the account. */
  | { kind: "queued"; operation: Operation }
  /** The caller must not send, and answers with this operation. `isReplay`: the operation was final before this request. */
  | { kind: "found"; operation: Operation; isReplay: boolean }
  /** The Idempotency-Key belongs to a different request. */
  | { kind: "reused" }
  /** The gateway key has reached a quota. Nothing was stored. */
  | { kind: "over_quota"; quota: "queue" | "operations" }
  /** An earlier attempt may have created the account, and the lookup did not rule this out. The caller must not send. */
  | { kind: "held_back"; operation: Operation; failure: LookupFailure }
  /** The ledger has no answer to repeat, and the account cannot be sent. */
  | { kind: "none" };

/** The ledger must look for the account before it decides. */
export type LookupNeeded = { kind: "look_up"; operation: Operation };

/** The lookup that the ledger made for this claim. The ledger has already applied its result to the operation. */
export interface LookupBeforeClaim {
  /** Why the lookup does not allow another send. */
  failure: LookupFailure | undefined;
}

export interface LookupFailure {
  problem: StoredProblem;
  retryAfterMs: number | undefined;
}

/** Longer than any lookup takes. */
const maxLookupMs = 60_000;

/** `stored`: the operation that the ledger has for the key. `lookup`: `null` before the lookup. */
export function decideClaim(
  stored: Operation | undefined,
  request: ClaimRequest,
  now: Now,
  lookup: LookupBeforeClaim | null,
): ClaimResult | LookupNeeded {
  if (stored === undefined) return startOperation(request, now) ?? { kind: "none" };
  const operation = expire(stored, now);
  if (operation.state === "sending" && operation.nonce === request.nonce)
    return { kind: "claimed", operation, leaseMs: operation.leaseEndsMs - graceMs - now.nowMs };
  if (operation.fingerprint !== request.fingerprint) return { kind: "reused" };
  const found = (current: Operation): ClaimResult => ({
    kind: "found",
    operation: current,
    isReplay: isFinal(stored) && lookup === null,
  });
  const { target, targetPath } = request;
  if (target !== null && !isSameTarget({ target, targetPath }, operation)) {
    // The old target has no account of this operation, so the account can go to the new target.
    if (hasNoAccount(operation))
      return startOperation(request, now) ?? (isFinal(operation) ? { kind: "none" } : found(operation));
    // The old target may have the operation's account. The alarm ends an open operation, or moves it to review.
    return isFinal(operation) ? { kind: "reused" } : found(operation);
  }
  const mayRepeat = request.target !== null && isRepeatable(operation, now);
  switch (operation.state) {
    case "created":
    case "rejected":
    case "needs_review":
    case "sending":
      return found(operation);
    case "queued":
      if (request.isAsync) return { kind: "queued", operation };
      return operation.isRepeat && mayRepeat ? claimOrQueue(operation, request, now) : found(operation);
    case "unknown":
      if (mayRepeat) return claimOrQueue(asRepeat(operation), request, now);
      return request.target !== null && lookup === null ? { kind: "look_up", operation } : found(operation);
    case "not_created":
      if (request.target === null) return { kind: "none" };
      // The send queue makes its own lookup before it sends the account.
      if (!operation.mayHaveCreated || (request.isAsync && operation.heldBackUntilMs === 0))
        return claimOrQueue(operation, request, now);
      if (lookup === null) return { kind: "look_up", operation: keepDuringLookup(operation, now) };
      return holdBack(operation, lookup, now) ?? claimOrQueue(operation, request, now);
  }
}

/** Why the account must not be sent now; `undefined` if it may be sent. */
function holdBack(operation: Operation, { failure }: LookupBeforeClaim, { nowMs }: Now): ClaimResult | undefined {
  if (failure !== undefined) return { kind: "held_back", operation, failure };
  const { heldBackUntilMs } = operation;
  if (heldBackUntilMs === 0) return undefined;
  const detail = "A proxy answered instead of the vendor and may still forward the request";
  const retryAfterMs = Math.max(heldBackUntilMs - nowMs, 1000);
  return { kind: "held_back", operation, failure: { problem: { code: "vendor_unavailable", detail }, retryAfterMs } };
}

/** Starts a new operation; `undefined` if the account cannot be sent. */
function startOperation(request: ClaimRequest, now: Now): ClaimResult | undefined {
  const { keyDigest, keyName, fingerprint, isAsync, target, targetPath, newOperation } = request;
  if (target === null || newOperation === null) return undefined;
  const received = { keyDigest, keyName, fingerprint, isAsync, target, targetPath };
  return claimOrQueue(receive(received, newOperation, now), request, now);
}

/** Postpones the deletion of a final operation until the lookup has ended. */
function keepDuringLookup(operation: Operation, { nowMs }: Now): Operation {
  const untilMs = nowMs + maxLookupMs;
  return (operation.dueAtMs ?? untilMs) < untilMs ? { ...operation, dueAtMs: untilMs } : operation;
}

/** Whether no attempt is running, and no earlier attempt may have created an account. */
function hasNoAccount({ state, mayHaveCreated }: Operation): boolean {
  return !mayHaveCreated && (state === "queued" || state === "not_created");
}

function claimOrQueue(operation: Operation, { isAsync, nonce, leaseMs }: ClaimRequest, now: Now): ClaimResult {
  return isAsync
    ? { kind: "queued", operation: queue(operation, now) }
    : { kind: "claimed", operation: claim({ ...operation, isAsync }, nonce, leaseMs, now), leaseMs };
}
