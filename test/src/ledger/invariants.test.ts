/** The invariants of an operation in every sequence of claims, transitions and lookups. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideClaim } from "../../../src/ledger/claim.ts";
import { type LookupResult, reconcile } from "../../../src/ledger/reconcile.ts";
import type { Operation, RecordedOutcome } from "../../../src/ledger/operation.ts";
import {
  claim,
  expire,
  failRetargeted,
  giveUp,
  graceMs,
  isFinal,
  isRepeatable,
  type Now,
  postpone,
  repeat,
  resolve,
  review,
  settle,
} from "../../../src/ledger/transitions.ts";
import {
  account,
  requestInfo,
  at,
  inState,
  leaseMs,
  newOperation,
  outcomes,
  problem,
  repeatable,
  results,
} from "../../support/operations.ts";
import { day, second } from "../../support/time.ts";

const settleWindowMs = 60 * second;
const leaseEndsMs = leaseMs + graceMs;
const read = (result: LookupResult, beganAtMs: number) => ({ result, beganAtMs, settleWindowMs });

describe("every sequence of transitions", () => {
  type Event =
    | { kind: "ask"; isAsync: boolean; hasLooked: boolean; target: string | null; fingerprint: string }
    | { kind: "send" | "repeat" | "expire" | "postpone" | "give_up" }
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
    fc.record({ kind: fc.constantFrom("send", "repeat", "expire", "postpone", "give_up") }),
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
        const request = { ...requestInfo, fingerprint, isAsync, target, nonce, newOperation: next, leaseMs };
        const result = decideClaim(held, request, now, hasLooked ? { failure: undefined } : null);
        // Ignore an operation that replaces this one.
        return "operation" in result && result.operation.id === held.id ? result.operation : held;
      }
      case "send":
        return held.state === "queued" ? claim(held, nonceOf(held.attempt + 1), leaseMs, now) : held;
      case "repeat":
        return repeat(held, now);
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
    { ...repeatable.sending, nonce: nonceOf(1) },
    { ...repeatable["unknown, async"], nonce: nonceOf(1) },
    { ...repeatable.repeating, nonce: nonceOf(2) },
    { ...repeatable["queued, async"], nonce: nonceOf(1) },
    { ...review(repeatable.unknown, "target_changed", at(0)), nonce: nonceOf(1) },
  ];

  interface Step {
    before: Operation;
    occurred: Event;
    after: Operation;
    nowMs: number;
  }

  /** Calls `check` for each step that `isSelected` accepts. */
  function checkSteps(isSelected: (step: Step) => boolean, check: (step: Step) => void): void {
    fc.assert(
      fc.property(fc.constantFrom(...starts), events, (operation, sequence) => {
        let [before, nowMs] = [operation, 0];
        for (const [occurred, passedMs] of sequence) {
          nowMs += passedMs;
          const step = { before, occurred, after: apply(before, occurred, at(nowMs)), nowMs };
          if (isSelected(step)) check(step);
          before = step.after;
        }
      }),
      { numRuns: 3000 },
    );
  }
  const always = () => true;
  const changesState = ({ before, after }: Step) => after.state !== before.state;
  const isDecided = ({ state }: Operation) => state === "created" || state === "rejected";

  test("makes exactly these state changes", () => {
    const allowed = {
      queued: ["sending", "created", "rejected", "not_created", "needs_review", "unknown"],
      sending: ["created", "rejected", "not_created", "queued", "unknown"],
      unknown: ["created", "rejected", "not_created", "queued", "needs_review", "sending"],
      needs_review: ["created", "not_created", "queued", "unknown", "rejected"],
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

  test("ends in `created` if any attempt reports it", () => {
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
    const identity = { ...requestInfo, id: newOperation.id, vendor: newOperation.vendor, createdAtMs: 0 };
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

  test("counts its attempts, and keeps `mayHaveCreated`", () => {
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

  test("is sent again only when queued or not created, or if the vendor gives its first answer, with a new lease", () => {
    checkSteps(
      ({ before, after }) => after.nonce !== before.nonce,
      ({ before, occurred, after, nowMs }) => {
        const { state } = expire(before, at(nowMs));
        const isFirstAnswer = state === "unknown" && isRepeatable(before, at(nowMs));
        expect(isFirstAnswer || state === "queued" || state === "not_created").toBe(true);
        expect(["ask", "send"]).toContain(occurred.kind);
        expect(after).toMatchObject({ state: "sending", leaseEndsMs: nowMs + leaseEndsMs });
      },
    );
  });

  test("that repeats a send with an unknown outcome is `not_created` only after a lookup or a person's decision", () => {
    checkSteps(
      ({ before, after }) => before.isRepeat && (after.state === "not_created" || !after.isRepeat),
      ({ occurred }) => expect(["lookup", "say_not_created"]).toContain(occurred.kind),
    );
  });

  test("keeps the time until which it is repeatable once it may have created an account", () => {
    checkSteps(
      ({ before }) => before.mayHaveCreated,
      ({ before, after }) => expect(after.repeatableUntilMs).toBe(before.repeatableUntilMs),
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
