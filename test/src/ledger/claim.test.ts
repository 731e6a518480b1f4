/** The result of a claim depends on the operation that the ledger has for the key. */
import { describe, expect, test } from "vitest";
import { decideClaim, type ClaimRequest } from "../../../src/ledger/claim.ts";
import { graceMs, isFinal } from "../../../src/ledger/transitions.ts";
import {
  requestInfo,
  at,
  everyState,
  inState,
  leaseMs,
  type StateName,
  newOperation,
  repeatable,
  repeatableForMs,
} from "../../support/operations.ts";
import { day, second } from "../../support/time.ts";

const request: ClaimRequest = { ...requestInfo, nonce: "new", isAsync: false, newOperation, leaseMs };
const asyncRequest: ClaimRequest = { ...request, isAsync: true };

const lookupDone = { failure: undefined };

describe("a new key", () => {
  test("is claimed for the requested lease, or queued", () => {
    expect(decideClaim(undefined, request, at(5), null)).toMatchObject({
      kind: "claimed",
      leaseMs,
      operation: { state: "sending", attempt: 1, nonce: "new", leaseEndsMs: 5 + leaseMs + graceMs, isAsync: false },
    });
    expect(decideClaim(undefined, asyncRequest, at(5), null)).toMatchObject({
      kind: "queued",
      operation: { state: "queued", attempt: 0, dueAtMs: 5, giveUpAtMs: 5 + day, isAsync: true },
    });
  });

  test.each([
    ["the connection is disabled because of configuration faults", { target: null }],
    ["the account cannot be sent", { newOperation: null }],
  ])("is refused if %s", (_case, change) => {
    expect(decideClaim(undefined, { ...request, ...change }, at(0), null)).toEqual({ kind: "none" });
  });
});

describe("a known key", () => {
  test.each([
    ["queued", "found", "queued"],
    ["sending", "found", "found"],
    ["unknown", "look_up", "look_up"],
    ["needs_review", "found", "found"],
    ["created", "found", "found"],
    ["rejected", "found", "found"],
    ["not_created", "claimed", "queued"],
    ["not_created, refused", "claimed", "queued"],
    ["not_created, looked for", "look_up", "queued"],
  ] as const)("of an operation that is %s: %s, or with respond-async %s", (name, kind, asyncKind) => {
    const operation = inState[name];
    expect(decideClaim(operation, request, at(1), null).kind).toBe(kind);
    expect(decideClaim(operation, asyncRequest, at(1), null).kind).toBe(asyncKind);
  });

  test.each(["queued", "sending", "needs_review", "created", "rejected"] satisfies StateName[])(
    "of an operation that is %s answers that operation",
    (name) => {
      const operation = inState[name];
      const isReplay = isFinal(operation);
      expect(decideClaim(operation, request, at(1), null)).toEqual({ kind: "found", operation, isReplay });
    },
  );

  test("is claimed again with another attempt, synchronously or asynchronously as this request asks", () => {
    expect(decideClaim(inState["not_created, looked for"], request, at(1), lookupDone)).toMatchObject({
      kind: "claimed",
      operation: { state: "sending", attempt: 2, nonce: "new", id: newOperation.id, mayHaveCreated: true },
    });
    expect(decideClaim(inState.not_created, asyncRequest, at(1), null)).toMatchObject({
      kind: "queued",
      operation: { state: "queued", attempt: 1, isAsync: true, giveUpAtMs: 1 + day },
    });
    const wasAsync = { ...inState.not_created, isAsync: true };
    expect(decideClaim(wasAsync, request, at(1), null)).toMatchObject({
      kind: "claimed",
      operation: { isAsync: false },
    });
  });

  test("keeps the body that was encoded first", () => {
    const other = { ...newOperation, id: "clarus.2", sendable: { ...newOperation.sendable, body: { name: "Other" } } };
    const result = decideClaim(inState.not_created, { ...request, newOperation: other }, at(1), null);
    expect(result).toMatchObject({ operation: { id: newOperation.id, sendable: newOperation.sendable } });
    expect(decideClaim(inState.not_created, { ...request, newOperation: null }, at(1), null).kind).toBe("claimed");
  });

  test("is held back by a failed lookup, unless another request was faster", () => {
    const failure = { problem: { code: "vendor_unavailable" } as const, retryAfterMs: 5 };
    const operation = inState["not_created, looked for"];
    expect(decideClaim(operation, request, at(1), { failure })).toEqual({
      kind: "held_back",
      operation,
      failure,
    });
    for (const name of ["sending", "created"] as const)
      expect(decideClaim(inState[name], request, at(1), { failure }).kind).toBe("found");
  });

  test("does not expire during a lookup", () => {
    const operation = { ...inState["not_created, looked for"], dueAtMs: 10 };
    expect(decideClaim(operation, request, at(1), null)).toMatchObject({
      kind: "look_up",
      operation: { dueAtMs: 60_001 },
    });
  });

  test("is looked up once for each request", () => {
    const operation = inState.unknown;
    expect(decideClaim(operation, request, at(1), lookupDone)).toEqual({ kind: "found", operation, isReplay: false });
  });

  test("of an account that this request's lookup found is not a replay", () => {
    const operation = inState.created;
    expect(decideClaim(operation, request, at(1), lookupDone)).toEqual({ kind: "found", operation, isReplay: false });
  });

  test("with an expired lease has an unknown outcome, and is looked up at once", () => {
    const endedMs = leaseMs + graceMs;
    expect(decideClaim(inState.sending, request, at(endedMs - 1), null).kind).toBe("found");
    expect(decideClaim(inState.sending, request, at(endedMs), null)).toMatchObject({
      kind: "look_up",
      operation: { state: "unknown", mayHaveCreated: true },
    });
  });

  test("answers a repeated claim with the rest of its lease", () => {
    const repeated = { ...request, nonce: "first" };
    expect(decideClaim(inState.sending, repeated, at(1000), null)).toEqual({
      kind: "claimed",
      operation: inState.sending,
      leaseMs: leaseMs - 1000,
    });
    expect(decideClaim(inState.sending, repeated, at(leaseMs + graceMs), null).kind).toBe("look_up");
  });

  test.each(everyState)("of an operation that is %s refuses another body", (name) => {
    expect(decideClaim(inState[name], { ...request, fingerprint: "other" }, at(1), null)).toEqual({ kind: "reused" });
  });

  describe("at a vendor with an idempotency key of its own", () => {
    const claimed = { kind: "claimed", operation: { state: "sending", attempt: 2, isRepeat: true, isAsync: false } };
    test.each(["unknown", "unknown, async", "queued", "queued, async"] as const)(
      "of an operation that is %s is sent again at once, without a lookup",
      (name) => {
        expect(decideClaim(repeatable[name], request, at(second), null)).toMatchObject(claimed);
        expect(decideClaim(repeatable[name], asyncRequest, at(second), null)).toMatchObject({
          kind: "queued",
          operation: { state: "queued", attempt: 1, isRepeat: true },
        });
      },
    );

    test("of an operation whose lease has ended is sent again at once", () => {
      expect(decideClaim(repeatable.sending, request, at(leaseMs + graceMs), null)).toMatchObject(claimed);
      expect(decideClaim(repeatable.sending, request, at(second), null).kind).toBe("found");
    });

    test.each([
      ["unknown", "look_up"],
      ["queued", "found"],
    ] as const)("of an operation that is %s is not sent again once the vendor may forget the key", (name, kind) => {
      expect(decideClaim(repeatable[name], request, at(repeatableForMs), null).kind).toBe(kind);
    });

    test.each(["elsewhere", null])("sends nothing again if the target is %s", (target) => {
      for (const name of ["unknown", "queued"] as const)
        expect(decideClaim(repeatable[name], { ...request, target }, at(second), null).kind).toBe("found");
    });
  });

  const atNewTarget = { ...request, target: "elsewhere", newOperation: { ...newOperation, id: "clarus.2" } };
  test("matches any path if an older version stored the operation or sent the request", () => {
    const { created } = inState;
    const isFound = (operation: typeof created, targetPath: string | undefined) =>
      decideClaim(operation, { ...request, targetPath }, at(1), null).kind === "found";
    expect(isFound(created, "/a")).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, undefined)).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, "/a")).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, "/b")).toBe(false);
  });

  const sentAndOpen: StateName[] = ["sending", "sending, async", "unknown", "unknown, async", "needs_review"];
  test.each(sentAndOpen)("of an operation that is %s answers that operation after the target changed", (name) => {
    const operation = inState[name];
    expect(decideClaim(operation, atNewTarget, at(1), null)).toMatchObject({ kind: "found", operation });
  });

  const unsent: StateName[] = ["queued", "not_created", "not_created, refused"];
  test.each(unsent)("of an operation that is %s and was never sent starts again at the new target", (name) => {
    const restarted = { id: "clarus.2", target: "elsewhere", attempt: 1, createdAtMs: 1 };
    expect(decideClaim(inState[name], atNewTarget, at(1), null)).toMatchObject({
      kind: "claimed",
      operation: { ...restarted, state: "sending" },
    });
    expect(decideClaim(inState[name], { ...atNewTarget, isAsync: true }, at(1), null)).toMatchObject({
      kind: "queued",
      operation: { ...restarted, state: "queued", attempt: 0 },
    });
    const unencodable = decideClaim(inState[name], { ...atNewTarget, newOperation: null }, at(1), null);
    expect(unencodable.kind).toBe(name === "queued" ? "found" : "none");
  });

  test.each(everyState.filter((name) => !sentAndOpen.includes(name) && !unsent.includes(name)))(
    "of an operation that is %s is refused after the target changed",
    (name) => {
      expect(decideClaim(inState[name], atNewTarget, at(1), null)).toEqual({ kind: "reused" });
    },
  );

  test.each(everyState)(
    "of an operation that is %s sends nothing while the connection is disabled because of configuration faults",
    (name) => {
      const result = decideClaim(inState[name], { ...request, target: null, newOperation: null }, at(1), null);
      const unchanged = { kind: "found", operation: inState[name] };
      expect(result).toMatchObject(name.startsWith("not_created") ? { kind: "none" } : unchanged);
    },
  );
});
