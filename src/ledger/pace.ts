import { backoffMs, type Moment } from "./transitions.ts";

/** An answer of the vendor's this fresh makes a probe needless. */
const freshMs = 30_000;

/** When a ledger may send what is queued: at a steady rate, and not while the vendor cannot take it. Lost without harm. */
export class Pace {
  readonly #most: number;
  readonly #windowMs: number;
  /** When the last ones were begun, as many as a window takes. */
  #begun: number[] = [];
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** How often in a row the vendor could not take what it was sent. */
  #pauses = 0;
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(ratePerS: number) {
    this.#most = Math.max(1, Math.floor(ratePerS));
    this.#windowMs = Math.max(1000, Math.ceil(1000 / ratePerS));
  }

  /** When the next one may be sent. */
  opensAtMs(): number {
    const oldestMs = this.#begun.at(-this.#most) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#pausedUntilMs, oldestMs + this.#windowMs);
  }

  /** How many may be sent now; after a pause one alone tries how the vendor is. */
  allowance(nowMs: number): number {
    if (nowMs < this.opensAtMs()) return 0;
    if (this.#pauses > 0) return 1;
    return this.#most - this.#begun.filter((atMs) => atMs > nowMs - this.#windowMs).length;
  }

  /** One is handed to the network now. */
  begin(nowMs: number): void {
    this.#begun = [...this.#begun, nowMs].slice(-this.#most);
  }

  isPaused(nowMs: number): boolean {
    return nowMs < this.#pausedUntilMs;
  }

  /** Whether the vendor has answered so lately that it can be taken to be there. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs < freshMs;
  }

  /** The vendor is there. */
  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs;
  }

  /** The vendor has taken an account, or refused it for good. */
  judged(nowMs: number): void {
    this.answered(nowMs);
    this.#pauses = 0;
  }

  /** The vendor may not be there: it is probed before the next one. */
  doubt(): void {
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
  }

  pause(retryAfterMs: number | undefined, { nowMs, jitter }: Moment): void {
    this.doubt();
    // Those that were under way together have met the same trouble.
    if (!this.isPaused(nowMs)) this.#pauses += 1;
    const untilMs = nowMs + Math.max(backoffMs(this.#pauses - 1, jitter), retryAfterMs ?? 0);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }
}
