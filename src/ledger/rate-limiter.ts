import { backoffMs, type Now } from "./transitions.ts";

/** After an answer of the vendor, no probe is needed for this long. */
const freshMs = 30_000;
/** The longest pause of a key while only one of its operations has failed: the fault may be that operation's own. */
const maxSingleOperationMs = 60_000;

/** A send that did not create an account, and did not settle its operation. */
export interface Failure {
  keyName: string;
  operationId: string;
  /** What `failuresOf` said of the key when this send began. */
  failuresBefore: number;
  retryAfterMs: number | undefined;
  /** The longest backoff. The vendor's `Retry-After` may be longer. */
  maxPauseMs: number;
}

/**
 * Decides when a ledger may send queued operations. It limits their rate, and it pauses:
 *
 * - every key, after a probe failed;
 * - one key, after its sends failed;
 * - all keys that failed, after sends of several keys failed. Another key can still send, one operation at a time:
 *   if that succeeds, the vendor is well and the pause ends; if it fails, that key pauses too.
 *
 * This state is in memory only. Losing it does no harm.
 */
export class RateLimiter {
  readonly #most: number;
  readonly #windowMs: number;
  /** When the latest sends began, as many as fit into a window. */
  #begun: number[] = [];
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Failed probes since the last success. */
  #failedProbes = 0;
  #probePauseEndsMs = Number.NEGATIVE_INFINITY;
  /** Per key: failed operations since the key's last success. */
  readonly #failedOperations = new Map<string, FailureStreak>();
  /** Failed keys since the last success of any key. */
  #failedKeys = new FailureStreak(0);

  constructor(ratePerS: number) {
    this.#most = Math.max(1, Math.floor(ratePerS));
    this.#windowMs = Math.max(1000, Math.ceil(1000 / ratePerS));
  }

  /** When the next operation of this key may be sent. */
  readyAtMs(keyName: string): number {
    return Math.max(this.#opensAtMs(), this.#pauseEndsMs(keyName));
  }

  /** Whether the vendor may be unavailable, so that one operation at a time is tried. */
  get isVendorSuspect(): boolean {
    return this.#failedProbes > 0 || this.#failedKeys.hasSeveral;
  }

  /** How many operations may be sent now. */
  allowedNow(nowMs: number): number {
    if (nowMs < this.#opensAtMs()) return 0;
    if (this.isVendorSuspect) return 1;
    return this.#most - this.#begun.filter((atMs) => atMs > nowMs - this.#windowMs).length;
  }

  /** How many sends of this key failed in a row. */
  failureCountOf(keyName: string): number {
    return this.#failedOperations.get(keyName)?.failures ?? 0;
  }

  /** Whether a send that was planned earlier may still begin. */
  maySend(keyName: string, nowMs: number): boolean {
    return nowMs >= this.#pauseEndsMs(keyName) && this.isFresh(nowMs);
  }

  /** A request leaves for the vendor now. */
  recordSend(nowMs: number): void {
    this.#begun = [...this.#begun, nowMs].slice(-this.#most);
  }

  /** Whether the vendor answered so recently that no probe is needed. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs < freshMs;
  }

  /** The vendor answered. */
  recordAnswer(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }

  /** The vendor created an account for this key, or rejected it. Either is a success here: the vendor works. */
  markHealthy(keyName: string, nowMs: number): void {
    this.recordAnswer(nowMs);
    this.#failedProbes = 0;
    this.#failedOperations.delete(keyName);
    this.#failedKeys = new FailureStreak(0);
  }

  /** The vendor may be unavailable: probe it before the next send. */
  markSuspect(): void {
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
  }

  /** A probe failed: every key pauses. */
  recordProbeFailure(retryAfterMs: number | undefined, { nowMs, jitter }: Now): void {
    this.markSuspect();
    // Failures during a pause have the same cause as the pause.
    if (nowMs >= this.#probePauseEndsMs) this.#failedProbes += 1;
    const waitMs = Math.max(backoffMs(this.#failedProbes - 1, jitter), retryAfterMs ?? 0);
    this.#probePauseEndsMs = Math.max(this.#probePauseEndsMs, nowMs + waitMs);
  }

  /** A send failed: its key pauses, and after failures of several keys all keys that failed pause. */
  recordFailure(failure: Failure, now: Now): void {
    const { keyName, operationId, failuresBefore } = failure;
    this.markSuspect();
    const operations = this.#failedOperations.get(keyName) ?? new FailureStreak(maxSingleOperationMs);
    this.#failedOperations.set(keyName, operations);
    // Sends of a key that overlap fail for the same cause: count one.
    if (operations.failures > failuresBefore) return;
    operations.add(operationId, failure, now);
    this.#failedKeys.add(keyName, failure, now);
  }

  #opensAtMs(): number {
    const oldestMs = this.#begun.at(-this.#most) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#probePauseEndsMs, oldestMs + this.#windowMs);
  }

  #pauseEndsMs(keyName: string): number {
    const ofKey = this.#failedOperations.get(keyName)?.pauseEndsMs ?? Number.NEGATIVE_INFINITY;
    const ofFailedKeys = this.#failedKeys.has(keyName) ? this.#failedKeys.pauseEndsMs : Number.NEGATIVE_INFINITY;
    return Math.max(this.#probePauseEndsMs, ofKey, ofFailedKeys);
  }
}

/** Failures in a row, and the pause that follows. While only one operation or key has failed, the fault may be its own. */
class FailureStreak {
  readonly #maxSinglePauseMs: number;
  /** The operations or keys that failed. */
  readonly #failed = new Set<string>();
  /** The backoff grows with each operation. An operation that fails again adds nothing. */
  readonly #operations = new Set<string>();
  failures = 0;
  pauseEndsMs = Number.NEGATIVE_INFINITY;

  /** `maxSinglePauseMs` limits the pause while only one has failed. */
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
