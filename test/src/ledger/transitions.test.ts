/** Each transition of an operation. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LookupResult, reconcile } from "../../../src/ledger/reconcile.ts";
import type { Operation } from "../../../src/ledger/operation.ts";
import {
  asRepeat,
  backoffMs,
  claim,
  deployMs,
  expire,
  giveUp,
  graceMs,
  giveUpAfterMs,
  isRepeatable,
  limitRepeats,
  postpone,
  repeat,
  resolve,
  review,
  settle,
  failRetargeted,
} from "../../../src/ledger/transitions.ts";
import {
  absentTwice,
  account,
  at,
  everyState,
  inState,
  leaseMs,
  type StateName,
  problem,
  newOperation,
  repeatable,
  repeatableForMs,
  results,
  outcomes,
} from "../../support/operations.ts";
import { day, second } from "../../support/time.ts";

const settleWindowMs = 60 * second;
const leaseEndsMs = leaseMs + graceMs;
const reasonOf = ({ history }: Operation) => history.at(-1)?.reason;
const read = (result: LookupResult, beganAtMs: number) => ({ result, beganAtMs, settleWindowMs });

describe("an outcome of the latest attempt", () => {
  const nextStates = {
    first: {
      created: "created",
      rejected: "rejected",
      duplicate: "unknown",
      "not sent": "not_created",
      refused: "not_created",
      foreign: "not_created",
      unknown: "unknown",
    },
    async: {
      created: "created",
      rejected: "rejected",
      duplicate: "unknown",
      "not sent": "queued",
      refused: "queued",
      foreign: "queued",
      unknown: "unknown",
    },
    late: {
      created: "created",
      rejected: "unknown",
      duplicate: "unknown",
      "not sent": "not_created",
      refused: "not_created",
      foreign: "unknown",
      unknown: "unknown",
    },
    lateAsync: {
      created: "created",
      rejected: "unknown",
      duplicate: "unknown",
      "not sent": "queued",
      refused: "queued",
      foreign: "unknown",
      unknown: "unknown",
    },
  } as const;
  test.each([
    ["sending", nextStates.first],
    ["sending, async", nextStates.async],
    ["unknown", nextStates.late],
    ["unknown, async", nextStates.lateAsync],
    ["needs_review", { ...nextStates.late, unknown: "needs_review" }],
  ] as const)("settles an operation that is %s", (name, expected) => {
    const states = Object.entries(outcomes).map(([kind, outcome]) => [
      kind,
      settle(inState[name], "first", outcome, at(second)).state,
    ]);
    expect(Object.fromEntries(states)).toEqual(expected);
  });

  test.each(["queued", "created", "rejected", "not_created", "not_created, looked for"] satisfies StateName[])(
    "changes an operation that is %s only if it is `created`",
    (name) => {
      const { created, ...others } = outcomes;
      for (const outcome of Object.values(others))
        expect(settle(inState[name], "first", outcome, at(second))).toBe(inState[name]);
      expect(settle(inState[name], "first", created, at(second)).state).toBe("created");
    },
  );
});

test.each(everyState)("only `created` of an older attempt changes an operation that is %s", (name) => {
  for (const outcome of Object.values(outcomes)) {
    const { state } = inState[name];
    const settled = settle(inState[name], "older", outcome, at(second));
    expect(settled.state).toBe(outcome.kind === "created" ? "created" : state);
    expect(settled === inState[name]).toBe(outcome.kind !== "created" || state === "created");
  }
});

test("a second account is recorded as a duplicate once, and the first stays", () => {
  const other = { kind: "created", ...account("2") } as const;
  const twice = settle(settle(inState.created, "older", other, at(second)), "older", other, at(second));
  expect(twice).toMatchObject({ state: "created", duplicates: ["2"], created: { account: { id: "1" } } });
  expect(settle(twice, "first", outcomes.created, at(second))).toBe(twice);
});

describe("a rejection", () => {
  const again = claim(inState["not_created, looked for"], "second", leaseMs, at(day));
  const lookupAtMs = day + leaseEndsMs;

  test.each([
    ["a duplicate, at the first attempt", inState.sending, "first", outcomes.duplicate],
    ["any rejection, after an unknown outcome", again, "second", outcomes.rejected],
    ["a duplicate, after an unknown outcome", again, "second", outcomes.duplicate],
  ] as const)("is not final before a lookup: %s", (_case, held, nonce, outcome) => {
    const unresolved = settle(held, nonce, outcome, at(day));
    expect(unresolved).toMatchObject({ state: "unknown", suspected: problem, mayHaveCreated: true });
    expect(settle(unresolved, nonce, outcome, at(day + second))).toBe(unresolved);
    const ours = reconcile(unresolved, read(results.ours, day), at(day));
    expect(ours).toMatchObject({ state: "created", created: { account: { id: "1" } } });
    const once = reconcile(unresolved, read(results.taken, lookupAtMs), at(lookupAtMs));
    const againMs = lookupAtMs + settleWindowMs;
    const confirmed = reconcile(once, read(results.taken, againMs), at(againMs));
    expect(confirmed).toMatchObject({ state: "rejected", problem, sendable: null });
  });

  test("is final after two lookups show no account, unless it says that the account exists", () => {
    const rejected = absentTwice(settle(again, "second", outcomes.rejected, at(day)), lookupAtMs);
    expect(rejected).toMatchObject({ state: "rejected", problem });
    const exists = { ...outcomes.duplicate, problem: { code: "account_exists" } } as const;
    const open = absentTwice(settle(again, "second", exists, at(day)), lookupAtMs);
    expect({ state: open.state, reason: reasonOf(open) }).toEqual({ state: "needs_review", reason: "no_verdict" });
  });

  test("that is not in the vendor's format allows another send; after an unknown outcome a lookup comes first", () => {
    // `mayHaveCreated` requires a lookup before the next send.
    expect(settle(inState.sending, "first", outcomes.foreign, at(0))).toMatchObject({
      state: "not_created",
      mayHaveCreated: true,
      unknownSinceMs: null,
    });
    expect(settle(inState.sending, "first", outcomes.foreign, at(0), true).state).toBe("unknown");
    const unresolved = settle(again, "second", outcomes.foreign, at(day));
    expect(unresolved).toMatchObject({ state: "unknown", suspected: null });
    expect(absentTwice(unresolved, lookupAtMs).state).toBe("not_created");
  });
});

describe("at a vendor with an idempotency key of its own, an operation", () => {
  const reasonAndState = (operation: Operation) => [operation.state, reasonOf(operation)];

  test("is repeatable from its first send until the vendor may forget the key", () => {
    const { unknown, sending } = repeatable;
    expect([at(0), at(repeatableForMs - 1), at(repeatableForMs)].map((now) => isRepeatable(unknown, now))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isRepeatable(inState.unknown, at(0))).toBe(false);
    const refused = settle(sending, "first", outcomes.refused, at(0));
    expect(claim(refused, "again", leaseMs, at(day)).repeatableUntilMs).toBe(day + repeatableForMs);
    expect(repeatable.repeating.repeatableUntilMs).toBe(repeatableForMs);
  });

  test("is repeatable for a shorter time, or no longer, if today's adapter says so", () => {
    const { unknown } = repeatable;
    expect(limitRepeats(unknown, repeatableForMs)).toBe(unknown);
    const shorter = limitRepeats(unknown, second);
    expect([at(second - 1), at(second)].map((now) => isRepeatable(shorter, now))).toEqual([true, false]);
    expect(limitRepeats(shorter, second)).toBe(shorter);
    const ended = limitRepeats(unknown, 0);
    expect(isRepeatable(ended, at(second))).toBe(false);
    expect(limitRepeats(ended, 0)).toBe(ended);
    expect(limitRepeats(inState.unknown, 0)).toBe(inState.unknown);
  });

  test("is looked up, not rejected or repeated, if a repeat is refused as a duplicate: the account may be its own", () => {
    const repeating = claim(repeatable.unknown, "second", leaseMs, at(second));
    const refused = settle(repeating, "second", outcomes.duplicate, at(second), false);
    expect(refused).toMatchObject({ state: "unknown", suspected: outcomes.duplicate.problem });
    expect(repeat(refused, at(2 * second))).toBe(refused);
  });

  test.each(["unknown", "unknown, async"] as const)("that is %s is queued again, until repeats are over", (name) => {
    const queued = repeat(repeatable[name], at(second));
    expect(reasonAndState(queued)).toEqual(["queued", "repeated"]);
    expect(queued).toMatchObject({ dueAtMs: second, isRepeat: true });
    expect(queued.giveUpAtMs).toBeGreaterThanOrEqual(repeatableForMs);
    expect(repeat(repeatable[name], at(repeatableForMs))).toBe(repeatable[name]);
    expect(repeat(inState[name], at(second))).toBe(inState[name]);
  });

  test("waits longer before each repeat, and as long as the vendor says", () => {
    let held: Operation = repeatable.unknown;
    const dueTimes = Array.from({ length: 5 }, () => {
      const { dueAtMs: nowMs } = held;
      held = settle(claim(asRepeat(held), "again", leaseMs, at(nowMs ?? 0)), "again", outcomes.unknown, at(nowMs ?? 0));
      return nowMs;
    });
    expect(dueTimes).toEqual([1, 2, 4, 8, 16].map((seconds) => seconds * second));
    const old = claim(asRepeat(held), "old", leaseMs, at(day / 2));
    expect(settle(old, "old", outcomes.unknown, at(day / 2)).dueAtMs).toBe(day / 2 + 300 * second);
    const told = settle(repeatable.repeating, "second", { ...outcomes.refused, retryAfterMs: 60 * second }, at(second));
    expect(told.dueAtMs).toBe(61 * second);
  });

  test.each([
    ["created", "created"],
    ["rejected", "rejected"],
    ["duplicate", "unknown"],
    ["not sent", "unknown"],
    ["refused", "unknown"],
    ["foreign", "unknown"],
    ["unknown", "unknown"],
  ] as const)("whose repeat is %s is %s", (kind, state) => {
    for (const name of ["repeating", "repeating, async"] as const)
      expect(settle(repeatable[name], "second", outcomes[kind], at(second)).state).toBe(state);
  });

  test("is still unknown if the refusal of its latest repeat comes after the lease", () => {
    const expired = expire(repeatable.repeating, at(second + leaseEndsMs));
    expect(settle(expired, "second", outcomes.refused, at(day))).toMatchObject({
      state: "unknown",
      problem: { code: "outcome_unknown" },
    });
    // The first attempt has no earlier one, so its refusal is a proof.
    expect(settle(repeatable.unknown, "first", outcomes.refused, at(second)).state).toBe("not_created");
  });

  test("accepts a first rejection without a lookup, because a second copy gets the same answer", () => {
    expect(settle(repeatable.sending, "first", outcomes.duplicate, at(0)).state).toBe("rejected");
  });

  test.each(["queued", "queued, async"] as const)("that is %s for a repeat is never `not_created`", (name) => {
    const queued = repeatable[name];
    expect(giveUp(queued, problem, at(repeatableForMs - 1))).toBe(queued);
    expect(reasonAndState(giveUp(queued, problem, at(repeatableForMs)))).toEqual(["unknown", "gave_up"]);
    expect(reasonAndState(postpone(queued, problem, undefined, at(day)))).toEqual(["unknown", "gave_up"]);
    expect(failRetargeted(queued, at(second)).state).toBe("queued");
    expect(reasonAndState(failRetargeted(queued, at(deployMs)))).toEqual(["unknown", "target_changed"]);
  });

  test("is repeated as often as needed, without using up the resends", () => {
    let held: Operation = repeatable.unknown;
    for (let attempt = 2; attempt < 20; attempt += 1)
      held = settle(claim(asRepeat(held), "again", leaseMs, at(0)), "again", outcomes.unknown, at(0));
    expect(held).toMatchObject({ state: "unknown", attempt: 19, resends: 0 });
  });

  test("is an ordinary one again once two lookups or a person have shown that there is no account", () => {
    const later = day + leaseEndsMs;
    const over = settle(repeatable.repeating, "second", outcomes.unknown, at(day));
    expect(absentTwice(over, later)).toMatchObject({ state: "not_created", isRepeat: false });
    const resolved = resolve(review(over, "no_verdict", at(day)), { by: "o", note: "n", created: null }, [], at(day));
    expect(resolved).toMatchObject({ state: "not_created", isRepeat: false });
    const again = claim(absentTwice(over, later), "third", leaseMs, at(2 * day));
    expect(settle(again, "third", outcomes.refused, at(2 * day)).state).toBe("not_created");
  });
});

describe("a lease", () => {
  test("ends with the ledger's grace period, and leaves the outcome unknown", () => {
    expect(inState.sending.dueAtMs).toBe(leaseEndsMs);
    expect(expire(inState.sending, at(leaseEndsMs - 1))).toBe(inState.sending);
    const expired = expire(inState.sending, at(leaseEndsMs));
    expect(expired).toMatchObject({ state: "unknown", mayHaveCreated: true, problem: { code: "outcome_unknown" } });
    expect(reasonOf(expired)).toBe("lease_expired");
  });

  test.each(everyState.filter((name) => !name.startsWith("sending")))("cannot expire in state %s", (name) => {
    expect(expire(inState[name], at(day))).toBe(inState[name]);
  });
});

describe("a further attempt", () => {
  const lost = (operation: Operation, nowMs: number) =>
    settle(claim(operation, "again", leaseMs, at(nowMs)), "again", outcomes.unknown, at(nowMs));
  test("needs two lookups of its own without a record", () => {
    const again = lost(absentTwice(inState.unknown), day);
    const once = reconcile(again, read(results.absent, day + leaseEndsMs), at(day + leaseEndsMs));
    expect(once.state).toBe("unknown");
    expect(absentTwice(again, day + leaseEndsMs).state).toBe("not_created");
  });

  test("after an unknown outcome is made three times, and then the operation goes to review", () => {
    let held = absentTwice(inState.unknown);
    for (const attempt of [1, 2, 3]) {
      expect(held).toMatchObject({ state: "not_created", resends: attempt - 1 });
      held = absentTwice(lost(held, attempt * day), attempt * day + leaseEndsMs);
    }
    expect({ state: held.state, reason: reasonOf(held) }).toEqual({ state: "needs_review", reason: "resend_limit" });
    const cleared = resolve(held, { by: "operator", note: "None", created: null }, ["9"], at(4 * day));
    expect(cleared).toMatchObject({ state: "not_created", resends: 0, ruledOut: ["9"] });
  });

  test("after a refusal is made as often as requested", () => {
    let held: Operation = inState["not_created, refused"];
    for (let attempt = 0; attempt < 10; attempt += 1)
      held = settle(claim(held, "again", leaseMs, at(attempt)), "again", outcomes.refused, at(attempt));
    expect(held).toMatchObject({ state: "not_created", resends: 0, mayHaveCreated: false });
  });

  test("that the vendor refused does not count towards the limit of resends", () => {
    let held = absentTwice(inState.unknown);
    for (let attempt = 0; attempt < 10; attempt += 1)
      held = settle(claim(held, "again", leaseMs, at(day)), "again", outcomes.refused, at(day));
    expect(held).toMatchObject({ state: "not_created", resends: 0, mayHaveCreated: true });
    expect(absentTwice(lost(held, day), day + leaseEndsMs)).toMatchObject({ state: "not_created", resends: 1 });
  });

  test("is not rejected because of an earlier attempt's suspected duplicate", () => {
    const again = claim(inState["not_created, looked for"], "second", leaseMs, at(0));
    const unresolved = review(settle(again, "second", outcomes.duplicate, at(0)), "no_verdict", at(0));
    const free = resolve(unresolved, { by: "operator", note: "None", created: null }, [], at(0));
    expect(absentTwice(lost(free, day), day + leaseEndsMs).state).toBe("not_created");
  });

  test("that a caller waits for is not queued after two lookups without a record", () => {
    const notCreated = resolve(
      review(inState["unknown, async"], "no_verdict", at(0)),
      { by: "operator", note: "None", created: null },
      [],
      at(0),
    );
    const synchronous = { ...notCreated, isAsync: false };
    expect(absentTwice(lost(synchronous, 0)).state).toBe("not_created");
    expect(absentTwice(lost(notCreated, 0)).state).toBe("queued");
  });
});

describe("a queued operation", () => {
  test("waits longer after each failure, or as long as the vendor says", () => {
    const once = postpone(inState.queued, problem, undefined, at(0));
    expect(once).toMatchObject({ state: "queued", dueAtMs: second, problem });
    expect(postpone(once, problem, undefined, at(second)).dueAtMs).toBe(3 * second);
    expect(postpone(once, problem, 100 * second, at(0)).dueAtMs).toBe(100 * second);
  });

  test("whose target changed is given up after the longest deploy", () => {
    const waiting = failRetargeted(inState.queued, at(deployMs - 1));
    expect(waiting).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    const failed = failRetargeted(waiting, at(deployMs));
    expect(failed).toMatchObject({ state: "not_created", problem: { code: "misconfigured" }, mayHaveCreated: false });
    expect(reasonOf(failed)).toBe("target_changed");
  });

  test("is given up after a day, with its last problem or else the given one", () => {
    const given = { code: "vendor_unavailable" } as const;
    expect(giveUp(inState.queued, given, at(giveUpAfterMs - 1))).toBe(inState.queued);
    const untried = giveUp(inState.queued, given, at(giveUpAfterMs));
    expect(untried).toMatchObject({ state: "not_created", problem: given, dueAtMs: giveUpAfterMs + 7 * day });
    const tried = giveUp(postpone(inState.queued, problem, undefined, at(0)), given, at(giveUpAfterMs));
    expect(tried).toMatchObject({ state: "not_created", problem });
    const last = postpone(inState.queued, problem, undefined, at(giveUpAfterMs));
    expect({ state: last.state, reason: reasonOf(last) }).toEqual({ state: "not_created", reason: "gave_up" });
  });

  test.each(everyState.filter((name) => name !== "queued"))(
    "functions do not change an operation in state %s",
    (name) => {
      expect(giveUp(inState[name], problem, at(day))).toBe(inState[name]);
      expect(failRetargeted(inState[name], at(day))).toBe(inState[name]);
      expect(postpone(inState[name], problem, undefined, at(day))).toBe(inState[name]);
    },
  );
});

describe("a resolution", () => {
  const by = { by: "operator", note: "I looked" };

  test("as created stores the account", () => {
    const resolved = resolve(inState.needs_review, { ...by, created: account("7") }, [], at(second));
    expect(resolved).toMatchObject({
      state: "created",
      created: { account: { id: "7" } },
      problem: null,
      sendable: null,
    });
    expect(resolved.history.at(-1)).toEqual({
      atMs: second,
      state: "created",
      attempt: 1,
      reason: "resolved",
      ...by,
    });
  });

  test("as not created lets it be claimed again after a lookup", () => {
    const resolved = resolve(inState.needs_review, { ...by, created: null }, [], at(second));
    expect(resolved).toMatchObject({ state: "not_created", mayHaveCreated: true, dueAtMs: second + 7 * day });
    expect(resolved.sendable).toEqual(newOperation.sendable);
  });
});

describe("backoff", () => {
  test("doubles from a second to five minutes, minus up to a half", () => {
    const waits = [0, 1, 2, 3, 8, 9, 1000].map((tries) => backoffMs(tries, 0) / second);
    expect(waits).toEqual([1, 2, 4, 8, 256, 300, 300]);
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (tries, jitter) => {
        const most = backoffMs(tries, 0);
        expect(backoffMs(tries, jitter)).toBeGreaterThanOrEqual(most / 2);
        expect(backoffMs(tries, jitter)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
