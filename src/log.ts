import type { ConfigurationFault } from "../adapters/engine/adapter.ts";
import type { TransitionReason } from "../schemas/operation.ts";
import type { Operation } from "./ledger/operation.ts";

/** One JSON line per request. Its fields are an allow-list: a line never contains a body, a header or a vendor's text. */
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
  /** The keyed create's operation, by id. */
  operation?: string | undefined;
  replayed?: boolean;
  vendor_status?: number | undefined;
  attempts?: number;
  token_ms?: number;
  vendor_ms?: number;
  ledger_ms?: number | undefined;
  /** The result of a connection's check. */
  reachable?: boolean;
  authorized?: boolean | null;
  lookup?: boolean | null;
  /** The gateway's own error: its class and where it was thrown, never its message. */
  error?: string;
}

/** Receives the lines. */
export type LogSink = Pick<Console, "log" | "warn" | "error">;
export const workersLog: LogSink = console;

export function writeLog(log: LogSink, entry: LogEntry): void {
  log.log(JSON.stringify(entry));
}

/** Written once per isolate. A fault names members and variables, and repeats no secret. */
export function writeConfigurationFaults(log: LogSink, faults: readonly ConfigurationFault[]): void {
  log.warn(JSON.stringify({ configuration_faults: faults }));
}

/** The log line of a request already shows these. */
const shownByRequests: ReadonlySet<TransitionReason> = new Set([
  "received",
  "claimed",
  "vendor_answered",
  "not_sent",
  "no_answer",
]);

/** Logs what a ledger did without a request, and what a person must look at. */
export function writeTransition(
  log: LogSink,
  before: Operation,
  { id, state, attempt, history, duplicates, isAsync }: Operation,
): void {
  if (duplicates.length > before.duplicates.length) log.warn(JSON.stringify({ operation: id, duplicate: true }));
  const reason = history.at(-1)?.reason;
  const isShown = !isAsync && reason !== undefined && shownByRequests.has(reason);
  if (state === before.state || isShown) return;
  log.log(JSON.stringify({ operation: id, state, attempt, reason }));
}

/** `operation`: the id of the operation that failed, if it was one. */
export function writeLedgerFault(log: LogSink, error: string, operation?: string): void {
  log.error(JSON.stringify({ ledger_fault: error, operation }));
}

/** `TypeError at encode (src/…:12:3)`: enough to find the error, without any data of the request. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = error.stack?.replace(error.message, "");
  const frame = frames?.split("\n").find((line) => /^\s+at /.test(line));
  return `${error.name}${frame === undefined ? "" : ` ${frame.trim()}`}`;
}
