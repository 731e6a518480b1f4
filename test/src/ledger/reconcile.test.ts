/** The transition that follows each result of a lookup. */
import { describe, expect, test } from "vitest";
import { type LookupResult, reconcile } from "../../../src/ledger/reconcile.ts";
import type { Operation } from "../../../src/ledger/operation.ts";
import { deployMs, giveUpAfterMs, graceMs, isFinal, settle } from "../../../src/ledger/transitions.ts";
import {
  at,
  everyState,
  inState,
  leaseMs,
  outcomes,
  repeatable,
  repeatableForMs,
  type StateName,
  results,
} from "../../support/operations.ts";
import { day, second } from "../../support/time.ts";

const settleWindowMs = 60 * second;
const leaseEndsMs = leaseMs + graceMs;
const reasonOf = ({ history }: Operation) => history.at(-1)?.reason;
const read = (result: LookupResult, beganAtMs: number) => ({ result, beganAtMs, settleWindowMs });

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
    "with result `%s` counts only after the lease, and only if repeated a settle window later",
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

  test("with candidates, or without a record and without proof, sends the operation to review", () => {
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

  const mayBeLookedUp = (name: StateName) => name.startsWith("unknown") || name === "not_created, looked for";
  test.each(everyState.filter((name) => !mayBeLookedUp(name)))(
    "changes an operation that is %s only if it shows our account",
    (name) => {
      const { ours, ...others } = results;
      for (const result of Object.values(others))
        expect(reconcile(inState[name], read(result, day), at(day))).toBe(inState[name]);
      expect(reconcile(inState[name], read(ours, day), at(day)).state).toBe("created");
    },
  );

  test("before the next send allows the send only if the account is absent again", () => {
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

  test("that cannot be made keeps an operation for a person once the vendor may forget its idempotency key", () => {
    const foreign = settle(repeatable.sending, "first", outcomes.foreign, at(0));
    const stateAt = (operation: Operation, atMs: number) =>
      reconcile(operation, read(results.no_lookup, atMs), at(atMs)).state;
    expect([repeatableForMs - 1, repeatableForMs].map((atMs) => stateAt(foreign, atMs))).toEqual([
      "not_created",
      "needs_review",
    ]);
    expect(stateAt({ ...foreign, isCleared: true }, day)).toBe("not_created");
  });

  test("without a record does not queue an asynchronous operation again after its deadline", () => {
    const once = reconcile(inState["unknown, async"], read(results.absent, giveUpAfterMs), at(giveUpAfterMs));
    const againMs = giveUpAfterMs + settleWindowMs;
    expect(reconcile(once, read(results.absent, againMs), at(againMs)).state).toBe("not_created");
  });
});
