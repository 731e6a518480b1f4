/** The ledger's answer to a request with an Idempotency-Key. Pure. */
import { isSameTarget, type NewOperation, type Operation, type StoredProblem } from "./operation.ts";
import { claim, expire, graceMs, isFinal, type Now, queue, receive } from "./transitions.ts";

export interface ClaimRequest {
  keyDigest: string;
  keyName: string;
  fingerprint: string;
  /** Identifies the attempt. A request that is repeated because its answer was lost has the same nonce. */
  nonce: string;
  isAsync: boolean;
  /** The connection's target; `null` if its configuration has faults. */
  target: string | null;
  targetPath?: string | undefined;
  /** Used if the key is new; `null` if the account cannot be sent. */
  newOperation: NewOperation | null;
  leaseMs: number;
}

export type ClaimResult =
  /** The caller may send the account, for `leaseMs`. */
  | { kind: "claimed"; operation: Operation; leaseMs: number }
  /** The ledger sends the account later. */
  | { kind: "queued"; operation: Operation }
  /** The operation is not the caller's to send. `isReplay`: it was final before this request. */
  | { kind: "found"; operation: Operation; isReplay: boolean }
  /** The key belongs to a different request. */
  | { kind: "reused" }
  /** The gateway key has reached a quota. Nothing was stored. */
  | { kind: "over_quota"; quota: "queue" | "operations" }
  /** An earlier attempt may have created the account, and no lookup could tell. Nothing is sent. */
  | { kind: "held_back"; operation: Operation; failure: LookupFailure }
  /** The key is new, and the request has no `newOperation`. */
  | { kind: "none" };

/** The ledger must look for the account first. */
export type LookupNeeded = { kind: "look_up"; operation: Operation };

/** The lookup that the ledger made for this claim. Its result is stored already. */
export interface LookupBeforeClaim {
  /** Why the lookup does not allow another send. */
  failure: LookupFailure | undefined;
}

export interface LookupFailure {
  problem: StoredProblem;
  retryAfterMs: number | undefined;
}

/** An operation does not expire during a lookup. */
const lookupMs = 60_000;

/** Decides what the caller may do. The caller stores the operation of the result. */
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
    // It was never sent, so it can go to the new target.
    if (isUnsent(operation))
      return startOperation(request, now) ?? (isFinal(operation) ? { kind: "none" } : found(operation));
    // It may have reached the old target. While it is open, the alarm hands it to a person.
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
      return request.target !== null && lookup === null ? { kind: "look_up", operation } : found(operation);
    case "not_created":
      if (request.target === null) return { kind: "none" };
      // The send queue makes its own lookup before it sends.
      if (!operation.mayHaveCreated || (request.isAsync && operation.heldBackUntilMs === 0))
        return claimOrQueue(operation, request, now);
      if (lookup === null) return { kind: "look_up", operation: keepDuringLookup(operation, now) };
      return holdBack(operation, lookup, now) ?? claimOrQueue(operation, request, now);
  }
}

function holdBack(operation: Operation, { failure }: LookupBeforeClaim, { nowMs }: Now): ClaimResult | undefined {
  if (failure !== undefined) return { kind: "held_back", operation, failure };
  const { heldBackUntilMs } = operation;
  if (heldBackUntilMs === 0) return undefined;
  const detail = "A proxy answered instead of the vendor, so the account may still appear there";
  const retryAfterMs = Math.max(heldBackUntilMs - nowMs, 1000);
  return { kind: "held_back", operation, failure: { problem: { code: "vendor_unavailable", detail }, retryAfterMs } };
}

/** Starts a new operation; `undefined` if the request cannot send one. */
function startOperation(request: ClaimRequest, now: Now): ClaimResult | undefined {
  const { keyDigest, keyName, fingerprint, isAsync, target, targetPath, newOperation } = request;
  if (target === null || newOperation === null) return undefined;
  const received = { keyDigest, keyName, fingerprint, isAsync, target, targetPath };
  return claimOrQueue(receive(received, newOperation, now), request, now);
}

function keepDuringLookup(operation: Operation, { nowMs }: Now): Operation {
  const untilMs = nowMs + lookupMs;
  return (operation.dueAtMs ?? untilMs) < untilMs ? { ...operation, dueAtMs: untilMs } : operation;
}

function isUnsent({ state, mayHaveCreated }: Operation): boolean {
  return !mayHaveCreated && (state === "queued" || state === "not_created");
}

function claimOrQueue(operation: Operation, { isAsync, nonce, leaseMs }: ClaimRequest, now: Now): ClaimResult {
  return isAsync
    ? { kind: "queued", operation: queue(operation, now) }
    : { kind: "claimed", operation: claim({ ...operation, isAsync }, nonce, leaseMs, now), leaseMs };
}
