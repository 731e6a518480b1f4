/** Applies the outcomes of attempts and the results of lookups to operations. */
import { destinationOf } from "../../adapters/engine/adapter.ts";
import { repeatableForMs } from "../../adapters/engine/guarantee.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { isTimeout, withTimeout } from "../time.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import type { CallSlots } from "./fair-share.ts";
import { findAccount } from "./find-account.ts";
import { type Journal, readClock } from "./journal.ts";
import {
  type CreatedAccount,
  isSameTarget,
  type LookupAnswer,
  type Operation,
  type RecordedOutcome,
  type StoredProblem,
  targetOf,
} from "./operation.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { interpretAnswer, type LookupResult, reconcile, showsAnother } from "./reconcile.ts";
import type { SettleRequest } from "./rpc.ts";
import { isRepeatable, limitRepeats, repeat, settle } from "./transitions.ts";

/** How many calls of one key may wait for a slot. Beyond that, a caller that needs a lookup must retry later. */
const maxWaitingPerKey = 100;
/** How long a caller waits for a lookup. */
const callerTimeoutMs = 10_000;
/** How many lookups one alarm starts. */
const lookupsPerAlarm = 25;
/** After this time an alarm starts no more lookups, so that it ends in time. The next alarm starts the rest. */
const startWithinMs = 10_000;

export interface VendorAccess {
  /** `undefined` if configuration faults disable the connection. */
  plan: Plan | undefined;
  /** Makes a context with a new deadline. */
  newContext: () => VendorContext;
  calls: CallSlots;
  rateLimiter: RateLimiter;
}

export class Reconciler {
  readonly #journal: Journal;
  readonly #vendor: VendorAccess;
  /** The running lookups, by operation. Concurrent callers share a lookup. */
  readonly #lookups = new Map<string, Promise<LookupResult>>();

  constructor(journal: Journal, vendor: VendorAccess) {
    this.#journal = journal;
    this.#vendor = vendor;
  }

  /** Stores the outcome of an attempt; `null` if the ledger does not know the attempt. Safe to repeat. */
  async settle({ keyDigest, nonce, outcome }: SettleRequest): Promise<Operation | null> {
    const settled = await this.#journal.commit(() => {
      const stored = this.#journal.store.byKey(keyDigest);
      return stored === undefined ? null : this.#journal.keep(stored, this.#applyOutcome(stored, nonce, outcome));
    });
    const { rateLimiter } = this.#vendor;
    if (outcome.kind !== "created" && outcome.kind !== "rejected") rateLimiter.markSuspect();
    else if (settled !== null) rateLimiter.markHealthy(settled.keyName, Date.now());
    return settled;
  }

  /** Returns the operation with this outcome applied. */
  #applyOutcome(stored: Operation, nonce: string, outcome: RecordedOutcome): Operation {
    const now = readClock();
    const { plan } = this.#vendor;
    const isOwnedByOther = this.#journal.ownedByOther(stored);
    if (outcome.kind === "created") {
      // If another operation owns this account, the account is ours only if the reply repeats the reference that was sent.
      const isOurs = !isOwnedByOther(outcome.account.id) || repeatsReference(plan, outcome);
      return settle(stored, nonce, isOurs ? outcome : { kind: "unknown", problem: accountOfOther }, now);
    }
    if (outcome.kind === "unknown") return settle(stored, nonce, outcome, now);
    const { lookup } = outcome;
    const result = lookup === undefined ? undefined : interpretAnswer(plan, stored, lookup, isOwnedByOther);
    if (result?.kind === "ours") return reconcile(stored, { result, beganAtMs: now.nowMs, settleWindowMs: 0 }, now);
    // If the rejection may be about our own account, apply it only if the lookup shows that it is about another account.
    const mayBeOurs =
      outcome.kind === "rejected"
        ? outcome.mayBeOurs || outcome.duplicateOf !== undefined
        : result?.kind === "candidates";
    const isDoubtful = mayBeOurs && (lookup === undefined || !showsAnother(lookup, isOwnedByOther));
    return settle(stored, nonce, outcome, now, isDoubtful);
  }

  /** Repeats the operations that are due if the vendor allows it, and looks up the others. The keys take turns. */
  async reconcileDue(): Promise<void> {
    const startUntilMs = Date.now() + startWithinMs;
    const due = this.#journal.due("unknown", lookupsPerAlarm);
    const reconcileOne = async (operation: Operation): Promise<void> => {
      if (this.#mayRepeat(operation))
        await this.#journal.change(operation.id, (stored) => repeat(this.limitRepeats(stored), readClock()));
      else await this.#lookUp(operation, startUntilMs);
    };
    await Promise.all(due.map((operation) => this.#journal.orPostpone(operation.id, () => reconcileOne(operation))));
  }

  #mayRepeat(operation: Operation): boolean {
    const { plan } = this.#vendor;
    return (
      plan !== undefined &&
      isSameTarget(targetOf(plan), operation) &&
      isRepeatable(this.limitRepeats(operation), readClock())
    );
  }

  /** Ends the repeats earlier if the connection's adapter no longer allows them. */
  limitRepeats(operation: Operation): Operation {
    const { plan } = this.#vendor;
    return plan === undefined ? operation : limitRepeats(operation, repeatableForMs(plan));
  }

  /** Looks up an operation for a caller that waits for at most `callerTimeoutMs`. */
  async lookUpForCaller(operation: Operation): Promise<LookupResult> {
    if (this.#vendor.calls.waitingOf(operation.keyName) >= maxWaitingPerKey) return lookupTimedOut;
    try {
      return await withTimeout(callerTimeoutMs, () => this.#lookUp(operation));
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

  /** Applies a lookup's answer to the operation. `sought`: the operation as it was when the lookup began. */
  async recordLookup(sought: Operation, answer: LookupAnswer, beganAtMs: number): Promise<LookupResult> {
    const { plan } = this.#vendor;
    const settleWindowMs = plan?.connection.settle_window_ms ?? 0;
    let result = interpretAnswer(plan, sought, answer, this.#journal.ownedByOther(sought));
    await this.#journal.change(sought.id, (stored) => {
      result = interpretAnswer(plan, stored, answer, this.#journal.ownedByOther(stored));
      return reconcile(stored, { result, beganAtMs, settleWindowMs }, readClock());
    });
    return result;
  }
}

const lookupTimedOut: LookupResult = {
  kind: "unreadable",
  problem: { code: "vendor_unavailable", detail: "The gateway could not look up the account in time" },
  retryAfterMs: undefined,
};

const accountOfOther: StoredProblem = {
  code: "vendor_contract_violation",
  detail: "The vendor answered with the account of another operation",
};

/** Whether the vendor's reply to a create repeats the reference that was sent. */
function repeatsReference(plan: Plan | undefined, { fields }: CreatedAccount): boolean {
  const destination = plan && destinationOf(plan.adapter, "external_ref");
  return fields.some(({ to, confirmed }) => to === destination?.to && confirmed === true);
}
