/** Settles operations: from the outcome of an attempt, and from what the vendor shows of the account. */
import { destinationOf } from "../../adapters/engine/adapter.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { isTimeout, within } from "../time.ts";
import type { SendContext } from "../vendor-client/context.ts";
import type { CallSlots } from "./fair-share.ts";
import { findAccount } from "./find-account.ts";
import { type Journal, readClock } from "./journal.ts";
import type { CreatedAccount, LookupAnswer, Operation, RecordedOutcome, StoredProblem } from "./operation.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { interpretAnswer, type LookupResult, reconcile, showsAnother } from "./reconcile.ts";
import type { SettleRequest } from "./rpc.ts";
import { settle } from "./transitions.ts";

/** How many lookups of one key may wait for a connection. A caller beyond that is told to retry. */
const maxWaitingPerKey = 100;
/** How long a caller waits for a lookup. */
const callerTimeoutMs = 10_000;
/** How many lookups one alarm starts. */
const lookupsPerAlarm = 25;
/** A lookup that has not started by then is left to the next alarm, so that this alarm ends in time. */
const startWithinMs = 10_000;

export interface VendorAccess {
  /** `undefined` if the connection's configuration has faults. */
  plan: Plan | undefined;
  /** A context for one request, with a new deadline. */
  newContext: () => SendContext;
  calls: CallSlots;
  rateLimiter: RateLimiter;
}

export class Reconciler {
  readonly #journal: Journal;
  readonly #vendor: VendorAccess;
  /** By operation: concurrent callers share a lookup. */
  readonly #lookups = new Map<string, Promise<LookupResult>>();

  constructor(journal: Journal, vendor: VendorAccess) {
    this.#journal = journal;
    this.#vendor = vendor;
  }

  /** Stores the outcome of an attempt; `null` if the ledger does not know the attempt. Safe to repeat. */
  async settle({ keyDigest, nonce, outcome }: SettleRequest): Promise<Operation | null> {
    const settled = await this.#journal.commit(() => {
      const held = this.#journal.store.byKey(keyDigest);
      return held === undefined ? null : this.#journal.keep(held, this.#settled(held, nonce, outcome));
    });
    const { rateLimiter } = this.#vendor;
    if (outcome.kind !== "created" && outcome.kind !== "rejected") rateLimiter.markSuspect();
    else if (settled !== null) rateLimiter.markHealthy(settled.keyName, Date.now());
    return settled;
  }

  #settled(held: Operation, nonce: string, outcome: RecordedOutcome): Operation {
    const now = readClock();
    const { plan } = this.#vendor;
    const isHeld = this.#journal.heldByAnother(held);
    if (outcome.kind === "created") {
      // Another operation has this account, and the reply does not repeat the reference that was sent.
      const isOurs = !isHeld(outcome.account.id) || repeatsReference(plan, outcome);
      return settle(held, nonce, isOurs ? outcome : { kind: "unknown", problem: heldByAnother }, now);
    }
    if (outcome.kind === "unknown") return settle(held, nonce, outcome, now);
    const { lookup } = outcome;
    const result = lookup === undefined ? undefined : interpretAnswer(plan, held, lookup, isHeld);
    if (result?.kind === "ours") return reconcile(held, { result, beganAtMs: now.nowMs, settleWindowMs: 0 }, now);
    // A rejection that may be about our own account counts only if the lookup shows the account that the vendor means.
    const mayBeOurs =
      outcome.kind === "rejected"
        ? outcome.mayBeOurs || outcome.duplicateOf !== undefined
        : result?.kind === "candidates";
    const isDoubtful = mayBeOurs && (lookup === undefined || !showsAnother(lookup, isHeld));
    return settle(held, nonce, outcome, now, isDoubtful);
  }

  /** Looks up the operations that are due, each key in turn. */
  async lookUpDue(): Promise<void> {
    const startUntilMs = Date.now() + startWithinMs;
    const due = this.#journal.due("unknown", lookupsPerAlarm);
    await Promise.all(
      due.map((operation) => this.#journal.orPostpone(operation.id, () => this.#lookUp(operation, startUntilMs))),
    );
  }

  /** Looks up an operation for a caller, who waits only for `callerTimeoutMs`. */
  async lookUpForCaller(operation: Operation): Promise<LookupResult> {
    if (this.#vendor.calls.waitingOf(operation.keyName) >= maxWaitingPerKey) return lookupTimedOut;
    try {
      return await within(callerTimeoutMs, () => this.#lookUp(operation));
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return lookupTimedOut;
    }
  }

  #lookUp(operation: Operation, startUntilMs = Number.POSITIVE_INFINITY): Promise<LookupResult> {
    const { id, keyName } = operation;
    const { plan, newContext, calls } = this.#vendor;
    const start = async () => {
      const beganAtMs = Date.now();
      if (beganAtMs > startUntilMs) return lookupTimedOut;
      const answer = await findAccount(plan, operation, newContext(), operation.suspectedOf ?? undefined);
      return this.recordLookup(operation, answer, beganAtMs);
    };
    const lookup = this.#lookups.get(id) ?? calls.run(keyName, start).finally(() => this.#lookups.delete(id));
    this.#lookups.set(id, lookup);
    return lookup;
  }

  /** Applies a lookup to its operation. */
  async recordLookup(sought: Operation, answer: LookupAnswer, beganAtMs: number): Promise<LookupResult> {
    const { plan } = this.#vendor;
    const settleWindowMs = plan?.connection.settle_window_ms ?? 0;
    let result = interpretAnswer(plan, sought, answer, this.#journal.heldByAnother(sought));
    await this.#journal.change(sought.id, (held) => {
      result = interpretAnswer(plan, held, answer, this.#journal.heldByAnother(held));
      return reconcile(held, { result, beganAtMs, settleWindowMs }, readClock());
    });
    return result;
  }
}

const lookupTimedOut: LookupResult = {
  kind: "unreadable",
  problem: { code: "vendor_unavailable", detail: "The lookup of the account could not be made in time" },
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
