/** Sends a ledger's queued operations, as fast as the connection's rate and the vendor allow. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { probe } from "../vendor-client/look-up.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import type { SendContext } from "../vendor-client/context.ts";
import { wait } from "../time.ts";
import type { CallSlots } from "./call-slots.ts";
import { readClock } from "./clock.ts";
import { findAccount, outcomeAfterLookup } from "./find.ts";
import type { LedgerService } from "./ledger-service.ts";
import type { LookupAnswer } from "./lookup-result.ts";
import type { StoredProblem, Operation } from "./operation.ts";
import type { OperationStore } from "./operation-store.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { claim, giveUp, postpone, failRetargeted } from "./transitions.ts";
import { Turns } from "./turns.ts";
import { notCreated } from "./verdict.ts";

/** How many one alarm sends, and for how long it begins new ones, so that it ends in time for what is due next. */
const sendsPerAlarm = 50;
const sendsBeginMs = 10_000;
/** How many sends of a key may be under way or wait for a connection. */
const maxAtOnceOfKey = 5;
/** While sends are under way, the queue is looked at this often at the least. */
const maxWaitMs = 1_000;
/** The longest pause after refusals, which prove that no account was created: short, as each refusal may be one body's. */
const maxRefusalPauseMs = 30_000;
/** The longest pause after unknown outcomes: each may end in a person's review. */
const maxUnknownPauseMs = 300_000;

/** What a queue needs of its ledger. */
export interface QueueOwner {
  store: OperationStore;
  rateLimiter: RateLimiter;
  /** `undefined` where the connection is out of use. */
  plan: Plan | undefined;
  contextOf: (plan: Plan) => SendContext;
  calls: CallSlots;
  /** Does work for an operation. If it throws, the operation is postponed. */
  orPostpone: (id: string, work: () => Promise<void>) => Promise<void | undefined>;
  /** Changes an operation, if it is known. */
  change: (id: string, transition: (held: Operation) => Operation) => Promise<Operation | undefined>;
  recordLookup: (operation: Operation, found: LookupAnswer, beganAtMs: number) => Promise<void>;
  settle: LedgerService["settle"];
  /** Resolves when all that was changed is on the disk. */
  sync: () => Promise<void>;
}

interface Sending {
  keyName: string;
  /** `waiting` for a connection or its lookup; `claimed`: about to leave for the vendor. */
  phase: "waiting" | "claimed" | "left";
}

/** The probe is no key's call: it waits behind none. */
const probeCalls = "";

export class SendQueue {
  readonly #owner: QueueOwner;
  readonly #turns = new Turns();
  /** By operation: what is under way, or waits for a connection. */
  readonly #sending = new Map<string, Sending>();
  /** The same, to wait for; none of them rejects. */
  readonly #running = new Set<Promise<void>>();
  #noticed = Promise.withResolvers<void>();
  /** What last kept the queue from being sent. */
  #obstacle: StoredProblem = { code: "vendor_unavailable", detail: "Its turn to be sent did not come in time" };

  constructor(owner: QueueOwner) {
    this.#owner = owner;
  }

  /** `queued` → `not_created`, once its time is over. */
  giveUp(held: Operation): Operation {
    return giveUp(held, this.#obstacle, readClock());
  }

  /** When the next operation is due and may be sent; infinite where none is queued. */
  nextMs(): number {
    const { store, rateLimiter } = this.#owner;
    const times = store
      .dueKeys("queued")
      .map(({ keyName, dueAtMs }) => Math.max(dueAtMs, rateLimiter.readyAtMs(keyName)));
    return Math.min(...times);
  }

  /** An operation was queued. */
  notice(): void {
    this.#noticed.resolve();
    this.#noticed = Promise.withResolvers();
  }

  /** Sends what is due, and what becomes due while a send or `work` is under way: slow calls of one key delay no other. */
  async sendDuring(work: Promise<unknown>): Promise<void> {
    const beginUntilMs = Date.now() + sendsBeginMs;
    let isWorkOver = false;
    const workOver = work.finally(() => (isWorkOver = true));
    for (let left = sendsPerAlarm; ;) {
      const noticed = this.#noticed.promise;
      const mayBegin = left > 0 && Date.now() <= beginUntilMs;
      const begun = mayBegin ? await this.#begin(left) : 0;
      left -= begun;
      if (begun > 0) continue;
      // The next alarm goes on while the slow sends of this one end.
      if (isWorkOver && (!mayBegin || this.#running.size === 0)) return;
      const waitMs = Math.max(this.nextMs() - Date.now(), 0) || maxWaitMs;
      const timer = wait(Math.min(waitMs, maxWaitMs));
      await Promise.race([...this.#running, ...(isWorkOver ? [] : [workOver]), noticed, timer]);
    }
  }

  /** Begins to send what is due, `limit` operations at most. Resolves with their number. */
  async #begin(limit: number): Promise<number> {
    const { rateLimiter, plan, calls, contextOf } = this.#owner;
    const { nowMs } = readClock();
    const due = this.#pick(nowMs, limit);
    if (due.length === 0) return 0;
    if (plan === undefined) {
      await this.#pause(due, { code: "misconfigured" }, undefined);
      return 0;
    }
    const sendable = await this.#withoutStray(plan, due);
    if (sendable.length > 0 && !rateLimiter.isFresh(nowMs)) {
      const failure = await calls.run(probeCalls, () => probe(plan, contextOf(plan)));
      if (failure !== undefined) {
        const { problem, retryAfterMs } = notCreated(plan, failure);
        await this.#pause(sendable, problem, retryAfterMs);
        return 0;
      }
      rateLimiter.recordAnswer(Date.now());
    }
    for (const operation of sendable) {
      const end = () => void this.#running.delete(ended);
      // A fault was logged, and the operation is due again.
      const ended: Promise<void> = this.#send(plan, operation).then(end, end);
      this.#running.add(ended);
    }
    return sendable.length;
  }

  async #send(plan: Plan, operation: Operation): Promise<void> {
    const { calls, orPostpone } = this.#owner;
    const { id, keyName } = operation;
    const sending: Sending = { keyName, phase: "waiting" };
    this.#sending.set(id, sending);
    try {
      await orPostpone(id, () => calls.run(keyName, () => this.#sendOne(plan, operation, sending)));
    } finally {
      this.#sending.delete(id);
    }
  }

  /** How many more operations may leave for the vendor now. */
  #allowance(nowMs: number): number {
    const { rateLimiter } = this.#owner;
    const phases = [...this.#sending.values()].map(({ phase }) => phase);
    if (rateLimiter.isVendorSuspect && phases.some((phase) => phase !== "waiting")) return 0;
    return rateLimiter.allowedNow(nowMs) - phases.filter((phase) => phase === "claimed").length;
  }

  /** As many as may be sent now, of each key in turn. */
  #pick(nowMs: number, most: number): Operation[] {
    const { store, rateLimiter } = this.#owner;
    const limit = Math.min(this.#allowance(nowMs), most);
    if (limit <= 0) return [];
    const queues = store
      .dueKeys("queued")
      .filter(({ keyName, dueAtMs }) => Math.max(dueAtMs, rateLimiter.readyAtMs(keyName)) <= nowMs)
      .map(({ keyName }) => ({ keyName, items: this.#dueOf(keyName, nowMs, limit) }));
    return store.readDue(this.#turns.take(queues, limit), nowMs);
  }

  /**
   * A key's operations that are due. After a failure one alone is tried, from the two ends of its queue by turns: so
   * neither a long row of operations that the vendor refuses nor a stream of new ones keeps the others from their turn.
   */
  #dueOf(keyName: string, nowMs: number, limit: number): string[] {
    const { store, rateLimiter } = this.#owner;
    const failures = rateLimiter.failureCountOf(keyName);
    const atOnce = failures === 0 ? maxAtOnceOfKey : 1;
    const sending = [...this.#sending.values()].filter((each) => each.keyName === keyName).length;
    const places = Math.min(limit, atOnce - sending);
    if (places <= 0) return [];
    const order = failures % 2 === 0 ? "longest_due" : "newest";
    // What is about to be sent is still queued.
    const ids = store.dueIds({ state: "queued", keyName, nowMs, limit: places + sending, order });
    return ids.filter((id) => !this.#sending.has(id)).slice(0, places);
  }

  /** Those that can be sent: the connection leads where it led when they were queued. */
  async #withoutStray(plan: Plan, due: readonly Operation[]): Promise<Operation[]> {
    const target = targetOf(plan);
    const stray = due.filter((operation) => !isSameTarget(target, operation));
    await Promise.all(stray.map(({ id }) => this.#owner.change(id, (held) => failRetargeted(held, readClock()))));
    return due.filter((operation) => isSameTarget(target, operation));
  }

  async #pause(due: readonly Operation[], problem: StoredProblem, retryAfterMs: number | undefined): Promise<void> {
    const { rateLimiter, change } = this.#owner;
    rateLimiter.recordProbeFailure(retryAfterMs, readClock());
    this.#obstacle = problem;
    await Promise.all(due.map(({ id }) => change(id, (held) => postpone(held, problem, retryAfterMs, readClock()))));
  }

  async #sendOne(plan: Plan, operation: Operation, sending: Sending): Promise<void> {
    const { rateLimiter, change, recordLookup, settle, sync, contextOf } = this.#owner;
    const { id, keyDigest, keyName } = operation;
    if (!rateLimiter.maySend(keyName, Date.now())) return;
    const failuresBefore = rateLimiter.failureCountOf(keyName);
    const failed = (retryAfterMs: number | undefined, maxPauseMs: number) =>
      rateLimiter.recordFailure({ keyName, operationId: id, failuresBefore, retryAfterMs, maxPauseMs }, readClock());
    if (operation.wasSent) {
      const beganAtMs = Date.now();
      const found = await findAccount(plan, operation, contextOf(plan));
      if (found.kind === "unreadable") {
        const { problem, retryAfterMs } = found;
        failed(retryAfterMs, maxRefusalPauseMs);
        await change(id, (held) => postpone(held, problem, retryAfterMs, readClock()));
        return;
      }
      await recordLookup(operation, found, beganAtMs);
      // The vendor has just answered this, whatever it answers others.
      if (Date.now() < rateLimiter.readyAtMs(keyName)) return;
    }
    if (this.#allowance(Date.now()) <= 0) return;
    sending.phase = "claimed";
    const nonce = crypto.randomUUID();
    const leaseMs = leaseMsOf(plan);
    const untilMs = Date.now() + leaseMs;
    const claimed = await change(id, (held) => {
      const kept = this.giveUp(held);
      return kept.state === "queued" ? claim(kept, nonce, leaseMs, readClock()) : kept;
    });
    if (claimed?.nonce !== nonce || claimed.sendable === null) return;
    // What is not on the disk could be sent again after a crash.
    await sync();
    const onSend = () => {
      sending.phase = "left";
      rateLimiter.recordSend(Date.now());
    };
    const context = { ...contextOf(plan), untilMs, onSend };
    const outcome = await sendAccount(plan, claimed.sendable, context);
    const verdict = await outcomeAfterLookup(plan, claimed, outcome, context);
    // Before anything else is sent into the same trouble.
    if (verdict.kind === "unknown") failed(undefined, maxUnknownPauseMs);
    if (verdict.kind === "not_created")
      failed(verdict.retryAfterMs, verdict.cause === "foreign" ? maxUnknownPauseMs : maxRefusalPauseMs);
    await settle({ keyDigest, nonce, verdict });
  }
}
