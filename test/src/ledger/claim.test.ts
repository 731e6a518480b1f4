/** What a request with a key meets, by what is held of the key. */
import { describe, expect, test } from "vitest";
import { decideClaim, type ClaimRequest } from "../../../src/ledger/claim.ts";
import { graceMs, isFinal } from "../../../src/ledger/transitions.ts";
import { asked, at, day, everyState, inState, leaseMs, type Named, newOperation } from "../../support/operations.ts";

const request: ClaimRequest = { ...asked, nonce: "new", isAsync: false, newOperation, leaseMs };
const asynchronously: ClaimRequest = { ...request, isAsync: true };

const looked = { failure: undefined };

describe("a key that was never met", () => {
  test("is claimed, or queued, for the time that is asked", () => {
    expect(decideClaim(undefined, request, at(5), null)).toMatchObject({
      kind: "claimed",
      leaseMs,
      operation: { state: "sending", attempt: 1, nonce: "new", leaseEndsMs: 5 + leaseMs + graceMs, isAsync: false },
    });
    expect(decideClaim(undefined, asynchronously, at(5), null)).toMatchObject({
      kind: "queued",
      operation: { state: "queued", attempt: 0, dueAtMs: 5, giveUpAtMs: 5 + day, isAsync: true },
    });
  });

  test.each([
    ["the connection is out of use", { target: null }],
    ["the account cannot be sent", { newOperation: null }],
  ])("comes to nothing where %s", (_case, change) => {
    expect(decideClaim(undefined, { ...request, ...change }, at(0), null)).toEqual({ kind: "none" });
  });
});

describe("a key that is held", () => {
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
  ] as const)("of one that is %s: %s, or with respond-async %s", (name, kind, asyncKind) => {
    const held = inState[name];
    expect(decideClaim(held, request, at(1), null).kind).toBe(kind);
    expect(decideClaim(held, asynchronously, at(1), null).kind).toBe(asyncKind);
  });

  test.each(["queued", "sending", "needs_review", "created", "rejected"] satisfies Named[])(
    "of one that is %s is told as it stands",
    (name) => {
      const operation = inState[name];
      const isReplay = isFinal(operation);
      expect(decideClaim(operation, request, at(1), null)).toEqual({ kind: "found", operation, isReplay });
    },
  );

  test("is claimed again with another attempt, by whichever way it is asked for now", () => {
    expect(decideClaim(inState["not_created, looked for"], request, at(1), looked)).toMatchObject({
      kind: "claimed",
      operation: { state: "sending", attempt: 2, nonce: "new", id: newOperation.id, wasSent: true },
    });
    expect(decideClaim(inState.not_created, asynchronously, at(1), null)).toMatchObject({
      kind: "queued",
      operation: { state: "queued", attempt: 1, isAsync: true, giveUpAtMs: 1 + day },
    });
    const wasAsync = { ...inState.not_created, isAsync: true };
    expect(decideClaim(wasAsync, request, at(1), null)).toMatchObject({
      kind: "claimed",
      operation: { isAsync: false },
    });
  });

  test("keeps what was encoded first, whatever is proposed now", () => {
    const other = { ...newOperation, id: "clarus.2", sendable: { ...newOperation.sendable, body: { name: "Other" } } };
    const admitted = decideClaim(inState.not_created, { ...request, newOperation: other }, at(1), null);
    expect(admitted).toMatchObject({ operation: { id: newOperation.id, sendable: newOperation.sendable } });
    expect(decideClaim(inState.not_created, { ...request, newOperation: null }, at(1), null).kind).toBe("claimed");
  });

  test("is held back by what a look meets, unless another request was quicker", () => {
    const obstacle = { problem: { code: "vendor_unavailable" } as const, retryAfterMs: 5 };
    const operation = inState["not_created, looked for"];
    expect(decideClaim(operation, request, at(1), { failure: obstacle })).toEqual({
      kind: "held_back",
      operation,
      failure: obstacle,
    });
    for (const name of ["sending", "created"] as const)
      expect(decideClaim(inState[name], request, at(1), { failure: obstacle }).kind).toBe("found");
  });

  test("is not forgotten while it is looked for", () => {
    const held = { ...inState["not_created, looked for"], dueAtMs: 10 };
    expect(decideClaim(held, request, at(1), null)).toMatchObject({ kind: "look_up", operation: { dueAtMs: 60_001 } });
  });

  test("is looked for once for each request", () => {
    const operation = inState.unknown;
    expect(decideClaim(operation, request, at(1), looked)).toEqual({ kind: "found", operation, isReplay: false });
  });

  test("of an account that was only just found is no replay", () => {
    const operation = inState.created;
    expect(decideClaim(operation, request, at(1), looked)).toEqual({ kind: "found", operation, isReplay: false });
  });

  test("of a lease that ended is unknown, and looked for at once", () => {
    const endedMs = leaseMs + graceMs;
    expect(decideClaim(inState.sending, request, at(endedMs - 1), null).kind).toBe("found");
    expect(decideClaim(inState.sending, request, at(endedMs), null)).toMatchObject({
      kind: "look_up",
      operation: { state: "unknown", wasSent: true },
    });
  });

  test("is the holder's own where the claim is repeated, for what is left of the lease", () => {
    const repeated = { ...request, nonce: "first" };
    expect(decideClaim(inState.sending, repeated, at(1000), null)).toEqual({
      kind: "claimed",
      operation: inState.sending,
      leaseMs: leaseMs - 1000,
    });
    expect(decideClaim(inState.sending, repeated, at(leaseMs + graceMs), null).kind).toBe("look_up");
  });

  test.each(everyState)("of one that is %s is refused to another body", (name) => {
    expect(decideClaim(inState[name], { ...request, fingerprint: "other" }, at(1), null)).toEqual({ kind: "reused" });
  });

  const elsewhere = { ...request, target: "elsewhere", newOperation: { ...newOperation, id: "clarus.2" } };
  test("is the same whatever the path where an older version stored the operation, or asks", () => {
    const { created } = inState;
    const isFound = (held: typeof created, targetPath: string | undefined) =>
      decideClaim(held, { ...request, targetPath }, at(1), null).kind === "found";
    expect(isFound(created, "/a")).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, undefined)).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, "/a")).toBe(true);
    expect(isFound({ ...created, targetPath: "/a" }, "/b")).toBe(false);
  });

  const sentAndOpen: Named[] = ["sending", "sending, async", "unknown", "unknown, async", "needs_review"];
  test.each(sentAndOpen)("of one that is %s is told as it stands where the connection leads elsewhere", (name) => {
    const operation = inState[name];
    expect(decideClaim(operation, elsewhere, at(1), null)).toMatchObject({ kind: "found", operation });
  });

  const unsent: Named[] = ["queued", "not_created", "not_created, refused"];
  test.each(unsent)("of one that is %s and never left begins anew where the connection leads now", (name) => {
    const anew = { id: "clarus.2", target: "elsewhere", attempt: 1, createdAtMs: 1 };
    expect(decideClaim(inState[name], elsewhere, at(1), null)).toMatchObject({
      kind: "claimed",
      operation: { ...anew, state: "sending" },
    });
    expect(decideClaim(inState[name], { ...elsewhere, isAsync: true }, at(1), null)).toMatchObject({
      kind: "queued",
      operation: { ...anew, state: "queued", attempt: 0 },
    });
    const unencodable = decideClaim(inState[name], { ...elsewhere, newOperation: null }, at(1), null);
    expect(unencodable.kind).toBe(name === "queued" ? "found" : "none");
  });

  test.each(everyState.filter((name) => !sentAndOpen.includes(name) && !unsent.includes(name)))(
    "of one that is %s is refused where the connection leads elsewhere",
    (name) => {
      expect(decideClaim(inState[name], elsewhere, at(1), null)).toEqual({ kind: "reused" });
    },
  );

  test.each(everyState)("of one that is %s sends nothing where the connection is out of use", (name) => {
    const admitted = decideClaim(inState[name], { ...request, target: null, newOperation: null }, at(1), null);
    const asItStands = { kind: "found", operation: inState[name] };
    expect(admitted).toMatchObject(name.startsWith("not_created") ? { kind: "none" } : asItStands);
  });
});
