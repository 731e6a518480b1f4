/** Each transition of an operation, and the invariants of every sequence of transitions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideClaim } from "../../../src/ledger/claim.ts";
import { type LookupResult, reconcile } from "../../../src/ledger/reconcile.ts";
import type { Operation, RecordedOutcome } from "../../../src/ledger/operation.ts";
import {
  backoffMs,
  claim,
  deployMs,
  expire,
  giveUp,
  graceMs,
  isFinal,
  type Now,
  giveUpAfterMs,
  postpone,
  resolve,
  review,
  settle,
  failRetargeted,
} from "../../../src/ledger/transitions.ts";
import {
  absentTwice,
  account,
  asked,
  at,
  day,
  everyState,
  inState,
  leaseMs,
  type Named,
  problem,
  newOperation,
  results,
  outcomes,
} from "../../support/operations.ts";

const second = 1000;
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

  test.each(["queued", "created", "rejected", "not_created", "not_created, looked for"] satisfies Named[])(
    "changes an operation that is %s only where an account was created",
    (name) => {
      const { created, ...others } = outcomes;
      for (const outcome of Object.values(others))
        expect(settle(inState[name], "first", outcome, at(second))).toBe(inState[name]);
      expect(settle(inState[name], "first", created, at(second)).state).toBe("created");
    },
  );
});

test.each(everyState)("of an older attempt of an operation that is %s, only `created` counts", (name) => {
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
  ] as const)("does not count before a lookup: %s", (_case, held, nonce, outcome) => {
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

  test("counts after two lookups show no account, unless it says that the account exists", () => {
    const rejected = absentTwice(settle(again, "second", outcomes.rejected, at(day)), lookupAtMs);
    expect(rejected).toMatchObject({ state: "rejected", problem });
    const exists = { ...outcomes.duplicate, problem: { code: "account_exists" } } as const;
    const open = absentTwice(settle(again, "second", exists, at(day)), lookupAtMs);
    expect({ state: open.state, reason: reasonOf(open) }).toEqual({ state: "needs_review", reason: "no_verdict" });
  });

  test("that is not in the vendor's format lets the create be sent again; after an unknown outcome a lookup comes first", () => {
    // A lookup comes before the next send.
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

describe("a lookup", () => {
  test.each([
    ["unknown", "ours", "created"],
    ["unknown", "taken", "rejected"],
    ["unknown", "absent", "not_created"],
    ["unknown, async", "absent", "queued"],
    ["unknown, async", "taken", "rejected"],
    ["unknown", "candidates", "needs_review"],
    ["unknown", "no_lookup", "needs_review"],
    ["unknown", "unreadable", "unknown"],
  ] as const)(
    "of an operation that is %s with result `%s`, twice after the lease, makes it %s",
    (name, kind, state) => {
      const once = reconcile(inState[name], read(results[kind], leaseEndsMs), at(leaseEndsMs));
      const againMs = leaseEndsMs + settleWindowMs;
      const twice = reconcile(once, read(results[kind], againMs), at(againMs));
      expect(twice.state).toBe(state);
      expect(once.state).toBe(["absent", "taken", "candidates"].includes(kind) ? "unknown" : state);
    },
  );

  test.each(["taken", "absent"] as const)(
    "with result `%s` counts only after the lease, and twice, a settle window apart",
    (kind) => {
      const early = reconcile(inState.unknown, read(results[kind], leaseEndsMs - 1), at(leaseEndsMs + day));
      expect(early).toMatchObject({ state: "unknown", missingSinceMs: null, dueAtMs: leaseEndsMs });
      const once = reconcile(early, read(results[kind], leaseEndsMs), at(leaseEndsMs + second));
      expect(once).toMatchObject({ missingSinceMs: leaseEndsMs, dueAtMs: leaseEndsMs + settleWindowMs });
      const soon = reconcile(once, read(results[kind], leaseEndsMs + settleWindowMs - 1), at(leaseEndsMs + day));
      expect(soon).toMatchObject({ state: "unknown", dueAtMs: leaseEndsMs + settleWindowMs });
      const settled = reconcile(soon, read(results[kind], leaseEndsMs + settleWindowMs), at(leaseEndsMs + day));
      expect(isFinal(settled)).toBe(true);
    },
  );

  test("with candidates, or with no record where that proves nothing, sends the operation to review", () => {
    for (const result of [results.candidates, { ...results.absent, isProof: false }]) {
      const once = reconcile(inState["unknown, async"], read(result, leaseEndsMs), at(leaseEndsMs));
      expect(once.state).toBe("unknown");
      const againMs = leaseEndsMs + settleWindowMs;
      const reviewed = reconcile(once, read(result, againMs), at(againMs));
      expect({ state: reviewed.state, reason: reasonOf(reviewed) }).toEqual({
        state: "needs_review",
        reason: "not_distinguishable",
      });
      expect(reviewed.candidates).toEqual(result.kind === "candidates" ? [{ id: "9" }] : []);
    }
  });

  test("that cannot recognise an account sends the operation to review, but not before the lease ends", () => {
    const unrecognisable = { ...results.candidates, canRecognise: false };
    const early = reconcile(inState.unknown, read(unrecognisable, leaseEndsMs - 1), at(leaseEndsMs));
    expect(early).toMatchObject({ state: "unknown", dueAtMs: leaseEndsMs, candidates: [] });
    const later = reconcile(early, read(unrecognisable, leaseEndsMs), at(leaseEndsMs));
    expect(later).toMatchObject({ state: "needs_review", dueAtMs: null, candidates: [{ id: "9" }] });
  });

  test("after the target changed sends the operation to review, after the longest deploy", () => {
    const { target_changed: result } = results;
    const waiting = reconcile(inState.unknown, read(result, deployMs - 1), at(deployMs - 1));
    expect(waiting).toMatchObject({ state: "unknown", tries: 1 });
    const reviewed = reconcile(waiting, read(result, deployMs), at(deployMs));
    expect({ state: reviewed.state, reason: reasonOf(reviewed) }).toEqual({
      state: "needs_review",
      reason: "target_changed",
    });
  });

  test("that shows several of our accounts records the others as duplicates", () => {
    const result = { ...results.ours, duplicates: ["2"] };
    expect(reconcile(inState.unknown, read(result, 0), at(0))).toMatchObject({
      state: "created",
      created: { account: { id: "1" } },
      duplicates: ["2"],
    });
  });

  test("that fails for a day sends the operation to review", () => {
    const waiting = reconcile(inState.unknown, read(results.unreadable, giveUpAfterMs - 1), at(giveUpAfterMs - 1));
    expect(waiting.state).toBe("unknown");
    const reviewed = reconcile(waiting, read(results.unreadable, giveUpAfterMs), at(giveUpAfterMs));
    expect({ state: reviewed.state, reason: reasonOf(reviewed) }).toEqual({
      state: "needs_review",
      reason: "no_verdict",
    });
  });

  test("with Retry-After is repeated after that time", () => {
    const result = { ...results.unreadable, retryAfterMs: 3_600_000 };
    expect(reconcile(inState.unknown, read(result, 0), at(0)).dueAtMs).toBe(3_600_000);
  });

  const mayBeLookedUp = (name: Named) => name.startsWith("unknown") || name === "not_created, looked for";
  test.each(everyState.filter((name) => !mayBeLookedUp(name)))(
    "changes an operation that is %s only where it shows our account",
    (name) => {
      const { ours, ...others } = results;
      for (const result of Object.values(others))
        expect(reconcile(inState[name], read(result, day), at(day))).toBe(inState[name]);
      expect(reconcile(inState[name], read(ours, day), at(day)).state).toBe("created");
    },
  );

  test("before the next send allows it only after another absence", () => {
    const held = inState["not_created, looked for"];
    const states = Object.entries(results).map(([kind, result]) => [
      kind,
      reconcile(held, read(result, day), at(day)).state,
    ]);
    expect(Object.fromEntries(states)).toEqual({
      ours: "created",
      taken: "rejected",
      absent: "not_created",
      candidates: "needs_review",
      no_lookup: "not_created",
      unreadable: "not_created",
      target_changed: "not_created",
    });
    const unproven = { ...results.absent, isProof: false };
    expect(reconcile(held, read(unproven, day), at(day)).state).toBe("needs_review");
  });

  test("without a record does not queue an asynchronous operation again after its deadline", () => {
    const once = reconcile(inState["unknown, async"], read(results.absent, giveUpAfterMs), at(giveUpAfterMs));
    const againMs = giveUpAfterMs + settleWindowMs;
    expect(reconcile(once, read(results.absent, againMs), at(againMs)).state).toBe("not_created");
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
  test("waits longer after each failure, and as long as the vendor says", () => {
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
    const obstacle = { code: "vendor_unavailable" } as const;
    expect(giveUp(inState.queued, obstacle, at(giveUpAfterMs - 1))).toBe(inState.queued);
    const untried = giveUp(inState.queued, obstacle, at(giveUpAfterMs));
    expect(untried).toMatchObject({ state: "not_created", problem: obstacle, dueAtMs: giveUpAfterMs + 7 * day });
    const tried = giveUp(postpone(inState.queued, problem, undefined, at(0)), obstacle, at(giveUpAfterMs));
    expect(tried).toMatchObject({ state: "not_created", problem });
    const last = postpone(inState.queued, problem, undefined, at(giveUpAfterMs));
    expect({ state: last.state, reason: reasonOf(last) }).toEqual({ state: "not_created", reason: "gave_up" });
  });

  test.each(everyState.filter((name) => name !== "queued"))("is not one in state %s, which does not change", (name) => {
    expect(giveUp(inState[name], problem, at(day))).toBe(inState[name]);
    expect(failRetargeted(inState[name], at(day))).toBe(inState[name]);
    expect(postpone(inState[name], problem, undefined, at(day))).toBe(inState[name]);
  });
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

describe("every sequence of transitions", () => {
  type Event =
    | { kind: "ask"; isAsync: boolean; hasLooked: boolean; target: string | null; fingerprint: string }
    | { kind: "send" | "expire" | "postpone" | "give_up" }
    | { kind: "outcome"; outcome: RecordedOutcome; attempt: number }
    | { kind: "lookup"; result: LookupResult; agoMs: number }
    | { kind: "say_created" | "say_not_created" | "move_target" };

  const outcome = fc.constantFrom<RecordedOutcome>(...Object.values(outcomes), { kind: "created", ...account("2") });
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({
      kind: fc.constant("ask" as const),
      isAsync: fc.boolean(),
      hasLooked: fc.boolean(),
      target: fc.constantFrom("t", "t", "t", "elsewhere", null),
      fingerprint: fc.constantFrom("f", "f", "f", "other"),
    }),
    fc.record({ kind: fc.constantFrom("send", "expire", "postpone", "give_up") }),
    fc.record({ kind: fc.constant("outcome" as const), outcome, attempt: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      kind: fc.constant("lookup" as const),
      result: fc.constantFrom<LookupResult>(
        ...Object.values(results),
        results.taken,
        results.taken,
        results.absent,
        results.absent,
      ),
      agoMs: fc.constantFrom(0, second, leaseEndsMs),
    }),
    fc.record({ kind: fc.constantFrom("say_created", "say_not_created", "move_target") }),
  );
  const events = fc.array(fc.tuple(event, fc.constantFrom(0, 1, second, leaseEndsMs, settleWindowMs, day)), {
    maxLength: 40,
  });
  const nonceOf = (attempt: number) => `attempt ${attempt}`;

  /** Applies an event as the ledger does. */
  function apply(held: Operation, occurred: Event, now: Now): Operation {
    switch (occurred.kind) {
      case "ask": {
        const { isAsync, hasLooked, target, fingerprint } = occurred;
        const nonce = nonceOf(held.attempt + 1);
        const next = { ...newOperation, id: "clarus.2" };
        const request = { ...asked, fingerprint, isAsync, target, nonce, newOperation: next, leaseMs };
        const result = decideClaim(held, request, now, hasLooked ? { failure: undefined } : null);
        // An operation that replaces this one is not followed.
        return "operation" in result && result.operation.id === held.id ? result.operation : held;
      }
      case "send":
        return held.state === "queued" ? claim(held, nonceOf(held.attempt + 1), leaseMs, now) : held;
      case "expire":
        return expire(held, now);
      case "postpone":
        return postpone(held, problem, undefined, now);
      case "give_up":
        return giveUp(held, problem, now);
      case "outcome":
        return settle(held, nonceOf(Math.min(occurred.attempt, held.attempt)), occurred.outcome, now);
      case "lookup":
        return reconcile(held, read(occurred.result, now.nowMs - occurred.agoMs), now);
      case "say_created":
      case "say_not_created": {
        const created = occurred.kind === "say_created" ? account("3") : null;
        return held.state === "needs_review" ? resolve(held, { by: "o", note: "n", created }, [], now) : held;
      }
      case "move_target":
        return failRetargeted(held, now);
    }
  }

  const first = { ...inState.sending, nonce: nonceOf(1) };
  const starts: Operation[] = [
    first,
    { ...inState["sending, async"], nonce: nonceOf(1) },
    { ...inState["unknown, async"], nonce: nonceOf(1) },
    { ...inState.needs_review, nonce: nonceOf(1) },
    { ...review(inState["unknown, async"], "no_verdict", at(0)), nonce: nonceOf(1) },
    inState.queued,
  ];

  interface Step {
    before: Operation;
    occurred: Event;
    after: Operation;
    nowMs: number;
  }

  /** Calls `check` for each step that `concerns` selects. */
  function checkSteps(concerns: (step: Step) => boolean, check: (step: Step) => void): void {
    fc.assert(
      fc.property(fc.constantFrom(...starts), events, (operation, sequence) => {
        let [before, nowMs] = [operation, 0];
        for (const [occurred, passedMs] of sequence) {
          nowMs += passedMs;
          const step = { before, occurred, after: apply(before, occurred, at(nowMs)), nowMs };
          if (concerns(step)) check(step);
          before = step.after;
        }
      }),
      { numRuns: 3000 },
    );
  }
  const always = () => true;
  const changesState = ({ before, after }: Step) => after.state !== before.state;
  const isDecided = ({ state }: Operation) => state === "created" || state === "rejected";

  test("makes no other state change than these", () => {
    const allowed = {
      queued: ["sending", "created", "rejected", "not_created", "needs_review"],
      sending: ["created", "rejected", "not_created", "queued", "unknown"],
      unknown: ["created", "rejected", "not_created", "queued", "needs_review"],
      needs_review: ["created", "not_created", "queued", "unknown"],
      not_created: ["sending", "queued", "created", "rejected", "needs_review"],
      rejected: ["created"],
      created: [],
    } as const satisfies Record<Operation["state"], readonly Operation["state"][]>;
    const seen = new Set<string>();
    checkSteps(changesState, ({ before, after }) => seen.add(`${before.state} to ${after.state}`));
    const all = Object.entries(allowed).flatMap(([from, tos]) => tos.map((to) => `${from} to ${to}`));
    expect([...seen].toSorted()).toEqual(all.toSorted());
  });

  test("keeps `created` and its account", () => {
    checkSteps(
      ({ before }) => before.state === "created",
      ({ before, after }) => {
        const { state, created, dueAtMs } = before;
        expect(after).toMatchObject({ state, created, dueAtMs });
      },
    );
  });

  test("ends in `created` whichever attempt reports it", () => {
    checkSteps(
      ({ occurred }) => occurred.kind === "outcome" && occurred.outcome.kind === "created",
      ({ after }) => expect(after.state).toBe("created"),
    );
  });

  test("ignores any other outcome of an older attempt", () => {
    checkSteps(
      ({ before, occurred }) =>
        occurred.kind === "outcome" && occurred.outcome.kind !== "created" && occurred.attempt < before.attempt,
      ({ before, after }) => expect(after).toBe(before),
    );
  });

  test("has a due time unless in review; once final, the due time is the end of its retention", () => {
    checkSteps(always, ({ after }) => expect(after.dueAtMs === null).toBe(after.state === "needs_review"));
    checkSteps(
      (step) => changesState(step) && isFinal(step.after),
      ({ after, nowMs }) => expect(after.dueAtMs).toBe(nowMs + after.retentionMs),
    );
  });

  test("keeps its identity, and its body as long as it may be sent", () => {
    const identity = { ...asked, id: newOperation.id, vendor: newOperation.vendor, createdAtMs: 0 };
    checkSteps(always, ({ after }) =>
      expect(after).toMatchObject({ ...identity, sendable: isDecided(after) ? null : newOperation.sendable }),
    );
  });

  test("has an account only once created, candidates only in review, and a problem in the other final states", () => {
    checkSteps(always, ({ after }) => expect(after.created !== null).toBe(after.state === "created"));
    checkSteps(
      ({ after }) => after.state !== "needs_review",
      ({ after }) => expect(after.candidates).toEqual([]),
    );
    checkSteps(
      ({ after }) => isFinal(after),
      ({ after }) => expect(after.problem === null).toBe(after.state === "created"),
    );
  });

  test("counts its attempts, and never forgets a send", () => {
    checkSteps(always, ({ before, after }) =>
      expect(after.attempt - before.attempt).toBe(after.nonce === before.nonce ? 0 : 1),
    );
    checkSteps(
      ({ before }) => before.mayHaveCreated,
      ({ after }) => expect(after.mayHaveCreated).toBe(true),
    );
  });

  test("records each state change", () => {
    checkSteps(changesState, ({ after, nowMs }) => {
      const { state, attempt, updatedAtMs, history } = after;
      expect(updatedAtMs).toBe(nowMs);
      expect(history.at(-1)).toMatchObject({ atMs: nowMs, state, attempt });
    });
  });

  test("is sent again only when queued or not created, with a new lease", () => {
    checkSteps(
      ({ before, after }) => after.nonce !== before.nonce,
      ({ before, occurred, after, nowMs }) => {
        expect(["queued", "not_created"]).toContain(before.state);
        expect(["ask", "send"]).toContain(occurred.kind);
        expect(after).toMatchObject({ state: "sending", leaseEndsMs: nowMs + leaseEndsMs });
      },
    );
  });

  test("keeps the latest 100 history entries", () => {
    let held: Operation = inState.not_created;
    for (let attempt = 2; attempt < 200; attempt += 1) {
      held = settle(
        claim(held, nonceOf(attempt), leaseMs, at(attempt)),
        nonceOf(attempt),
        outcomes["not sent"],
        at(attempt),
      );
    }
    expect(held.history).toHaveLength(100);
    expect(held.history.at(-1)).toMatchObject({ atMs: 199, attempt: 199 });
  });
});
