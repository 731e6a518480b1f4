/** Sends the ledger's queued operations as fast as `rate_per_s` and the vendor allow. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { sleep } from "../../schemas/sleep.ts";
import { probe } from "../vendor-client/look-up.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import { Turns } from "./fair-share.ts";
import { findAccount, recordFailure, recordOutcome } from "./find-account.ts";
import { type Journal, readClock } from "./journal.ts";
import { isSameTarget, type Operation, type StoredProblem, targetOf } from "./operation.ts";
import type { Reconciler, VendorAccess } from "./reconciler.ts";
import { claim, failRetargeted, giveUp, postpone } from "./transitions.ts";

/** The limits of one alarm, so that it ends in time: the number of sends, and the time in which it starts sends. */
const sendsPerAlarm = 50;
const startWithinMs = 10_000;
/** How many sends of one gateway key may run or wait for a slot. */
const maxSendsPerKey = 5;
/** While sends run, the queue checks for new work at least this often. */
const maxWaitMs = 1_000;
/** The longest pause after refusals. It is short, because a refusal creates nothing and may concern only one account. */
const maxRefusalPauseMs = 30_000;
/** The longest pause after unknown outcomes. It is long, because each of them may need a person. */
const maxUnknownPauseMs = 300_000;

/** Records a failed send in the rate limiter. */
type RecordFailure = (retryAfterMs: number | undefined, maxPauseMs: number) => void;

interface Sending {
  keyName: string;
  /** `waiting`: for a slot or a lookup. `claimed`: the rate limit allows the send. `left`: the request is on its way. */
  phase: "waiting" | "claimed" | "left";
}

/** No gateway key has this name, so a probe does not wait for the calls of a key. */
const probeKeyName = "";

export class SendQueue {
  readonly #journal: Journal;
  readonly #reconciler: Reconciler;
  readonly #vendor: VendorAccess;
  readonly #turns = new Turns();
  /** The sends that run or wait for a slot, by operation. */
  readonly #sending = new Map<string, Sending>();
  /** The promises of the sends in `#sending`. They never reject. */
  readonly #running = new Set<Promise<void>>();
  /** The cause of the latest pause. An operation without a problem gets this one when the queue gives up. */
  #lastProblem: StoredProblem = { code: "vendor_unavailable", detail: "The queue could not send the account in time" };

  constructor(journal: Journal, reconciler: Reconciler, vendor: VendorAccess) {
    this.#journal = journal;
    this.#reconciler = reconciler;
    this.#vendor = vendor;
  }

  /** `queued` → `not_created`, once `giveUpAtMs` has passed. */
  giveUp(stored: Operation): Operation {
    return giveUp(this.#reconciler.limitRepeats(stored), this.#lastProblem, readClock());
  }

  /** Sends due operations until `work` has ended and nothing can be sent now. Slow calls of a key do not delay other keys. */
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
      // If this alarm may start no more sends, do not wait for the slow ones: the next alarm may begin while they run.
      if (isWorkDone && (!mayStart || this.#running.size === 0)) return;
      const waitMs = Math.max(this.#journal.nextSendMs() - Date.now(), 0) || maxWaitMs;
      const timer = sleep(Math.min(waitMs, maxWaitMs));
      await Promise.race([...this.#running, ...(isWorkDone ? [] : [workDone]), queued, timer]);
    }
  }

  /** Starts the sends of up to `limit` due operations. Resolves with the number of sends. */
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
      // If a send throws, `orPostpone` has already logged the error.
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

  /** How many more operations may be sent now. */
  #allowedNow(nowMs: number): number {
    const { rateLimiter } = this.#vendor;
    const phases = [...this.#sending.values()].map(({ phase }) => phase);
    if (rateLimiter.isVendorSuspect && phases.some((phase) => phase !== "waiting")) return 0;
    return rateLimiter.allowedNow(nowMs) - phases.filter((phase) => phase === "claimed").length;
  }

  /** The operations that may be sent now. The keys take turns. */
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
   * The ids of a key's operations to send now. After a failure, the function returns only one id. The operation that
   * has been due longest and the newest one take turns. So refused operations do not block new ones, and new ones do
   * not block old ones.
   */
  #dueIds(keyName: string, nowMs: number, limit: number): string[] {
    const failures = this.#vendor.rateLimiter.failureCountOf(keyName);
    const maxSends = failures === 0 ? maxSendsPerKey : 1;
    const sending = [...this.#sending.values()].filter((each) => each.keyName === keyName).length;
    const free = Math.min(limit, maxSends - sending);
    if (free <= 0) return [];
    const order = failures % 2 === 0 ? "longest_due" : "newest";
    // An operation whose send waits for a slot is still `queued`, so the query may return it again.
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

  /** Postpones these operations and pauses the queue. */
  async #pause(due: readonly Operation[], problem: StoredProblem, retryAfterMs: number | undefined): Promise<void> {
    this.#vendor.rateLimiter.recordProbeFailure(retryAfterMs, readClock());
    this.#lastProblem = problem;
    await this.#changeAll(due, (stored) => postpone(stored, problem, retryAfterMs, readClock()));
  }

  async #changeAll(operations: readonly Operation[], transition: (stored: Operation) => Operation): Promise<void> {
    await Promise.all(operations.map(({ id }) => this.#journal.changeOrPostpone(id, transition)));
  }

  /** Sends one operation, after a lookup if an earlier send may have created its account. */
  async #send(plan: Plan, operation: Operation, sending: Sending): Promise<void> {
    const { rateLimiter } = this.#vendor;
    const { id, keyName } = operation;
    if (!rateLimiter.maySend(keyName, Date.now())) return;
    const failuresBefore = rateLimiter.failureCountOf(keyName);
    const fail: RecordFailure = (retryAfterMs, maxPauseMs) =>
      rateLimiter.recordFailure({ keyName, operationId: id, failuresBefore, retryAfterMs, maxPauseMs }, readClock());
    if (operation.mayHaveCreated && !operation.isRepeat) {
      if (!(await this.#lookUp(plan, operation, fail))) return;
      // Another send may have failed during the lookup.
      if (Date.now() < rateLimiter.readyAtMs(keyName)) return;
    }
    if (this.#allowedNow(Date.now()) <= 0) return;
    sending.phase = "claimed";
    const onSend = () => {
      sending.phase = "left";
      rateLimiter.recordSend(Date.now());
    };
    await this.#claimAndSend(plan, operation, onSend, fail);
  }

  /** Looks for the account and applies the result to the operation. Returns `false` if the lookup failed. */
  async #lookUp(plan: Plan, operation: Operation, fail: RecordFailure): Promise<boolean> {
    const beganAtMs = Date.now();
    const answer = await findAccount(plan, operation, this.#vendor.newContext());
    if (answer.kind === "unreadable") {
      const { problem, retryAfterMs } = answer;
      fail(retryAfterMs, maxRefusalPauseMs);
      await this.#journal.changeOrPostpone(operation.id, (stored) =>
        postpone(stored, problem, retryAfterMs, readClock()),
      );
      return false;
    }
    await this.#reconciler.recordLookup(operation, answer, beganAtMs);
    return true;
  }

  /** Sends the operation if it is still queued, and settles it. */
  async #claimAndSend(
    plan: Plan,
    { id, keyDigest }: Operation,
    onSend: () => void,
    fail: RecordFailure,
  ): Promise<void> {
    const nonce = crypto.randomUUID();
    const leaseMs = leaseMsOf(plan);
    const deadlineMs = Date.now() + leaseMs;
    const claimed = await this.#journal.changeOrPostpone(id, (stored) => {
      const kept = this.giveUp(stored);
      return kept.state === "queued" ? claim(kept, nonce, leaseMs, readClock()) : kept;
    });
    if (claimed?.nonce !== nonce || claimed.sendable === null) return;
    // Wait until the claim is on the disk. If a crash lost the claim, the queue would send the account again.
    await this.#journal.sync();
    const context = { ...this.#vendor.newContext(), deadlineMs, onSend };
    const sent = await sendAccount(plan, claimed.sendable, context);
    const outcome = await recordOutcome(plan, claimed, sent, context);
    // Record the failure before the queue starts other sends.
    if (outcome.kind === "unknown") fail(undefined, maxUnknownPauseMs);
    if (outcome.kind === "not_created")
      fail(outcome.retryAfterMs, outcome.cause === "foreign" ? maxUnknownPauseMs : maxRefusalPauseMs);
    await this.#reconciler.settle({ keyDigest, nonce, outcome });
  }
}
