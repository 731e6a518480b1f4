export interface KeyQueue<Item> {
  keyName: string;
  items: readonly Item[];
}

/** Serves several keys in turn, so that none waits for the whole of another's queue. */
export class Turns {
  #turn = 0;
  /** By key: its last turn. */
  readonly #last = new Map<string, number>();

  /** Takes up to `limit` items, one of each key after the other, and first of the key whose last turn is longest ago. */
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
