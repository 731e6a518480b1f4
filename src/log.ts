import type { ConfigurationFault } from "../adapters/engine/adapter.ts";
import type { TransitionReason } from "../schemas/operation.ts";
import type { Operation } from "./ledger/operation.ts";

/** The log line of a request. This type is an allow-list: no line contains a body, a header or a vendor's text. */
export interface LogEntry {
  request_id: string;
  method: string;
  /** The route's pattern, not the path. */
  route: string;
  status: number;
  duration_ms: number;
  /** The name of the gateway key. */
  key?: string;
  connection?: string;
  vendor?: string;
  outcome?: "created" | "rejected" | "not_sent" | "unknown";
  problem?: string;
  /** The id of the keyed create's operation. */
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

/** Receives the log lines. */
export type LogSink = Pick<Console, "log" | "warn" | "error">;
export const workersLog: LogSink = console;

export function writeLog(log: LogSink, entry: LogEntry): void {
  log.log(JSON.stringify(entry));
}

/** Logs the faults once per isolate. A fault names variables and members, but contains no secret. */
export function writeConfigurationFaults(log: LogSink, faults: readonly ConfigurationFault[]): void {
  log.warn(JSON.stringify({ configuration_faults: faults }));
}

/** The reasons of transitions that the log line of a request already shows. */
const shownByRequest: ReadonlySet<TransitionReason> = new Set([
  "received",
  "claimed",
  "vendor_answered",
  "not_sent",
  "no_answer",
]);

/** Logs each transition that no request's log line shows, and each duplicate account. */
export function writeTransition(
  log: LogSink,
  before: Operation,
  { id, state, attempt, history, duplicates, isAsync }: Operation,
): void {
  if (duplicates.length > before.duplicates.length) log.warn(JSON.stringify({ operation: id, duplicate: true }));
  const reason = history.at(-1)?.reason;
  const isShown = !isAsync && reason !== undefined && shownByRequest.has(reason);
  if (state === before.state || isShown) return;
  log.log(JSON.stringify({ operation: id, state, attempt, reason }));
}

/** Logs an error in a ledger. `operation`: the id of the operation that the error is about, if there is one. */
export function writeLedgerFault(log: LogSink, error: string, operation?: string): void {
  log.error(JSON.stringify({ ledger_fault: error, operation }));
}

/** An error's class and first stack frame, like `TypeError at encode (src/…:12:3)`, without any data of the request. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = error.stack?.replace(error.message, "");
  const frame = frames?.split("\n").find((line) => /^\s+at /.test(line));
  return `${error.name}${frame === undefined ? "" : ` ${frame.trim()}`}`;
}
