/** What becomes of a create whose ledger cannot be reached, or whose calls are lost on the way. */
import { describe, expect, test } from "vitest";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import {
  advance,
  call,
  create,
  held,
  isCreate,
  ledgerCallsGo,
  loggedText,
  newKey,
  noLedgersAreBound,
  operationOf,
  runAlarm,
  sends,
  traffic,
  useLedgers,
  vendorsAnswer,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
const respondAsync = { Prefer: "respond-async" };

interface Losses {
  /** Lost on the way there: so many of the first calls. */
  calls?: number;
  /** Lost on the way back: so many of the first answers. */
  answers?: number;
}

/** Loses calls of one method, and tells how often it was called. */
function lose(method: keyof LedgerService, { calls = 0, answers = 0 }: Losses): () => number {
  let called = 0;
  ledgerCallsGo(async (each, go) => {
    if (each !== method) return go();
    called += 1;
    if (called <= calls) throw new Error("The ledger is gone");
    const answer = await go();
    if (called <= calls + answers) throw new Error("The answer is lost");
    return answer;
  });
  return () => called;
}
const nothingIsLost = () => ledgerCallsGo((_method, go) => go());
const always = Number.POSITIVE_INFINITY;
const historyOf = async (id: string | null | undefined) =>
  (await operationOf(id ?? "")).history.map(({ state, reason, attempt }) => `${state} ${reason} ${attempt}`);

describe("a ledger that cannot be reached", () => {
  const vendor = "elastic_path";

  test("before anything is sent, nothing is", async () => {
    const called = lose("claim", { calls: always });
    const idempotencyKey = newKey();
    const answer = await create(vendor, acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "ledger_unavailable",
      status: 503,
      origin: "gateway",
      // What an earlier request with the key has left, nobody can tell.
      effect: "unknown",
      retry: "same_key",
    });
    expect(called()).toBe(3);
    expect(traffic()).toEqual([]);
    nothingIsLost();
    const created = await create(vendor, acme, { idempotencyKey });
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
  });

  test("a claim whose every answer is lost is given back", async () => {
    lose("claim", { answers: always });
    const idempotencyKey = newKey();
    const answer = await create(vendor, acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "ledger_unavailable", effect: "unknown", retry: "same_key" });
    expect(traffic()).toEqual([]);
    nothingIsLost();
    // Nobody waits for the lease to end.
    const created = await create(vendor, acme, { idempotencyKey });
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

  test("a claim whose answer is lost once is the same claim when it is asked again", async () => {
    const called = lose("claim", { answers: 1 });
    const created = await create(vendor, acme);
    expect(created.status).toBe(201);
    expect(called()).toBe(2);
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
    expect(sends()).toBe(1);
  });

  test("a settle whose answer is lost once is the same settle when it is told again", async () => {
    const called = lose("settle", { answers: 1 });
    const idempotencyKey = newKey();
    const created = await create(vendor, acme, { idempotencyKey });
    expect(created.status).toBe(201);
    expect(called()).toBe(2);
    const { duplicates } = await operationOf(created.account?.operation ?? "");
    expect(duplicates).toEqual([]);
    expect(await historyOf(created.account?.operation)).toEqual(["sending claimed 1", "created vendor_answered 1"]);
    expect((await create(vendor, acme, { idempotencyKey })).text).toBe(created.text);
  });

  test("after it is sent, an account whose every answer is lost is replayed", async () => {
    lose("settle", { answers: always });
    const idempotencyKey = newKey();
    const answer = await create(vendor, acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    nothingIsLost();
    const again = await create(vendor, acme, { idempotencyKey });
    expect(again.account?.operation).toBe(answer.problem?.operation);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(sends()).toBe(1);
  });
});

test.each(["elastic_path", "garmat"] as const)("%s: no outcome is told that is not written down", async (vendor) => {
  const called = lose("settle", { calls: always });
  const idempotencyKey = newKey();
  const answer = await create(vendor, acme, { idempotencyKey });
  const operation = answer.problem?.operation ?? "";
  expect(answer.problem).toMatchObject({
    code: "outcome_unknown",
    status: 504,
    effect: "unknown",
    retry: "same_key",
    instance: `/v1/operations/${operation}`,
  });
  expect(called()).toBe(3);
  nothingIsLost();
  expect((await create(vendor, acme, { idempotencyKey })).problem).toMatchObject({
    code: "operation_in_progress",
    operation,
  });
  advance(16_400);
  const later = await create(vendor, acme, { idempotencyKey });
  expect(later.problem?.code ?? later.account?.operation).toBe(
    vendor === "garmat" ? "operation_needs_review" : operation,
  );
  expect(sends()).toBe(1);
  expect(await held(vendor)).toHaveLength(1);
});

describe("a rejection", () => {
  test("that is not written down is told as unknown, too", async () => {
    await create("clarus", acme);
    lose("settle", { calls: always });
    const idempotencyKey = newKey();
    const answer = await create("clarus", acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    expect(answer.problem).not.toHaveProperty("vendor");
  });
});

describe("with respond-async", () => {
  test("what never reached the ledger may be queued as far as anyone knows", async () => {
    const idempotencyKey = newKey();
    lose("claim", { answers: always });
    const answer = await create("clarus", acme, { idempotencyKey, headers: respondAsync });
    expect(answer.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
    });
    // The one that was proposed may not be the one that is held.
    expect(answer.problem).not.toHaveProperty("operation");
    nothingIsLost();
    const again = await create("clarus", acme, { idempotencyKey, headers: respondAsync });
    expect(again.status).toBe(202);
    await runAlarm("clarus");
    expect(sends()).toBe(1);
  });

  test("an answer that is lost once does no harm", async () => {
    lose("claim", { answers: 1 });
    const queued = await create("clarus", acme, { headers: respondAsync });
    expect(queued.status).toBe(202);
    expect(await historyOf(queued.operation?.id)).toEqual(["queued received 0"]);
  });
});

describe("a deployment that binds no ledger", () => {
  test("sends nothing that has a key", async () => {
    noLedgersAreBound();
    for (const headers of [{}, respondAsync]) {
      const answer = await create("garmat", acme, { headers });
      expect(answer.problem).toMatchObject({ code: "ledger_unavailable", status: 503, retry: "same_key" });
      expect(answer.problem?.detail).toContain("LEDGERS");
    }
    expect(traffic()).toEqual([]);
  });

  test("has no operations to read", async () => {
    const { account } = await create("garmat", acme);
    noLedgersAreBound();
    for (const path of [`/v1/operations/${account?.operation}`, "/v1/operations?connection=garmat"])
      expect((await call(path)).problem).toMatchObject({ code: "ledger_unavailable", retry: "later" });
  });
});

test("what is read twice because an answer was lost is read all the same", async () => {
  const { account } = await create("garmat", acme);
  const called = lose("read", { calls: 1, answers: 1 });
  expect((await call(`/v1/operations/${account?.operation}`)).operation?.state).toBe("created");
  expect(called()).toBe(3);
});

test("a ledger's own words for a fault are told to nobody", async () => {
  lose("claim", { calls: always });
  const answer = await create("garmat", acme);
  expect(answer.text).not.toContain("is gone");
  expect(loggedText()).not.toContain("is gone");
  expect(loggedText()).toContain('"problem":"ledger_unavailable"');
});

test("a vendor that is slow is not given longer than the claim lasts", async () => {
  const idempotencyKey = newKey();
  // The token takes the whole of the lease by the clock.
  vendorsAnswer(async (request, pass) => {
    if (new URL(request.url).pathname.endsWith("token")) advance(11_400);
    return pass();
  });
  const late = await create("clarus", acme, { idempotencyKey });
  expect(late.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
  expect(sends()).toBe(0);
});
