/** One create with an Idempotency-Key: claimed in the connection's ledger before it is sent, settled before it is answered. */
import { encode, type Handling } from "../adapters/engine/encode.ts";
import { guaranteeOf } from "../adapters/engine/guarantee.ts";
import type { Plan } from "../adapters/engine/plan.ts";
import type { Account, AccountRequest } from "../schemas/account.ts";
import type { Json } from "../schemas/json.ts";
import type { ConnectionEntry } from "./configuration.ts";
import { planOf } from "./connection-access.ts";
import { fingerprint, keyDigest } from "./digests.ts";
import { encodingProblem } from "./encoding-problem.ts";
import type { Environment } from "./environment.ts";
import type { Operation } from "./ledger/operation.ts";
import type { ClaimRequest } from "./ledger/admission.ts";
import { targetOf } from "./ledger/target.ts";
import { verdictOf } from "./ledger/verdict.ts";
import { type Claimed, claimFrom, settleIn } from "./ledger-access.ts";
import { describeSent, type LogEntry } from "./log.ts";
import { newOperationId } from "./operation-id.ts";
import { ProblemException, retryAfter } from "./problem.ts";
import { leaseMsOf } from "./vendor/exchange.ts";
import { send } from "./vendor/send.ts";
import type { SendContext } from "./vendor/send-context.ts";

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

export interface Settled {
  operation: Operation;
  /** Whether it was final before this request. */
  isReplay: boolean;
  /** How long the vendor asks to wait, where it does. */
  retryAfterMs?: number | undefined;
  vendorResponse: Account["vendor_response"];
}

/** The operation as it stands after this request; throws where there is none, or nothing may be told of it. */
export async function createKeyedAccount(
  create: KeyedCreate,
  environment: Environment,
  context: Omit<SendContext, "untilMs">,
  log: Partial<LogEntry>,
): Promise<Settled> {
  const { entry, keyName, idempotencyKey, account, isAsync } = create;
  const { plan } = entry;
  const proposed = plan === undefined ? undefined : propose(plan, create);
  const request = {
    keyDigest: keyDigest(keyName, idempotencyKey),
    keyName,
    fingerprint: fingerprint(account as Json),
    nonce: crypto.randomUUID(),
    isAsync,
    target: plan === undefined ? null : targetOf(plan),
    proposal: proposed?.proposal ?? null,
    leaseMs: plan === undefined ? 0 : leaseMsOf(plan),
  };
  const timed = async <Result>(asked: Promise<Result>): Promise<Result> => {
    const askedMs = context.now();
    const result = await asked;
    log.ledger_ms = (log.ledger_ms ?? 0) + context.now() - askedMs;
    return result;
  };

  const { answer, untilMs } = await timed(claim(environment, entry.id, request, context));
  if ("operation" in answer) log.operation = answer.operation.id;
  switch (answer.kind) {
    case "none":
      throw new ProblemException(planOf(entry) && proposed?.fault ? proposed.fault : { code: "internal_error" });
    case "reused":
      throw new ProblemException({ code: "idempotency_key_reused" });
    case "held_back": {
      const { operation, problem, retryAfterMs } = answer;
      throw new ProblemException({ ...problem, operation: operation.id, headers: retryAfter(retryAfterMs) });
    }
    case "queued":
      return { operation: answer.operation, isReplay: false, vendorResponse: null };
    case "found":
      return { ...answer, vendorResponse: null };
    case "claimed": {
      const { id, sendable } = answer.operation;
      const claimedPlan = planOf(entry);
      if (sendable === null) throw new ProblemException({ code: "internal_error", operation: id });
      const sent = await send(claimedPlan, sendable, { ...context, untilMs });
      describeSent(sent, log);
      const verdict = verdictOf(claimedPlan, sent);
      const { keyDigest: digest, nonce } = request;
      const operation = await timed(settleIn(environment, entry.id, { keyDigest: digest, nonce, verdict }));
      if (operation === undefined) {
        const detail = "The vendor's answer could not be written down, so it is not told";
        throw new ProblemException({ code: "outcome_unknown", detail, operation: id });
      }
      const { outcome } = sent;
      return {
        operation,
        isReplay: false,
        retryAfterMs: verdict.kind === "not_created" ? verdict.retryAfterMs : undefined,
        vendorResponse: outcome.kind === "created" ? { status: outcome.status, body: outcome.body } : null,
      };
    }
  }
}

/** A claim whose answer is lost may stand all the same: it is given back. One that is queued cannot be. */
async function claim(
  environment: Environment,
  connection: string,
  request: ClaimRequest,
  { waitUntil }: Pick<SendContext, "waitUntil">,
): Promise<Claimed> {
  try {
    return await claimFrom(environment, connection, request);
  } catch (error) {
    const { keyDigest: digest, nonce, isAsync, proposal } = request;
    if (environment.LEDGERS === undefined) throw error;
    if (isAsync) {
      const detail = "Whether the operation was queued is not known";
      throw new ProblemException({ code: "outcome_unknown", detail, operation: proposal?.id });
    }
    const verdict = { kind: "not_created", problem: { code: "ledger_unavailable" }, wasSent: false } as const;
    waitUntil(
      settleIn(environment, connection, { keyDigest: digest, nonce, verdict: { ...verdict, retryAfterMs: undefined } }),
    );
    throw error;
  }
}

/** What the operation would be if the key was never met before; the fault is for after the ledger has been asked. */
function propose(plan: Plan, { entry, account, handling }: KeyedCreate) {
  const id = newOperationId(entry.id);
  const { faults, ...sendable } = encode(plan, account, handling ?? plan.connection.handling, id);
  const fault = encodingProblem({ faults, ...sendable });
  const retentionMs = plan.connection.retention_days * dayMs;
  const { vendor } = plan.adapter;
  const proposal = { id, vendor, sendable, guarantee: guaranteeOf(plan, sendable.fields), retentionMs };
  return fault === undefined ? { proposal } : { fault };
}
