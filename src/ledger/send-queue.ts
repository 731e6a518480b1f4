/** Sends a ledger's queued operations, as fast as the connection's rate and the vendor allow. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { leaseMsOf } from "../vendor/exchange.ts";
import { probe } from "../vendor/look-up.ts";
import { send } from "../vendor/send.ts";
import { announcing, type SendContext } from "../vendor/send-context.ts";
import type { CallSlots } from "./call-slots.ts";
import { moment } from "./clock.ts";
import { find, verdictAfterLookup } from "./find.ts";
import type { LedgerService } from "./ledger-service.ts";
import type { Found } from "./lookup-result.ts";
import type { KeptProblem, Operation } from "./operation.ts";
import type { OperationStore } from "./operation-store.ts";
import type { Pace } from "./pace.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { claim, giveUp, postpone, strand } from "./transitions.ts";
import { Turns } from "./turns.ts";
import { notCreated } from "./verdict.ts";

/** How many one alarm sends, so that it ends in time for what is due next. */
const sendsPerAlarm = 50;
/** The longest pause after refusals, which prove that no account was created: short, as each refusal may be one body's. */
const maxRefusalPauseMs = 30_000;
/** The longest pause after unknown outcomes: each may end in a person's review. */
const maxUnknownPauseMs = 300_000;

/** What a queue needs of its ledger. */
export interface QueueOwner {
  store: OperationStore;
  pace: Pace;
  /** `undefined` where the connection is out of use. */
  plan: Plan | undefined;
  contextOf: (plan: Plan) => SendContext;
  calls: CallSlots;
  /** Changes an operation, if it is known. */
  change: (id: string, transition: (held: Operation) => Operation) => Promise<Operation | undefined>;
  takeNote: (operation: Operation, found: Found, beganAtMs: number) => Promise<void>;
  settle: LedgerService["settle"];
  /** Resolves when all that was changed is on the disk. */
  sync: () => Promise<void>;
}

export class SendQueue {
  readonly #owner: QueueOwner;
  readonly #turns = new Turns();
  /** What last kept the queue from being sent. */
  #obstacle: KeptProblem = { code: "vendor_unavailable", detail: "Its turn to be sent did not come in time" };

  constructor(owner: QueueOwner) {
    this.#owner = owner;
  }

  /** `queued` → `not_created`, once its time is over. */
  giveUp(held: Operation): Operation {
    return giveUp(held, this.#obstacle, moment());
  }

  /** When the next operation is due and may be sent; infinite where none is queued. */
  nextMs(): number {
    const { store, pace } = this.#owner;
    const times = store.dueKeys("queued").map(({ keyName, dueAtMs }) => Math.max(dueAtMs, pace.opensForAtMs(keyName)));
    return Math.min(...times);
  }

  async sendDue(): Promise<void> {
    const { pace, plan, calls, contextOf } = this.#owner;
    const { nowMs } = moment();
    const due = this.#pick(nowMs);
    if (due.length === 0) return;
    if (plan === undefined) return this.#pause(due, { code: "misconfigured" }, undefined);
    const sendable = await this.#withoutStray(plan, due);
    const [first] = sendable;
    if (first === undefined) return;
    if (!pace.isFresh(nowMs)) {
      const failure = await calls.run(first.keyName, () => probe(plan, contextOf(plan)));
      if (failure !== undefined) {
        const { problem, retryAfterMs } = notCreated(plan, failure);
        return this.#pause(sendable, problem, retryAfterMs);
      }
      pace.answered(Date.now());
    }
    const sends = sendable.map((operation) => calls.run(operation.keyName, () => this.#sendOne(plan, operation)));
    await Promise.all(sends);
  }

  /** As many as may be sent now, of each key in turn. */
  #pick(nowMs: number): Operation[] {
    const { store, pace } = this.#owner;
    const limit = Math.min(pace.allowance(nowMs), sendsPerAlarm);
    if (limit === 0) return [];
    const queues = store
      .dueKeys("queued")
      .filter(({ keyName, dueAtMs }) => Math.max(dueAtMs, pace.opensForAtMs(keyName)) <= nowMs)
      .map(({ keyName }) => ({ keyName, items: this.#dueOf(keyName, nowMs, limit) }));
    return store.readDue(this.#turns.take(queues, limit), nowMs);
  }

  /**
   * A key's operations that are due. After a failure one alone is tried, from the two ends of its queue by turns: so
   * neither a long row of operations that the vendor refuses nor a stream of new ones keeps the others from their turn.
   */
  #dueOf(keyName: string, nowMs: number, limit: number): string[] {
    const { store, pace } = this.#owner;
    const failures = pace.failuresOf(keyName);
    return store.dueIds({
      state: "queued",
      keyName,
      nowMs,
      limit: failures === 0 ? limit : 1,
      order: failures % 2 === 0 ? "longest_due" : "newest",
    });
  }

  /** Those that can be sent: the connection leads where it led when they were queued. */
  async #withoutStray(plan: Plan, due: readonly Operation[]): Promise<Operation[]> {
    const target = targetOf(plan);
    const stray = due.filter((operation) => !isSameTarget(target, operation));
    await Promise.all(stray.map(({ id }) => this.#owner.change(id, (held) => strand(held, moment()))));
    return due.filter((operation) => isSameTarget(target, operation));
  }

  async #pause(due: readonly Operation[], problem: KeptProblem, retryAfterMs: number | undefined): Promise<void> {
    const { pace, change } = this.#owner;
    pace.pause(retryAfterMs, moment());
    this.#obstacle = problem;
    await Promise.all(due.map(({ id }) => change(id, (held) => postpone(held, problem, retryAfterMs, moment()))));
  }

  async #sendOne(plan: Plan, operation: Operation): Promise<void> {
    const { pace, change, takeNote, settle, sync, contextOf } = this.#owner;
    const { id, keyDigest, keyName } = operation;
    if (!pace.mayBegin(keyName, Date.now())) return;
    const failuresBefore = pace.failuresOf(keyName);
    const failed = (retryAfterMs: number | undefined, maxPauseMs: number) =>
      pace.failed({ keyName, operationId: id, failuresBefore, retryAfterMs, maxPauseMs }, moment());
    if (operation.wasSent) {
      const beganAtMs = Date.now();
      const found = await find(plan, operation, contextOf(plan));
      if (found.kind === "unreadable") {
        const { problem, retryAfterMs } = found;
        failed(retryAfterMs, maxRefusalPauseMs);
        await change(id, (held) => postpone(held, problem, retryAfterMs, moment()));
        return;
      }
      await takeNote(operation, found, beganAtMs);
      if (!pace.mayBegin(keyName, Date.now())) return;
    }
    const nonce = crypto.randomUUID();
    const leaseMs = leaseMsOf(plan);
    const untilMs = Date.now() + leaseMs;
    const claimed = await change(id, (held) => {
      const kept = this.giveUp(held);
      return kept.state === "queued" ? claim(kept, nonce, leaseMs, moment()) : kept;
    });
    if (claimed?.nonce !== nonce || claimed.sendable === null) return;
    // What is not on the disk could be sent again after a crash.
    await sync();
    const context = announcing(contextOf(plan), ({ url }) => {
      if (url === plan.url) pace.begin(Date.now());
    });
    const bounded = { ...context, untilMs };
    const sent = await send(plan, claimed.sendable, bounded);
    const verdict = await verdictAfterLookup(plan, claimed, sent, bounded);
    // Before anything else is sent into the same trouble.
    if (verdict.kind === "unknown") failed(undefined, maxUnknownPauseMs);
    if (verdict.kind === "not_created") failed(verdict.retryAfterMs, maxRefusalPauseMs);
    await settle({ keyDigest, nonce, verdict });
  }
}
