interface KeyCalls {
  running: number;
  /** Starts each call that waits for a slot; the oldest first. */
  waiting: (() => void)[];
}

/**
 * Limits how many calls are under way at a time, in all and per key, and shares the slots fairly: a free slot goes to the
 * waiting key with the fewest calls under way; equals take turns.
 */
export class CallSlots {
  readonly #mostOfKey: number;
  #free: number;
  /** The keys that have calls. A key moves to the end when one of its calls ends. */
  readonly #keys = new Map<string, KeyCalls>();

  constructor({ most, mostOfKey }: { most: number; mostOfKey: number }) {
    this.#free = most;
    this.#mostOfKey = mostOfKey;
  }

  /** How many calls of this key wait for a slot. */
  waitingOf(keyName: string): number {
    return this.#keys.get(keyName)?.waiting.length ?? 0;
  }

  async run<Result>(keyName: string, call: () => Promise<Result>): Promise<Result> {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const calls = this.#keys.get(keyName) ?? { running: 0, waiting: [] };
    this.#keys.set(keyName, calls);
    calls.waiting.push(start);
    this.#startNext();
    await started;
    try {
      return await call();
    } finally {
      this.#free += 1;
      calls.running -= 1;
      this.#keys.delete(keyName);
      if (calls.running > 0 || calls.waiting.length > 0) this.#keys.set(keyName, calls);
      this.#startNext();
    }
  }

  /** Starts one call if possible. One is enough: each new call, and each free slot, lets at most one call start. */
  #startNext(): void {
    if (this.#free === 0) return;
    const open = [...this.#keys.values()].filter(
      ({ running: underWay, waiting }) => waiting.length > 0 && underWay < this.#mostOfKey,
    );
    const [next] = open.toSorted((left, right) => left.running - right.running);
    if (next === undefined) return;
    this.#free -= 1;
    next.running += 1;
    next.waiting.shift()?.();
  }
}
