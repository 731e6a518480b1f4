/** Creates the rows' accounts, so many at a time, and tells what becomes of each. */
import {
  type AccountGateway,
  AccountGatewayError,
  type AccountGatewayProblem,
  isAboutOperation,
} from "../../../client/src/index.ts";
import type { CheckedRow } from "./check-rows.ts";
import type { Result } from "./results-file.ts";

export interface Sending {
  row: CheckedRow;
  key: string;
  /** An earlier run may have created its account. Only an answer about the operation says otherwise. */
  isInDoubt: boolean;
}

export interface SendOptions {
  gateway: AccountGateway;
  connection: string;
  handling: "strict" | "lenient" | undefined;
  concurrency: number;
  /** How long one row is tried, as often as the gateway's `Retry-After` allows. */
  timeoutMs: number;
  /** No further row is begun; those under way are waited for. */
  stop: AbortSignal;
  tell: (result: Result) => void;
}

/** Why an import stopped before its end. */
export interface Ending {
  problem: AccountGatewayProblem;
  /** The rows that failed one after another; none where the gateway itself refuses every row. */
  rows: readonly number[];
}

/** The gateway says so of the key or the connection: the next row would fare no better. */
const ofEveryRow: ReadonlySet<string> = new Set([
  "unauthenticated",
  "connection_not_found",
  "misconfigured",
] satisfies AccountGatewayProblem["code"][]);

/** Of the connection, or of one row alone: a firewall before a vendor may refuse one body with 403, say. */
const maybeOfEveryRow: ReadonlySet<string> = new Set([
  "vendor_auth_failed",
  "vendor_unavailable",
  "vendor_rate_limited",
  "too_many_operations",
  "ledger_unavailable",
  "no_answer",
  "unreadable_answer",
] satisfies AccountGatewayProblem["code"][]);

/** When so many rows fail one after another, the connection is at fault. */
const rowsToStop = 5;

/** Why it ended before its time, where it did. */
export async function sendRows(sendings: readonly Sending[], options: SendOptions): Promise<Ending | undefined> {
  const { concurrency, stop, tell } = options;
  const queue = sendings.values();
  let ending: Ending | undefined;
  let failing: number[] = [];
  let isBroken = false;
  const work = async () => {
    for (const sending of queue) {
      const { result, problem } = await send(sending, options);
      const isOfEveryRow = problem !== undefined && ofEveryRow.has(problem.code);
      if (isOfEveryRow) ending ??= { problem, rows: [] };
      // Otherwise the row is as good as not sent.
      if (!isOfEveryRow || result.state === "unknown") tell(result);
      if (problem === undefined || !maybeOfEveryRow.has(problem.code)) failing = [];
      else if (failing.push(result.row) >= rowsToStop)
        ending ??= { problem, rows: failing.toSorted((one, other) => one - other) };
      if (isBroken || ending !== undefined || stop.aborted) return;
    }
  };
  const breaking = (error: unknown) => {
    isBroken = true;
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, () => work().catch(breaking)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return ending;
}

async function send(
  { row: { row, account, sha256 }, key, isInDoubt }: Sending,
  { gateway, connection, handling, timeoutMs }: SendOptions,
): Promise<{ result: Result; problem?: AccountGatewayProblem }> {
  const of = () => ({ row, key, account_sha256: sha256, at: new Date().toISOString() });
  try {
    const created = await gateway.accounts.create(account, { connection, handling, idempotencyKey: key, timeoutMs });
    const { id, operation, warnings } = created.account;
    return { result: { ...of(), state: "created", id, operation, warnings } };
  } catch (error) {
    if (!(error instanceof AccountGatewayError)) throw error;
    const { problem } = error;
    const hasFailed = problem.effect === "none" && (!isInDoubt || isAboutOperation(problem));
    return { result: { ...of(), state: hasFailed ? "failed" : "unknown", problem: { ...problem } }, problem };
  }
}
