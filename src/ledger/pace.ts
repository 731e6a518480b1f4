import { backoffMs, type Moment } from "./transitions.ts";

/** An answer of the vendor's this fresh makes a probe needless. */
const freshMs = 30_000;

/** When a ledger may send what is queued: at a steady rate, and not while the vendor cannot take it. Lost without harm. */
export class Pace {
  readonly #perWindow: number;
  readonly #windowMs: number;
  #windowBeganMs = Number.NEGATIVE_INFINITY;
  #begun = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #pauses = 0;
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(ratePerS: number) {
    this.#perWindow = Math.max(1, Math.floor(ratePerS));
    this.#windowMs = Math.ceil((this.#perWindow / ratePerS) * 1000);
  }

  /** When the next one may be sent. */
  opensAtMs(): number {
    const isSpent = this.#begun >= this.#perWindow;
    return Math.max(this.#pausedUntilMs, isSpent ? this.#windowBeganMs + this.#windowMs : Number.NEGATIVE_INFINITY);
  }

  /** How many may be sent now. */
  allowance(nowMs: number): number {
    if (nowMs < this.opensAtMs()) return 0;
    if (nowMs >= this.#windowBeganMs + this.#windowMs) this.#begun = 0;
    return this.#perWindow - this.#begun;
  }

  spend(count: number, nowMs: number): void {
    if (this.#begun === 0) this.#windowBeganMs = nowMs;
    this.#begun += count;
  }

  /** Whether the vendor has answered so lately that it can be taken to be there. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#answeredAtMs < freshMs;
  }

  answered(nowMs: number): void {
    this.#answeredAtMs = nowMs;
    this.#pauses = 0;
  }

  pause(retryAfterMs: number | undefined, { nowMs, jitter }: Moment): void {
    this.#pausedUntilMs = nowMs + Math.max(backoffMs(this.#pauses, jitter), retryAfterMs ?? 0);
    this.#pauses += 1;
    this.#answeredAtMs = Number.NEGATIVE_INFINITY;
  }
}
