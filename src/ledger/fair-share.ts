/** Divides the object's connections and the alarm's work fairly between the gateway keys. */

interface KeyCalls {
  running: number;
  /** For each call that waits for a slot, the function that starts the call. The oldest call is first. */
  waiting: (() => void)[];
}

/**
 * Limits how many calls run at a time, in total and per key. A free slot goes to the waiting key with the fewest running
 * calls. Keys with the same number of running calls take turns.
 */
export class CallSlots {
  readonly #maxPerKey: number;
  #free: number;
  /** The keys that have calls. When a call ends, its key moves to the end. */
  readonly #keys = new Map<string, KeyCalls>();

  constructor({ max, maxPerKey }: { max: number; maxPerKey: number }) {
    this.#free = max;
    this.#maxPerKey = maxPerKey;
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

  /** Starts a waiting call if there is a free slot. Called for each new call and each slot that becomes free. */
  #startNext(): void {
    if (this.#free === 0) return;
    const open = [...this.#keys.values()].filter(
      ({ running, waiting }) => waiting.length > 0 && running < this.#maxPerKey,
    );
    const [next] = open.toSorted((left, right) => left.running - right.running);
    if (next === undefined) return;
    this.#free -= 1;
    next.running += 1;
    next.waiting.shift()?.();
  }
}

export interface KeyQueue<Item> {
  keyName: string;
  items: readonly Item[];
}

/** Lets several keys take turns, so that no key waits for the whole queue of another key. */
export class Turns {
  #turn = 0;
  /** By key: the number of its last turn. */
  readonly #last = new Map<string, number>();

  /** Takes up to `limit` items in rounds of one item per key. The key whose last turn is longest ago comes first. */
  take<Item>(queues: readonly KeyQueue<Item>[], limit: number): Item[] {
    const inOrder = queues.toSorted((left, right) => this.#lastOf(left) - this.#lastOf(right));
    const rounds = Math.max(0, ...queues.map(({ items }) => items.length));
    const all = Array.from({ length: rounds }, (_, round) =>
      inOrder.flatMap(({ keyName, items }) => items.slice(round, round + 1).map((item) => ({ keyName, item }))),
    );
    const taken = all.flat().slice(0, limit);
    for (const { keyName } of taken) this.#last.set(keyName, (this.#turn += 1));
    return taken.map(({ item }) => item);
  }

  #lastOf({ keyName }: KeyQueue<unknown>): number {
    return this.#last.get(keyName) ?? 0;
  }
}
