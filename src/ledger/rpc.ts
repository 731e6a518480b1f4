/**
 * The Worker's calls to a connection's ledger: the code of both sides. A call or its answer may be lost, so each call is
 * safe to repeat.
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

export interface LedgerService {
  claim: (request: ClaimRequest) => Promise<ClaimResult>;
  /** `null` if the ledger does not know the attempt. */
  settle: (request: SettleRequest) => Promise<Operation | null>;
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

export interface ClaimAnswer {
  result: ClaimResult;
  /** When the lease ends, by the Worker's clock; 0 without a lease. */
  deadlineMs: number;
}

/** Claims an operation. The Worker counts the lease from before the call, so the Worker stops before the ledger's lease ends. */
export async function claimOperation(
  environment: LedgerBinding,
  connection: string,
  request: ClaimRequest,
): Promise<ClaimAnswer> {
  return callLedger(environment, connection, async (ledger) => {
    const calledMs = Date.now();
    const result = restoreSendable(await ledger.claim(request), request);
    return { result, deadlineMs: result.kind === "claimed" ? calledMs + result.leaseMs : 0 };
  });
}

/** Removes the operation's largest part, `sendable`, from the result if the caller's request contains it. */
export function omitSendable(result: ClaimResult, { newOperation }: ClaimRequest): ClaimResult {
  if (result.kind !== "claimed" || result.operation.sendable !== newOperation?.sendable) return result;
  return { ...result, operation: { ...result.operation, sendable: null } };
}

/** Reverses {@link omitSendable}. */
function restoreSendable(result: ClaimResult, { newOperation }: ClaimRequest): ClaimResult {
  if (result.kind !== "claimed") return result;
  const sendable = result.operation.sendable ?? newOperation?.sendable ?? null;
  return { ...result, operation: { ...result.operation, sendable } };
}

/** Stores an outcome in the ledger. Returns `undefined` if that failed: then the caller must not answer with the outcome. */
export async function settleOperation(
  environment: LedgerBinding,
  connection: string,
  request: SettleRequest,
): Promise<Operation | undefined> {
  try {
    return (await callLedger(environment, connection, (ledger) => ledger.settle(request))) ?? undefined;
  } catch {
    return undefined;
  }
}
