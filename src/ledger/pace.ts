import { backoffMs, type Moment } from "./transitions.ts";

/** An answer of the vendor's this fresh makes a probe needless. */
const freshMs = 30_000;
/** The longest wait that one operation alone can impose on others, whatever `Retry-After` the vendor sends for it. */
const maxUnconfirmedMs = 60_000;

/** A send that did not create an account, and did not settle its operation. */
export interface Failure {
  keyName: string;
  operationId: string;
  /** How often in a row sends of the key had failed when this one began. */
  failuresBefore: number;
  retryAfterMs: number | undefined;
  /** The longest pause that such failures widen to. */
  maxPauseMs: number;
}

/** When a ledger may send what is queued: at a steady rate, and not while the vendor cannot take it. Lost without harm. */
export class Pace {
  readonly #most: number;
  readonly #windowMs: number;
  /** When the last ones were begun, as many as a window takes. */
  #begun: number[] = [];
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** How many probes in a row failed. */
  #failedProbes = 0;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Of all keys, since the vendor last settled an operation. */
  #ofAll = new FailureStreak();
  /** By key, since the vendor last settled an operation of that key's. */
  readonly #ofKey = new Map<string, FailureStreak>();

  constructor(ratePerS: number) {
    this.#most = Math.max(1, Math.floor(ratePerS));
    this.#windowMs = Math.max(1000, Math.ceil(1000 / ratePerS));
  }

  /** When the next operation may be sent, of any key. */
  opensAtMs(): number {
    const oldestMs = this.#begun.at(-this.#most) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#pausedUntilMs, this.#ofAll.pausedUntilMs, oldestMs + this.#windowMs);
  }

  /** When the next operation of this key may be sent. */
  opensForAtMs(keyName: string): number {
    return Math.max(this.opensAtMs(), this.#pausedUntilMsOf(keyName));
  }

  /** How many may be sent now; after a pause one alone tries how the vendor is. */
  allowance(nowMs: number): number {
    if (nowMs < this.opensAtMs()) return 0;
    if (this.#failedProbes > 0 || this.#ofAll.isConfirmed) return 1;
    return this.#most - this.#begun.filter((atMs) => atMs > nowMs - this.#windowMs).length;
  }

  /** How often in a row sends of this key failed. */
  failuresOf(keyName: string): number {
    return this.#ofKey.get(keyName)?.failures ?? 0;
  }

  /** One is handed to the network now. */
  begin(nowMs: number): void {
    this.#begun = [...this.#begun, nowMs].slice(-this.#most);
  }

  /** Whether a send of this key that was planned before may still begin. */
  mayBegin(keyName: string, nowMs: number): boolean {
    const { pausedUntilMs } = this.#ofAll;
    const isPaused = nowMs < Math.max(this.#pausedUntilMs, pausedUntilMs, this.#pausedUntilMsOf(keyName));
    return !isPaused && this.isFresh(nowMs);
  }

  /** Whether the vendor has answered so lately that it can be taken to be there. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs < freshMs;
  }

  /** The vendor is there. */
  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }

  /** The vendor has taken an account of this key, or refused it for good. */
  judged(keyName: string, nowMs: number): void {
    this.answered(nowMs);
    this.#failedProbes = 0;
    this.#ofAll = new FailureStreak();
    this.#ofKey.delete(keyName);
  }

  /** The vendor may not be there: it is probed before the next one. */
  doubt(): void {
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
  }

  /** The vendor cannot take anything: all keys wait. */
  pause(retryAfterMs: number | undefined, { nowMs, jitter }: Moment): void {
    this.doubt();
    // Those that were under way together have met the same trouble.
    if (nowMs >= this.#pausedUntilMs) this.#failedProbes += 1;
    const untilMs = nowMs + Math.max(backoffMs(this.#failedProbes - 1, jitter), retryAfterMs ?? 0);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  /**
   * An operation's send failed. Its key pauses once a second of its operations has failed as well, and the connection
   * once a second key has: until then the fault may be the operation's own, or the key's.
   */
  failed(failure: Failure, moment: Moment): void {
    const { keyName, operationId, failuresBefore } = failure;
    this.doubt();
    const ofKey = this.#ofKey.get(keyName) ?? new FailureStreak();
    this.#ofKey.set(keyName, ofKey);
    // Sends of a key that were under way together have met the same trouble.
    if (ofKey.failures > failuresBefore) return;
    ofKey.add(operationId, failure, moment);
    this.#ofAll.add(keyName, failure, moment);
  }

  #pausedUntilMsOf(keyName: string): number {
    return this.#ofKey.get(keyName)?.pausedUntilMs ?? Number.NEGATIVE_INFINITY;
  }
}

/** Failures without a success in between, and the pause that they call for. */
class FailureStreak {
  /** What failed: one alone may be at fault itself. */
  readonly #suspects = new Set<string>();
  /** A second failure of the same operation tells nothing new of the others. */
  readonly #operations = new Set<string>();
  failures = 0;
  pausedUntilMs = Number.NEGATIVE_INFINITY;

  get isConfirmed(): boolean {
    return this.#suspects.size > 1;
  }

  add(suspect: string, { operationId, retryAfterMs = 0, maxPauseMs }: Failure, { nowMs, jitter }: Moment): void {
    this.#suspects.add(suspect);
    this.#operations.add(operationId);
    this.failures += 1;
    const pauseMs = this.isConfirmed
      ? Math.max(Math.min(backoffMs(this.#operations.size - 2, jitter), maxPauseMs), retryAfterMs)
      : Math.min(retryAfterMs, maxUnconfirmedMs);
    this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + pauseMs);
  }
}
