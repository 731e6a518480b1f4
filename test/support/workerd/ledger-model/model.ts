/** The invariants of keyed creates, checked against the vendor's accounts and the answers to callers. */
import type { OperationState } from "../../../../schemas/operation.ts";
import type { ProblemCode } from "../../../../schemas/problem.ts";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import type { Operation } from "../../../../src/ledger/operation.ts";
import {
  advance,
  type Answer,
  call,
  configureAll,
  ledgerAt,
  nowMs,
  respondAsync,
  secrets,
  stampOf,
  type Vendor,
} from "../ledger.ts";
import type { Key } from "../../gateway-keys.ts";
import { keyLifetimeMs } from "../../idempotent-vendor.ts";
import { day } from "../../time.ts";
import {
  testHeader,
  noFaults,
  maxLagMs,
  type ModelledVendor,
  ModelVendor,
  sandboxOf,
  type Send,
  type TextStorage,
  type VendorAccount,
} from "./vendor.ts";

/** `odd`: the body has a reference that a vendor may change. */
export type BodyKind = "plain" | "referenced" | "odd" | "registered";
export const configurations = ["original", "retuned", "unstamped", "elsewhere", "broken"] as const;
export type ConfigurationName = (typeof configurations)[number];

/** Shorter than the retention. */
const maxDurationMs = 6 * day;
/** An interrupted alarm may be this late. */
const maxAlarmDelayMs = 66_000;

const hosts = {
  clarus: "clarus",
  elastic_path: "elastic-path",
  garmat: "garmat",
  zendesk: "zendesk",
  idempotent: "garmat",
} satisfies Record<ModelledVendor, string>;

export const slotNames = ["demo 1", "other 1", "demo 2"] as const;
export type SlotName = (typeof slotNames)[number];

/** One Idempotency-Key of one gateway key. */
interface Slot {
  name: SlotName;
  key: Key;
  keyName: string;
  idempotencyKey: string;
  /** The model sets this and the following members when the ledger has the operation. */
  operation: Operation | undefined;
  variant: number;
  startConfiguration: ConfigurationName;
  /** Whether the target has changed since the operation started. */
  hasTargetChanged: boolean;
  /** The answer with the account, by query. */
  answers: Map<string, string>;
  accountId: string | undefined;
  /** The `order` at which a person last resolved the operation as not created. */
  clearedOrder: number;
  /** Whether another account has the slot's unique value, and since which `order`. */
  isTaken: boolean;
  takenOrder: number;
}

export interface ModelRequest {
  slot: Slot;
  variant: number;
  isAsync: boolean;
  query: string;
}

/** Codes of problems that state that no account exists. */
const finalCodes: ReadonlySet<ProblemCode> = new Set([
  "account_exists",
  "vendor_rejected",
  "vendor_unavailable",
  "vendor_rate_limited",
  "vendor_auth_failed",
]);
const openCodes: ReadonlySet<ProblemCode> = new Set([
  "operation_in_progress",
  "operation_needs_review",
  "outcome_unknown",
  "vendor_contract_violation",
]);

const settledStates: ReadonlySet<OperationState> = new Set(["created", "rejected", "not_created", "needs_review"]);

/** Throws an error with this message unless the rule holds. */
export function must(holds: boolean, context: string): asserts holds {
  if (!holds) throw new Error(context);
}

export class Model {
  readonly vendor: ModelledVendor;
  readonly ledger: ReturnType<typeof ledgerAt>;
  readonly bodyKind: BodyKind;
  readonly vendorState: ModelVendor;
  readonly slots: Record<SlotName, Slot>;
  configuration: ConfigurationName = "original";
  /** Whether every call to the ledger succeeds. */
  callsSucceed = true;
  readonly #violations: string[] = [];
  readonly #endsMs = nowMs() + maxDurationMs;

  constructor(vendor: ModelledVendor, bodyKind: BodyKind, storing: TextStorage) {
    this.vendor = vendor;
    this.ledger = ledgerAt(sandboxOf(vendor));
    this.bodyKind = bodyKind;
    this.vendorState = new ModelVendor(vendor, storing, (send) => this.#checkSend(send));
    this.slots = {
      "demo 1": newSlot("demo 1", "demo-key", "demo"),
      "other 1": newSlot("other 1", "other-key", "other"),
      "demo 2": newSlot("demo 2", "demo-key", "demo"),
    };
  }

  body({ name, idempotencyKey }: Slot, variant: number): Record<string, unknown> {
    const text = nameOf(name, variant);
    const unique = codeOf(name, variant);
    const code = this.vendor === "clarus" ? { code: unique } : {};
    const reference = `crm-${idempotencyKey}-${name}`;
    const plain = { name: text, ...code };
    if (this.#hasNoReference) return plain;
    switch (this.bodyKind) {
      case "plain":
        return plain;
      case "referenced":
        return { ...plain, external_ref: reference };
      case "odd":
        return { ...plain, external_ref: `${reference}${oddity}` };
      case "registered":
        return this.vendor === "elastic_path" ? { ...plain, registration_id: unique } : plain;
    }
  }

  get #hasNoReference(): boolean {
    return this.vendor === "garmat" || this.vendor === "idempotent";
  }

  accountsOf({ name }: Slot): VendorAccount[] {
    return [...this.vendorState.accounts.values()].filter((account) => slotOf(account.name) === name);
  }

  sendsOf({ name }: Slot): Send[] {
    return this.vendorState.sends.filter((send) => slotOf(send.name) === name);
  }

  #isOnly(slot: Slot, id: string | undefined): boolean {
    const [account, ...others] = this.accountsOf(slot);
    return account !== undefined && account.id === id && others.length === 0;
  }

  mayStillArrive(slot: Slot): boolean {
    return this.sendsOf(slot).some(({ fate }) => fate === "pending");
  }

  hasTimeFor(durationMs: number): boolean {
    // The operations need a day and a half to settle.
    return nowMs() + durationMs + 1.5 * day < this.#endsMs;
  }

  #isStamped({ startConfiguration: beganUnder }: Slot): boolean {
    const carries = !this.#hasNoReference && this.bodyKind !== "referenced" && this.bodyKind !== "odd";
    return carries && beganUnder !== "unstamped";
  }

  /** Whether a lookup can find the account. */
  #canBeFound(slot: Slot): boolean {
    if (this.#hasNoReference) return false;
    if (this.#isStamped(slot) || this.bodyKind === "referenced") return true;
    // At Clarus, the gateway looks an account up by its code.
    const { rewriting, isTolerant } = this.vendorState.textStorage;
    if (this.bodyKind === "odd") return this.vendor === "clarus" || isTolerant || rewriting === "as sent";
    return this.vendor === "elastic_path" && this.bodyKind === "registered";
  }

  /** Whether a lookup that finds no record proves that no account exists. */
  #isAbsenceProof(slot: Slot): boolean {
    return this.#canBeFound(slot) && (this.bodyKind !== "odd" || this.vendor === "clarus");
  }

  /** Whether the operation was never sent, so it can go to the new target. */
  #mayStartAgain(slot: Slot, { state, mayHaveCreated }: Operation): boolean {
    return (state === "queued" || state === "not_created") && !mayHaveCreated && !this.#hasSameTarget(slot);
  }

  /** Whether the target is the same as when the operation began. */
  #hasSameTarget({ startConfiguration: beganUnder }: Slot): boolean {
    return targetOf(beganUnder) === targetOf(this.configuration);
  }

  /** Checks that the gateway sends a create again only when earlier sends can no longer create an account. */
  #checkSend(send: Send): void {
    const name = slotOf(send.name);
    const slot = Object.values(this.slots).find((each) => each.name === name);
    if (slot === undefined) return void this.#violations.push(`An unknown account is sent: ${send.name}`);
    const earlier = this.sendsOf(slot);
    const last = earlier.at(-1);
    if (slot.operation !== undefined && send.name !== nameOf(slot.name, slot.variant))
      this.#violations.push(`${send.name} is sent under the key of another body`);
    if (last === undefined) return;
    if (this.vendor === "idempotent") return this.#checkRepeat(slot, send, earlier);
    if (earlier.some(({ fate }) => fate === "created"))
      this.#violations.push(`${send.name} is sent, but the account exists`);
    if (earlier.some(({ fate }) => fate === "pending"))
      this.#violations.push(`${send.name} is sent, but an earlier attempt may still arrive`);
    const isDoubtful = earlier.some(({ fate }) => fate !== "refused");
    // If the vendor refused every earlier send, the create may start again at a new target.
    if (isDoubtful && last.reference !== send.reference)
      this.#violations.push(`${send.name} is sent under another reference`);
    // A second send with a new token belongs to the same attempt.
    if (last.trace === send.trace) return;
    if (this.#lostSends(slot) > 3) this.#violations.push(`${send.name} is sent again after four lost requests`);
    const { rewriting } = this.vendorState.textStorage;
    const isSeenByReference = this.bodyKind === "referenced" && rewriting !== "upper case";
    if (isDoubtful && isSeenByReference && slot.takenOrder > slot.clearedOrder && this.vendor === "elastic_path")
      this.#violations.push(`${send.name} is sent again, though an account has its reference`);
    const lookups = this.vendorState.lookups.filter(
      ({ isComplete, about }) => isComplete && this.#isAbout(about, slot, last),
    );
    if (isDoubtful && this.#canBeFound(slot) && !lookups.some(({ order }) => order > last.order))
      this.#violations.push(`${send.name} is sent again without a lookup`);
    const lost = earlier.findLast(({ fate, order }) => fate === "lost" && order > slot.clearedOrder);
    if (lost === undefined) return;
    const overMs = lost.atMs + this.vendorState.lastLandingMs;
    const first = lookups.find(({ order, atMs }) => order > lost.order && atMs >= overMs);
    const second = lookups.find(
      ({ order, atMs }) => first !== undefined && order > first.order && atMs >= first.atMs + maxLagMs,
    );
    if (second === undefined) this.#violations.push(`${send.name} is sent again before its absence is proven`);
  }

  /** Checks that a repeat has the same key, and that the vendor still remembers the key. */
  #checkRepeat(slot: Slot, send: Send, earlier: readonly Send[]): void {
    const first = earlier.find(({ fate, order }) => fate !== "refused" && order > slot.clearedOrder);
    if (first === undefined) return;
    if (send.key === null || send.key !== first.key)
      this.#violations.push(`${send.name} is sent under another idempotency key`);
    if (send.atMs >= first.atMs + keyLifetimeMs)
      this.#violations.push(`${send.name} is sent again, though the vendor may have forgotten its key`);
  }

  #isAbout(about: string, { name, variant }: Slot, { reference }: Send): boolean {
    if (this.vendor === "garmat") return about.includes("limit=100");
    const code = codeOf(name, variant);
    const isUnique = this.vendor === "clarus" || (this.vendor === "elastic_path" && this.bodyKind === "registered");
    return about.includes(isUnique ? code : escapeFilter(reference ?? nameOf(name, variant)));
  }

  /** Sends the same create twice at the same time. */
  async createTwice(request: ModelRequest): Promise<void> {
    const before = request.slot.operation;
    const answers = await Promise.all([this.#send(request), this.#send(request)]);
    await this.inspect(request);
    // Check an answer with an account last.
    for (const answer of answers.toSorted((a, b) => b.status - a.status))
      this.#checkAnswer(request, answer, before, false);
  }

  #send({ slot, variant, isAsync, query }: ModelRequest): Promise<Answer> {
    const { key, idempotencyKey } = slot;
    const headers: Record<string, string> = isAsync ? respondAsync : {};
    return this.ledger.create(this.body(slot, variant), { key, idempotencyKey, query, headers });
  }

  /** Sends a create, and checks its answer. */
  async create(request: ModelRequest): Promise<Answer> {
    const { slot } = request;
    const before = slot.operation;
    const hadToSucceed = this.#mustSucceed(slot);
    const answer = await this.#send(request);
    await this.inspect(request);
    this.#checkAnswer(request, answer, before, hadToSucceed && this.#mustSucceed(slot));
    return answer;
  }

  /** Whether a create must succeed now, because nothing is broken. */
  #mustSucceed(slot: Slot): boolean {
    const { create: creates, read, token } = this.vendorState.faults;
    const isVendorOk = creates === "ok" && read === "ok" && token === "ok" && this.vendorState.gate === undefined;
    const isOpen = this.configuration !== "broken" && (slot.operation === undefined || this.#hasSameTarget(slot));
    return isVendorOk && this.callsSucceed && isOpen && !this.heldSlots.has(slot.name);
  }

  readonly heldSlots = new Set<SlotName>();

  #checkAnswer(
    { slot, variant, isAsync, query }: ModelRequest,
    answer: Answer,
    before: Operation | undefined,
    hadToSucceed: boolean,
  ): void {
    const { account, operation, problem } = answer;
    const code = problem?.code;
    const context = `${slot.name}: ${answer.status} ${code ?? ""}`;
    const id = account?.operation ?? operation?.id ?? problem?.operation;
    const known = slot.operation;
    if (code === "ledger_unavailable") return must(!this.callsSucceed, context);
    // The model does not know the id of a create that may be queued.
    if (code === "outcome_unknown" && !this.callsSucceed && isAsync) return;
    if (id !== undefined && id !== null) must(id === known?.id, `${context} names another operation`);
    if (code === "outcome_unknown" && !this.callsSucceed) return;
    if (known !== undefined && variant !== slot.variant)
      return must(code === "idempotency_key_reused", `${context} to another body`);
    if (code === "misconfigured") {
      const isHeldBack = before === undefined || before.state === "not_created";
      return must(this.configuration === "broken" && isHeldBack, context);
    }
    if (known === undefined) throw new Error(`${context}, and the ledger has no operation`);
    if (code === "idempotency_key_reused") return must(!this.#hasSameTarget(slot), context);
    if (code === "account_exists") must(slot.isTaken, `${context} without a duplicate`);

    if (account !== undefined) {
      must(this.#isOnly(slot, account.id), `${context}, but that is not the vendor's account`);
      must(known.state === "created", `${context}, but the ledger has not recorded it`);
      slot.accountId ??= account.id;
      must(account.id === slot.accountId, `${context} of another account than before`);
      must(answer.text === (slot.answers.get(query) ?? answer.text), `${context} with another text than before`);
      slot.answers.set(query, answer.text);
      const isReplayed = answer.headers.get("Idempotent-Replayed") === "true";
      must(isReplayed || before?.state !== "created", `${context}, but not as a replay`);
      return;
    }
    must(slot.accountId === undefined, `${context}, but it was reported as created`);
    if (operation !== undefined) return must(isAsync, context);
    if (code !== undefined && finalCodes.has(code)) this.#isWithoutAccount(slot, context);
    else must(code !== undefined && openCodes.has(code), context);
    if (hadToSucceed) this.#checkFailure(slot, code, isAsync, before, context);
  }

  /** Checks an answer without an account to a create that had to succeed. */
  #checkFailure(
    slot: Slot,
    code: ProblemCode | undefined,
    isAsync: boolean,
    before: Operation | undefined,
    context: string,
  ): void {
    switch (before?.state) {
      case undefined:
      case "not_created":
        // The gateway rejects a duplicate at once or after two lookups. If no lookup can prove absence, a person decides.
        must(
          slot.isTaken || (code === "operation_needs_review" && !this.#isAbsenceProof(slot)),
          `${context} although nothing prevented the create`,
        );
        return;
      case "unknown": {
        // The vendor gives its first answer to a repeat.
        const mayRepeat = nowMs() < before.repeatableUntilMs && !isAsync;
        must(!mayRepeat || code === "vendor_rejected", `${context}, but the create can be repeated`);
        const isSeen = this.accountsOf(slot).some(({ visibleFromMs }) => visibleFromMs <= nowMs());
        must(!this.#canBeFound(slot) || !isSeen || isAsync, `${context}, but the account is there`);
        return;
      }
      case "created":
        throw new Error(`${context}, but it is created`);
      case "rejected":
        return must(code === before.problem?.code, `${context} after ${before.problem?.code}`);
      case "needs_review":
        return must(code === "operation_needs_review", `${context} for an operation in review`);
      case "sending":
      case "queued":
    }
  }

  #isWithoutAccount(slot: Slot, context: string): void {
    must(this.accountsOf(slot).length === 0, `${context}, but the vendor has an account`);
    must(!this.mayStillArrive(slot), `${context}, but an account may still be created`);
  }

  /** A person resolves the operation correctly. The ledger refuses this while an account may still be created. */
  async resolve(slot: Slot): Promise<void> {
    const { operation } = slot;
    if (operation?.state !== "needs_review" || this.configuration === "broken") return;
    const [account] = this.accountsOf(slot);
    const outcome = account === undefined ? { outcome: "not_created" } : { outcome: "created", vendor_id: account.id };
    const body = { ...outcome, reason: "I have looked" };
    const path = `/v1/operations/${operation.id}/resolve`;
    const { status, problem } = await call(path, { key: "operator-key", body });
    if (problem?.code === "operation_in_progress") {
      const isEarly = account === undefined && nowMs() < operation.leaseEndsMs;
      return must(isEarly, `${slot.name} cannot be resolved`);
    }
    must(!this.mayStillArrive(slot) || account !== undefined, `${slot.name} is resolved too early`);
    must(status === 200, `${slot.name} is resolved with ${status}`);
    if (account === undefined) slot.clearedOrder = this.vendorState.nextOrder();
    await this.inspect();
    must(slot.operation?.state === outcome.outcome, `${slot.name} is not in the resolved state`);
  }

  /** Creates another account with a slot's unique value, if the vendor has one. */
  async takeUniqueValue(slot: Slot): Promise<void> {
    const body = this.body(slot, slot.variant);
    const { vendor } = this;
    if (
      slot.isTaken ||
      vendor === "garmat" ||
      vendor === "idempotent" ||
      (vendor === "elastic_path" && Object.keys(body).length === 1)
    )
      return;
    const host = `https://${hosts[vendor]}.sandbox.test`;
    const headers = { [testHeader]: "somebody" };
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "sandbox",
      client_secret: secrets.OAUTH,
    });
    const { path, token: tokenPath, body: foreign } = foreignCreate(vendor, body, codeOf(slot.name, slot.variant));
    const isForm = vendor !== "zendesk";
    const issued = await fetch(
      new Request(`${host}${tokenPath}`, {
        method: "POST",
        headers: isForm ? headers : { ...headers, "Content-Type": "application/json" },
        body: isForm ? form : JSON.stringify(Object.fromEntries(form)),
      }),
    );
    const { access_token: token } = await issued.json<{ access_token: string }>();
    const url = `${host}${path}`;
    const reply = await fetch(
      new Request(url, {
        method: "POST",
        headers: {
          ...headers,
          Authorization: `Bearer ${token}`,
          "Content-Type": "application/json",
          "X-Clarus-Subdomain": "acme",
        },
        body: JSON.stringify(foreign),
      }),
    );
    if (!reply.ok) return must(this.accountsOf(slot).length === 1, "The vendor rejects the other account");
    this.vendorState.register(await reply.json(), { name: "Somebody else", reference: null }, url, 0);
    slot.isTaken = true;
    slot.takenOrder = this.vendorState.nextOrder();
  }

  /** Compares the ledger with the vendor. `request`: the create that may have started an operation. */
  async inspect(request?: ModelRequest): Promise<void> {
    const { operations, alarmMs } = await this.ledger.runInLedger(async (ledger, { storage }) => {
      const { list, read } = ledger as unknown as LedgerService;
      const page = await list.call(ledger, { keyName: null, state: null, cursor: null });
      const whole = await Promise.all(page.operations.map(({ id }) => read.call(ledger, id)));
      return { operations: whole.filter((operation) => operation !== null), alarmMs: await storage.getAlarm() };
    });
    must(this.#violations.length === 0, this.#violations.slice(0, 3).join("; "));
    const isLookedUp = this.vendorState.lookups.some(({ isProbe }) => !isProbe);
    must(this.vendor !== "idempotent" || !isLookedUp, "An account is looked up");
    const slots = Object.values(this.slots);
    for (const operation of operations) {
      const known = slots.find((slot) => slot.operation?.id === operation.id);
      const slot = known ?? request?.slot;
      if (slot === undefined) throw new Error(`${operation.id} is unexpected`);
      if (known === undefined) {
        must(!slot.operation || this.#mayStartAgain(slot, slot.operation), `${slot.name} has two operations`);
        slot.operation = undefined;
        slot.variant = request?.variant ?? 0;
        slot.startConfiguration = this.configuration;
        slot.hasTargetChanged = false;
      }
      this.#checkOperation(slot, operation);
      slot.operation = operation;
      this.#checkAlarm(operation, alarmMs);
    }
    const known = slots.filter(({ operation }) => operation !== undefined);
    must(operations.length === known.length, "The ledger has forgotten an operation");
    for (const slot of slots) {
      must(this.accountsOf(slot).length <= 1, `The vendor has two accounts of ${slot.name}`);
      for (const { reference } of this.sendsOf(slot).filter(({ fate }) => fate !== "refused"))
        must(
          !this.#isStamped(slot) || reference === stampOf(slot.operation?.id),
          `${slot.name} is stamped ${reference}`,
        );
    }
  }

  #checkOperation(slot: Slot, operation: Operation): void {
    const { state, keyName, created, history, attempt } = operation;
    const context = `${slot.name} is ${state}`;
    must(keyName === slot.keyName, `${context} under another gateway key`);
    if (slot.operation?.created) {
      must(state === "created", `${context} after it was created`);
      const isSame = JSON.stringify(created) === JSON.stringify(slot.operation.created);
      must(isSame, `${context} as another account than before`);
    }
    must(attempt >= (slot.operation?.attempt ?? 0), `${context} and counts backwards`);
    const since = history.at(-1);
    switch (state) {
      case "created":
        return must(this.#isOnly(slot, created?.account.id), `${context}, but that is not the vendor's account`);
      case "rejected":
        this.#isWithoutAccount(slot, context);
        if (operation.problem?.code === "account_exists") this.#checkDuplicate(slot, context);
        else this.#checkRejection(slot, context);
        return;
      case "not_created":
        return this.#isWithoutAccount(slot, context);
      case "needs_review":
        if (since?.reason !== "target_changed")
          must((since?.atMs ?? 0) >= operation.repeatableUntilMs, `${context}, but can be repeated`);
        if (since?.reason === "not_distinguishable")
          must(!this.#isAbsenceProof(slot) || slot.isTaken, `${context}, but can be looked up`);
        else if (since?.reason === "resend_limit") must(this.#lostSends(slot) > 3, `${context} after too few resends`);
        else if (since?.reason === "target_changed")
          must(slot.hasTargetChanged, `${context}, but the target did not change`);
        else {
          must(since?.reason === "no_verdict", `${context} because of ${since?.reason}`);
          // The vendor reports a duplicate, but its lookups find none.
          if (operation.suspected?.code === "account_exists") return;
          const unknownSinceMs = operation.unknownSinceMs ?? Number.POSITIVE_INFINITY;
          must(since.atMs >= unknownSinceMs + day, `${context} before a day is over`);
        }
        return;
      case "sending":
      case "queued":
      case "unknown":
    }
  }

  /** If a request was lost, the gateway must look the account up before it reports a rejection as final. */
  #checkRejection(slot: Slot, context: string): void {
    const last = this.sendsOf(slot).at(-1);
    if (last === undefined || !this.#canBeFound(slot) || this.#lostSends(slot) === 0) return;
    const isLookedUp = this.vendorState.lookups.some(
      ({ order, isComplete, about }) => order > last.order && isComplete && this.#isAbout(about, slot, last),
    );
    must(isLookedUp, `${context} without a lookup`);
  }

  /** How many requests of a slot were lost since a person last resolved it as not created. */
  #lostSends(slot: Slot): number {
    const lost = this.sendsOf(slot).filter(({ fate, order }) => fate === "lost" && order > slot.clearedOrder);
    return new Set(lost.map(({ trace }) => trace)).size;
  }

  /** Without a lookup, a duplicate is final only at the first attempt. */
  #checkDuplicate(slot: Slot, context: string): void {
    must(slot.isTaken, `${context} without a duplicate`);
    const sends = this.sendsOf(slot);
    const last = sends.at(-1);
    if (last === undefined || sends.every(({ trace }) => trace === last.trace)) return;
    // The vendor refused the earlier sends, and its lookups recognise no account.
    if (!this.#canBeFound(slot) && this.#lostSends(slot) === 0) return;
    // The gateway may also look the account up by the duplicate value. At Zendesk, this value is the name.
    const isAbout = (about: string) =>
      this.#isAbout(about, slot, last) || about.includes(escapeFilter(nameOf(slot.name, slot.variant)));
    const isLookedUp = this.vendorState.lookups.some(
      ({ order, isComplete, about }) => order > last.order && isComplete && isAbout(about),
    );
    must(isLookedUp, `${context} without a lookup`);
  }

  /** Checks that the alarm is set in time for due work. */
  #checkAlarm({ state, dueAtMs }: Operation, alarmMs: number | null): void {
    if (state !== "sending" && state !== "unknown" && state !== "queued") return;
    if (alarmMs === null || dueAtMs === null) throw new Error(`No alarm is set for an operation that is ${state}`);
    // The queue may pause for as long as the vendor asks.
    const latestMs = Math.max(dueAtMs, nowMs()) + maxAlarmDelayMs;
    must(state === "queued" || alarmMs <= latestMs, `The alarm is too late for an operation that is ${state}`);
  }

  /** Advances the clock. Late creates arrive, and alarms run if `withAlarms`. */
  async pass(durationMs: number, withAlarms: boolean): Promise<void> {
    const untilMs = nowMs() + durationMs;
    for (let steps = 0; ; steps += 1) {
      if (steps > 2000) throw new Error("The alarms do not end");
      const arrivalMs = this.vendorState.nextArrivalMs();
      const alarmMs = withAlarms ? await this.#alarmMs() : Number.POSITIVE_INFINITY;
      const nextMs = Math.min(arrivalMs, alarmMs);
      if (nextMs > untilMs) break;
      advance(Math.max(0, nextMs - nowMs()));
      await (arrivalMs === nextMs ? this.vendorState.deliverNext() : this.ledger.runAlarm());
    }
    advance(untilMs - nowMs());
  }

  async #alarmMs(): Promise<number> {
    return (await this.ledger.nextAlarmMs()) ?? Number.POSITIVE_INFINITY;
  }

  async configure(name: ConfigurationName): Promise<void> {
    this.configuration = name;
    for (const slot of Object.values(this.slots))
      if (targetOf(name) !== "" && targetOf(name) !== targetOf(slot.startConfiguration)) slot.hasTargetChanged = true;
    await configureAll(this.changes());
  }

  changes(): Partial<Record<Vendor, Record<string, unknown>>> {
    const host = `https://${hosts[this.vendor]}.sandbox.test`;
    const byName: Record<ConfigurationName, Record<string, unknown>> = {
      original: {},
      retuned: { settle_window_ms: 90_000, retention_days: 30, handling: "lenient", rate_per_s: 2 },
      unstamped: { stamp: false },
      elsewhere: { base_url: `${host}:8443` },
      broken: { base_url: "nowhere" },
    };
    return {
      [sandboxOf(this.vendor)]: {
        vendor: this.vendor,
        timeout_ms: 10_000,
        settle_window_ms: maxLagMs,
        ...byName[this.configuration],
      },
    };
  }

  /** Makes the vendor healthy and waits. Then every operation must be settled, and its answer must be true. */
  async checkEnd(): Promise<void> {
    this.vendorState.faults = noFaults;
    await this.pass(25 * 60 * 60 * 1000, true);
    await this.inspect();
    for (const slot of Object.values(this.slots)) {
      if (slot.operation === undefined) continue;
      must(settledStates.has(slot.operation.state), `${slot.name} stays ${slot.operation.state}`);
      const request = { slot, variant: slot.variant, isAsync: false, query: "" };
      let answer = await this.create(request);
      // The gateway reports a duplicate after two lookups.
      if (slot.isTaken && answer.problem?.code === "outcome_unknown") {
        await this.pass(600_000, true);
        answer = await this.create(request);
      }
      const { problem, status } = answer;
      if (this.#hasSameTarget(slot)) {
        const isOver = status === 201 || problem?.effect === "none" || problem?.code === "operation_needs_review";
        must(isOver, `${slot.name} ends with ${problem?.code}`);
      } else {
        const isClosed = problem?.code === "idempotency_key_reused" || problem?.code === "operation_needs_review";
        must(isClosed, `${slot.name}, whose target changed, ends with ${problem?.code}`);
      }
    }
    must(
      (await this.ledger.accounts()).length === this.vendorState.accounts.size,
      "The vendor has an account that was not sent",
    );
  }
}

function newSlot(name: SlotName, key: Key, keyName: string): Slot {
  return {
    name,
    key,
    keyName,
    idempotencyKey: `order-${name.slice(-1)}`,
    operation: undefined,
    variant: 0,
    startConfiguration: "original",
    hasTargetChanged: false,
    answers: new Map(),
    accountId: undefined,
    clearedOrder: 0,
    isTaken: false,
    takenOrder: 0,
  };
}

/** Text that every rewriting (except `as sent`) changes. */
const oddity = ` "So\u0308hne"  & <Co>\u200B of a length that is cut`;
const nameOf = (slot: SlotName, variant: number): string => `${slot} Acme ${variant}${oddity}`;
const slotOf = (name: string): string => name.split(" Acme ")[0] ?? "";
const codeOf = (slot: SlotName, variant: number): string =>
  `${slot}-ACME-${variant}`.toUpperCase().replaceAll(" ", "-");
/** The part of a value that is the same in Elastic Path's filter and Zendesk's query. */
const escapeFilter = (value: string): string => value.split('"')[0] ?? "";

/** A create of another account with a slot's unique value. */
function foreignCreate(
  vendor: Exclude<ModelledVendor, "garmat" | "idempotent">,
  body: Record<string, unknown>,
  code: string,
) {
  switch (vendor) {
    case "clarus":
      return {
        path: "/api/accounts",
        token: "/oauth/token",
        body: { data: { type: "accounts", attributes: { name: "Somebody else", code } } },
      };
    case "elastic_path":
      return {
        path: "/v2/accounts",
        token: "/oauth/access_token",
        body: { data: { type: "account", ...body, name: "Somebody else" } },
      };
    case "zendesk":
      return {
        path: "/api/v2/organizations",
        token: "/oauth/tokens",
        body: { organization: { name: body["name"] } },
      };
  }
}

/** The target of a configuration. Empty for the broken configuration. */
function targetOf(name: ConfigurationName): string {
  return name === "broken" ? "" : name === "elsewhere" ? "elsewhere" : "here";
}
