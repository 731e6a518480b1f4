/** The life of an operation, edge by edge, and what holds of every life. */
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

describe("a verdict of the latest attempt", () => {
  const toEach = {
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
    ["sending", toEach.first],
    ["sending, async", toEach.async],
    ["unknown", toEach.late],
    ["unknown, async", toEach.lateAsync],
    ["needs_review", { ...toEach.late, unknown: "needs_review" }],
  ] as const)("settles one that is %s", (name, expected) => {
    const states = Object.entries(outcomes).map(([kind, verdict]) => [
      kind,
      settle(inState[name], "first", verdict, at(second)).state,
    ]);
    expect(Object.fromEntries(states)).toEqual(expected);
  });

  test.each(["queued", "created", "rejected", "not_created", "not_created, looked for"] satisfies Named[])(
    "changes nothing of one that is %s, but for an account that was created",
    (name) => {
      const { created, ...others } = outcomes;
      for (const verdict of Object.values(others))
        expect(settle(inState[name], "first", verdict, at(second))).toBe(inState[name]);
      expect(settle(inState[name], "first", created, at(second)).state).toBe("created");
    },
  );
});

test.each(everyState)("of an older attempt of one that is %s only `created` counts", (name) => {
  for (const verdict of Object.values(outcomes)) {
    const { state } = inState[name];
    const settled = settle(inState[name], "older", verdict, at(second));
    expect(settled.state).toBe(verdict.kind === "created" ? "created" : state);
    expect(settled === inState[name]).toBe(verdict.kind !== "created" || state === "created");
  }
});

test("a second account is noted as a duplicate, once, and the first stays", () => {
  const other = { kind: "created", ...account("2") } as const;
  const twice = settle(settle(inState.created, "older", other, at(second)), "older", other, at(second));
  expect(twice).toMatchObject({ state: "created", duplicates: ["2"], created: { account: { id: "1" } } });
  expect(settle(twice, "first", outcomes.created, at(second))).toBe(twice);
});

describe("a rejection", () => {
  const again = claim(inState["not_created, looked for"], "second", leaseMs, at(day));
  const lookedAtMs = day + leaseEndsMs;

  test.each([
    ["a duplicate that no lookup has confirmed, of a first attempt", inState.sending, "first", outcomes.duplicate],
    ["any, after an unknown outcome", again, "second", outcomes.rejected],
    ["a duplicate, after an unknown outcome", again, "second", outcomes.duplicate],
  ] as const)("is not believed before a lookup: %s", (_case, held, nonce, verdict) => {
    const doubted = settle(held, nonce, verdict, at(day));
    expect(doubted).toMatchObject({ state: "unknown", suspected: problem, wasSent: true });
    expect(settle(doubted, nonce, verdict, at(day + second))).toBe(doubted);
    const ours = reconcile(doubted, read(results.ours, day), at(day));
    expect(ours).toMatchObject({ state: "created", created: { account: { id: "1" } } });
    const once = reconcile(doubted, read(results.taken, lookedAtMs), at(lookedAtMs));
    const againMs = lookedAtMs + settleWindowMs;
    const believed = reconcile(once, read(results.taken, againMs), at(againMs));
    expect(believed).toMatchObject({ state: "rejected", problem, sendable: null });
  });

  test("counts where two lookups show no account, unless it speaks of one that exists", () => {
    const rejected = absentTwice(settle(again, "second", outcomes.rejected, at(day)), lookedAtMs);
    expect(rejected).toMatchObject({ state: "rejected", problem });
    const exists = { ...outcomes.duplicate, problem: { code: "account_exists" } } as const;
    const open = absentTwice(settle(again, "second", exists, at(day)), lookedAtMs);
    expect({ state: open.state, reason: reasonOf(open) }).toEqual({ state: "needs_review", reason: "no_verdict" });
  });

  test("that is not the vendor's own lets it be sent again, after a lookup where an outcome was unknown", () => {
    // A lookup comes before the next send.
    expect(settle(inState.sending, "first", outcomes.foreign, at(0))).toMatchObject({
      state: "not_created",
      wasSent: true,
      unknownSinceMs: null,
    });
    expect(settle(inState.sending, "first", outcomes.foreign, at(0), true).state).toBe("unknown");
    const doubted = settle(again, "second", outcomes.foreign, at(day));
    expect(doubted).toMatchObject({ state: "unknown", suspected: null });
    expect(absentTwice(doubted, lookedAtMs).state).toBe("not_created");
  });
});

describe("a lease", () => {
  test("holds until the ledger's grace is over, and leaves the outcome unknown", () => {
    expect(inState.sending.dueAtMs).toBe(leaseEndsMs);
    expect(expire(inState.sending, at(leaseEndsMs - 1))).toBe(inState.sending);
    const expired = expire(inState.sending, at(leaseEndsMs));
    expect(expired).toMatchObject({ state: "unknown", wasSent: true, problem: { code: "outcome_unknown" } });
    expect(reasonOf(expired)).toBe("lease_expired");
  });

  test.each(everyState.filter((name) => !name.startsWith("sending")))("is none of one that is %s", (name) => {
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
    "of one that is %s, which shows `%s` after the lease and again later, makes it %s",
    (name, kind, state) => {
      const once = reconcile(inState[name], read(results[kind], leaseEndsMs), at(leaseEndsMs));
      const againMs = leaseEndsMs + settleWindowMs;
      const twice = reconcile(once, read(results[kind], againMs), at(againMs));
      expect(twice.state).toBe(state);
      expect(once.state).toBe(["absent", "taken", "candidates"].includes(kind) ? "unknown" : state);
    },
  );

  test.each(["taken", "absent"] as const)(
    "that shows `%s` counts only from after the lease, a settle window apart",
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

  test("that shows other accounts, or none where that is no proof, leaves it to a person", () => {
    for (const result of [results.candidates, { ...results.absent, isProof: false }]) {
      const once = reconcile(inState["unknown, async"], read(result, leaseEndsMs), at(leaseEndsMs));
      expect(once.state).toBe("unknown");
      const againMs = leaseEndsMs + settleWindowMs;
      const given = reconcile(once, read(result, againMs), at(againMs));
      expect({ state: given.state, reason: reasonOf(given) }).toEqual({
        state: "needs_review",
        reason: "not_distinguishable",
      });
      expect(given.candidates).toEqual(result.kind === "candidates" ? [{ id: "9" }] : []);
    }
  });

  test("that can recognise no account leaves it to a person, but not while the request may still be on its way", () => {
    const blind = { ...results.candidates, canRecognise: false };
    const early = reconcile(inState.unknown, read(blind, leaseEndsMs - 1), at(leaseEndsMs));
    expect(early).toMatchObject({ state: "unknown", dueAtMs: leaseEndsMs, candidates: [] });
    const later = reconcile(early, read(blind, leaseEndsMs), at(leaseEndsMs));
    expect(later).toMatchObject({ state: "needs_review", dueAtMs: null, candidates: [{ id: "9" }] });
  });

  test("where the connection leads elsewhere is for a person once no deploy can be under way any more", () => {
    const { target_changed: result } = results;
    const waiting = reconcile(inState.unknown, read(result, deployMs - 1), at(deployMs - 1));
    expect(waiting).toMatchObject({ state: "unknown", tries: 1 });
    const given = reconcile(waiting, read(result, deployMs), at(deployMs));
    expect({ state: given.state, reason: reasonOf(given) }).toEqual({
      state: "needs_review",
      reason: "target_changed",
    });
  });

  test("that shows several of ours notes the others as duplicates", () => {
    const result = { ...results.ours, duplicates: ["2"] };
    expect(reconcile(inState.unknown, read(result, 0), at(0))).toMatchObject({
      state: "created",
      created: { account: { id: "1" } },
      duplicates: ["2"],
    });
  });

  test("that shows nothing for a day leaves it to a person", () => {
    const waiting = reconcile(inState.unknown, read(results.unreadable, giveUpAfterMs - 1), at(giveUpAfterMs - 1));
    expect(waiting.state).toBe("unknown");
    const given = reconcile(waiting, read(results.unreadable, giveUpAfterMs), at(giveUpAfterMs));
    expect({ state: given.state, reason: reasonOf(given) }).toEqual({ state: "needs_review", reason: "no_verdict" });
  });

  test("that the vendor puts off waits for as long", () => {
    const result = { ...results.unreadable, retryAfterMs: 3_600_000 };
    expect(reconcile(inState.unknown, read(result, 0), at(0)).dueAtMs).toBe(3_600_000);
  });

  const isLookedFor = (name: Named) => name.startsWith("unknown") || name === "not_created, looked for";
  test.each(everyState.filter((name) => !isLookedFor(name)))(
    "tells nothing of one that is %s, but that it is created where it shows ours",
    (name) => {
      const { ours, ...others } = results;
      for (const result of Object.values(others))
        expect(reconcile(inState[name], read(result, day), at(day))).toBe(inState[name]);
      expect(reconcile(inState[name], read(ours, day), at(day)).state).toBe("created");
    },
  );

  test("before it is sent again lets only another absence pass", () => {
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

  test("of an absent asynchronous one whose time is over does not queue it again", () => {
    const once = reconcile(inState["unknown, async"], read(results.absent, giveUpAfterMs), at(giveUpAfterMs));
    const againMs = giveUpAfterMs + settleWindowMs;
    expect(reconcile(once, read(results.absent, againMs), at(againMs)).state).toBe("not_created");
  });
});

describe("a further attempt", () => {
  const lost = (operation: Operation, nowMs: number) =>
    settle(claim(operation, "again", leaseMs, at(nowMs)), "again", outcomes.unknown, at(nowMs));
  test("has to be missed twice again, whatever was missed of the one before", () => {
    const again = lost(absentTwice(inState.unknown), day);
    const once = reconcile(again, read(results.absent, day + leaseEndsMs), at(day + leaseEndsMs));
    expect(once.state).toBe("unknown");
    expect(absentTwice(again, day + leaseEndsMs).state).toBe("not_created");
  });

  test("after an unknown outcome is made three times, and then a person has to look", () => {
    let held = absentTwice(inState.unknown);
    for (const attempt of [1, 2, 3]) {
      expect(held).toMatchObject({ state: "not_created", resends: attempt - 1 });
      held = absentTwice(lost(held, attempt * day), attempt * day + leaseEndsMs);
    }
    expect({ state: held.state, reason: reasonOf(held) }).toEqual({ state: "needs_review", reason: "resend_limit" });
    const cleared = resolve(held, { by: "operator", note: "None", created: null }, ["9"], at(4 * day));
    expect(cleared).toMatchObject({ state: "not_created", resends: 0, ruledOut: ["9"] });
  });

  test("after a refusal is made as often as it is asked for", () => {
    let held: Operation = inState["not_created, refused"];
    for (let attempt = 0; attempt < 10; attempt += 1)
      held = settle(claim(held, "again", leaseMs, at(attempt)), "again", outcomes.refused, at(attempt));
    expect(held).toMatchObject({ state: "not_created", resends: 0, wasSent: false });
  });

  test("is not rejected for what the one before was suspected of", () => {
    const again = claim(inState["not_created, looked for"], "second", leaseMs, at(0));
    const doubted = review(settle(again, "second", outcomes.duplicate, at(0)), "no_verdict", at(0));
    const free = resolve(doubted, { by: "operator", note: "None", created: null }, [], at(0));
    expect(absentTwice(lost(free, day), day + leaseEndsMs).state).toBe("not_created");
  });

  test("that a caller waits for is not queued when it is absent", () => {
    const notCreated = resolve(
      review(inState["unknown, async"], "no_verdict", at(0)),
      { by: "operator", note: "None", created: null },
      [],
      at(0),
    );
    const waitedFor = { ...notCreated, isAsync: false };
    expect(absentTwice(lost(waitedFor, 0)).state).toBe("not_created");
    expect(absentTwice(lost(notCreated, 0)).state).toBe("queued");
  });
});

describe("a queue", () => {
  test("waits longer after each failure, and as long as the vendor says", () => {
    const once = postpone(inState.queued, problem, undefined, at(0));
    expect(once).toMatchObject({ state: "queued", dueAtMs: second, problem });
    expect(postpone(once, problem, undefined, at(second)).dueAtMs).toBe(3 * second);
    expect(postpone(once, problem, 100 * second, at(0)).dueAtMs).toBe(100 * second);
  });

  test("whose connection leads elsewhere is given up once no deploy can be under way any more", () => {
    const waiting = failRetargeted(inState.queued, at(deployMs - 1));
    expect(waiting).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    const stranded = failRetargeted(waiting, at(deployMs));
    expect(stranded).toMatchObject({ state: "not_created", problem: { code: "misconfigured" }, wasSent: false });
    expect(reasonOf(stranded)).toBe("target_changed");
  });

  test("is given up after a day, with the last problem it met, or else what kept it", () => {
    const obstacle = { code: "vendor_unavailable" } as const;
    expect(giveUp(inState.queued, obstacle, at(giveUpAfterMs - 1))).toBe(inState.queued);
    const untried = giveUp(inState.queued, obstacle, at(giveUpAfterMs));
    expect(untried).toMatchObject({ state: "not_created", problem: obstacle, dueAtMs: giveUpAfterMs + 7 * day });
    const tried = giveUp(postpone(inState.queued, problem, undefined, at(0)), obstacle, at(giveUpAfterMs));
    expect(tried).toMatchObject({ state: "not_created", problem });
    const last = postpone(inState.queued, problem, undefined, at(giveUpAfterMs));
    expect({ state: last.state, reason: reasonOf(last) }).toEqual({ state: "not_created", reason: "gave_up" });
  });

  test.each(everyState.filter((name) => name !== "queued"))("is none of one that is %s", (name) => {
    expect(giveUp(inState[name], problem, at(day))).toBe(inState[name]);
    expect(failRetargeted(inState[name], at(day))).toBe(inState[name]);
    expect(postpone(inState[name], problem, undefined, at(day))).toBe(inState[name]);
  });
});

describe("a person", () => {
  const said = { by: "operator", note: "I looked" };

  test("says that it was created", () => {
    const resolved = resolve(inState.needs_review, { ...said, created: account("7") }, [], at(second));
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
      ...said,
    });
  });

  test("says that it was not, and it may be claimed again, after a look", () => {
    const resolved = resolve(inState.needs_review, { ...said, created: null }, [], at(second));
    expect(resolved).toMatchObject({ state: "not_created", wasSent: true, dueAtMs: second + 7 * day });
    expect(resolved.sendable).toEqual(newOperation.sendable);
  });
});

describe("backoff", () => {
  test("doubles from a second to five minutes, less up to a half", () => {
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

describe("every life", () => {
  type Event =
    | { kind: "ask"; isAsync: boolean; hasLooked: boolean; target: string | null; fingerprint: string }
    | { kind: "send" | "expire" | "postpone" | "give_up" }
    | { kind: "verdict"; verdict: RecordedOutcome; attempt: number }
    | { kind: "look"; result: LookupResult; agoMs: number }
    | { kind: "say_created" | "say_not_created" | "move_target" };

  const verdict = fc.constantFrom<RecordedOutcome>(...Object.values(outcomes), { kind: "created", ...account("2") });
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({
      kind: fc.constant("ask" as const),
      isAsync: fc.boolean(),
      hasLooked: fc.boolean(),
      target: fc.constantFrom("t", "t", "t", "elsewhere", null),
      fingerprint: fc.constantFrom("f", "f", "f", "other"),
    }),
    fc.record({ kind: fc.constantFrom("send", "expire", "postpone", "give_up") }),
    fc.record({ kind: fc.constant("verdict" as const), verdict, attempt: fc.integer({ min: 1, max: 4 }) }),
    fc.record({
      kind: fc.constant("look" as const),
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
  const life = fc.array(fc.tuple(event, fc.constantFrom(0, 1, second, leaseEndsMs, settleWindowMs, day)), {
    maxLength: 40,
  });
  const nonceOf = (attempt: number) => `attempt ${attempt}`;

  /** As the ledger lets it happen. */
  function befall(held: Operation, happened: Event, now: Now): Operation {
    switch (happened.kind) {
      case "ask": {
        const { isAsync, hasLooked, target, fingerprint } = happened;
        const nonce = nonceOf(held.attempt + 1);
        const next = { ...newOperation, id: "clarus.2" };
        const request = { ...asked, fingerprint, isAsync, target, nonce, newOperation: next, leaseMs };
        const admitted = decideClaim(held, request, now, hasLooked ? { failure: undefined } : null);
        // One that begins anew has a life of its own.
        return "operation" in admitted && admitted.operation.id === held.id ? admitted.operation : held;
      }
      case "send":
        return held.state === "queued" ? claim(held, nonceOf(held.attempt + 1), leaseMs, now) : held;
      case "expire":
        return expire(held, now);
      case "postpone":
        return postpone(held, problem, undefined, now);
      case "give_up":
        return giveUp(held, problem, now);
      case "verdict":
        return settle(held, nonceOf(Math.min(happened.attempt, held.attempt)), happened.verdict, now);
      case "look":
        return reconcile(held, read(happened.result, now.nowMs - happened.agoMs), now);
      case "say_created":
      case "say_not_created": {
        const created = happened.kind === "say_created" ? account("3") : null;
        return held.state === "needs_review" ? resolve(held, { by: "o", note: "n", created }, [], now) : held;
      }
      case "move_target":
        return failRetargeted(held, now);
    }
  }

  const first = { ...inState.sending, nonce: nonceOf(1) };
  const begun: Operation[] = [
    first,
    { ...inState["sending, async"], nonce: nonceOf(1) },
    { ...inState["unknown, async"], nonce: nonceOf(1) },
    { ...inState.needs_review, nonce: nonceOf(1) },
    { ...review(inState["unknown, async"], "no_verdict", at(0)), nonce: nonceOf(1) },
    inState.queued,
  ];

  interface Step {
    before: Operation;
    happened: Event;
    after: Operation;
    nowMs: number;
  }

  /** Calls `check` for each step of a life of which it is to hold. */
  function everywhere(concerns: (step: Step) => boolean, check: (step: Step) => void): void {
    fc.assert(
      fc.property(fc.constantFrom(...begun), life, (operation, events) => {
        let [before, nowMs] = [operation, 0];
        for (const [happened, passedMs] of events) {
          nowMs += passedMs;
          const step = { before, happened, after: befall(before, happened, at(nowMs)), nowMs };
          if (concerns(step)) check(step);
          before = step.after;
        }
      }),
      { numRuns: 3000 },
    );
  }
  const always = () => true;
  const isMove = ({ before, after }: Step) => after.state !== before.state;
  const isDecided = ({ state }: Operation) => state === "created" || state === "rejected";

  test("takes no other way than these", () => {
    const ways = {
      queued: ["sending", "created", "rejected", "not_created", "needs_review"],
      sending: ["created", "rejected", "not_created", "queued", "unknown"],
      unknown: ["created", "rejected", "not_created", "queued", "needs_review"],
      needs_review: ["created", "not_created", "queued", "unknown"],
      not_created: ["sending", "queued", "created", "rejected", "needs_review"],
      rejected: ["created"],
      created: [],
    } as const satisfies Record<Operation["state"], readonly Operation["state"][]>;
    const seen = new Set<string>();
    everywhere(isMove, ({ before, after }) => seen.add(`${before.state} to ${after.state}`));
    const all = Object.entries(ways).flatMap(([from, tos]) => tos.map((to) => `${from} to ${to}`));
    expect([...seen].toSorted()).toEqual(all.toSorted());
  });

  test("once `created` stays so, with the account it was created with", () => {
    everywhere(
      ({ before }) => before.state === "created",
      ({ before, after }) => {
        const { state, created, dueAtMs } = before;
        expect(after).toMatchObject({ state, created, dueAtMs });
      },
    );
  });

  test("is created by whatever attempt reports so", () => {
    everywhere(
      ({ happened }) => happened.kind === "verdict" && happened.verdict.kind === "created",
      ({ after }) => expect(after.state).toBe("created"),
    );
  });

  test("is not changed by what else an older attempt reports", () => {
    everywhere(
      ({ before, happened }) =>
        happened.kind === "verdict" && happened.verdict.kind !== "created" && happened.attempt < before.attempt,
      ({ before, after }) => expect(after).toBe(before),
    );
  });

  test("is due at some time, or in review; and when final, at the end of its retention", () => {
    everywhere(always, ({ after }) => expect(after.dueAtMs === null).toBe(after.state === "needs_review"));
    everywhere(
      (step) => isMove(step) && isFinal(step.after),
      ({ after, nowMs }) => expect(after.dueAtMs).toBe(nowMs + after.retentionMs),
    );
  });

  test("keeps who it is, and what it sends for as long as it may be sent", () => {
    const identity = { ...asked, id: newOperation.id, vendor: newOperation.vendor, createdAtMs: 0 };
    everywhere(always, ({ after }) =>
      expect(after).toMatchObject({ ...identity, sendable: isDecided(after) ? null : newOperation.sendable }),
    );
  });

  test("keeps an account where it was created, candidates in review alone, and a problem where there is none", () => {
    everywhere(always, ({ after }) => expect(after.created !== null).toBe(after.state === "created"));
    everywhere(
      ({ after }) => after.state !== "needs_review",
      ({ after }) => expect(after.candidates).toEqual([]),
    );
    everywhere(
      ({ after }) => isFinal(after),
      ({ after }) => expect(after.problem === null).toBe(after.state === "created"),
    );
  });

  test("counts its attempts, and forgets no send", () => {
    everywhere(always, ({ before, after }) =>
      expect(after.attempt - before.attempt).toBe(after.nonce === before.nonce ? 0 : 1),
    );
    everywhere(
      ({ before }) => before.wasSent,
      ({ after }) => expect(after.wasSent).toBe(true),
    );
  });

  test("writes down each move", () => {
    everywhere(isMove, ({ after, nowMs }) => {
      const { state, attempt, updatedAtMs, history } = after;
      expect(updatedAtMs).toBe(nowMs);
      expect(history.at(-1)).toMatchObject({ atMs: nowMs, state, attempt });
    });
  });

  test("is sent again only from the queue, or where nothing was created, under a lease of its own", () => {
    everywhere(
      ({ before, after }) => after.nonce !== before.nonce,
      ({ before, happened, after, nowMs }) => {
        expect(["queued", "not_created"]).toContain(before.state);
        expect(["ask", "send"]).toContain(happened.kind);
        expect(after).toMatchObject({ state: "sending", leaseEndsMs: nowMs + leaseEndsMs });
      },
    );
  });

  test("of any length has a history of 100 at most, the latest", () => {
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
