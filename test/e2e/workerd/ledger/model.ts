/** What must be true of keyed creates whatever happens, told from what the vendor holds and what callers were answered. */
import { runInDurableObject } from "cloudflare:test";
import type { OperationState } from "../../../../schemas/operation.ts";
import type { ProblemCode } from "../../../../schemas/problem.ts";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import type { Operation } from "../../../../src/ledger/operation.ts";
import {
  advance,
  type Answer,
  call,
  configure,
  create,
  held,
  type Key,
  ledgerOf,
  nowMs,
  runAlarm,
  secrets,
  stampIn,
  type Vendor,
} from "./ledger.ts";
import {
  beside,
  fair,
  maxLagMs,
  type ModelledVendor,
  ModelVendor,
  type Send,
  type Storing,
  type VendorAccount,
} from "./model-vendor.ts";

/** `odd`: with a reference that a vendor may store otherwise. */
export type BodyKind = "plain" | "referenced" | "odd" | "registered";
export const configurations = ["original", "retuned", "unstamped", "elsewhere", "broken"] as const;
export type ConfigurationName = (typeof configurations)[number];

const dayMs = 24 * 60 * 60 * 1000;
/** Before anything is forgotten. */
const maxDurationMs = 6 * dayMs;
/** An alarm that was cut off may be this late. */
const alarmSlackMs = 66_000;

const hosts = {
  clarus: "clarus",
  elastic_path: "elastic-path",
  garmat: "garmat",
  zendesk: "zendesk",
} satisfies Record<ModelledVendor, string>;

export const slotNames = ["demo 1", "other 1", "demo 2"] as const;
export type SlotName = (typeof slotNames)[number];

/** One Idempotency-Key of one gateway key. */
interface Slot {
  name: SlotName;
  key: Key;
  keyName: string;
  idempotencyKey: string;
  /** Once it is known to the ledger: */
  operation: Operation | undefined;
  variant: number;
  beganUnder: ConfigurationName;
  /** Whether the connection has led elsewhere since. */
  hasMoved: boolean;
  /** By query: what a `created` was answered with. */
  told: Map<string, string>;
  toldId: string | undefined;
  /** When a person last said that there is no account. */
  clearedOrder: number;
  /** Whether somebody else holds its place at the vendor, and since when. */
  isTaken: boolean;
  takenOrder: number;
}

export interface Asked {
  slot: Slot;
  variant: number;
  isAsync: boolean;
  query: string;
}

/** Answers that speak of the operation's final state and say that there is no account. */
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

const ends: ReadonlySet<OperationState> = new Set(["created", "rejected", "not_created", "needs_review"]);

/** A rule, and what is said where it is broken. */
export function must(holds: boolean, told: string): asserts holds {
  if (!holds) throw new Error(told);
}

export class Model {
  readonly vendor: ModelledVendor;
  readonly bodyKind: BodyKind;
  readonly at: ModelVendor;
  readonly slots: Record<SlotName, Slot>;
  configuration: ConfigurationName = "original";
  /** Whether every call of the ledger gets through. */
  isFaithful = true;
  readonly #violations: string[] = [];
  readonly #endsMs = nowMs() + maxDurationMs;

  constructor(vendor: ModelledVendor, bodyKind: BodyKind, storing: Storing) {
    this.vendor = vendor;
    this.bodyKind = bodyKind;
    this.at = new ModelVendor(vendor, storing, (send) => this.#checkSend(send));
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
    if (this.vendor === "garmat") return plain;
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

  accountsOf({ name }: Slot): VendorAccount[] {
    return [...this.at.accounts.values()].filter((account) => slotOf(account.name) === name);
  }

  sendsOf({ name }: Slot): Send[] {
    return this.at.sends.filter((send) => slotOf(send.name) === name);
  }

  #isOnly(slot: Slot, id: string | undefined): boolean {
    const [account, ...others] = this.accountsOf(slot);
    return account !== undefined && account.id === id && others.length === 0;
  }

  mayStillLand(slot: Slot): boolean {
    return this.sendsOf(slot).some(({ fate }) => fate === "landing");
  }

  hasTimeFor(durationMs: number): boolean {
    // What is healed takes a day and a half.
    return nowMs() + durationMs + 1.5 * dayMs < this.#endsMs;
  }

  #isStamped({ beganUnder }: Slot): boolean {
    const carries = this.vendor !== "garmat" && this.bodyKind !== "referenced" && this.bodyKind !== "odd";
    return carries && beganUnder !== "unstamped";
  }

  /** Whether the vendor can be asked for the account of what was sent. */
  #canBeFound(slot: Slot): boolean {
    if (this.vendor === "garmat") return false;
    if (this.#isStamped(slot) || this.bodyKind === "referenced") return true;
    // Clarus is asked by code.
    const { rewriting, isTolerant } = this.at.storing;
    if (this.bodyKind === "odd") return this.vendor === "clarus" || isTolerant || rewriting === "as sent";
    return this.vendor === "elastic_path" && this.bodyKind === "registered";
  }

  /** Whether that no record is found proves that there is no account. */
  #canBeMissed(slot: Slot): boolean {
    return this.#canBeFound(slot) && (this.bodyKind !== "odd" || this.vendor === "clarus");
  }

  /** What never left the gateway may go elsewhere. */
  #mayBeginAnew(slot: Slot, { state, wasSent }: Operation): boolean {
    return (state === "queued" || state === "not_created") && !wasSent && !this.#leadsThere(slot);
  }

  /** The same place at the vendor as when the operation began. */
  #leadsThere({ beganUnder }: Slot): boolean {
    return placeOf(beganUnder) === placeOf(this.configuration);
  }

  /** What is sent again is sent only when nothing can come of what was sent before. */
  #checkSend(send: Send): void {
    const name = slotOf(send.name);
    const slot = Object.values(this.slots).find((each) => each.name === name);
    if (slot === undefined) return void this.#violations.push(`An unknown account is sent: ${send.name}`);
    const earlier = this.sendsOf(slot);
    const last = earlier.at(-1);
    if (slot.operation !== undefined && send.name !== nameOf(slot.name, slot.variant))
      this.#violations.push(`${send.name} is sent under the key of another body`);
    if (last === undefined) return;
    if (earlier.some(({ fate }) => fate === "landed")) this.#violations.push(`${send.name} is sent, but exists`);
    if (earlier.some(({ fate }) => fate === "landing"))
      this.#violations.push(`${send.name} is sent, but an earlier attempt may still land`);
    const isDoubtful = earlier.some(({ fate }) => fate !== "refused");
    // What was refused by every vendor that it reached may begin anew where the connection leads now.
    if (isDoubtful && last.reference !== send.reference)
      this.#violations.push(`${send.name} is sent under another reference`);
    // A second send with another token is the same attempt.
    if (last.trace === send.trace) return;
    if (this.#lostSends(slot) > 3) this.#violations.push(`${send.name} is sent again after four lost requests`);
    const { rewriting } = this.at.storing;
    const isSeenByReference = this.bodyKind === "referenced" && rewriting !== "upper case";
    if (isDoubtful && isSeenByReference && slot.takenOrder > slot.clearedOrder && this.vendor === "elastic_path")
      this.#violations.push(`${send.name} is sent again, though an account has its reference`);
    const looks = this.at.looks.filter(({ isComplete, about }) => isComplete && this.#isAbout(about, slot, last));
    if (isDoubtful && this.#canBeFound(slot) && !looks.some(({ order }) => order > last.order))
      this.#violations.push(`${send.name} is sent again without a look`);
    const lost = earlier.findLast(({ fate, order }) => fate === "nothing" && order > slot.clearedOrder);
    if (lost === undefined) return;
    const overMs = lost.atMs + this.at.lastLandingMs;
    const first = looks.find(({ order, atMs }) => order > lost.order && atMs >= overMs);
    const second = looks.find(
      ({ order, atMs }) => first !== undefined && order > first.order && atMs >= first.atMs + maxLagMs,
    );
    if (second === undefined) this.#violations.push(`${send.name} is sent again before its absence is proven`);
  }

  #isAbout(about: string, { name, variant }: Slot, { reference }: Send): boolean {
    if (this.vendor === "garmat") return about.includes("limit=100");
    const code = codeOf(name, variant);
    const isUnique = this.vendor === "clarus" || (this.vendor === "elastic_path" && this.bodyKind === "registered");
    return about.includes(isUnique ? code : escapeFilter(reference ?? nameOf(name, variant)));
  }

  /** The same create twice at the same time. */
  async createTwice(asked: Asked): Promise<void> {
    const before = asked.slot.operation;
    const answers = await Promise.all([this.#send(asked), this.#send(asked)]);
    await this.inspect(asked);
    // Who is told of an account is told so last.
    for (const answer of answers.toSorted((a, b) => b.status - a.status)) this.#judge(asked, answer, before, false);
  }

  #send({ slot, variant, isAsync, query }: Asked): Promise<Answer> {
    const { key, idempotencyKey } = slot;
    const headers: Record<string, string> = isAsync ? { Prefer: "respond-async" } : {};
    return create(this.vendor, this.body(slot, variant), { key, idempotencyKey, query, headers });
  }

  /** Creates, and holds the answer to what is known. */
  async create(asked: Asked): Promise<Answer> {
    const { slot } = asked;
    const before = slot.operation;
    const isFair = this.#isFair(slot);
    const answer = await this.#send(asked);
    await this.inspect(asked);
    this.#judge(asked, answer, before, isFair && this.#isFair(slot));
    return answer;
  }

  /** Nothing stands in the way of a create. */
  #isFair(slot: Slot): boolean {
    const { create: creates, read, token } = this.at.weather;
    const isWell = creates === "well" && read === "well" && token === "well" && this.at.gate === undefined;
    const isOpen = this.configuration !== "broken" && (slot.operation === undefined || this.#leadsThere(slot));
    return isWell && this.isFaithful && isOpen && !this.heldBack.has(slot.name);
  }

  /** The slots of which a request is under way. */
  readonly heldBack = new Set<SlotName>();

  #judge(
    { slot, variant, isAsync, query }: Asked,
    answer: Answer,
    before: Operation | undefined,
    isFair: boolean,
  ): void {
    const { account, operation, problem } = answer;
    const code = problem?.code;
    const told = `${slot.name}: ${answer.status} ${code ?? ""}`;
    const id = account?.operation ?? operation?.id ?? problem?.operation;
    const known = slot.operation;
    if (code === "ledger_unavailable") return must(!this.isFaithful, told);
    // What may be queued is named by the id that it has if the key was never met before.
    if (code === "outcome_unknown" && !this.isFaithful && isAsync) return;
    if (id !== undefined && id !== null) must(id === known?.id, `${told} names another operation`);
    if (code === "outcome_unknown" && !this.isFaithful) return;
    if (known !== undefined && variant !== slot.variant)
      return must(code === "idempotency_key_reused", `${told} to another body`);
    if (code === "misconfigured") {
      const isHeldBack = before === undefined || before.state === "not_created";
      return must(this.configuration === "broken" && isHeldBack, told);
    }
    if (known === undefined) throw new Error(`${told}, and the ledger knows nothing of it`);
    if (code === "idempotency_key_reused") return must(!this.#leadsThere(slot), told);
    if (code === "account_exists") must(slot.isTaken, `${told} by nobody`);

    if (account !== undefined) {
      must(this.#isOnly(slot, account.id), `${told}, but that is not what the vendor holds`);
      must(known.state === "created", `${told}, but the ledger has not written it down`);
      slot.toldId ??= account.id;
      must(account.id === slot.toldId, `${told} of another account than before`);
      must(answer.text === (slot.told.get(query) ?? answer.text), `${told} in other words than before`);
      slot.told.set(query, answer.text);
      const isReplayed = answer.headers.get("Idempotent-Replayed") === "true";
      must(isReplayed || before?.state !== "created", `${told}, but not as a replay`);
      return;
    }
    must(slot.toldId === undefined, `${told}, but it was told as created`);
    if (operation !== undefined) return must(isAsync, told);
    if (code !== undefined && finalCodes.has(code)) this.#isWithoutAccount(slot, told);
    else must(code !== undefined && openCodes.has(code), told);
    if (isFair) this.#judgeFair(slot, code, isAsync, before, told);
  }

  /** With a vendor and a ledger that are well there is no excuse. */
  #judgeFair(
    slot: Slot,
    code: ProblemCode | undefined,
    isAsync: boolean,
    before: Operation | undefined,
    told: string,
  ): void {
    switch (before?.state) {
      case undefined:
      case "not_created":
        // Somebody else's is refused, at once or after two looks; what no lookup can miss is for a person.
        must(
          slot.isTaken || (code === "operation_needs_review" && !this.#canBeMissed(slot)),
          `${told} where nothing was in the way`,
        );
        return;
      case "unknown": {
        const isSeen = this.accountsOf(slot).some(({ visibleFromMs }) => visibleFromMs <= nowMs());
        must(!this.#canBeFound(slot) || !isSeen || isAsync, `${told}, but the account is there`);
        return;
      }
      case "created":
        throw new Error(`${told}, but it is created`);
      case "rejected":
        return must(code === before.problem?.code, `${told} after ${before.problem?.code}`);
      case "needs_review":
        return must(code === "operation_needs_review", `${told} of what is in review`);
      case "sending":
      case "queued":
    }
  }

  #isWithoutAccount(slot: Slot, told: string): void {
    must(this.accountsOf(slot).length === 0, `${told}, but the vendor holds an account`);
    must(!this.mayStillLand(slot), `${told}, but an account may still come`);
  }

  /** A person who has looked says how it is: too early, where an account may still come. */
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
      return must(isEarly, `${slot.name} is resolved in vain`);
    }
    must(!this.mayStillLand(slot) || account !== undefined, `${slot.name} is resolved too early`);
    must(status === 200, `${slot.name} is resolved with ${status}`);
    if (account === undefined) slot.clearedOrder = this.at.nextOrder();
    await this.inspect();
    must(slot.operation?.state === outcome.outcome, `${slot.name} is not as it was resolved`);
  }

  /** Somebody else's account in a slot's place, where the vendor lets it be. */
  async takePlace(slot: Slot): Promise<void> {
    const body = this.body(slot, slot.variant);
    const { vendor } = this;
    if (slot.isTaken || vendor === "garmat" || (vendor === "elastic_path" && Object.keys(body).length === 1)) return;
    const host = `https://${hosts[vendor]}.sandbox.test`;
    const headers = { [beside]: "somebody" };
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
    if (!reply.ok) return must(this.accountsOf(slot).length === 1, "The vendor refuses somebody else");
    this.at.register(await reply.json(), { name: "Somebody else", reference: null }, url, 0);
    slot.isTaken = true;
    slot.takenOrder = this.at.nextOrder();
  }

  /** Compares what the ledger has written with what the vendor holds. `asked`: what may have begun an operation. */
  async inspect(asked?: Asked): Promise<void> {
    const { operations, alarmMs } = await runInDurableObject(ledgerOf(this.vendor), async (ledger, { storage }) => {
      const { list, read } = ledger as unknown as LedgerService;
      const page = await list.call(ledger, { keyName: null, state: null, cursor: null });
      const whole = await Promise.all(page.operations.map(({ id }) => read.call(ledger, id)));
      return { operations: whole.filter((operation) => operation !== null), alarmMs: await storage.getAlarm() };
    });
    must(this.#violations.length === 0, this.#violations.slice(0, 3).join("; "));
    const slots = Object.values(this.slots);
    for (const operation of operations) {
      const known = slots.find((slot) => slot.operation?.id === operation.id);
      const slot = known ?? asked?.slot;
      if (slot === undefined) throw new Error(`${operation.id} comes from nowhere`);
      if (known === undefined) {
        must(!slot.operation || this.#mayBeginAnew(slot, slot.operation), `${slot.name} has two operations`);
        slot.operation = undefined;
        slot.variant = asked?.variant ?? 0;
        slot.beganUnder = this.configuration;
        slot.hasMoved = false;
      }
      this.#checkOperation(slot, operation);
      slot.operation = operation;
      this.#checkAlarm(operation, alarmMs);
    }
    const known = slots.filter(({ operation }) => operation !== undefined);
    must(operations.length === known.length, "The ledger has forgotten an operation");
    for (const slot of slots) {
      must(this.accountsOf(slot).length <= 1, `The vendor holds ${slot.name} twice`);
      for (const { reference } of this.sendsOf(slot).filter(({ fate }) => fate !== "refused"))
        must(
          !this.#isStamped(slot) || reference === stampIn(slot.operation?.id),
          `${slot.name} is stamped ${reference}`,
        );
    }
  }

  #checkOperation(slot: Slot, operation: Operation): void {
    const { state, keyName, created, history, attempt } = operation;
    const told = `${slot.name} is ${state}`;
    must(keyName === slot.keyName, `${told} under another gateway key`);
    if (slot.operation?.created) {
      must(state === "created", `${told} after it was created`);
      const isSame = JSON.stringify(created) === JSON.stringify(slot.operation.created);
      must(isSame, `${told} as another account than before`);
    }
    must(attempt >= (slot.operation?.attempt ?? 0), `${told} and counts backwards`);
    const since = history.at(-1);
    switch (state) {
      case "created":
        return must(this.#isOnly(slot, created?.account.id), `${told}, but that is not what the vendor holds`);
      case "rejected":
        this.#isWithoutAccount(slot, told);
        if (operation.problem?.code === "account_exists") this.#checkDuplicate(slot, told);
        else this.#checkRejection(slot, told);
        return;
      case "not_created":
        return this.#isWithoutAccount(slot, told);
      case "needs_review":
        if (since?.reason === "not_distinguishable")
          must(!this.#canBeMissed(slot) || slot.isTaken, `${told}, but can be looked up`);
        else if (since?.reason === "resend_limit") must(this.#lostSends(slot) > 3, `${told} after too few resends`);
        else if (since?.reason === "target_changed") must(slot.hasMoved, `${told}, but leads where it led`);
        else {
          must(since?.reason === "no_verdict", `${told} because of ${since?.reason}`);
          // The vendor calls it a duplicate, and shows none.
          if (operation.suspected?.code === "account_exists") return;
          const unknownSinceMs = operation.unknownSinceMs ?? Number.POSITIVE_INFINITY;
          must(since.atMs >= unknownSinceMs + dayMs, `${told} before a day is over`);
        }
        return;
      case "sending":
      case "queued":
      case "unknown":
    }
  }

  /** After a lost request a rejection counts only with a lookup behind it. */
  #checkRejection(slot: Slot, told: string): void {
    const last = this.sendsOf(slot).at(-1);
    if (last === undefined || !this.#canBeFound(slot) || this.#lostSends(slot) === 0) return;
    const isLookedFor = this.at.looks.some(
      ({ order, isComplete, about }) => order > last.order && isComplete && this.#isAbout(about, slot, last),
    );
    must(isLookedFor, `${told} without a look`);
  }

  /** How many requests of a slot were lost, those that a person has since ruled out left aside. */
  #lostSends(slot: Slot): number {
    const lost = this.sendsOf(slot).filter(({ fate, order }) => fate === "nothing" && order > slot.clearedOrder);
    return new Set(lost.map(({ trace }) => trace)).size;
  }

  /** That somebody else holds the place is believed of a first attempt alone. */
  #checkDuplicate(slot: Slot, told: string): void {
    must(slot.isTaken, `${told} by nobody`);
    const sends = this.sendsOf(slot);
    const last = sends.at(-1);
    if (last === undefined || sends.every(({ trace }) => trace === last.trace)) return;
    // What came before it was refused, and nothing that a lookup shows could tell whose account it is.
    if (!this.#canBeFound(slot) && this.#lostSends(slot) === 0) return;
    // By the field that is taken: Zendesk's is the name.
    const isAbout = (about: string) =>
      this.#isAbout(about, slot, last) || about.includes(escapeFilter(nameOf(slot.name, slot.variant)));
    const isLookedFor = this.at.looks.some(
      ({ order, isComplete, about }) => order > last.order && isComplete && isAbout(about),
    );
    must(isLookedFor, `${told} without a look`);
  }

  /** Whatever has to be done has an alarm, and in time. */
  #checkAlarm({ state, dueAtMs }: Operation, alarmMs: number | null): void {
    if (state !== "sending" && state !== "unknown" && state !== "queued") return;
    if (alarmMs === null || dueAtMs === null) throw new Error(`Nothing will ever be done of what is ${state}`);
    // A queue may be paused for as long as the vendor asks.
    const latestMs = Math.max(dueAtMs, nowMs()) + alarmSlackMs;
    must(state === "queued" || alarmMs <= latestMs, `What is ${state} is acted upon too late`);
  }

  /** Time passes; what is on its way lands, and alarms run where they do. */
  async pass(durationMs: number, withAlarms: boolean): Promise<void> {
    const untilMs = nowMs() + durationMs;
    for (let steps = 0; ; steps += 1) {
      if (steps > 2000) throw new Error("Alarms run on and on");
      const landingMs = this.at.nextLandingMs();
      const alarmMs = withAlarms ? await this.#alarmMs() : Number.POSITIVE_INFINITY;
      const nextMs = Math.min(landingMs, alarmMs);
      if (nextMs > untilMs) break;
      advance(Math.max(0, nextMs - nowMs()));
      await (landingMs === nextMs ? this.at.land() : runAlarm(this.vendor));
    }
    advance(untilMs - nowMs());
  }

  async #alarmMs(): Promise<number> {
    const alarmMs = await runInDurableObject(ledgerOf(this.vendor), (_ledger, { storage }) => storage.getAlarm());
    return alarmMs ?? Number.POSITIVE_INFINITY;
  }

  async configure(name: ConfigurationName): Promise<void> {
    this.configuration = name;
    for (const slot of Object.values(this.slots))
      if (placeOf(name) !== "" && placeOf(name) !== placeOf(slot.beganUnder)) slot.hasMoved = true;
    await configure(this.changes());
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
    return { [this.vendor]: { timeout_ms: 10_000, settle_window_ms: maxLagMs, ...byName[this.configuration] } };
  }

  /** When all is well again, and time has passed, every operation has come to an end that is told as it is. */
  async checkEnd(): Promise<void> {
    this.at.weather = fair;
    await this.pass(25 * 60 * 60 * 1000, true);
    await this.inspect();
    for (const slot of Object.values(this.slots)) {
      if (slot.operation === undefined) continue;
      must(ends.has(slot.operation.state), `${slot.name} is ${slot.operation.state} for ever`);
      const asked = { slot, variant: slot.variant, isAsync: false, query: "" };
      let answer = await this.create(asked);
      // A place that is taken is told as such after two looks.
      if (slot.isTaken && answer.problem?.code === "outcome_unknown") {
        await this.pass(600_000, true);
        answer = await this.create(asked);
      }
      const { problem, status } = answer;
      if (this.#leadsThere(slot)) {
        const isOver = status === 201 || problem?.effect === "none" || problem?.code === "operation_needs_review";
        must(isOver, `${slot.name} ends with ${problem?.code}`);
      } else {
        const isClosed = problem?.code === "idempotency_key_reused" || problem?.code === "operation_needs_review";
        must(isClosed, `${slot.name}, which led elsewhere, ends with ${problem?.code}`);
      }
    }
    must((await held(this.vendor)).length === this.at.accounts.size, "The vendor holds what nobody sent");
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
    beganUnder: "original",
    hasMoved: false,
    told: new Map(),
    toldId: undefined,
    clearedOrder: 0,
    isTaken: false,
    takenOrder: 0,
  };
}

/** What every rewriting of a vendor's changes. */
const oddity = ` "So\u0308hne"  & <Co>\u200B of a length that is cut`;
const nameOf = (slot: SlotName, variant: number): string => `${slot} Acme ${variant}${oddity}`;
const slotOf = (name: string): string => name.split(" Acme ")[0] ?? "";
const codeOf = (slot: SlotName, variant: number): string =>
  `${slot}-ACME-${variant}`.toUpperCase().replaceAll(" ", "-");
/** A value as it stands in Elastic Path's filter; the same in Zendesk's query but for its quotes. */
const escapeFilter = (value: string): string => value.split('"')[0] ?? "";

/** A create of somebody else's that takes the place of a slot's account. */
function foreignCreate(vendor: Exclude<ModelledVendor, "garmat">, body: Record<string, unknown>, code: string) {
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

/** Where a configuration leads; empty where nowhere. */
function placeOf(name: ConfigurationName): string {
  return name === "broken" ? "" : name === "elsewhere" ? "elsewhere" : "here";
}
