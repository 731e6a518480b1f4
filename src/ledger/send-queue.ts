/** Sends a ledger's queued operations, as fast as the connection's rate and the vendor allow. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { leaseMsOf } from "../vendor/exchange.ts";
import { probe } from "../vendor/look-up.ts";
import { send } from "../vendor/send.ts";
import { announcing, type SendContext } from "../vendor/send-context.ts";
import { moment } from "./clock.ts";
import { find, type Found, verdictAfterLookup } from "./find.ts";
import type { LedgerService } from "./ledger-service.ts";
import type { KeptProblem, Operation } from "./operation.ts";
import type { OperationStore } from "./operation-store.ts";
import type { Pace } from "./pace.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { claim, giveUp, postpone, strand } from "./transitions.ts";
import { notCreated } from "./verdict.ts";

/** How many one alarm sends, so that it ends in time for what is due next. */
const sendsPerAlarm = 50;

/** What a queue needs of its ledger. */
export interface QueueOwner {
  store: OperationStore;
  pace: Pace;
  /** `undefined` where the connection is out of use. */
  plan: Plan | undefined;
  contextOf: (plan: Plan) => SendContext;
  /** Makes a call to the vendor once there is a place for it. */
  call: <Result>(make: () => Promise<Result>) => Promise<Result>;
  /** Changes an operation, if it is known. */
  change: (id: string, transition: (held: Operation) => Operation) => Promise<Operation | undefined>;
  takeNote: (operation: Operation, found: Found, beganAtMs: number) => Promise<void>;
  settle: LedgerService["settle"];
  /** Resolves when all that was changed is on the disk. */
  sync: () => Promise<void>;
}

export class SendQueue {
  readonly #owner: QueueOwner;
  /** What last kept the queue from being sent. */
  #obstacle: KeptProblem = { code: "vendor_unavailable", detail: "Its turn to be sent did not come in time" };

  constructor(owner: QueueOwner) {
    this.#owner = owner;
  }

  /** `queued` → `not_created`, once its time is over. */
  giveUp(held: Operation): Operation {
    return giveUp(held, this.#obstacle, moment());
  }

  async sendDue(): Promise<void> {
    const { store, pace, plan, call, contextOf } = this.#owner;
    const { nowMs } = moment();
    const due = store.due("queued", nowMs, Math.min(pace.allowance(nowMs), sendsPerAlarm));
    if (due.length === 0) return;
    if (plan === undefined) return this.#pause(due, { code: "misconfigured" }, undefined);
    const sendable = await this.#withoutStray(plan, due);
    if (sendable.length === 0) return;
    if (!pace.isFresh(nowMs)) {
      const failure = await call(() => probe(plan, contextOf(plan)));
      if (failure !== undefined) {
        const { problem, retryAfterMs } = notCreated(plan, failure);
        return this.#pause(sendable, problem, retryAfterMs);
      }
      pace.answered(Date.now());
    }
    await Promise.all(sendable.map((operation) => call(() => this.#sendOne(plan, operation))));
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
    if (!this.#mayBegin()) return;
    const { id, keyDigest } = operation;
    if (operation.wasSent) {
      const beganAtMs = Date.now();
      const found = await find(plan, operation, contextOf(plan));
      if (found.kind === "unreadable") return this.#pause([operation], found.problem, found.retryAfterMs);
      await takeNote(operation, found, beganAtMs);
      if (!this.#mayBegin()) return;
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
    if (verdict.kind === "unknown") pace.pause(undefined, moment());
    if (verdict.kind === "not_created") pace.pause(verdict.retryAfterMs, moment());
    await settle({ keyDigest, nonce, verdict });
  }

  /** What others have met since this one was due holds for it too. */
  #mayBegin(): boolean {
    const { pace } = this.#owner;
    const { nowMs } = moment();
    return !pace.isPaused(nowMs) && pace.isFresh(nowMs);
  }
}
