/** Sends the ledger's queued operations, as fast as the connection's rate and the vendor allow. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { wait } from "../time.ts";
import { probe } from "../vendor-client/look-up.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import { Turns } from "./fair-share.ts";
import { findAccount, recordFailure, recordOutcome } from "./find-account.ts";
import { type Journal, readClock } from "./journal.ts";
import { isSameTarget, type Operation, type StoredProblem, targetOf } from "./operation.ts";
import type { Reconciler, VendorAccess } from "./reconciler.ts";
import { claim, failRetargeted, giveUp, postpone } from "./transitions.ts";

/** How many operations one alarm sends, and for how long it starts new sends, so that it ends in time. */
const sendsPerAlarm = 50;
const startWithinMs = 10_000;
/** How many sends of one key may run or wait for a connection. */
const maxSendsPerKey = 5;
/** While sends run, the queue checks for new work at least this often. */
const maxWaitMs = 1_000;
/** The longest pause after refusals. It is short: a refusal creates nothing, and may concern one body only. */
const maxRefusalPauseMs = 30_000;
/** The longest pause after unknown outcomes, each of which may need a person. */
const maxUnknownPauseMs = 300_000;

interface Sending {
  keyName: string;
  /** `waiting`: for a connection or a lookup. `claimed`: about to leave. `left`: on its way to the vendor. */
  phase: "waiting" | "claimed" | "left";
}

/** The probe belongs to no key, so it waits behind no key's calls. */
const probeKeyName = "";

export class SendQueue {
  readonly #journal: Journal;
  readonly #reconciler: Reconciler;
  readonly #vendor: VendorAccess;
  readonly #turns = new Turns();
  /** By operation: the sends that run or wait for a connection. */
  readonly #sending = new Map<string, Sending>();
  /** The same sends, to wait for. None rejects. */
  readonly #running = new Set<Promise<void>>();
  /** The last reason why nothing could be sent. */
  #lastProblem: StoredProblem = { code: "vendor_unavailable", detail: "The queue did not reach it in time" };

  constructor(journal: Journal, reconciler: Reconciler, vendor: VendorAccess) {
    this.#journal = journal;
    this.#reconciler = reconciler;
    this.#vendor = vendor;
  }

  /** `queued` → `not_created`, once `giveUpAtMs` has passed. */
  giveUp(stored: Operation): Operation {
    return giveUp(stored, this.#lastProblem, readClock());
  }

  /** Sends what is due until `work` and the queue are done. Slow calls of one key delay no other key. */
  async sendDuring(work: Promise<unknown>): Promise<void> {
    const startUntilMs = Date.now() + startWithinMs;
    let isWorkDone = false;
    const workDone = work.finally(() => (isWorkDone = true));
    for (let left = sendsPerAlarm; ;) {
      const queued = this.#journal.nextQueued();
      const mayStart = left > 0 && Date.now() <= startUntilMs;
      const started = mayStart ? await this.#startSends(left) : 0;
      left -= started;
      if (started > 0) continue;
      // The next alarm may begin while the slow sends of this one still run.
      if (isWorkDone && (!mayStart || this.#running.size === 0)) return;
      const waitMs = Math.max(this.#journal.nextSendMs() - Date.now(), 0) || maxWaitMs;
      const timer = wait(Math.min(waitMs, maxWaitMs));
      await Promise.race([...this.#running, ...(isWorkDone ? [] : [workDone]), queued, timer]);
    }
  }

  /** Starts to send up to `limit` operations that are due. Resolves with their number. */
  async #startSends(limit: number): Promise<number> {
    const { plan, rateLimiter, calls, newContext } = this.#vendor;
    const nowMs = Date.now();
    const due = this.#pick(nowMs, limit);
    if (due.length === 0) return 0;
    if (plan === undefined) {
      await this.#pause(due, { code: "misconfigured" }, undefined);
      return 0;
    }
    const sendable = await this.#failRetargeted(plan, due);
    if (sendable.length > 0 && !rateLimiter.answeredRecently(nowMs)) {
      const failure = await calls.run(probeKeyName, () => probe(plan, newContext()));
      if (failure !== undefined) {
        const { problem, retryAfterMs } = recordFailure(plan, failure);
        await this.#pause(sendable, problem, retryAfterMs);
        return 0;
      }
      rateLimiter.recordAnswer(Date.now());
    }
    for (const operation of sendable) {
      const end = () => void this.#running.delete(ended);
      // If the send failed, the fault is logged and the operation is due again.
      const ended: Promise<void> = this.#startSend(plan, operation).then(end, end);
      this.#running.add(ended);
    }
    return sendable.length;
  }

  async #startSend(plan: Plan, operation: Operation): Promise<void> {
    const { id, keyName } = operation;
    const sending: Sending = { keyName, phase: "waiting" };
    this.#sending.set(id, sending);
    const send = () => this.#vendor.calls.run(keyName, () => this.#send(plan, operation, sending));
    try {
      await this.#journal.orPostpone(id, send);
    } finally {
      this.#sending.delete(id);
    }
  }

  /** How many more operations may leave for the vendor now. */
  #allowedNow(nowMs: number): number {
    const { rateLimiter } = this.#vendor;
    const phases = [...this.#sending.values()].map(({ phase }) => phase);
    if (rateLimiter.isVendorSuspect && phases.some((phase) => phase !== "waiting")) return 0;
    return rateLimiter.allowedNow(nowMs) - phases.filter((phase) => phase === "claimed").length;
  }

  /** The operations that may be sent now, each key in turn. */
  #pick(nowMs: number, max: number): Operation[] {
    const { store } = this.#journal;
    const { rateLimiter } = this.#vendor;
    const limit = Math.min(this.#allowedNow(nowMs), max);
    if (limit <= 0) return [];
    const queues = store
      .dueKeys("queued")
      .filter(({ keyName, dueAtMs }) => Math.max(dueAtMs, rateLimiter.readyAtMs(keyName)) <= nowMs)
      .map(({ keyName }) => ({ keyName, items: this.#dueIds(keyName, nowMs, limit) }));
    return store.readDue(this.#turns.take(queues, limit), nowMs);
  }

  /**
   * A key's operations that are due. After a failure only one is tried, alternately from each end of the key's queue: then
   * neither a series of operations that the vendor refuses nor a stream of new ones blocks the others.
   */
  #dueIds(keyName: string, nowMs: number, limit: number): string[] {
    const failures = this.#vendor.rateLimiter.failureCountOf(keyName);
    const maxSends = failures === 0 ? maxSendsPerKey : 1;
    const sending = [...this.#sending.values()].filter((each) => each.keyName === keyName).length;
    const free = Math.min(limit, maxSends - sending);
    if (free <= 0) return [];
    const order = failures % 2 === 0 ? "longest_due" : "newest";
    // An operation whose send waits for a connection is still `queued`.
    const ids = this.#journal.store.dueIds({ state: "queued", keyName, nowMs, limit: free + sending, order });
    return ids.filter((id) => !this.#sending.has(id)).slice(0, free);
  }

  /** Fails the operations that were queued for another target, and returns the others. */
  async #failRetargeted(plan: Plan, due: readonly Operation[]): Promise<Operation[]> {
    const target = targetOf(plan);
    const retargeted = due.filter((operation) => !isSameTarget(target, operation));
    await this.#changeAll(retargeted, (stored) => failRetargeted(stored, readClock()));
    return due.filter((operation) => isSameTarget(target, operation));
  }

  async #pause(due: readonly Operation[], problem: StoredProblem, retryAfterMs: number | undefined): Promise<void> {
    this.#vendor.rateLimiter.recordProbeFailure(retryAfterMs, readClock());
    this.#lastProblem = problem;
    await this.#changeAll(due, (stored) => postpone(stored, problem, retryAfterMs, readClock()));
  }

  async #changeAll(operations: readonly Operation[], transition: (stored: Operation) => Operation): Promise<void> {
    await Promise.all(operations.map(({ id }) => this.#journal.changeOrPostpone(id, transition)));
  }

  async #send(plan: Plan, operation: Operation, sending: Sending): Promise<void> {
    const { rateLimiter, newContext } = this.#vendor;
    const { id, keyDigest, keyName } = operation;
    if (!rateLimiter.maySend(keyName, Date.now())) return;
    const failuresBefore = rateLimiter.failureCountOf(keyName);
    const fail = (retryAfterMs: number | undefined, maxPauseMs: number) =>
      rateLimiter.recordFailure({ keyName, operationId: id, failuresBefore, retryAfterMs, maxPauseMs }, readClock());
    if (operation.mayHaveCreated) {
      const beganAtMs = Date.now();
      const answer = await findAccount(plan, operation, newContext());
      if (answer.kind === "unreadable") {
        const { problem, retryAfterMs } = answer;
        fail(retryAfterMs, maxRefusalPauseMs);
        await this.#journal.changeOrPostpone(id, (stored) => postpone(stored, problem, retryAfterMs, readClock()));
        return;
      }
      await this.#reconciler.recordLookup(operation, answer, beganAtMs);
      // Another send may have failed during the lookup.
      if (Date.now() < rateLimiter.readyAtMs(keyName)) return;
    }
    if (this.#allowedNow(Date.now()) <= 0) return;
    sending.phase = "claimed";
    const nonce = crypto.randomUUID();
    const leaseMs = leaseMsOf(plan);
    const deadlineMs = Date.now() + leaseMs;
    const claimed = await this.#journal.changeOrPostpone(id, (stored) => {
      const kept = this.giveUp(stored);
      return kept.state === "queued" ? claim(kept, nonce, leaseMs, readClock()) : kept;
    });
    if (claimed?.nonce !== nonce || claimed.sendable === null) return;
    // A claim that is not on the disk would be lost in a crash, and the account sent again.
    await this.#journal.sync();
    const onSend = () => {
      sending.phase = "left";
      rateLimiter.recordSend(Date.now());
    };
    const context = { ...newContext(), deadlineMs, onSend };
    const sent = await sendAccount(plan, claimed.sendable, context);
    const outcome = await recordOutcome(plan, claimed, sent, context);
    // Record a failure before other sends of the queue begin.
    if (outcome.kind === "unknown") fail(undefined, maxUnknownPauseMs);
    if (outcome.kind === "not_created")
      fail(outcome.retryAfterMs, outcome.cause === "foreign" ? maxUnknownPauseMs : maxRefusalPauseMs);
    await this.#reconciler.settle({ keyDigest, nonce, outcome });
  }
}
