/** What an attempt has left open stays open until somebody answers who knows; and options that no time comes of. */
import { describe, expect, test, vi } from "vitest";
import { AccountGatewayError } from "../../client/index.ts";
import {
  account,
  asked,
  client,
  create,
  created,
  failureOf,
  gatewayAnswers,
  idempotencyKey,
  lost,
  problem,
  settled,
  useScriptedGateway,
} from "./scripted-gateway.ts";

useScriptedGateway();

describe("after an attempt that nobody answered", () => {
  test.each(["unauthenticated", "connection_not_found", "not_found", "method_not_allowed"] as const)(
    "%s tells nothing of it",
    async (code) => {
      gatewayAnswers(lost, problem({ code, detail: "Not so" }));
      const { problem: met, idempotencyKey: repeatUnder } = await failureOf(create());
      expect(met).toMatchObject({ code: "no_answer", effect: "unknown", retry: "same_key" });
      expect(met.detail).toContain(`Asked again, it answered ${code}: Not so`);
      expect(repeatUnder).toBe(idempotencyKey);
    },
  );

  test.each(["misconfigured", "internal_error"] as const)(
    "%s is asked again, and tells nothing of it",
    async (code) => {
      const once = problem({ code }, { "Retry-After": "2" });
      gatewayAnswers(problem({ code: "outcome_unknown", operation: "o-1" }, { "Retry-After": "1" }), once, once);
      const { problem: met } = await failureOf(create({ timeoutMs: 4000 }));
      expect(met).toMatchObject({ code: "outcome_unknown", effect: "unknown", operation: "o-1" });
    },
  );

  test("the ledger's word counts", async () => {
    gatewayAnswers(lost, problem({ code: "account_exists", operation: "o-1" }));
    expect((await failureOf(create())).problem).toMatchObject({ code: "account_exists", effect: "none" });
    gatewayAnswers(lost, problem({ code: "internal_error", operation: "o-1" }, { "Retry-After": "5" }));
    expect((await failureOf(create({ timeoutMs: 1000 }))).problem).toMatchObject({ code: "internal_error" });
  });

  test("what every attempt would meet counts", async () => {
    gatewayAnswers(lost, problem({ code: "unsupported_field" }));
    expect((await failureOf(create())).problem).toMatchObject({ code: "unsupported_field", effect: "none" });
  });
});

test("the first attempt's own answer needs nobody else", async () => {
  gatewayAnswers(problem({ code: "unauthenticated" }));
  expect((await failureOf(create())).problem).toMatchObject({ code: "unauthenticated", effect: "none" });
});

describe("a machine that sleeps while the client waits", () => {
  /** Ahead of the clock's own pace, as after a night. */
  const sleep = () => vi.setSystemTime(Date.now() + 3_600_000);

  test("meets what the answer was", async () => {
    gatewayAnswers(problem({ code: "vendor_unavailable" }, { "Retry-After": "1" }));
    const call = failureOf(create());
    await vi.advanceTimersByTimeAsync(10);
    sleep();
    expect((await call).problem).toMatchObject({ code: "vendor_unavailable", effect: "none" });
  });

  test("hears that an operation is still open", async () => {
    gatewayAnswers(() => Response.json({ id: "o-1", state: "queued" }, { headers: { "Retry-After": "1" } }));
    const call = failureOf(client().operations.wait("o-1"));
    await vi.advanceTimersByTimeAsync(10);
    sleep();
    expect((await call).problem).toMatchObject({ code: "still_open", operation: "o-1" });
  });
});

describe("options that come to nothing", () => {
  test.each([Number.NaN, 0, -1])("timeoutMs: %d is refused", async (timeoutMs) => {
    expect(() => client({ timeoutMs })).toThrow("`timeoutMs` must be");
    await expect(create({ timeoutMs })).rejects.toThrow("`timeoutMs` must be");
    await expect(client().operations.wait("o-1", { timeoutMs })).rejects.toThrow("`timeoutMs` must be");
    expect(asked).toEqual([]);
  });

  test("timeoutMs: Infinity is waited for", async () => {
    gatewayAnswers(created);
    expect(await settled(create({ timeoutMs: Infinity }))).toMatchObject({ account });
  });

  test.each([4711, null, {}])("idempotencyKey: %j is refused", async (key) => {
    const options: object = { idempotencyKey: key };
    const call = create(options);
    await expect(call).rejects.toThrow("`idempotencyKey` must be");
    await expect(call).rejects.not.toBeInstanceOf(AccountGatewayError);
    expect(asked).toEqual([]);
  });
});
