/**
 * The Worker's calls to a connection's ledger: the code of both sides. A call or its answer may be lost, so each call is
 * safe to repeat.
 *
 * A claim, a settle and their answers are JSON texts, because workerd copies a text faster than an object. An answer leaves
 * out what the Worker already knows.
 */
import { ProblemException } from "../problem.ts";
import { sleep } from "../../schemas/sleep.ts";
import type { ClaimRequest, ClaimResult } from "./claim.ts";
import type { Operation, RecordedOutcome } from "./operation.ts";
import type { ListQuery, Page } from "./operation-store.ts";
import type { Resolution } from "./transitions.ts";

export interface SettleRequest {
  keyDigest: string;
  /** Identifies the attempt. */
  nonce: string;
  outcome: RecordedOutcome;
}

export interface ResolveRequest {
  id: string;
  resolution: Resolution;
}

export type ResolveAnswer =
  | { kind: "resolved"; operation: Operation }
  | { kind: "not_in_review" }
  /** The create may still reach the vendor, for up to `leftMs`. */
  | { kind: "too_early"; leftMs: number };

/** The part of a claimed operation that the Worker needs to send the account. */
export type ClaimedOperation = Pick<Operation, "id" | "target" | "targetPath" | "sendable" | "createdAtMs" | "state">;

/** The part of a settled operation that the Worker needs to answer. */
export type SettledOperation = Pick<Operation, "id" | "state" | "created" | "problem" | "dueAtMs">;

export interface LedgerService {
  /** `request` is a {@link ClaimRequest} as JSON. Resolves with the text of {@link claimResultText}. */
  claim: (request: string) => Promise<string>;
  /** `request` is a {@link SettleRequest} as JSON. Resolves with the text of {@link settledText}. */
  settle: (request: string) => Promise<string>;
  read: (id: string) => Promise<Operation | null>;
  list: (query: ListQuery) => Promise<Page>;
  resolve: (request: ResolveRequest) => Promise<ResolveAnswer>;
}

/** The Durable Object namespace: one ledger per connection, named by the connection's id. */
export interface LedgerBinding {
  LEDGERS?: { getByName: (connection: string) => LedgerService };
}

/** The pauses before a call is repeated. */
export const pausesMs = [50, 250];

/** Calls a connection's ledger; throws `ledger_unavailable`. */
export async function callLedger<Answer>(
  { LEDGERS: ledgers }: LedgerBinding,
  connection: string,
  call: (ledger: LedgerService) => Promise<Answer>,
): Promise<Answer> {
  if (ledgers === undefined)
    throw new ProblemException({
      code: "ledger_unavailable",
      detail: "This deployment has no ledger binding `LEDGERS`",
    });
  let fault: unknown;
  for (const pauseMs of [0, ...pausesMs]) {
    if (pauseMs > 0) await sleep(pauseMs);
    try {
      // Get a new stub for each try: a stub that has failed may keep failing.
      return await call(ledgers.getByName(connection));
    } catch (error) {
      fault = error;
    }
  }
  throw new ProblemException({ code: "ledger_unavailable" }, fault);
}

/** A claim's result as the Worker receives it. */
type ReceivedClaim =
  | Exclude<ClaimResult, { kind: "claimed" }>
  | { kind: "claimed"; operation: ClaimedOperation; leaseMs: number };

export interface ClaimAnswer {
  result: ReceivedClaim;
  /** When the lease ends, by the Worker's clock; 0 without a lease. */
  deadlineMs: number;
}

/** Claims an operation. The Worker counts the lease from before the call, so the Worker stops before the ledger's lease ends. */
export async function claimOperation(
  environment: LedgerBinding,
  connection: string,
  request: ClaimRequest,
): Promise<ClaimAnswer> {
  const text = JSON.stringify(request);
  return callLedger(environment, connection, async (ledger) => {
    const calledMs = Date.now();
    const result: ReceivedClaim = JSON.parse(await ledger.claim(text));
    if (result.kind !== "claimed") return { result, deadlineMs: 0 };
    result.operation.sendable ??= request.newOperation?.sendable ?? null;
    return { result, deadlineMs: calledMs + result.leaseMs };
  });
}

/** The ledger's answer to a claim. Leaves out `sendable`, the operation's largest part, if the caller's request contains it. */
export function claimResultText(result: ClaimResult, { newOperation }: ClaimRequest): string {
  if (result.kind !== "claimed") return JSON.stringify(result);
  const { id, target, targetPath, sendable, createdAtMs, state } = result.operation;
  const isKnown = sendable === newOperation?.sendable;
  const operation: ClaimedOperation = {
    id,
    target,
    targetPath,
    sendable: isKnown ? null : sendable,
    createdAtMs,
    state,
  };
  return JSON.stringify({ ...result, operation });
}

/** Stores an outcome in the ledger. Returns `undefined` if that failed: then the caller must not answer with the outcome. */
export async function settleOperation(
  environment: LedgerBinding,
  connection: string,
  request: SettleRequest,
): Promise<SettledOperation | undefined> {
  const text = JSON.stringify(request);
  try {
    const answer = await callLedger(environment, connection, (ledger) => ledger.settle(text));
    const operation: SettledOperation | null = JSON.parse(answer);
    if (operation?.state === "created" && request.outcome.kind === "created") operation.created ??= request.outcome;
    return operation ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * The ledger's answer to a settle; `null` if the ledger does not know the attempt. Leaves out the account if the operation has
 * exactly the one of the caller's request.
 */
export function settledText(settled: Operation | null, { outcome }: SettleRequest): string {
  if (settled === null) return "null";
  const { id, state, created, problem, dueAtMs } = settled;
  const isKnown =
    outcome.kind === "created" && created?.account === outcome.account && created.fields === outcome.fields;
  const operation: SettledOperation = { id, state, created: isKnown ? null : created, problem, dueAtMs };
  return JSON.stringify(operation);
}
