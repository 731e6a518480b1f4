/**
 * A create with an Idempotency-Key: claims the operation in the connection's ledger, sends the account, and settles the
 * operation before the route answers.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";
import { v7 } from "uuid";
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import { guaranteeOf, repeatableForMs } from "../../adapters/engine/guarantee.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import { planOf } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import type { Environment } from "../environment.ts";
import type { ClaimRequest } from "../ledger/claim.ts";
import { recordOutcome } from "../ledger/find-account.ts";
import { type NewOperation, type RecordedOutcome, stampOf, targetOf } from "../ledger/operation.ts";
import {
  type ClaimAnswer,
  type ClaimedOperation,
  claimOperation,
  type SettledOperation,
  settleOperation,
} from "../ledger/rpc.ts";
import { type ProblemDetails, ProblemException, retryAfterHeader } from "../problem.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import { type CreateResult, failed } from "./create.ts";
import { encodingProblem, operationProblem } from "./problems.ts";

/** `<connection>.<UUID>`: the connection selects the ledger, and UUIDs of version 7 sort by time (RFC 9562 §5.7). */
const newOperationId = (connection: string): string => `${connection}.${v7()}`;

const utf8 = new TextEncoder();

const dayMs = 24 * 60 * 60 * 1000;

export interface KeyedCreate {
  entry: ConnectionEntry;
  /** The gateway key's name. */
  keyName: string;
  idempotencyKey: string;
  account: AccountRequest;
  /** `undefined`: use the connection's. */
  handling: Handling | undefined;
  isAsync: boolean;
}

export interface KeyedContext extends Omit<VendorContext, "deadlineMs"> {
  environment: Environment;
}

/**
 * The problem of each quota. A queue usually has room within a minute. The ledger deletes operations every ten minutes.
 */
const quotaProblems = {
  queue: { code: "queue_full", headers: retryAfterHeader(60_000) },
  operations: { code: "too_many_operations", headers: retryAfterHeader(600_000) },
} as const satisfies Record<string, ProblemDetails>;

export async function createKeyedAccount(create: KeyedCreate, context: KeyedContext): Promise<CreateResult> {
  const { entry, keyName, idempotencyKey, account, isAsync } = create;
  const { progress } = context;
  // Claim even if the account cannot be sent now: the ledger may have an answer from before the configuration changed.
  const { newOperation, fault } = prepareOperation(create);
  const request: ClaimRequest = {
    keyDigest: digest(`${keyName}\n${idempotencyKey}`),
    keyName,
    fingerprint: digest(canonicalize(account) ?? ""),
    nonce: crypto.randomUUID(),
    isAsync,
    ...(entry.plan === undefined ? { target: null } : targetOf(entry.plan)),
    newOperation,
    leaseMs: entry.plan === undefined ? 0 : leaseMsOf(entry.plan),
  };
  const { result, deadlineMs } = await claim(entry.id, request, context);
  switch (result.kind) {
    case "claimed":
      progress.operation = result.operation.id;
      return sendClaimed(planOf(entry), result.operation, request, { ...context, deadlineMs });
    case "queued":
    case "found": {
      const { operation } = result;
      const isReplay = result.kind === "found" && result.isReplay;
      progress.operation = operation.id;
      if (isAsync && operation.state === "queued") return { kind: "accepted", operation, isReplay };
      return resultOf(operation, { isReplay });
    }
    case "over_quota":
      return failed(quotaProblems[result.quota]);
    case "reused":
      return failed({ code: "idempotency_key_reused" });
    case "held_back": {
      const { operation, failure } = result;
      const { problem, retryAfterMs } = failure;
      progress.operation = operation.id;
      return failed({ ...problem, operation: operation.id, headers: retryAfterHeader(retryAfterMs) });
    }
    case "none":
      // Throws `misconfigured` if the connection is disabled.
      planOf(entry);
      return failed(fault ?? { code: "internal_error" });
  }
}

/**
 * The ledger stores only digests of the Idempotency-Key and the body. The digest of the Idempotency-Key includes the
 * name of the gateway key, so two gateway keys never share an Idempotency-Key, and a rotated secret changes nothing. A
 * line break separates the name from the Idempotency-Key, because a name contains none. The digest of the body is the
 * same for all texts of a JSON value (RFC 8785).
 */
function digest(text: string): string {
  return bytesToHex(sha256(utf8.encode(text)));
}

interface Answer {
  isReplay?: boolean;
  /** The vendor's `Retry-After`, if its answer to this request had one. */
  retryAfterMs?: number | undefined;
  vendorResponse?: Extract<CreateResult, { kind: "created" }>["vendorResponse"];
}

/** The result of a create, from the operation's state after this request. */
function resultOf(operation: SettledOperation, answer: Answer): CreateResult {
  const { isReplay = false, retryAfterMs, vendorResponse = null } = answer;
  const { id, created } = operation;
  if (created !== null) return { kind: "created", created, operation: id, vendorResponse, isReplay };
  return { kind: "failed", problem: operationProblem(operation, { nowMs: Date.now(), retryAfterMs }), isReplay };
}

/** Encodes the account into a new operation, in case the key is new. `fault`: why the account cannot be sent. */
function prepareOperation({ entry: { id: connection, plan }, account, handling }: KeyedCreate): {
  newOperation: NewOperation | null;
  fault?: ProblemDetails;
} {
  if (plan === undefined) return { newOperation: null };
  const id = newOperationId(connection);
  const encoded = encode(plan, account, handling ?? plan.connection.handling, stampOf(id));
  const fault = encodingProblem(encoded);
  if (fault !== undefined) return { newOperation: null, fault };
  const { faults: _, ...sendable } = encoded;
  const newOperation = {
    id,
    vendor: plan.adapter.vendor,
    sendable,
    guarantee: guaranteeOf(plan, encoded.fields),
    retentionMs: plan.connection.retention_days * dayMs,
    repeatableForMs: repeatableForMs(plan),
  };
  return { newOperation };
}

/**
 * Claims the operation. If the ledger's answer is lost, the ledger may have granted the claim, so this function settles the
 * attempt as not sent. It cannot take back a queued operation, so the outcome of that operation is unknown.
 */
async function claim(connection: string, request: ClaimRequest, context: KeyedContext): Promise<ClaimAnswer> {
  const { environment } = context;
  try {
    return await timed(context, claimOperation(environment, connection, request));
  } catch (error) {
    if (environment.LEDGERS === undefined) throw error;
    if (request.isAsync) {
      const detail = "The ledger gave no answer, so the account may be queued";
      throw new ProblemException({ code: "outcome_unknown", detail }, error);
    }
    const detail = "The ledger gave no answer; the account was not sent";
    const problem = { code: "vendor_unavailable", detail } as const;
    const outcome: RecordedOutcome = { kind: "not_created", problem, cause: "not_sent", retryAfterMs: undefined };
    context.waitUntil(settleOperation(environment, connection, { ...attemptOf(request), outcome }));
    throw error;
  }
}

/** Sends a claimed operation, settles it, and returns the result. */
async function sendClaimed(
  plan: Plan,
  claimed: ClaimedOperation,
  request: ClaimRequest,
  context: KeyedContext & VendorContext,
): Promise<CreateResult> {
  const { environment } = context;
  const { id, sendable } = claimed;
  if (sendable === null) return failed({ code: "internal_error", operation: id });
  const outcome = await sendAccount(plan, sendable, context);
  const recorded = await recordOutcome(plan, claimed, outcome, context);
  const settling = settleOperation(environment, plan.connection.id, { ...attemptOf(request), outcome: recorded });
  const operation = await timed(context, settling);
  if (operation === undefined) {
    const detail = "The ledger did not confirm that it stored the outcome, so the outcome is not final";
    return failed({ code: "outcome_unknown", detail, operation: id, headers: retryAfterHeader(1000) });
  }
  // If another attempt created the operation's account, the vendor's answer to this attempt is about a different account.
  const isOurs = outcome.kind === "created" && outcome.account.id === operation.created?.account.id;
  return resultOf(operation, {
    retryAfterMs: recorded.kind === "not_created" ? recorded.retryAfterMs : undefined,
    vendorResponse: isOurs ? { status: outcome.status, body: outcome.body } : null,
  });
}

const attemptOf = ({ keyDigest, nonce }: ClaimRequest) => ({ keyDigest, nonce });

/** Adds the ledger's time to the progress. */
async function timed<Result>({ now, progress }: KeyedContext, call: Promise<Result>): Promise<Result> {
  const startedMs = now();
  try {
    return await call;
  } finally {
    progress.ledgerMs = (progress.ledgerMs ?? 0) + now() - startedMs;
  }
}
