interface WaitingCall {
  keyName: string;
  start: () => void;
}

/**
 * Limits the calls that are under way at a time, in all and of one key, and shares them out: a slot that falls free goes
 * to the waiting key with the fewest calls under way.
 */
export class CallSlots {
  readonly #most: number;
  readonly #mostOfKey: number;
  readonly #underWay = new Map<string, number>();
  #waiting: WaitingCall[] = [];

  constructor({ most, mostOfKey }: { most: number; mostOfKey: number }) {
    this.#most = most;
    this.#mostOfKey = mostOfKey;
  }

  /** How many calls of this key wait for a slot. */
  waitingOf(keyName: string): number {
    return this.#waiting.filter((each) => each.keyName === keyName).length;
  }

  async run<Result>(keyName: string, call: () => Promise<Result>): Promise<Result> {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    this.#waiting.push({ keyName, start });
    this.#startNext();
    await started;
    try {
      return await call();
    } finally {
      this.#count(keyName, -1);
      this.#startNext();
    }
  }

  /** Each end of a call starts at most one other, so that one look is enough. */
  #startNext(): void {
    const total = [...this.#underWay.values()].reduce((sum, each) => sum + each, 0);
    if (total >= this.#most) return;
    const open = this.#waiting.filter(({ keyName }) => this.#underWayOf(keyName) < this.#mostOfKey);
    const [next] = open.toSorted((left, right) => this.#underWayOf(left.keyName) - this.#underWayOf(right.keyName));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== next);
    this.#count(next.keyName, 1);
    next.start();
  }

  #underWayOf(keyName: string): number {
    return this.#underWay.get(keyName) ?? 0;
  }

  #count(keyName: string, change: 1 | -1): void {
    const count = this.#underWayOf(keyName) + change;
    if (count === 0) this.#underWay.delete(keyName);
    else this.#underWay.set(keyName, count);
  }
}
