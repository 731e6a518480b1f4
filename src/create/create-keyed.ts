/** One create with an Idempotency-Key: claimed in the connection's ledger before it is sent, settled before it is answered. */
import { v7 } from "uuid";
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import { guaranteeOf } from "../../adapters/engine/guarantee.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Account } from "../../schemas/documents/account.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { planOf } from "../connections/access.ts";
import { fingerprint, keyDigest } from "./digests.ts";
import { encodingProblem } from "./encoding-problem.ts";
import type { Environment } from "../environment.ts";
import type { ClaimRequest } from "../ledger/claim.ts";
import { recordOutcome } from "../ledger/find-account.ts";
import { type NewOperation, type Operation, type RecordedOutcome, stampOf, targetOf } from "../ledger/operation.ts";
import { type ClaimAnswer, claimOperation, settleOperation } from "../ledger/rpc.ts";
import { describeSent, type LogEntry } from "../log.ts";
import { type ProblemDetails, ProblemException, retryAfter } from "../problem.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import type { SendContext } from "../vendor-client/context.ts";

/** `<connection>.<UUID>`: the id names its ledger, and UUIDs of version 7 sort by time (RFC 9562 §5.7). */
const newOperationId = (connection: string): string => `${connection}.${v7()}`;

const dayMs = 24 * 60 * 60 * 1000;

export interface KeyedCreate {
  entry: ConnectionEntry;
  /** The gateway key's entry, by name. */
  keyName: string;
  idempotencyKey: string;
  account: AccountRequest;
  /** Of the request; where there is none, the connection's own counts. */
  handling: Handling | undefined;
  isAsync: boolean;
}

export interface KeyedContext extends Omit<SendContext, "untilMs"> {
  environment: Environment;
  log: Partial<LogEntry>;
}

export interface CreateResult {
  operation: Operation;
  /** Whether it was final before this request. */
  isReplay: boolean;
  /** How long the vendor has just asked to wait, where it did. */
  retryAfterMs: number | undefined;
  /** `null` but for the request that was answered with it. */
  vendorResponse: Account["vendor_response"];
}

/** A queue moves within a minute; what is remembered expires over days, and is deleted every ten minutes. */
const quotaProblems = {
  queue: { code: "queue_full", headers: retryAfter(60_000) },
  operations: { code: "too_many_operations", headers: retryAfter(600_000) },
} as const satisfies Record<string, ProblemDetails>;

const fromTheLedger = { isReplay: false, retryAfterMs: undefined, vendorResponse: null };

/** The operation as it stands after this request; throws where there is none, or nothing may be told of it. */
export async function createKeyedAccount(create: KeyedCreate, context: KeyedContext): Promise<CreateResult> {
  const { entry, keyName, idempotencyKey, account, isAsync } = create;
  const { log } = context;
  // Today's configuration may refuse the account; the ledger, which may know the key, is asked before that is told.
  const { proposal, fault } = prepareOperation(create);
  const request: ClaimRequest = {
    keyDigest: keyDigest(keyName, idempotencyKey),
    keyName,
    fingerprint: fingerprint(account),
    nonce: crypto.randomUUID(),
    isAsync,
    ...(entry.plan === undefined ? { target: null } : targetOf(entry.plan)),
    newOperation: proposal,
    leaseMs: entry.plan === undefined ? 0 : leaseMsOf(entry.plan),
  };
  const { result: answer, untilMs } = await claim(entry.id, request, context);
  if ("operation" in answer) log.operation = answer.operation.id;
  switch (answer.kind) {
    case "claimed":
      return sendClaimed(planOf(entry), answer.operation, request, { ...context, untilMs });
    case "queued":
    case "found":
      return { ...fromTheLedger, ...answer };
    case "over_quota":
      throw new ProblemException(quotaProblems[answer.quota]);
    case "reused":
      throw new ProblemException({ code: "idempotency_key_reused" });
    case "held_back": {
      const { operation, failure } = answer;
      const { problem, retryAfterMs } = failure;
      throw new ProblemException({ ...problem, operation: operation.id, headers: retryAfter(retryAfterMs) });
    }
    case "none":
      planOf(entry);
      throw new ProblemException(fault ?? { code: "internal_error" });
  }
}

/** What the operation would be if the key was never met before, or why it could not be. */
function prepareOperation({ entry: { id: connection, plan }, account, handling }: KeyedCreate): {
  proposal: NewOperation | null;
  fault?: ProblemDetails;
} {
  if (plan === undefined) return { proposal: null };
  const id = newOperationId(connection);
  const encoded = encode(plan, account, handling ?? plan.connection.handling, stampOf(id));
  const fault = encodingProblem(encoded);
  if (fault !== undefined) return { proposal: null, fault };
  const { body, fields, warnings, sources } = encoded;
  const proposal = {
    id,
    vendor: plan.adapter.vendor,
    sendable: { body, fields, warnings, sources },
    guarantee: guaranteeOf(plan, fields),
    retentionMs: plan.connection.retention_days * dayMs,
  };
  return { proposal };
}

/** A claim whose answer is lost may stand all the same: it is given back. What may be queued cannot be. */
async function claim(connection: string, request: ClaimRequest, context: KeyedContext): Promise<ClaimAnswer> {
  const { environment } = context;
  try {
    return await timed(context, claimOperation(environment, connection, request));
  } catch (error) {
    if (environment.LEDGERS === undefined) throw error;
    if (request.isAsync) {
      const detail = "Whether the account was queued is not known";
      throw new ProblemException({ code: "outcome_unknown", detail }, error);
    }
    const detail = "The ledger's answer was lost; the account was not sent";
    const problem = { code: "vendor_unavailable", detail } as const;
    const verdict: RecordedOutcome = { kind: "not_created", problem, cause: "not_sent", retryAfterMs: undefined };
    context.waitUntil(settleOperation(environment, connection, { ...attemptOf(request), outcome: verdict }));
    throw error;
  }
}

async function sendClaimed(
  plan: Plan,
  claimed: Operation,
  request: ClaimRequest,
  context: KeyedContext & SendContext,
): Promise<CreateResult> {
  const { environment, log } = context;
  const { id, sendable } = claimed;
  if (sendable === null) throw new ProblemException({ code: "internal_error", operation: id });
  const sent = await sendAccount(plan, sendable, context);
  describeSent(sent, log);
  const verdict = await recordOutcome(plan, claimed, sent.outcome, context);
  const settling = settleOperation(environment, plan.connection.id, { ...attemptOf(request), outcome: verdict });
  const operation = await timed(context, settling);
  if (operation === undefined) {
    const detail = "The vendor's answer could not be written down, so nobody may rely on it";
    throw new ProblemException({ code: "outcome_unknown", detail, operation: id, headers: retryAfter(1000) });
  }
  const { outcome } = sent;
  // Another attempt's account may answer for the operation.
  const isToldOf = outcome.kind === "created" && outcome.account.id === operation.created?.account.id;
  return {
    operation,
    isReplay: false,
    retryAfterMs: verdict.kind === "not_created" ? verdict.retryAfterMs : undefined,
    vendorResponse: isToldOf ? { status: outcome.status, body: outcome.body } : null,
  };
}

const attemptOf = ({ keyDigest: digest, nonce }: ClaimRequest) => ({ keyDigest: digest, nonce });

/** Adds the time that the ledger takes to the log. */
async function timed<Result>({ now, log }: KeyedContext, asked: Promise<Result>): Promise<Result> {
  const askedMs = now();
  try {
    return await asked;
  } finally {
    log.ledger_ms = (log.ledger_ms ?? 0) + now() - askedMs;
  }
}
