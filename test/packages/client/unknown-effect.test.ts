/** After an attempt that may have created an account, only an answer about the operation can change the effect. */
import { describe, expect, test, vi } from "vitest";
import { AccountGatewayError } from "../../../packages/client/src/index.ts";
import { problemCodes, problemKinds } from "../../../schemas/problem.ts";
import {
  account,
  received,
  client,
  create,
  created,
  failureOf,
  gatewayAnswers,
  idempotencyKey,
  lost,
  never,
  problem,
  settled,
  useScriptedGateway,
} from "./scripted-gateway.ts";

useScriptedGateway();

const unknown = problem({ code: "outcome_unknown", detail: "No answer came", operation: "o-1" });
const proxy = (status: number) => () => new Response("<h1>Sorry</h1>", { status });

/** Every problem that the gateway can answer before it asks the ledger. */
const refusals = problemCodes.options.filter((code) => problemKinds[code].effect === "none");

describe("after an attempt that may have created an account", () => {
  test.each(refusals)("%s without an operation leaves the effect unknown", async (code) => {
    gatewayAnswers(unknown, problem({ code, detail: "Not so" }, { "Retry-After": "60" }));
    const { problem: thrown, idempotencyKey: keyToRepeat } = await failureOf(create());
    expect(thrown).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key", operation: "o-1" });
    expect(thrown.detail).toContain(`A later attempt failed with ${code}: Not so`);
    expect(keyToRepeat).toBe(idempotencyKey);
  });

  test.each([
    ["a proxy's 404", proxy(404)],
    ["a proxy's 502", proxy(502)],
    ["a page with status 200", proxy(200)],
    ["no answer", lost],
    [
      "a problem code that this client does not know",
      () => Response.json({ code: "new", detail: "New", effect: "none", retry: "never" }),
    ],
  ])("%s does not replace the first problem and its operation", async (_what, answer) => {
    gatewayAnswers(unknown, answer, problem({ code: "unauthenticated" }));
    const { problem: thrown } = await failureOf(create());
    // Drop the answers that are left: some of these answers end the call early.
    gatewayAnswers();
    expect(thrown).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key", operation: "o-1" });
  });

  test.each([
    ["no answer", lost, "no_answer"],
    ["an unreadable answer", proxy(502), "unreadable_answer"],
    ["a ledger that cannot be reached", problem({ code: "ledger_unavailable" }), "ledger_unavailable"],
  ])("(%s), a refusal leaves the effect unknown", async (_what, first, code) => {
    gatewayAnswers(first, problem({ code: "invalid_account" }));
    expect((await failureOf(create())).problem).toMatchObject({ code, effect: "unknown", retry: "same_key" });
  });

  test.each(["account_exists", "vendor_rejected", "vendor_auth_failed", "idempotency_key_reused"] as const)(
    "%s about the operation says that nothing was created",
    async (code) => {
      gatewayAnswers(lost, problem({ code, operation: "o-1" }, { "Retry-After": "60" }));
      expect((await failureOf(create())).problem).toMatchObject({ code, effect: "none", operation: "o-1" });
    },
  );

  test("an unknown problem code about the operation says that nothing was created", async () => {
    const newer = { code: "new", detail: "New", effect: "none", retry: "never", operation: "o-1" };
    gatewayAnswers(lost, () => Response.json(newer, { status: 422 }));
    expect((await failureOf(create())).problem).toMatchObject({ code: "unrecognized_problem", effect: "none" });
  });

  test("a later unknown outcome replaces the first", async () => {
    gatewayAnswers(lost, problem({ code: "operation_needs_review", operation: "o-1" }));
    expect((await failureOf(create())).problem).toMatchObject({ code: "operation_needs_review", retry: "never" });
  });

  test("the caller's signal ends the call", async () => {
    const controller = new AbortController();
    gatewayAnswers(unknown, never);
    const call = failureOf(create({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(1000);
    controller.abort();
    expect((await call).problem).toMatchObject({ code: "aborted", effect: "unknown", retry: "same_key" });
  });
});

describe("a read", () => {
  test("has the effect none, even after an attempt with an unknown effect", async () => {
    gatewayAnswers(problem({ code: "ledger_unavailable" }), problem({ code: "not_found", detail: "There is none" }));
    expect((await failureOf(client().operations.get("o-1"))).problem).toMatchObject({ code: "not_found" });
  });

  test.each([
    ["a refusal", problem({ code: "unauthenticated" }), "still_open"],
    ["a proxy's 404", proxy(404), "still_open"],
  ])("of an open operation that ends in %s leaves the effect unknown", async (_what, answer, code) => {
    gatewayAnswers(() => Response.json({ id: "o-1", state: "queued" }), answer);
    const { problem: thrown } = await failureOf(client().operations.wait("o-1"));
    expect(thrown).toMatchObject({ code, effect: "unknown", retry: "later", operation: "o-1" });
  });
});

describe("an attempt starts only if enough time is left", () => {
  const waits = problem({ code: "vendor_unavailable", operation: "o-1" }, { "Retry-After": "3" });

  test("a create", async () => {
    gatewayAnswers(waits);
    const thrown = (await failureOf(create({ timeoutMs: 4_900 }))).problem;
    expect(thrown).toMatchObject({ code: "vendor_unavailable", effect: "none" });
    expect(received).toHaveLength(1);
    gatewayAnswers(waits, created);
    expect(await settled(create({ timeoutMs: 5_100 }))).toMatchObject({ kind: "created" });
  });

  test("a wait for an operation", async () => {
    gatewayAnswers(() => Response.json({ id: "o-1", state: "queued" }, { headers: { "Retry-After": "3" } }));
    const thrown = (await failureOf(client().operations.wait("o-1", { timeoutMs: 4_900 }))).problem;
    expect(thrown).toMatchObject({ code: "still_open", effect: "unknown" });
  });

  test("except the first attempt", async () => {
    gatewayAnswers(created);
    expect(await settled(create({ timeoutMs: 100 }))).toMatchObject({ kind: "created" });
  });
});

test("the problem of the first attempt is thrown unchanged", async () => {
  gatewayAnswers(problem({ code: "unauthenticated" }));
  expect((await failureOf(create())).problem).toMatchObject({ code: "unauthenticated", effect: "none" });
});

describe("a call during whose pause the computer sleeps", () => {
  /** Moves the clock by an hour without firing a timer. */
  const sleep = () => vi.setSystemTime(Date.now() + 3_600_000);

  test("throws the last answer", async () => {
    gatewayAnswers(problem({ code: "vendor_unavailable" }, { "Retry-After": "1" }));
    const call = failureOf(create());
    await vi.advanceTimersByTimeAsync(10);
    sleep();
    expect((await call).problem).toMatchObject({ code: "vendor_unavailable", effect: "none" });
  });

  test("throws still_open", async () => {
    gatewayAnswers(() => Response.json({ id: "o-1", state: "queued" }, { headers: { "Retry-After": "1" } }));
    const call = failureOf(client().operations.wait("o-1"));
    await vi.advanceTimersByTimeAsync(10);
    sleep();
    expect((await call).problem).toMatchObject({ code: "still_open", operation: "o-1" });
  });
});

describe("the option", () => {
  test.each([Number.NaN, 0, -1])("timeoutMs: %d is refused", async (timeoutMs) => {
    expect(() => client({ timeoutMs })).toThrow("`timeoutMs` must be");
    await expect(create({ timeoutMs })).rejects.toThrow("`timeoutMs` must be");
    await expect(client().operations.wait("o-1", { timeoutMs })).rejects.toThrow("`timeoutMs` must be");
    expect(received).toEqual([]);
  });

  test("timeoutMs: Infinity sets no deadline", async () => {
    gatewayAnswers(created);
    expect(await settled(create({ timeoutMs: Infinity }))).toMatchObject({ account });
  });

  test.each([4711, null, {}])("idempotencyKey: %j is refused", async (key) => {
    const options: object = { idempotencyKey: key };
    const call = create(options);
    await expect(call).rejects.toThrow("`idempotencyKey` must be");
    await expect(call).rejects.not.toBeInstanceOf(AccountGatewayError);
    expect(received).toEqual([]);
  });
});
