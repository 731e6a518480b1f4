/** Creates the accounts of the rows, several at a time, and reports the result of each. */
import {
  type AccountGateway,
  AccountGatewayError,
  type AccountGatewayProblem,
  isAboutOperation,
} from "../../../client/src/index.ts";
import type { CheckedRow } from "./check-rows.ts";
import type { Result } from "./results-file.ts";

/** A row to send. */
export interface PendingRow {
  row: CheckedRow;
  key: string;
  /** An earlier run may have created the account. Only an answer about the operation can rule that out. */
  mayExist: boolean;
}

export interface SendOptions {
  gateway: AccountGateway;
  connection: string;
  handling: "strict" | "lenient" | undefined;
  concurrency: number;
  /** The time for one row, retries included. */
  timeoutMs: number;
  /** When aborted, the import starts no other row, and finishes the rows in progress. */
  stop: AbortSignal;
  onResult: (result: Result) => void;
}

/** Why an import stopped before its last row. */
export interface EarlyStop {
  problem: AccountGatewayProblem;
  /** The rows whose consecutive failures stopped the import. Empty if the gateway refuses every row. */
  rows: readonly number[];
}

/** Problems of the key or the connection. If one occurs, every row fails. */
const failEveryRow: ReadonlySet<string> = new Set([
  "unauthenticated",
  "connection_not_found",
  "misconfigured",
] satisfies AccountGatewayProblem["code"][]);

/** Problems of the connection or of a single row. For example, a firewall may refuse one body with 403. */
const mayFailEveryRow: ReadonlySet<string> = new Set([
  "vendor_auth_failed",
  "vendor_unavailable",
  "vendor_rate_limited",
  "too_many_operations",
  "ledger_unavailable",
  "no_answer",
  "unreadable_answer",
] satisfies AccountGatewayProblem["code"][]);

/** After this many consecutive failures, the import assumes that the connection is at fault. */
const maxConsecutiveFailures = 5;

/** Sends every row, unless it has to stop early. */
export async function sendRows(rows: readonly PendingRow[], options: SendOptions): Promise<EarlyStop | undefined> {
  const { concurrency, stop, onResult } = options;
  const queue = rows.values();
  let earlyStop: EarlyStop | undefined;
  let consecutiveFailures: number[] = [];
  let hasCrashed = false;
  const work = async () => {
    for (const pending of queue) {
      const { result, problem } = await send(pending, options);
      const failsEveryRow = problem !== undefined && failEveryRow.has(problem.code);
      if (failsEveryRow) earlyStop ??= { problem, rows: [] };
      // Treat the row as not sent, unless an account may exist.
      if (!failsEveryRow || result.state === "unknown") onResult(result);
      if (problem === undefined || !mayFailEveryRow.has(problem.code)) consecutiveFailures = [];
      else if (consecutiveFailures.push(result.row) >= maxConsecutiveFailures)
        earlyStop ??= { problem, rows: consecutiveFailures.toSorted((one, other) => one - other) };
      if (hasCrashed || earlyStop !== undefined || stop.aborted) return;
    }
  };
  const crash = (error: unknown) => {
    hasCrashed = true;
    throw error;
  };
  const settled = await Promise.allSettled(Array.from({ length: concurrency }, () => work().catch(crash)));
  for (const each of settled) if (each.status === "rejected") throw each.reason;
  return earlyStop;
}

async function send(
  { row: { row, account, sha256 }, key, mayExist }: PendingRow,
  { gateway, connection, handling, timeoutMs }: SendOptions,
): Promise<{ result: Result; problem?: AccountGatewayProblem }> {
  const rowMembers = () => ({ row, key, account_sha256: sha256, at: new Date().toISOString() });
  try {
    const created = await gateway.accounts.create(account, { connection, handling, idempotencyKey: key, timeoutMs });
    const { id, operation, warnings } = created.account;
    return { result: { ...rowMembers(), state: "created", id, operation, warnings } };
  } catch (error) {
    if (!(error instanceof AccountGatewayError)) throw error;
    const { problem } = error;
    const hasFailed = problem.effect === "none" && (!mayExist || isAboutOperation(problem));
    return { result: { ...rowMembers(), state: hasFailed ? "failed" : "unknown", problem: { ...problem } }, problem };
  }
}
