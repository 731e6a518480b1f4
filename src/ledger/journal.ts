/**
 * A ledger's operations and its alarm. Every change of an operation goes through {@link Journal.keep}, which limits the
 * operation's size, stores the operation, logs the change, and arms the alarm.
 */
import type { OperationState } from "../../schemas/operation.ts";
import { describeError, type LogSink, writeLedgerFault, writeTransition } from "../log.ts";
import { sleep } from "../../schemas/sleep.ts";
import { Turns } from "./fair-share.ts";
import type { Operation } from "./operation.ts";
import { type OperationStore, postponedMs } from "./operation-store.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { IsOwnedByOther } from "./reconcile.ts";
import { bounded } from "./row-size.ts";
import { isFinal, type Now } from "./transitions.ts";

/** The time by the ledger's clock, and the randomness for one backoff. */
export function readClock(): Now {
  return { nowMs: Date.now(), jitter: Math.random() };
}

/** How many operations one commit changes. Other requests can run in the pause after each commit. */
export const batchSize = 25;
const pauseMs = 10;
/** How many operations one alarm changes. If more are due, the next alarm comes at once. */
const changesPerAlarm = 1000;
/** Operations that expire within the same interval are deleted together. */
const sweepIntervalMs = 10 * 60 * 1000;
/** If the object dies during an alarm, the next alarm comes after this time. */
const alarmGraceMs = 60_000;

/** The alarm of a Durable Object, which has only one. Times are milliseconds since the epoch. */
export interface LedgerStorage {
  getAlarm: () => Promise<number | null>;
  setAlarm: (atMs: number) => Promise<void>;
  deleteAlarm: () => Promise<void>;
  /** Resolves when everything written so far is on the disk. */
  sync: () => Promise<void>;
}

export type Commits = Pick<CommitQueue, "run">;

/**
 * Lets concurrent changes share a commit, because a disk makes only a few hundred commits a second, whatever their
 * size. Changes that arrive within one turn of the event loop run one after the other, without an await. The platform
 * commits them together, all or none, before it sends a reply
 * (https://developers.cloudflare.com/durable-objects/reference/in-memory-state/).
 */
export class CommitQueue {
  #waiting: (() => void)[] = [];

  /** Resolves with the result of `change`. If `change` throws, its earlier writes are kept. */
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

export interface JournalParts {
  store: OperationStore;
  commits: Commits;
  storage: LedgerStorage;
  log: LogSink;
  rateLimiter: RateLimiter;
}

export class Journal {
  readonly store: OperationStore;
  readonly #commits: Commits;
  readonly #storage: LedgerStorage;
  readonly #log: LogSink;
  readonly #rateLimiter: RateLimiter;
  readonly #turns = new Turns();
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #queued = Promise.withResolvers<void>();

  constructor({ store, commits, storage, log, rateLimiter }: JournalParts) {
    this.store = store;
    this.#commits = commits;
    this.#storage = storage;
    this.#log = log;
    this.#rateLimiter = rateLimiter;
  }

  /** Call this before anything else. After a crash, the alarm may be missing or too late. If so, this arms it again. */
  async wake(): Promise<void> {
    this.#alarmAtMs = (await this.#storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    if (this.#nextMs() < this.#alarmAtMs) await this.arm();
  }

  /** Call this when an alarm begins. It sets the next alarm, in case the object dies during this one. */
  async beginAlarm(): Promise<void> {
    this.#alarmAtMs = Date.now() + alarmGraceMs;
    await this.#storage.setAlarm(this.#alarmAtMs);
  }

  /** Arms the alarm for the earliest due time, but not before `notBeforeMs`. */
  async arm(notBeforeMs = 0): Promise<void> {
    this.#alarmAtMs = Math.max(this.#nextMs(), notBeforeMs);
    if (Number.isFinite(this.#alarmAtMs)) await this.#storage.setAlarm(this.#alarmAtMs);
    else await this.#storage.deleteAlarm();
  }

  /** Resolves when everything changed so far is on the disk. */
  sync(): Promise<void> {
    return this.#storage.sync();
  }

  /** Runs `change` in a commit that concurrent changes share. */
  commit<Result>(change: () => Result): Promise<Result> {
    return this.#commits.run(change);
  }

  /** Stores a changed operation and arms the alarm for it. Call it within a commit. */
  keep(stored: Operation | undefined, changed: Operation): Operation {
    if (changed === stored) return changed;
    const operation = bounded(changed);
    this.store.save(operation, stored);
    if (stored !== undefined) writeTransition(this.#log, stored, operation);
    this.#armFor(operation);
    return operation;
  }

  /** Changes an operation. Resolves with `undefined` if the ledger no longer has the operation. */
  change(id: string, transition: (stored: Operation) => Operation): Promise<Operation | undefined> {
    return this.commit(() => {
      const stored = this.store.byId(id);
      return stored === undefined ? undefined : this.keep(stored, transition(stored));
    });
  }

  /** Like {@link change}, but postpones the operation if the change throws. */
  changeOrPostpone(id: string, transition: (stored: Operation) => Operation): Promise<Operation | undefined> {
    return this.orPostpone(id, () => this.change(id, transition));
  }

  /** Resolves with the result of `work`. If `work` throws, postpones the operation and resolves with `undefined`. */
  async orPostpone<Result>(id: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      await this.commit(() => this.#postpone(id, error));
      return undefined;
    }
  }

  /** Changes every operation that `due` returns, in batches. Postpones an operation if its change throws. */
  changeEach(due: () => Operation[], transition: (stored: Operation) => Operation): Promise<void> {
    return this.#inBatches(() => {
      const batch = due();
      for (const stored of batch) {
        try {
          this.keep(stored, transition(stored));
        } catch (error) {
          this.#postpone(stored.id, error);
        }
      }
      return batch.length;
    });
  }

  /** The operations in this state that are due. The keys take turns. */
  due(state: OperationState, limit: number): Operation[] {
    const nowMs = Date.now();
    const queues = this.store.dueKeys(state).map(({ keyName }) => ({
      keyName,
      items: this.store.dueIds({ state, keyName, nowMs, limit, order: "longest_due" }),
    }));
    return this.store.readDue(this.#turns.take(queues, limit), nowMs);
  }

  deleteExpired(): Promise<void> {
    return this.#inBatches(() => this.store.deleteExpired(Date.now(), batchSize));
  }

  /** Resolves when the next operation is queued. */
  nextQueued(): Promise<void> {
    return this.#queued.promise;
  }

  /** When the next queued operation may be sent; infinite if none is queued. */
  nextSendMs(): number {
    const times = this.store
      .dueKeys("queued")
      .map(({ keyName, dueAtMs }) => Math.max(dueAtMs, this.#rateLimiter.readyAtMs(keyName)));
    return Math.min(...times);
  }

  /** Returns a function that says whether an account belongs to another operation of this ledger. */
  ownedByOther(operation: Operation): IsOwnedByOther {
    return (accountId) => {
      const owner = this.store.ownerOf(accountId, operation);
      return owner !== undefined && owner !== operation.id;
    };
  }

  #postpone(id: string, error: unknown): void {
    writeLedgerFault(this.#log, describeError(error), id);
    this.store.postpone(id, Date.now() + postponedMs);
  }

  /** Runs `changeBatch` until it changes less than a full batch. `changeBatch` returns the size of its batch. */
  async #inBatches(changeBatch: () => number): Promise<void> {
    for (let left = changesPerAlarm; left > 0; left -= batchSize) {
      if ((await this.commit(changeBatch)) < batchSize) return;
      await sleep(pauseMs);
    }
  }

  #armFor({ state, dueAtMs, keyName }: Operation): void {
    if (dueAtMs === null) return;
    if (state === "queued") {
      this.#queued.resolve();
      this.#queued = Promise.withResolvers();
    }
    const atMs = isFinal({ state })
      ? nextSweepMs(dueAtMs)
      : state === "queued"
        ? Math.max(dueAtMs, this.#rateLimiter.readyAtMs(keyName))
        : dueAtMs;
    if (atMs >= this.#alarmAtMs) return;
    this.#alarmAtMs = atMs;
    void this.#storage.setAlarm(atMs);
  }

  /** The earliest due time; infinite if nothing is due. */
  #nextMs(): number {
    const expiryMs = this.store.nextExpiryMs();
    const dueKeys = [...this.store.dueKeys("sending"), ...this.store.dueKeys("unknown")];
    const times = [
      ...dueKeys.map(({ dueAtMs }) => dueAtMs),
      this.nextSendMs(),
      this.store.nextGiveUpMs(),
      expiryMs === null ? null : nextSweepMs(expiryMs),
    ];
    return Math.min(...times.filter((time) => time !== null));
  }
}

function nextSweepMs(expiryMs: number): number {
  return Math.ceil(expiryMs / sweepIntervalMs) * sweepIntervalMs;
}
