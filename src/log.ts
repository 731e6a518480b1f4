import type { ConfigurationFault } from "../adapters/engine/adapter.ts";
import type { TransitionReason } from "../schemas/operation.ts";
import type { Operation } from "./ledger/operation.ts";
import type { Sent } from "./vendor-client/send-account.ts";

/** One JSON line per request. Its fields are an allow-list: no body, no header and no vendor's text ever stands in it. */
export interface LogEntry {
  request_id: string;
  method: string;
  /** The route's pattern, not the path. */
  route: string;
  status: number;
  duration_ms: number;
  /** The gateway key's entry, by name. */
  key?: string;
  connection?: string;
  vendor?: string;
  outcome?: "created" | "rejected" | "not_sent" | "unknown";
  problem?: string;
  /** Of a keyed create, by id. */
  operation?: string | undefined;
  replayed?: boolean;
  vendor_status?: number;
  attempts?: number;
  token_ms?: number;
  vendor_ms?: number;
  ledger_ms?: number;
  /** What the check of a connection found. */
  reachable?: boolean;
  authorized?: boolean | null;
  lookup?: boolean | null;
  /** Of a fault of the gateway's own: the error's class and where it was thrown, never its message. */
  error?: string;
}

/** Where the lines go. */
export type LogSink = Pick<Console, "log" | "warn" | "error">;
export const workersLog: LogSink = console;

/** Takes down what became of a send. */
export function describeSent({ outcome, attempts, tokenMs, vendorMs, fault }: Sent, log: Partial<LogEntry>): void {
  Object.assign(log, { outcome: outcome.kind, attempts, token_ms: tokenMs, vendor_ms: vendorMs });
  if (fault !== undefined) log.error = describeError(fault);
  if (outcome.status !== undefined) log.vendor_status = outcome.status;
}

export function writeLog(log: LogSink, entry: LogEntry): void {
  log.log(JSON.stringify(entry));
}

/** Once per isolate: what is out of use, and why. A fault names members and variables, never a secret. */
export function writeConfigurationFaults(log: LogSink, faults: readonly ConfigurationFault[]): void {
  log.warn(JSON.stringify({ configuration_faults: faults }));
}

/** What the log line of a request tells already. */
const toldByRequests: ReadonlySet<TransitionReason> = new Set([
  "received",
  "claimed",
  "vendor_answered",
  "not_sent",
  "no_answer",
]);

/** What a ledger did of its own accord, and what needs a person's eye. */
export function writeTransition(
  log: LogSink,
  before: Operation,
  { id, state, attempt, history, duplicates, isAsync }: Operation,
): void {
  if (duplicates.length > before.duplicates.length) log.warn(JSON.stringify({ operation: id, duplicate: true }));
  const reason = history.at(-1)?.reason;
  const isTold = !isAsync && reason !== undefined && toldByRequests.has(reason);
  if (state === before.state || isTold) return;
  log.log(JSON.stringify({ operation: id, state, attempt, reason }));
}

/** `operation`: the id of the one that met it; of a fault that is of no operation, nothing. */
export function writeLedgerFault(log: LogSink, error: string, operation?: string): void {
  log.error(JSON.stringify({ ledger_fault: error, operation }));
}

/** `TypeError at encode (src/…:12:3)`: enough to find a fault by, and nothing of what was being handled. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = error.stack?.replace(error.message, "");
  const frame = frames?.split("\n").find((line) => /^\s+at /.test(line));
  return `${error.name}${frame === undefined ? "" : ` ${frame.trim()}`}`;
}
