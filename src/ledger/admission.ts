/** What a request with an Idempotency-Key meets: pure, by what the ledger holds. */
import type { Operation, Proposal } from "./operation.ts";
import { claim, expire, graceMs, isFinal, type Moment, queue, receive } from "./transitions.ts";

export interface ClaimRequest {
  keyDigest: string;
  keyName: string;
  fingerprint: string;
  /** Tells one attempt from another; the same for a request that is repeated because its answer was lost. */
  nonce: string;
  isAsync: boolean;
  /** Where the connection leads; `null` where it is out of use. */
  target: string | null;
  /** What a new operation would be; `null` where the account cannot be sent. */
  proposal: Proposal | null;
  leaseMs: number;
}

export type Admission =
  /** Yours to send within the lease, counted from when this was asked. */
  | { kind: "claimed"; operation: Operation; leaseMs: number }
  /** Waits for the ledger to send it. */
  | { kind: "queued"; operation: Operation }
  /** As it stands; `isReplay` where it was final before this was asked. */
  | { kind: "found"; operation: Operation; isReplay: boolean }
  | { kind: "reused" }
  /** Nothing is held, and nothing was proposed. */
  | { kind: "none" };

/** Before more can be said the vendor has to be asked for the account. */
export type LookUpFirst = { kind: "look_up"; operation: Operation };

/** The operation in the answer is what is to be kept. `hasLooked`: the vendor was just asked, and its answer is taken note of. */
export function admit(
  held: Operation | undefined,
  request: ClaimRequest,
  moment: Moment,
  hasLooked: boolean,
): Admission | LookUpFirst {
  if (held === undefined) return open(request, moment) ?? { kind: "none" };
  const operation = expire(held, moment);
  if (operation.state === "sending" && operation.nonce === request.nonce)
    return { kind: "claimed", operation, leaseMs: operation.leaseEndsMs - graceMs - moment.nowMs };
  if (operation.fingerprint !== request.fingerprint) return { kind: "reused" };
  const found = (kept: Operation): Admission => ({
    kind: "found",
    operation: kept,
    isReplay: isFinal(held) && !hasLooked,
  });
  if (request.target !== null && request.target !== operation.target) {
    // What never left the gateway may as well go where the connection leads now.
    if (isUnsent(operation)) return open(request, moment) ?? (isFinal(operation) ? { kind: "none" } : found(operation));
    // What did leave it and is open the ledger itself leaves to a person, once it finds the same.
    return isFinal(operation) ? { kind: "reused" } : found(operation);
  }
  const mayLook = request.target !== null && !hasLooked;
  switch (operation.state) {
    case "created":
    case "rejected":
    case "needs_review":
    case "sending":
      return found(operation);
    case "queued":
      return request.isAsync ? { kind: "queued", operation } : found(operation);
    case "unknown":
      return mayLook ? { kind: "look_up", operation } : found(operation);
    case "not_created":
      if (request.target === null) return { kind: "none" };
      return mayLook && operation.wasSent && !request.isAsync
        ? { kind: "look_up", operation }
        : begin(operation, request, moment);
  }
}

/** The operation as if its key was never met before; `undefined` where it could not be sent. */
function open(request: ClaimRequest, moment: Moment): Admission | undefined {
  const { keyDigest, keyName, fingerprint, isAsync, target, proposal } = request;
  if (target === null || proposal === null) return undefined;
  return begin(receive({ keyDigest, keyName, fingerprint, isAsync, target }, proposal, moment), request, moment);
}

function isUnsent({ state, wasSent }: Operation): boolean {
  return !wasSent && (state === "queued" || state === "not_created");
}

function begin(operation: Operation, { isAsync, nonce, leaseMs }: ClaimRequest, moment: Moment): Admission {
  return isAsync
    ? { kind: "queued", operation: queue(operation, moment) }
    : { kind: "claimed", operation: claim({ ...operation, isAsync }, nonce, leaseMs, moment), leaseMs };
}
