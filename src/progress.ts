/**
 * What a request has done so far. The gateway uses it to choose the problem for an unexpected error, and to write
 * `Server-Timing` and the log line.
 */
import type { Outcome } from "../adapters/engine/outcome.ts";
import { describeError, type LogEntry } from "./log.ts";

export interface Progress {
  /** The id of the keyed create that the request is about. */
  operation?: string;
  /** How often the account was sent. Counted just before each send. */
  sends: number;
  /** The outcome of the send. */
  outcome?: Outcome;
  /** An error in the gateway's own code after the send. It does not end the request. */
  fault?: unknown;
  tokenMs: number;
  vendorMs: number;
  /** `undefined` if the ledger was not called. */
  ledgerMs?: number;
}

export const newProgress = (): Progress => ({ sends: 0, tokenMs: 0, vendorMs: 0 });

/** The value of `Server-Timing`: https://www.w3.org/TR/server-timing/ */
export function serverTimingOf({ tokenMs, vendorMs, ledgerMs = 0 }: Progress, totalMs: number): string {
  const vendor = tokenMs + vendorMs;
  return `gateway;dur=${totalMs - vendor - ledgerMs}, vendor;dur=${vendor}, ledger;dur=${ledgerMs}`;
}

export function logFieldsOf(progress: Progress): Partial<LogEntry> {
  const { operation, sends, outcome, fault, tokenMs, vendorMs, ledgerMs } = progress;
  return {
    operation,
    ...(outcome && {
      outcome: outcome.kind,
      attempts: sends,
      token_ms: tokenMs,
      vendor_ms: vendorMs,
      vendor_status: outcome.status,
    }),
    ledger_ms: ledgerMs,
    ...(fault !== undefined && { error: describeError(fault) }),
  };
}
