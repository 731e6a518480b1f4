/** Creates whose ledger is unreachable, or whose calls to it are lost. */
import { describe, expect, test } from "vitest";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import {
  acme,
  advance,
  call,
  historyOf,
  interceptLedgerCalls,
  interceptVendors,
  loggedText,
  newIdempotencyKey,
  operationOf,
  respondAsync,
  restoreLedgerCalls,
  sends,
  setup,
  traffic,
  unbindLedgers,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

interface Losses {
  /** How many of the first calls are lost. */
  calls?: number;
  /** How many of the following calls reach the ledger but lose their answer. */
  answers?: number;
}

/** Loses calls of one method. Returns a function that reads the number of calls. */
function loseCalls(method: keyof LedgerService, { calls = 0, answers = 0 }: Losses): () => number {
  let called = 0;
  interceptLedgerCalls(async (each, go) => {
    if (each !== method) return go();
    called += 1;
    if (called <= calls) throw new Error("The ledger is gone");
    const answer = await go();
    if (called <= calls + answers) throw new Error("The answer is lost");
    return answer;
  });
  return () => called;
}
const always = Number.POSITIVE_INFINITY;

describe("a ledger that cannot be reached", () => {
  const vendor = "elastic_path";

  test("at the claim: nothing is sent", async () => {
    const { create } = setup(vendor);
    const called = loseCalls("claim", { calls: always });
    const idempotencyKey = newIdempotencyKey();
    const answer = await create(acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "ledger_unavailable",
      status: 503,
      origin: "gateway",
      // An earlier request with the key may have created an account.
      effect: "unknown",
      retry: "same_key",
    });
    expect(called()).toBe(3);
    expect(traffic()).toEqual([]);
    restoreLedgerCalls();
    const created = await create(acme, { idempotencyKey });
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
  });

  test("a claim whose answers are all lost is released", async () => {
    const { create } = setup(vendor);
    loseCalls("claim", { answers: always });
    const idempotencyKey = newIdempotencyKey();
    const answer = await create(acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "ledger_unavailable", effect: "unknown", retry: "same_key" });
    expect(traffic()).toEqual([]);
    restoreLedgerCalls();
    // The retry does not wait for the lease to end.
    const created = await create(acme, { idempotencyKey });
    expect(await historyOf(created.account?.operation)).toEqual([
      "sending claimed 1",
      "not_created not_sent 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
    expect(
      traffic()
        .filter(({ url }) => !new URL(url).pathname.endsWith("token"))
        .map(isCreate),
    ).toEqual([true]);
  });

  test("a claim whose answer is lost once is repeated as the same claim", async () => {
    const { create } = setup(vendor);
    const called = loseCalls("claim", { answers: 1 });
    const created = await create();
    expect(created.status).toBe(201);
    expect(called()).toBe(2);
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
    expect(sends()).toBe(1);
  });

  test("a settle whose answer is lost once is repeated as the same settle", async () => {
    const { create } = setup(vendor);
    const called = loseCalls("settle", { answers: 1 });
    const idempotencyKey = newIdempotencyKey();
    const created = await create(acme, { idempotencyKey });
    expect(created.status).toBe(201);
    expect(called()).toBe(2);
    const { duplicates } = await operationOf(created.account?.operation ?? "");
    expect(duplicates).toEqual([]);
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
    expect((await create(acme, { idempotencyKey })).text).toBe(created.text);
  });

  test("an account whose settle answers are all lost is replayed to a retry", async () => {
    const { create } = setup(vendor);
    loseCalls("settle", { answers: always });
    const idempotencyKey = newIdempotencyKey();
    const answer = await create(acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    restoreLedgerCalls();
    const again = await create(acme, { idempotencyKey });
    expect(again.account?.operation).toBe(answer.problem?.operation);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(sends()).toBe(1);
  });
});

test.each(["elastic_path", "garmat"] as const)(
  "%s: an outcome that the ledger has not recorded is reported as unknown",
  async (vendor) => {
    const { create, accounts } = setup(vendor);
    const called = loseCalls("settle", { calls: always });
    const idempotencyKey = newIdempotencyKey();
    const answer = await create(acme, { idempotencyKey });
    const operation = answer.problem?.operation ?? "";
    expect(answer.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
      instance: `/v1/operations/${operation}`,
    });
    expect(called()).toBe(3);
    restoreLedgerCalls();
    expect((await create(acme, { idempotencyKey })).problem).toMatchObject({
      code: "operation_in_progress",
      operation,
    });
    advance(16_400);
    const later = await create(acme, { idempotencyKey });
    expect(later.problem?.code ?? later.account?.operation).toBe(
      vendor === "garmat" ? "operation_needs_review" : operation,
    );
    expect(sends()).toBe(1);
    expect(await accounts()).toHaveLength(1);
  },
);

describe("a rejection", () => {
  test("that the ledger has not recorded is reported as unknown", async () => {
    const { create } = setup("clarus");
    await create();
    loseCalls("settle", { calls: always });
    const idempotencyKey = newIdempotencyKey();
    const answer = await create(acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    expect(answer.problem).not.toHaveProperty("vendor");
  });
});

describe("with respond-async", () => {
  test("a claim whose answers are all lost is an unknown outcome", async () => {
    const { create, runAlarm } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    loseCalls("claim", { answers: always });
    const answer = await create(acme, { idempotencyKey, headers: respondAsync });
    expect(answer.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
    });
    // The ledger may hold another operation for this key.
    expect(answer.problem).not.toHaveProperty("operation");
    restoreLedgerCalls();
    const again = await create(acme, { idempotencyKey, headers: respondAsync });
    expect(again.status).toBe(202);
    await runAlarm();
    expect(sends()).toBe(1);
  });

  test("a claim whose answer is lost once queues one create", async () => {
    const { create } = setup("clarus");
    loseCalls("claim", { answers: 1 });
    const queued = await create(acme, { headers: respondAsync });
    expect(queued.status).toBe(202);
    expect(await historyOf(queued.operation?.id)).toEqual(["queued received 0"]);
  });
});

describe("a deployment without a ledger binding", () => {
  test("sends no create with a key", async () => {
    const { create } = setup("garmat");
    unbindLedgers();
    for (const headers of [{}, respondAsync]) {
      const answer = await create(acme, { headers });
      expect(answer.problem).toMatchObject({ code: "ledger_unavailable", status: 503, retry: "same_key" });
      expect(answer.problem?.detail).toContain("LEDGERS");
    }
    expect(traffic()).toEqual([]);
  });

  test("answers ledger_unavailable for operations", async () => {
    const { create } = setup("garmat");
    const { account } = await create();
    unbindLedgers();
    for (const path of [`/v1/operations/${account?.operation}`, "/v1/operations?connection=garmat"])
      expect((await call(path)).problem).toMatchObject({ code: "ledger_unavailable", retry: "later" });
  });
});

test("a read whose call and answer are lost is repeated", async () => {
  const { create } = setup("garmat");
  const { account } = await create();
  const called = loseCalls("read", { calls: 1, answers: 1 });
  expect((await call(`/v1/operations/${account?.operation}`)).operation?.state).toBe("created");
  expect(called()).toBe(3);
});

test("a ledger's error message is neither answered nor logged", async () => {
  const { create } = setup("garmat");
  loseCalls("claim", { calls: always });
  const answer = await create();
  expect(answer.text).not.toContain("is gone");
  expect(loggedText()).not.toContain("is gone");
  expect(loggedText()).toContain('"problem":"ledger_unavailable"');
});

test("nothing is sent after the lease has ended", async () => {
  const { create } = setup("clarus");
  const idempotencyKey = newIdempotencyKey();
  // The token request takes the whole lease.
  interceptVendors(async (request, pass) => {
    if (new URL(request.url).pathname.endsWith("token")) advance(11_400);
    return pass();
  });
  const late = await create(acme, { idempotencyKey });
  expect(late.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
  expect(sends()).toBe(0);
});
