export type Commits = Pick<CommitQueue, "run">;

/**
 * Lets concurrent changes share a commit: those that arrive within one turn of the event loop run one after the other,
 * without an await, and the platform commits together what is written so, all of it or nothing, before it lets an answer
 * out (https://developers.cloudflare.com/durable-objects/reference/in-memory-state/). A disk commits some hundreds of
 * times a second, whatever a commit holds.
 */
export class CommitQueue {
  #waiting: (() => void)[] = [];

  /** Resolves with what `change` returns. What a change that throws has written before is kept. */
  run<Result>(change: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const run = () => {
      try {
        resolve(change());
      } catch (error) {
        reject(error);
      }
    };
    if (this.#waiting.push(run) === 1) setTimeout(() => this.#flush(), 0);
    return promise;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
