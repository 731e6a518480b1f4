/** The Worker's way to a connection's ledger. Calls are repeated where they fail: the platform may lose a reply. */
import type { Environment } from "../environment.ts";
import type { ClaimResult, ClaimRequest } from "./claim.ts";
import type { LedgerService, SettleRequest } from "./ledger-service.ts";
import type { Operation } from "./operation.ts";
import { ProblemException } from "../problem.ts";
import { wait } from "../time.ts";

/** Before a call is repeated. */
export const pausesMs = [50, 250];

/** Throws `ledger_unavailable` where the ledger cannot be reached. */
export async function askLedger<Answer>(
  { LEDGERS: ledgers }: Environment,
  connection: string,
  ask: (ledger: LedgerService) => Promise<Answer>,
): Promise<Answer> {
  if (ledgers === undefined)
    throw new ProblemException({ code: "ledger_unavailable", detail: "This deployment binds no ledger (`LEDGERS`)" });
  let fault: unknown;
  for (const pauseMs of [0, ...pausesMs]) {
    if (pauseMs > 0) await wait(pauseMs);
    try {
      // A stub that has failed once may fail for ever.
      return await ask(ledgers.getByName(connection));
    } catch (error) {
      fault = error;
    }
  }
  throw new ProblemException({ code: "ledger_unavailable" }, fault);
}

export interface ClaimAnswer {
  answer: ClaimResult;
  /** Where it is claimed: until when it may be sent, by this machine's clock. */
  untilMs: number;
}

/** The lease is counted from before the ledger granted it. */
export async function claimFrom(
  environment: Environment,
  connection: string,
  request: ClaimRequest,
): Promise<ClaimAnswer> {
  return askLedger(environment, connection, async (ledger) => {
    const askedMs = Date.now();
    const answer = await ledger.claim(request);
    if (answer.kind !== "claimed") return { answer, untilMs: 0 };
    const { operation } = answer;
    const sendable = operation.sendable ?? request.proposal?.sendable ?? null;
    return { answer: { ...answer, operation: { ...operation, sendable } }, untilMs: askedMs + answer.leaseMs };
  });
}

/** `undefined` where the ledger could not take note of it: then nobody may rely on it. */
export async function settleIn(
  environment: Environment,
  connection: string,
  request: SettleRequest,
): Promise<Operation | undefined> {
  try {
    return (await askLedger(environment, connection, (ledger) => ledger.settle(request))) ?? undefined;
  } catch {
    return undefined;
  }
}
