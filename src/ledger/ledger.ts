/** The ledger of one connection: remembers every keyed create, and settles what its sender could not. */
import { readId } from "../../adapters/engine/decode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { destinationOf } from "../../adapters/engine/adapter.ts";
import type { OperationState } from "../../schemas/operation.ts";
import { describeError, type LogSink, writeLedgerFault, writeTransition } from "../log.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { childTraceparent, type SendContext } from "../vendor-client/context.ts";
import { newProgress } from "../progress.ts";
import { isTimeout, wait, within } from "../time.ts";
import { type ClaimResult, decideClaim, type ClaimRequest, type Look, type LookupFailure } from "./claim.ts";
import { CallSlots } from "./call-slots.ts";
import { readClock } from "./clock.ts";
import type { Commits } from "./commit-queue.ts";
import { findAccount } from "./find.ts";
import type { LedgerService, ResolveAnswer, ResolveRequest, SettleRequest } from "./ledger-service.ts";
import { conclude, type LookupAnswer, type IsHeld, keyOf, type LookupResult, showsAnother } from "./lookup-result.ts";
import type { CreatedAccount, StoredProblem, Operation, RecordedOutcome } from "./operation.ts";
import { type ListQuery, type OperationStore, type Page, postponedMs } from "./operation-store.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { bounded } from "./row-size.ts";
import { SendQueue } from "./send-queue.ts";
import { Turns } from "./turns.ts";
import { expire, isFinal, type Resolution, reconcile, resolve, settle } from "./transitions.ts";

/** The platform allows an object six open connections. No key takes all of them, so another's call finds one. */
const callLimits = { most: 6, mostOfKey: 5 };
/** How many lookups of a key may wait for a connection. A caller whose lookup finds no place is told to come back. */
const maxWaitingOfKey = 100;
/** How long a caller waits for a lookup. */
const callerTimeoutMs = 10_000;
/** How many lookups one alarm begins, so that it ends in time for what is due next. */
const lookupsPerAlarm = 25;
/** A lookup that has not begun by then is left to the next alarm, so that the alarm ends in time for other work. */
const lookupsBeginMs = 10_000;
/**
 * How many operations of a key may be queued. Where the vendor refuses each of them, the queue tries one in 30 s at the
 * least, and the longest due every other time: so each has its turn within the 24 hours after which it is given up.
 */
const maxQueuedOfKey = 1000;
/** How many are changed at a time where many are to be, and the pause after them in which others get their turn. */
const batch = 25;
const pauseMs = 10;
/** How many of them one alarm changes; those that are left are due at once. */
const changesPerAlarm = 1000;
const sweepIntervalMs = 10 * 60 * 1000;
/** An alarm that dies under way is due again after this. */
const alarmGraceMs = 60_000;
/** What met a fault is not tried again at once. */
const afterFaultMs = 5_000;

/** What a ledger stands on: a Durable Object, or whatever else keeps operations and wakes it up. */
export interface LedgerPlatform {
  store: OperationStore;
  commits: Commits;
  /** Of the one alarm, and of what was written so far. A time is in milliseconds since the epoch. */
  storage: {
    getAlarm: () => Promise<number | null>;
    setAlarm: (atMs: number) => Promise<void>;
    deleteAlarm: () => Promise<void>;
    /** Resolves when all that was written is safe. */
    sync: () => Promise<void>;
  };
  /** The connection's; `undefined` where it is out of use. */
  plan: Plan | undefined;
  fetch: SendContext["fetch"];
  waitUntil: SendContext["waitUntil"];
  log: LogSink;
}

export class Ledger implements LedgerService {
  readonly #platform: LedgerPlatform;
  readonly #store: OperationStore;
  readonly #commits: Commits;
  readonly #calls = new CallSlots(callLimits);
  readonly #turns = new Turns();
  readonly #finding = new Map<string, Promise<LookupResult>>();
  readonly #plan: Plan | undefined;
  readonly #rateLimiter: RateLimiter;
  readonly #queue: SendQueue;
  #alarmAtMs = Number.POSITIVE_INFINITY;

  constructor(platform: LedgerPlatform) {
    this.#platform = platform;
    this.#store = platform.store;
    this.#commits = platform.commits;
    this.#plan = platform.plan;
    this.#rateLimiter = new RateLimiter(this.#plan?.connection.rate_per_s ?? 1);
    this.#queue = new SendQueue({
      store: this.#store,
      rateLimiter: this.#rateLimiter,
      plan: this.#plan,
      contextOf: (plan) => this.#context(plan),
      calls: this.#calls,
      change: (operationId, transition) => this.#orPostpone(operationId, () => this.#change(operationId, transition)),
      orPostpone: (operationId, work) => this.#orPostpone(operationId, work),
      recordLookup: async (operation, found, beganAtMs) => void (await this.#takeNote(operation, found, beganAtMs)),
      settle: (request) => this.settle(request),
      sync: () => platform.storage.sync(),
    });
  }

  /** To be called before anything else is asked: an alarm that died under way has left one that is later than what is due. */
  async wake(): Promise<void> {
    this.#alarmAtMs = (await this.#platform.storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    if (this.#nextMs() < this.#alarmAtMs) await this.#arm();
  }

  /** What a keyed create meets, and where it may go ahead a lease to do so. Safe to repeat. */
  async claim(request: ClaimRequest): Promise<ClaimResult> {
    const askedAtMs = Date.now();
    for (let look: Look | null = null; ;) {
      const { admission, atMs } = await this.#commits.run(() => {
        const held = this.#store.byKey(request.keyDigest);
        const now = readClock();
        const admitted = decideClaim(held, request, now, look);
        const quota = "operation" in admitted ? this.#exceededBy(held, admitted.operation) : undefined;
        if (quota !== undefined) return { admission: { kind: "over_quota" as const, quota }, atMs: now.nowMs };
        if ("operation" in admitted) this.#keep(held, admitted.operation);
        return { admission: admitted, atMs: now.nowMs };
      });
      // The caller counts the lease from its request on; the time of the lookup must not shorten it.
      if (admission.kind === "claimed") return { ...admission, leaseMs: admission.leaseMs + atMs - askedAtMs };
      if (admission.kind !== "look_up") return admission;
      look = { obstacle: obstacleIn(await this.#findInTime(admission.operation)) };
    }
  }

  /** The quota of its gateway key that the operation would exceed, if it was kept. */
  #exceededBy(held: Operation | undefined, { keyName, state }: Operation): "queue" | "operations" | undefined {
    const isAnotherInQueue = state === "queued" && held?.state !== "queued";
    if (isAnotherInQueue && this.#store.countQueued(keyName, maxQueuedOfKey) >= maxQueuedOfKey) return "queue";
    const most = this.#plan?.connection.operations_per_key ?? Number.POSITIVE_INFINITY;
    return held === undefined && this.#store.countOfKey(keyName) >= most ? "operations" : undefined;
  }

  /** Takes note of what an attempt came to; `null` where nothing is known of it. Safe to repeat. */
  async settle({ keyDigest, nonce, verdict }: SettleRequest): Promise<Operation | null> {
    const settled = await this.#commits.run(() => {
      const held = this.#store.byKey(keyDigest);
      return held === undefined ? null : this.#keep(held, this.#settled(held, nonce, verdict));
    });
    if (verdict.kind !== "created" && verdict.kind !== "rejected") this.#rateLimiter.markSuspect();
    else if (settled !== null) this.#rateLimiter.markHealthy(settled.keyName, Date.now());
    return settled;
  }

  #settled(held: Operation, nonce: string, verdict: RecordedOutcome): Operation {
    const now = readClock();
    const isHeld = this.#isHeld(held);
    if (verdict.kind === "created") {
      // Another operation has this account, and the reply does not repeat the reference that was sent.
      const isOurs = !isHeld(verdict.account.id) || repeatsReference(this.#plan, verdict);
      return settle(held, nonce, isOurs ? verdict : { kind: "unknown", problem: heldByAnother }, now);
    }
    if (verdict.kind === "unknown") return settle(held, nonce, verdict, now);
    const { found } = verdict;
    const result = found === undefined ? undefined : conclude(this.#plan, held, found, isHeld);
    if (result?.kind === "ours") return reconcile(held, { result, beganAtMs: now.nowMs, settleWindowMs: 0 }, now);
    // A refusal that may be about our own account counts if the account that the vendor speaks of is shown.
    const mayBeOurs =
      verdict.kind === "rejected" ? verdict.isDuplicate || verdict.mayBeOurs : result?.kind === "candidates";
    const isDoubtful = mayBeOurs && (found === undefined || !showsAnother(found, isHeld));
    return settle(held, nonce, verdict, now, isDoubtful);
  }

  async read(id: string): Promise<Operation | null> {
    return this.#store.byId(id) ?? null;
  }

  async list(query: ListQuery): Promise<Page> {
    return this.#store.list(query);
  }

  /** Settles an operation as a person says. Safe to repeat. */
  async resolve({ id, judgement }: ResolveRequest): Promise<ResolveAnswer> {
    return this.#commits.run(() => {
      const held = this.#store.byId(id);
      if (held !== undefined && isResolvedBy(held, judgement)) return { kind: "resolved", operation: held };
      if (held?.state !== "needs_review") return { kind: "not_in_review" };
      const now = readClock();
      // What the vendor may still receive, nobody can have found missing.
      const leftMs = held.leaseEndsMs - now.nowMs;
      if (judgement.created === null && leftMs > 0) return { kind: "too_early", leftMs };
      const plan = this.#plan;
      const seen = held.candidates.map((record) => keyOf({ id: plan && readId(plan, record), record }));
      return { kind: "resolved", operation: this.#keep(held, resolve(held, judgement, seen, now)) };
    });
  }

  /** At least once, and again after a failure: everything that is done here may be done twice. */
  async alarm(): Promise<void> {
    this.#alarmAtMs = Date.now() + alarmGraceMs;
    await this.#platform.storage.setAlarm(this.#alarmAtMs);
    const tasks = [this.#expireLeases(), this.#reconcileDue(), this.#giveUp(), this.#sweep()];
    const sends = this.#queue.sendDuring(Promise.allSettled(tasks));
    const faults = (await Promise.allSettled([...tasks, sends])).filter((task) => task.status === "rejected");
    for (const { reason } of faults) writeLedgerFault(this.#platform.log, describeError(reason));
    await this.#arm(faults.length === 0 ? 0 : Date.now() + afterFaultMs);
  }

  #expireLeases(): Promise<void> {
    return this.#changeEach(
      () => this.#due("sending", batch),
      (held) => expire(held, readClock()),
    );
  }

  async #reconcileDue(): Promise<void> {
    const beginUntilMs = Date.now() + lookupsBeginMs;
    const due = this.#due("unknown", lookupsPerAlarm);
    await Promise.all(
      due.map((operation) => this.#orPostpone(operation.id, () => this.#find(operation, beginUntilMs))),
    );
  }

  /** Operations whose time has come, of each key in turn. */
  #due(state: OperationState, limit: number): Operation[] {
    const nowMs = Date.now();
    const queues = this.#store.dueKeys(state).map(({ keyName }) => ({
      keyName,
      items: this.#store.dueIds({ state, keyName, nowMs, limit, order: "longest_due" }),
    }));
    return this.#store.readDue(this.#turns.take(queues, limit), nowMs);
  }

  #giveUp(): Promise<void> {
    return this.#changeEach(
      () => this.#store.pastDeadline(Date.now(), batch),
      (held) => this.#queue.giveUp(held),
    );
  }

  #changeEach(dueNow: () => Operation[], transition: (held: Operation) => Operation): Promise<void> {
    return this.#inBatches(() => {
      const due = dueNow();
      for (const held of due) {
        try {
          this.#keep(held, transition(held));
        } catch (error) {
          this.#postpone(held.id, error);
        }
      }
      return due.length;
    });
  }

  /** What `change` resolves with; `undefined` where it throws. Then the operation is postponed. */
  async #orPostpone<Result>(id: string, change: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await change();
    } catch (error) {
      await this.#commits.run(() => this.#postpone(id, error));
      return undefined;
    }
  }

  #postpone(id: string, error: unknown): void {
    writeLedgerFault(this.#platform.log, describeError(error), id);
    this.#store.postpone(id, Date.now() + postponedMs);
  }

  #sweep(): Promise<void> {
    return this.#inBatches(() => this.#store.deleteExpired(Date.now(), batch));
  }

  /** `change` changes a batch at most, and tells how many it was. */
  async #inBatches(change: () => number): Promise<void> {
    for (let left = changesPerAlarm; left > 0; left -= batch) {
      if ((await this.#commits.run(change)) < batch) return;
      await wait(pauseMs);
    }
  }

  /** As {@link #find}, for a caller who does not wait for ever. */
  async #findInTime(operation: Operation): Promise<LookupResult> {
    if (this.#calls.waitingOf(operation.keyName) >= maxWaitingOfKey) return lookupTimedOut;
    try {
      return await within(callerTimeoutMs, () => this.#find(operation));
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return lookupTimedOut;
    }
  }

  /** Looks for an operation's account, once for all who ask at the same time, and takes note of what is found. */
  #find(operation: Operation, beginUntilMs = Number.POSITIVE_INFINITY): Promise<LookupResult> {
    const { id, keyName } = operation;
    const begin = async () => {
      const beganAtMs = Date.now();
      if (beganAtMs > beginUntilMs) return lookupTimedOut;
      const field = operation.suspectedOf ?? undefined;
      const found = await findAccount(this.#plan, operation, this.#context(this.#plan), field);
      return this.#takeNote(operation, found, beganAtMs);
    };
    const finding = this.#finding.get(id) ?? this.#calls.run(keyName, begin).finally(() => this.#finding.delete(id));
    this.#finding.set(id, finding);
    return finding;
  }

  async #takeNote(sought: Operation, found: LookupAnswer, beganAtMs: number): Promise<LookupResult> {
    const settleWindowMs = this.#plan?.connection.settle_window_ms ?? 0;
    let result = conclude(this.#plan, sought, found, this.#isHeld(sought));
    await this.#change(sought.id, (held) => {
      result = conclude(this.#plan, held, found, this.#isHeld(held));
      return reconcile(held, { result, beganAtMs, settleWindowMs }, readClock());
    });
    return result;
  }

  #isHeld(operation: Operation): IsHeld {
    return (accountId) => {
      const holder = this.#store.holderOf(accountId, operation);
      return holder !== undefined && holder !== operation.id;
    };
  }

  /** Changes an operation, if it is still held and no other under its key, together with whatever else changes now. */
  #change(id: string, transition: (held: Operation) => Operation): Promise<Operation | undefined> {
    return this.#commits.run(() => {
      const held = this.#store.byId(id);
      return held === undefined ? undefined : this.#keep(held, transition(held));
    });
  }

  #keep(held: Operation | undefined, changed: Operation): Operation {
    if (changed === held) return changed;
    const operation = bounded(changed);
    this.#store.save(operation, held);
    if (held !== undefined) writeTransition(this.#platform.log, held, operation);
    this.#armFor(operation);
    return operation;
  }

  /** Nothing due is ever without an alarm; of several the earliest counts. The queue may be at work already. */
  #armFor(operation: Operation): void {
    if (operation.dueAtMs === null) return;
    if (operation.state === "queued") this.#queue.notice();
    const atMs = isFinal(operation)
      ? nextSweepMs(operation.dueAtMs)
      : operation.state === "queued"
        ? Math.max(operation.dueAtMs, this.#rateLimiter.readyAtMs(operation.keyName))
        : operation.dueAtMs;
    if (atMs >= this.#alarmAtMs) return;
    this.#alarmAtMs = atMs;
    void this.#platform.storage.setAlarm(atMs);
  }

  /** When there is something to do next; infinite where there is not. */
  #nextMs(): number {
    const expiryMs = this.#store.nextExpiryMs();
    const dueKeys = [...this.#store.dueKeys("sending"), ...this.#store.dueKeys("unknown")];
    const times = [
      ...dueKeys.map(({ dueAtMs }) => dueAtMs),
      this.#queue.nextMs(),
      this.#store.nextGiveUpMs(),
      expiryMs === null ? null : nextSweepMs(expiryMs),
    ];
    return Math.min(...times.filter((time) => time !== null));
  }

  async #arm(notBeforeMs = 0): Promise<void> {
    this.#alarmAtMs = Math.max(this.#nextMs(), notBeforeMs);
    if (Number.isFinite(this.#alarmAtMs)) await this.#platform.storage.setAlarm(this.#alarmAtMs);
    else await this.#platform.storage.deleteAlarm();
  }

  #context(plan: Plan | undefined): SendContext {
    return {
      fetch: this.#platform.fetch,
      now: Date.now,
      waitUntil: this.#platform.waitUntil,
      traceparent: childTraceparent(undefined),
      progress: newProgress(),
      untilMs: Date.now() + (plan === undefined ? 0 : leaseMsOf(plan)),
    };
  }
}

const lookupTimedOut: LookupResult = {
  kind: "unreadable",
  problem: { code: "vendor_unavailable", detail: "The vendor could not be asked for the account in time" },
  retryAfterMs: undefined,
};

const heldByAnother: StoredProblem = {
  code: "vendor_contract_violation",
  detail: "The vendor answered with the account of another operation",
};

/** Whether the reply to a create repeats the reference that was sent. */
function repeatsReference(plan: Plan | undefined, { fields }: CreatedAccount): boolean {
  const destination = plan && destinationOf(plan.adapter, "external_ref");
  return fields.some(({ to, confirmed }) => to === destination?.to && confirmed === true);
}

/** Why a lookup that proves nothing lets nothing be sent again. */
function obstacleIn(finding: LookupResult): LookupFailure | undefined {
  if (finding.kind === "unreadable") return { problem: finding.problem, retryAfterMs: finding.retryAfterMs };
  if (finding.kind !== "target_changed") return undefined;
  const detail = "The connection leads elsewhere than when the account was sent";
  return { problem: { code: "misconfigured", detail }, retryAfterMs: undefined };
}

/** Many expire at about the same time: they are swept together. */
function nextSweepMs(expiryMs: number): number {
  return Math.ceil(expiryMs / sweepIntervalMs) * sweepIntervalMs;
}

function isResolvedBy({ history, created }: Operation, judgement: Resolution): boolean {
  const last = history.at(-1);
  const isSaid = last?.reason === "resolved" && last.by === judgement.by && last.note === judgement.note;
  return isSaid && created?.account.id === judgement.created?.account.id;
}
