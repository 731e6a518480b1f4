/** The ledger of one connection. It answers the Worker's calls, and its alarm continues the open operations. */
import { readId } from "../../adapters/engine/decode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { describeError, type LogSink, writeLedgerFault } from "../log.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { childTraceparent, type VendorContext } from "../vendor-client/context.ts";
import { newProgress } from "../progress.ts";
import {
  type ClaimRequest,
  type ClaimResult,
  decideClaim,
  type LookupBeforeClaim,
  type LookupFailure,
} from "./claim.ts";
import { CallSlots } from "./fair-share.ts";
import { batchSize, type Commits, Journal, type LedgerStorage, readClock } from "./journal.ts";
import type { Operation } from "./operation.ts";
import type { ListQuery, OperationStore, Page } from "./operation-store.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { candidateKey, type LookupResult } from "./reconcile.ts";
import { Reconciler } from "./reconciler.ts";
import {
  type LedgerService,
  type ResolveAnswer,
  type ResolveRequest,
  type SettleRequest,
  claimResultText,
  settledText,
} from "./rpc.ts";
import { SendQueue } from "./send-queue.ts";
import { expire, type Resolution, resolve } from "./transitions.ts";

/** The platform allows an object six open connections. No key gets all six, so that another key can always call. */
const callLimits = { max: 6, maxPerKey: 5 };
/**
 * How many operations of one key may be queued. If the vendor refuses all of them, the queue still tries one about
 * every 30 s. Every other try takes the operation that has been due longest. So the queue tries each operation before
 * it gives up after 24 hours.
 */
const maxQueuedPerKey = 1000;
/** The shortest pause before the next alarm if this alarm had a fault. */
const afterFaultMs = 5_000;

/** What a ledger needs from its platform: a Durable Object, or a replacement in a test. */
export interface LedgerPlatform {
  store: OperationStore;
  commits: Commits;
  storage: LedgerStorage;
  /** `undefined` if configuration faults disable the connection. */
  plan: Plan | undefined;
  fetch: VendorContext["fetch"];
  waitUntil: VendorContext["waitUntil"];
  log: LogSink;
}

export class Ledger implements LedgerService {
  readonly #plan: Plan | undefined;
  readonly #log: LogSink;
  readonly #journal: Journal;
  readonly #reconciler: Reconciler;
  readonly #queue: SendQueue;

  constructor({ store, commits, storage, plan, fetch, waitUntil, log }: LedgerPlatform) {
    const rateLimiter = new RateLimiter(plan?.connection.rate_per_s ?? 1);
    const leaseMs = plan === undefined ? 0 : leaseMsOf(plan);
    const newContext = (): VendorContext => ({
      fetch,
      now: Date.now,
      waitUntil,
      traceparent: childTraceparent(undefined),
      progress: newProgress(),
      deadlineMs: Date.now() + leaseMs,
    });
    const vendor = { plan, newContext, calls: new CallSlots(callLimits), rateLimiter };
    this.#plan = plan;
    this.#log = log;
    this.#journal = new Journal({ store, commits, storage, log, rateLimiter });
    this.#reconciler = new Reconciler(this.#journal, vendor);
    this.#queue = new SendQueue(this.#journal, this.#reconciler, vendor);
  }

  /** Call this before anything else. */
  wake(): Promise<void> {
    return this.#journal.wake();
  }

  /** Decides whether the caller may send, after a lookup if one is needed. Safe to repeat. */
  async claim(text: string): Promise<string> {
    const request: ClaimRequest = JSON.parse(text);
    return claimResultText(await this.#claim(request), request);
  }

  async #claim(request: ClaimRequest): Promise<ClaimResult> {
    const calledMs = Date.now();
    for (let lookup: LookupBeforeClaim | null = null; ;) {
      const { result, atMs } = await this.#journal.commit(() => this.#decide(request, lookup));
      // The caller's lease starts at its request, so add the time since the request.
      if (result.kind === "claimed") return { ...result, leaseMs: result.leaseMs + atMs - calledMs };
      if (result.kind !== "look_up") return result;
      lookup = { failure: failureOf(await this.#reconciler.lookUpForCaller(result.operation)) };
    }
  }

  #decide(request: ClaimRequest, lookup: LookupBeforeClaim | null) {
    const { store } = this.#journal;
    const stored = store.byKey(request.keyDigest);
    const now = readClock();
    const result = decideClaim(stored && this.#reconciler.limitRepeats(stored), request, now, lookup);
    const operation = operationOf(result);
    if (operation === undefined) return { result, atMs: now.nowMs };
    const quota = this.#exceededQuota(stored, operation);
    if (quota !== undefined) return { result: { kind: "over_quota" as const, quota }, atMs: now.nowMs };
    this.#journal.keep(stored, operation);
    return { result, atMs: now.nowMs };
  }

  /** Which quota of the gateway key the operation would exceed; `undefined` if none. */
  #exceededQuota(
    stored: Operation | undefined,
    { keyName, state, isRepeat }: Operation,
  ): "queue" | "operations" | undefined {
    const { store } = this.#journal;
    // A repeat is always accepted, because an answer about the quota would state that there is no account.
    const isNewInQueue = state === "queued" && stored?.state !== "queued" && !isRepeat;
    if (isNewInQueue && store.countQueued(keyName, maxQueuedPerKey) >= maxQueuedPerKey) return "queue";
    const max = this.#plan?.connection.operations_per_key ?? Number.POSITIVE_INFINITY;
    return stored === undefined && store.countOfKey(keyName) >= max ? "operations" : undefined;
  }

  /** Stores the outcome of an attempt. Safe to repeat. */
  async settle(text: string): Promise<string> {
    const request: SettleRequest = JSON.parse(text);
    return settledText(await this.#reconciler.settle(request), request);
  }

  async read(id: string): Promise<Operation | null> {
    return this.#journal.store.byId(id) ?? null;
  }

  async list(query: ListQuery): Promise<Page> {
    return this.#journal.store.list(query);
  }

  /** Applies a person's decision to an operation in review. Safe to repeat. */
  async resolve({ id, resolution }: ResolveRequest): Promise<ResolveAnswer> {
    return this.#journal.commit(() => {
      const stored = this.#journal.store.byId(id);
      if (stored !== undefined && isResolvedBy(stored, resolution)) return { kind: "resolved", operation: stored };
      if (stored?.state !== "needs_review") return { kind: "not_in_review" };
      const now = readClock();
      // Until the lease ends, the request may still reach the vendor, so no person can know that there is no account.
      const leftMs = stored.leaseEndsMs - now.nowMs;
      if (resolution.created === null && leftMs > 0) return { kind: "too_early", leftMs };
      const plan = this.#plan;
      const seen = stored.candidates.map((record) => candidateKey({ id: plan && readId(plan, record), record }));
      return { kind: "resolved", operation: this.#journal.keep(stored, resolve(stored, resolution, seen, now)) };
    });
  }

  /** The platform may run an alarm more than once, so everything here is safe to repeat. */
  async alarm(): Promise<void> {
    await this.#journal.beginAlarm();
    const { store } = this.#journal;
    const tasks = [
      this.#journal.changeEach(
        () => this.#journal.due("sending", batchSize),
        (stored) => expire(stored, readClock()),
      ),
      this.#reconciler.reconcileDue(),
      this.#journal.changeEach(
        () => store.pastDeadline(Date.now(), batchSize),
        (stored) => this.#queue.giveUp(stored),
      ),
      this.#journal.deleteExpired(),
    ];
    const sends = this.#queue.sendDuring(Promise.allSettled(tasks));
    const faults = (await Promise.allSettled([...tasks, sends])).filter((task) => task.status === "rejected");
    for (const { reason } of faults) writeLedgerFault(this.#log, describeError(reason));
    await this.#journal.arm(faults.length === 0 ? 0 : Date.now() + afterFaultMs);
  }
}

/** The operation to store for this result. */
function operationOf(result: ReturnType<typeof decideClaim>): Operation | undefined {
  switch (result.kind) {
    case "claimed":
    case "queued":
    case "found":
    case "held_back":
    case "look_up":
      return result.operation;
    case "reused":
    case "over_quota":
    case "none":
      return undefined;
  }
}

/** Why a lookup does not allow another send. */
function failureOf(result: LookupResult): LookupFailure | undefined {
  switch (result.kind) {
    case "unreadable":
      return { problem: result.problem, retryAfterMs: result.retryAfterMs };
    case "target_changed": {
      const detail = "The connection has changed its target since the account was sent";
      return { problem: { code: "misconfigured", detail }, retryAfterMs: undefined };
    }
    case "ours":
    case "taken":
    case "absent":
    case "candidates":
    case "no_lookup":
      return undefined;
  }
}

/** Whether the operation already has this decision, because the call was repeated. */
function isResolvedBy({ history, created }: Operation, { by, note, created: chosen }: Resolution): boolean {
  const last = history.at(-1);
  const isSameDecision = last?.reason === "resolved" && last.by === by && last.note === note;
  return isSameDecision && created?.account.id === chosen?.account.id;
}
