/** Runs what it is given so that it is written as a whole or not at all. */
export type Transaction = (work: () => void) => void;

export type Commits = Pick<CommitQueue, "run">;

interface Waiting {
  /** Makes the change, and returns what tells of it once it is written. */
  run: () => () => void;
  fail: (error: unknown) => void;
}

/**
 * Lets concurrent changes share a commit: those that arrive within one turn of the event loop run, in order, in one
 * transaction. A disk commits some hundreds of times a second, whatever a commit holds.
 */
export class CommitQueue {
  readonly #transaction: Transaction;
  #waiting: Waiting[] = [];

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** Resolves with what `change` returns. What a change that throws has written before is kept. */
  run<Result>(change: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          const result = change();
          return () => resolve(result);
        } catch (error) {
          return () => reject(error);
        }
      };
      if (this.#waiting.push({ run, fail: reject }) === 1) setTimeout(() => this.#flush(), 0);
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const tell: (() => void)[] = [];
    try {
      this.#transaction(() => waiting.forEach(({ run }) => tell.push(run())));
    } catch (error) {
      for (const { fail } of waiting) fail(error);
      return;
    }
    for (const each of tell) each();
  }
}
