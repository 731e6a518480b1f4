/** A retry with the same key after an unknown outcome, or after a create that provably made no account. */
import { describe, expect, test } from "vitest";
import {
  acme,
  advance,
  answerRequests,
  historyOf,
  interceptLedgerCalls,
  interceptVendors,
  leaseMs,
  ledgerAt,
  loseAnswers,
  loseCreates,
  newIdempotencyKey,
  operationOf,
  respondAsync,
  restoreLedgerCalls,
  restoreVendors,
  sends,
  setup,
  stampDestinations,
  stampedVendors,
  stampOf,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { clarusDuplicate } from "../../../support/workerd/strange-vendor.ts";
import { isCreate, isTokenRequest } from "../../../support/vendor-requests.ts";

useLedgers();

const creates = () => traffic().filter(isCreate);
/** Every request to a vendor, except token requests. */
const vendorRequests = () => traffic().filter((request) => !isTokenRequest(request));

describe.each(stampedVendors)("%s, an unknown outcome", (vendor) => {
  test("is looked up by a retry, which answers the account", async () => {
    const { create } = setup(vendor);
    interceptVendors(loseAnswers);
    const idempotencyKey = newIdempotencyKey();
    const lost = await create(acme, { idempotencyKey });
    const operation = lost.problem?.operation ?? "";
    expect(lost.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
      instance: `/v1/operations/${operation}`,
    });
    expect(lost.headers.get("Retry-After")).toBe("1");
    restoreVendors();
    const found = await create(acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(found.account).toMatchObject({
      name: "Acme",
      operation,
      external_ref: stampOf(operation),
      vendor_response: null,
    });
    // The operation was open until now, so this is not a replay.
    expect(found.headers.get("Idempotent-Replayed")).toBe(null);
    expect(found.account?.fields).toContainEqual(
      expect.objectContaining({
        disposition: "stamped",
        to: stampDestinations[vendor],
        value: stampOf(operation),
        confirmed: true,
      }),
    );
    expect(await historyOf(operation)).toEqual(["sending claimed 1", "unknown no_answer 1", "created found 1"]);
    expect(sends()).toBe(1);

    const calls = vendorRequests().length;
    const again = await create(acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect([again.text, again.headers.get("Idempotent-Replayed")]).toEqual([found.text, "true"]);
    expect(vendorRequests()).toHaveLength(calls);
  });

  test("is sent again after two lookups, a settle window apart, show no account", async () => {
    const { create, accounts } = setup(vendor);
    interceptVendors(loseCreates);
    const idempotencyKey = newIdempotencyKey();
    const lost = await create(acme, { idempotencyKey });
    const operation = lost.problem?.operation ?? "";
    restoreVendors();
    const retry = () => create(acme, { idempotencyKey });

    // Before the lease ends, a lookup that finds no record proves nothing.
    const early = await retry();
    expect(early.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", operation });
    expect(early.headers.get("Retry-After")).toBe(String(Math.ceil(leaseMs / 1000)));
    advance(leaseMs);
    const first = await retry();
    expect(first.problem).toMatchObject({ code: "outcome_unknown", operation });
    expect(first.headers.get("Retry-After")).toBe("60");
    advance(59_999);
    const tooSoon = await retry();
    expect(tooSoon.problem?.code).toBe("outcome_unknown");
    expect(tooSoon.headers.get("Retry-After")).toBe("1");
    expect(sends()).toBe(1);
    advance(1);
    const created = await retry();
    expect(created.account).toMatchObject({ operation, name: "Acme" });
    expect(created.headers.get("Idempotent-Replayed")).toBe(null);
    expect(sends()).toBe(2);
    expect(creates()[1]?.body).toBe(creates()[0]?.body);
    expect(creates()[0]?.body).toContain(stampOf(operation));
    expect(await accounts()).toHaveLength(1);
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "unknown no_answer 1",
      "not_created absent 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
  });

  test("stays unknown if the lookup fails", async () => {
    const { create } = setup(vendor);
    interceptVendors(loseAnswers);
    const idempotencyKey = newIdempotencyKey();
    const lost = await create(acme, { idempotencyKey });
    interceptVendors(async () => new Response("", { status: 503, headers: { "Retry-After": "7" } }));
    const still = await create(acme, { idempotencyKey });
    expect(still.problem).toMatchObject({ code: "outcome_unknown", status: 504, operation: lost.problem?.operation });
    expect(still.headers.get("Retry-After")).toBe("7");
    restoreVendors();
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
    expect(sends()).toBe(1);
  });

  test("is looked up once for many retries at the same time", async () => {
    const { create, createAndLoseAnswer } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    await createAndLoseAnswer(acme, { idempotencyKey });
    const before = vendorRequests().length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(acme, { idempotencyKey })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(vendorRequests()).toHaveLength(before + 1);
  });
});

describe("an unknown outcome", () => {
  test("becomes a rejection if another account has the unique value", async () => {
    const { create, accounts, createAndLoseRequest } = setup("clarus");
    await create();
    const idempotencyKey = newIdempotencyKey();
    const lost = await createAndLoseRequest(acme, { idempotencyKey });
    advance(leaseMs);
    const retry = () => create(acme, { idempotencyKey });
    expect((await retry()).problem?.code).toBe("outcome_unknown");
    advance(60_000);
    const rejected = await retry();
    expect(rejected.problem).toMatchObject({
      code: "account_exists",
      status: 409,
      effect: "none",
      operation: lost.problem?.operation,
    });
    const again = await retry();
    expect([again.text, again.headers.get("Idempotent-Replayed")]).toEqual([rejected.text, "true"]);
    expect(sends()).toBe(2);
    expect(await accounts()).toHaveLength(1);
  });

  test("is found as soon as Elastic Path's lookup shows the account", async () => {
    const { create, createAndLoseAnswer } = setup("elastic_path", { readLagMs: 30_000 });
    const idempotencyKey = newIdempotencyKey();
    await createAndLoseAnswer(acme, { idempotencyKey });
    advance(leaseMs);
    const retry = () => create(acme, { idempotencyKey });
    expect((await retry()).problem?.code).toBe("outcome_unknown");
    advance(60_000);
    expect((await retry()).status).toBe(201);
    expect(sends()).toBe(1);
  });

  test("at Garmat goes to review, with all accounts of that name as candidates", async () => {
    const { create, createAndLoseAnswer } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const lost = await createAndLoseAnswer(acme, { idempotencyKey });
    // While the lease lasts, the account may still be created.
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("outcome_unknown");
    advance(leaseMs);
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
    const { candidates, state } = await operationOf(lost.problem?.operation ?? "");
    expect([state, candidates]).toEqual(["needs_review", [expect.objectContaining({ name: "Acme" })]]);
    expect(sends()).toBe(1);
  });

  test.each([
    [500, "outcome_unknown"],
    [408, "outcome_unknown"],
    [425, "outcome_unknown"],
    [499, "outcome_unknown"],
    [302, "outcome_unknown"],
    [201, "vendor_contract_violation"],
  ])("after a %d answers %s, and names the operation", async (status, code) => {
    const { create } = setup("elastic_path");
    answerRequests(isCreate, () => new Response("", { status }));
    const answer = await create();
    expect(answer.problem).toMatchObject({ code, effect: "unknown", retry: "same_key", vendor: { status } });
    expect(answer.headers.get("Retry-After")).toBe("1");
    const { state, problem } = await operationOf(answer.problem?.operation ?? "");
    expect([state, problem?.code]).toEqual(["unknown", code]);
  });

  test("of a create that was never settled is looked up too", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    interceptLedgerCalls(async (method, call) => {
      if (method === "settle") throw new Error("lost");
      return call();
    });
    const lost = await create(acme, { idempotencyKey });
    expect(lost.problem?.code).toBe("outcome_unknown");
    restoreLedgerCalls();
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("operation_in_progress");
    advance(leaseMs);
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
    expect(await historyOf(lost.problem?.operation)).toEqual([
      "sending claimed 1",
      "unknown lease_expired 1",
      "created found 1",
    ]);
    expect(sends()).toBe(1);
  });
});

interface Refusal {
  status: number;
  code: string;
  answerStatus: number;
}

const refusals: Refusal[] = [
  { status: 401, code: "vendor_auth_failed", answerStatus: 502 },
  { status: 403, code: "vendor_auth_failed", answerStatus: 502 },
  { status: 429, code: "vendor_rate_limited", answerStatus: 429 },
];

describe.each(vendors)("%s, a create that provably made no account", (vendor) => {
  test.each(refusals)("($status) is claimed again, and sent unchanged", async ({ status, code, answerStatus }) => {
    const { create, accounts } = setup(vendor);
    answerRequests(isCreate, () => new Response("{}", { status, headers: { "Retry-After": "30" } }));
    const idempotencyKey = newIdempotencyKey();
    const refused = await create(acme, { idempotencyKey });
    const operation = refused.problem?.operation ?? "";
    expect(refused.problem).toMatchObject({
      code,
      status: answerStatus,
      effect: "none",
      retry: "later",
      vendor: { status },
    });
    expect(refused.headers.get("Retry-After")).toBe("30");
    expect((await operationOf(operation)).state).toBe("not_created");

    restoreVendors();
    const before = vendorRequests().length;
    const created = await create(acme, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(created.headers.get("Idempotent-Replayed")).toBe(null);
    // The refusal proves that no account exists, so no lookup is needed.
    expect(vendorRequests().slice(before).map(isCreate)).toEqual([true]);
    expect(new Set(creates().map(({ body }) => body)).size).toBe(1);
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "not_created vendor_answered 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
    expect(await accounts()).toHaveLength(1);
  });
});

/** Loses the request of a create. Two lookups then find no account. */
async function loseOnce(vendor: Vendor, body: unknown, idempotencyKey: string): Promise<string> {
  interceptVendors(loseCreates);
  const { problem } = await ledgerAt(vendor).create(body, { idempotencyKey });
  const operation = problem?.operation ?? "";
  restoreVendors();
  await ledgerAt(vendor).elapse(leaseMs + 61_000);
  expect((await operationOf(operation)).state).toBe("not_created");
  return operation;
}

describe.each(stampedVendors)("%s, a create that is not_created after two lookups", (vendor) => {
  test("is not sent again if the third lookup fails", async () => {
    const { create } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseOnce(vendor, acme, idempotencyKey);
    interceptVendors(async (request, pass) =>
      isCreate(request) ? pass() : new Response("", { status: 503, headers: { "Retry-After": "12" } }),
    );
    const sent = sends();
    const heldBack = await create(acme, { idempotencyKey });
    expect(heldBack.problem).toMatchObject({
      code: "vendor_unavailable",
      status: 503,
      effect: "none",
      retry: "later",
      operation,
    });
    expect(heldBack.headers.get("Retry-After")).toBe("12");
    expect(sends()).toBe(sent);
    expect((await operationOf(operation)).attempt).toBe(1);
    restoreVendors();
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
  });
});

describe.each(stampedVendors)("%s, without a token", (vendor: Vendor) => {
  test.each([
    [500, "vendor_unavailable", 503],
    [401, "vendor_auth_failed", 502],
    [429, "vendor_rate_limited", 429],
  ])("(%d) nothing is sent, and the next request sends without a lookup", async (status, code, answerStatus) => {
    const { create } = setup(vendor);
    interceptVendors(async (request, pass) =>
      new URL(request.url).pathname.endsWith("token")
        ? new Response("{}", { status, headers: { "Retry-After": "9" } })
        : pass(),
    );
    const idempotencyKey = newIdempotencyKey();
    const refused = await create(acme, { idempotencyKey });
    const operation = refused.problem?.operation ?? "";
    expect(refused.problem).toMatchObject({ code, status: answerStatus, effect: "none", retry: "later" });
    expect(refused.headers.get("Retry-After")).toBe("9");
    expect(sends()).toBe(0);
    restoreVendors();
    const created = await create(acme, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(vendorRequests().map(isCreate)).toEqual([true]);
    expect(creates()[0]?.body).toContain(stampOf(operation));
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "not_created not_sent 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
  });
});

describe("a create that provably made no account", () => {
  const refuseOnce = async (vendor: Vendor, body: unknown, idempotencyKey: string) => {
    answerRequests(isCreate, () => new Response("{}", { status: 403 }));
    const { problem } = await ledgerAt(vendor).create(body, { idempotencyKey });
    restoreVendors();
    return problem?.operation ?? "";
  };

  test("has its full lease after a slow lookup", async () => {
    const { create } = setup("elastic_path");
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseOnce("elastic_path", acme, idempotencyKey);
    interceptVendors(async (request, pass) => {
      if (new URL(request.url).search !== "") advance(12_000);
      return pass();
    });
    const created = await create(acme, { idempotencyKey });
    expect([created.status, created.account?.operation]).toEqual([201, operation]);
  });

  test("is not sent again if the ledger's configuration has another target than the Worker's", async () => {
    const { create, configure } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    const sent = sends();
    interceptLedgerCalls(async (method, call) => {
      // The ledger's configuration changes just before the claim.
      if (method === "claim") await configure({ subdomain: "beta" });
      return call();
    });
    const heldBack = await create(acme, { idempotencyKey });
    expect(heldBack.problem).toMatchObject({ code: "misconfigured", effect: "none", operation });
    expect(sends()).toBe(sent);
  });

  test("is not sent again if a later lookup shows the account", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    // The first request reaches the vendor long after its lease.
    const [lost] = creates();
    const headers = traffic().findLast(({ url }) => url.endsWith("/graphql"))?.headers ?? {};
    const late = await fetch(new Request(lost?.url ?? "", { method: "POST", headers, body: lost?.body ?? "" }));
    expect(late.status).toBe(201);
    const found = await create(acme, { idempotencyKey });
    expect(found.account).toMatchObject({ operation, external_ref: stampOf(operation) });
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "unknown no_answer 1",
      "not_created absent 1",
      "created found 1",
    ]);
    // The request that the gateway sent, and the late copy of it.
    expect(sends()).toBe(2);
  });

  test("is sent unchanged after the mapping changed", async () => {
    const { create, accounts, configure } = setup("clarus", { connection: { mapping: { legal_name: "string1" } } });

    const idempotencyKey = newIdempotencyKey();
    const body = { name: "Acme", legal_name: "Acme Ltd" };
    const operation = await refuseOnce("clarus", body, idempotencyKey);
    await configure({ mapping: {} });
    const created = await create(body, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(new Set(creates().map(({ body: sent }) => sent)).size).toBe(1);
    expect(await accounts()).toEqual([expect.objectContaining({})]);
  });

  test("refuses another body", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    await refuseOnce("garmat", acme, idempotencyKey);
    expect((await create({ name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("answers misconfigured while the connection is disabled because of configuration faults", async () => {
    const { create, configure } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    await refuseOnce("garmat", acme, idempotencyKey);
    await configure({ timeout_ms: 0 });
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("misconfigured");
    await configure();
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
  });

  test("can be queued by the next request", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const operation = await refuseOnce("clarus", acme, idempotencyKey);
    const queued = await create(acme, { idempotencyKey, headers: respondAsync });
    expect(queued.status).toBe(202);
    expect(queued.operation).toMatchObject({ id: operation, state: "queued", attempt: 1, asynchronous: true });
  });
});

describe("a duplicate error after an unknown outcome", () => {
  /** The first attempt is lost. The second gets a duplicate error, although no lookup has shown an account. */
  async function loseThenDuplicate(body: unknown, idempotencyKey: string): Promise<string> {
    await loseOnce("clarus", body, idempotencyKey);
    answerRequests(isCreate, clarusDuplicate);
    const unresolved = await ledgerAt("clarus").create(body, { idempotencyKey });
    expect(unresolved.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
    });
    expect(unresolved.headers.get("Retry-After")).toBe("1");
    restoreVendors();
    return unresolved.problem?.operation ?? "";
  }
  /** Retries when the lease ends, and again a settle window later. */
  async function retryTwice(idempotencyKey: string) {
    advance(leaseMs);
    expect((await ledgerAt("clarus").create(acme, { idempotencyKey })).problem?.code).toBe("outcome_unknown");
    advance(60_000);
    return ledgerAt("clarus").create(acme, { idempotencyKey });
  }

  test("leads to our own account if a lookup shows it", async () => {
    const { create, accounts } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    // The first attempt's account appears between the lookup and the second send.
    interceptVendors(async (request, pass) => {
      if (!isCreate(request)) return pass();
      await pass();
      return clarusDuplicate();
    });
    const found = await create(acme, { idempotencyKey });
    expect(found.account).toMatchObject({ operation, external_ref: stampOf(operation) });
    expect(found.account?.warnings.map(({ code }) => code)).toEqual(["reconciled"]);
    expect(await accounts()).toHaveLength(1);
  });

  test("is final after two lookups have shown another account", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseThenDuplicate(acme, idempotencyKey);
    expect((await operationOf(operation)).state).toBe("unknown");
    await create();
    const rejected = await retryTwice(idempotencyKey);
    expect(rejected.problem).toMatchObject({
      code: "account_exists",
      status: 409,
      effect: "none",
      operation,
      errors: [{ detail: "Code has already been taken" }],
    });
    expect((await operationOf(operation)).state).toBe("rejected");
  });

  test("leads to review after two lookups have shown no account", async () => {
    const idempotencyKey = newIdempotencyKey();
    const operation = await loseThenDuplicate(acme, idempotencyKey);
    const unresolved = await retryTwice(idempotencyKey);
    expect(unresolved.problem).toMatchObject({ code: "operation_needs_review", effect: "unknown", operation });
    expect((await operationOf(operation)).history.at(-1)?.reason).toBe("no_verdict");
    expect(sends()).toBe(2);
  });
});
