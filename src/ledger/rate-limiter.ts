/** When a ledger may send its queued operations. Pure: the caller passes the clock. */
import { backoffMs, type Now } from "./transitions.ts";

/** After an answer of the vendor, no probe is needed for this time. */
const noProbeMs = 30_000;
/** The longest pause of a key if only one of its operations has failed: that operation may be the cause. */
const maxSingleOperationMs = 60_000;

/** A failed send. The gateway knows of no account that the send created, and the operation stays open. */
export interface Failure {
  keyName: string;
  operationId: string;
  /** The key's `failureCountOf` when this send began. */
  failuresBefore: number;
  retryAfterMs: number | undefined;
  /** The longest backoff. A longer `Retry-After` of the vendor still applies. */
  maxPauseMs: number;
}

/**
 * Decides when a ledger may send queued operations. It limits their rate, and it pauses:
 *
 * - every key, after a failed probe;
 * - one key, after failed sends of that key;
 * - all keys with failed sends, if there are two or more. The other keys may still send, one operation at a time. A key
 *   whose send fails is paused too. The first success ends the pause.
 *
 * The state is only in memory. Losing it does no harm.
 */
export class RateLimiter {
  readonly #maxPerWindow: number;
  readonly #windowMs: number;
  /** The times of the latest sends, up to `#maxPerWindow`. */
  #sentAtMs: number[] = [];
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** The number of failed probes since the last success. */
  #failedProbes = 0;
  #probePauseEndsMs = Number.NEGATIVE_INFINITY;
  /** By key: the failed operations since the key's last success. */
  readonly #failedOperations = new Map<string, FailureStreak>();
  /** The keys that failed since the last success of any key. */
  #failedKeys = new FailureStreak(0);

  constructor(ratePerS: number) {
    this.#maxPerWindow = Math.max(1, Math.floor(ratePerS));
    this.#windowMs = Math.max(1000, Math.ceil(1000 / ratePerS));
  }

  /** When the next operation of this key may be sent. */
  readyAtMs(keyName: string): number {
    return Math.max(this.#opensAtMs(), this.#pauseEndsMs(keyName));
  }

  /** Whether the vendor may be unavailable. Then only one operation is sent at a time. */
  get isVendorSuspect(): boolean {
    return this.#failedProbes > 0 || this.#failedKeys.hasSeveral;
  }

  /** How many operations may be sent now. */
  allowedNow(nowMs: number): number {
    if (nowMs < this.#opensAtMs()) return 0;
    if (this.isVendorSuspect) return 1;
    return this.#maxPerWindow - this.#sentAtMs.filter((atMs) => atMs > nowMs - this.#windowMs).length;
  }

  /** How many sends of this key failed in a row. */
  failureCountOf(keyName: string): number {
    return this.#failedOperations.get(keyName)?.failures ?? 0;
  }

  /** Whether a send that was planned earlier may still begin. */
  maySend(keyName: string, nowMs: number): boolean {
    return nowMs >= this.#pauseEndsMs(keyName) && this.answeredRecently(nowMs);
  }

  /** Call this when a request is sent to the vendor. */
  recordSend(nowMs: number): void {
    this.#sentAtMs = [...this.#sentAtMs, nowMs].slice(-this.#maxPerWindow);
  }

  /** Whether the vendor answered so recently that no probe is needed. */
  answeredRecently(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs < noProbeMs;
  }

  /** Call this when the vendor has answered. */
  recordAnswer(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }

  /** The vendor created or rejected an account of this key. Both show that the vendor works. */
  markHealthy(keyName: string, nowMs: number): void {
    this.recordAnswer(nowMs);
    this.#failedProbes = 0;
    this.#failedOperations.delete(keyName);
    this.#failedKeys = new FailureStreak(0);
  }

  /** The vendor may be unavailable, so probe it before the next send. */
  markSuspect(): void {
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
  }

  /** A probe failed: every key pauses. */
  recordProbeFailure(retryAfterMs: number | undefined, { nowMs, jitter }: Now): void {
    this.markSuspect();
    // A failure during the pause has the same cause, so do not count it again.
    if (nowMs >= this.#probePauseEndsMs) this.#failedProbes += 1;
    const waitMs = Math.max(backoffMs(this.#failedProbes - 1, jitter), retryAfterMs ?? 0);
    this.#probePauseEndsMs = Math.max(this.#probePauseEndsMs, nowMs + waitMs);
  }

  /** A send failed: its key pauses. If several keys have failed, all of them pause. */
  recordFailure(failure: Failure, now: Now): void {
    const { keyName, operationId, failuresBefore } = failure;
    this.markSuspect();
    const operations = this.#failedOperations.get(keyName) ?? new FailureStreak(maxSingleOperationMs);
    this.#failedOperations.set(keyName, operations);
    // Overlapping sends of a key fail for the same cause, so count only one of them.
    if (operations.failures > failuresBefore) return;
    operations.add(operationId, failure, now);
    this.#failedKeys.add(keyName, failure, now);
  }

  #opensAtMs(): number {
    const oldestMs = this.#sentAtMs.at(-this.#maxPerWindow) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#probePauseEndsMs, oldestMs + this.#windowMs);
  }

  #pauseEndsMs(keyName: string): number {
    const ofKey = this.#failedOperations.get(keyName)?.pauseEndsMs ?? Number.NEGATIVE_INFINITY;
    const ofFailedKeys = this.#failedKeys.has(keyName) ? this.#failedKeys.pauseEndsMs : Number.NEGATIVE_INFINITY;
    return Math.max(this.#probePauseEndsMs, ofKey, ofFailedKeys);
  }
}

/** Failures in a row, and the pause after them. If only one operation or key has failed, it may be the cause itself. */
class FailureStreak {
  readonly #maxSinglePauseMs: number;
  /** The operations or keys that failed. */
  readonly #failed = new Set<string>();
  /** The operations that failed. The backoff grows with their number, not with the number of failures. */
  readonly #operations = new Set<string>();
  failures = 0;
  pauseEndsMs = Number.NEGATIVE_INFINITY;

  /** `maxSinglePauseMs`: the longest pause while only one operation or key has failed. */
  constructor(maxSinglePauseMs: number) {
    this.#maxSinglePauseMs = maxSinglePauseMs;
  }

  get hasSeveral(): boolean {
    return this.#failed.size > 1;
  }

  has(name: string): boolean {
    return this.#failed.has(name);
  }

  add(name: string, { operationId, retryAfterMs = 0, maxPauseMs }: Failure, { nowMs, jitter }: Now): void {
    this.#failed.add(name);
    this.#operations.add(operationId);
    this.failures += 1;
    const pauseMs = this.hasSeveral
      ? Math.max(Math.min(backoffMs(this.#operations.size - 2, jitter), maxPauseMs), retryAfterMs)
      : Math.min(retryAfterMs, this.#maxSinglePauseMs);
    this.pauseEndsMs = Math.max(this.pauseEndsMs, nowMs + pauseMs);
  }
}
