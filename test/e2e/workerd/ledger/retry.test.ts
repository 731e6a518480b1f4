/** What a request does whose key stands for an operation of unknown outcome, or for one that provably came to nothing. */
import { describe, expect, test } from "vitest";
import {
  advance,
  afterCommit,
  beforeCommit,
  begin,
  configure,
  create,
  elapse,
  held,
  isCreate,
  ledgerCallsGo,
  newKey,
  operationOf,
  sends,
  stampIn,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
const stampOf = {
  clarus: "/data/attributes/external_system_reference1",
  elastic_path: "/data/external_ref",
} as const;
const recognising = ["clarus", "elastic_path"] as const;

const creates = () => traffic().filter(isCreate);
/** What was asked of the vendor but tokens. */
const asked = () => traffic().filter(({ url }) => !/tokens?$/.test(new URL(url).pathname));
const historyOf = async (id: string | null | undefined) =>
  (await operationOf(id ?? "")).history.map(({ state, reason, attempt }) => `${state} ${reason} ${attempt}`);
/** A lease of two tokens and two sends, and the ledger's grace. */
const leaseMs = 2 * (5_000 + 200) + 1_000 + 5_000;

describe.each(recognising)("%s, an unknown outcome", (vendor) => {
  test("is looked up at once by a retry, which answers the account that is found", async () => {
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    const lost = await create(vendor, acme, { idempotencyKey });
    const operation = lost.problem?.operation ?? "";
    expect(lost.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
      instance: `/v1/operations/${operation}`,
    });
    expect(lost.headers.get("Retry-After")).toBe("1");
    vendorsAreThemselves();
    const found = await create(vendor, acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(found.account).toMatchObject({
      name: "Acme",
      operation,
      external_ref: stampIn(operation),
      vendor_response: null,
    });
    // It was not decided before, and so this is no replay.
    expect(found.headers.get("Idempotent-Replayed")).toBe(null);
    expect(found.account?.fields).toContainEqual(
      expect.objectContaining({
        disposition: "stamped",
        to: stampOf[vendor],
        value: stampIn(operation),
        confirmed: true,
      }),
    );
    expect(await historyOf(operation)).toEqual(["sending claimed 1", "unknown no_answer 1", "created found 1"]);
    expect(sends()).toBe(1);

    const calls = asked().length;
    const again = await create(vendor, acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect([again.text, again.headers.get("Idempotent-Replayed")]).toEqual([found.text, "true"]);
    expect(asked()).toHaveLength(calls);
  });

  test("that is absent stays unknown until it was absent twice, a settle window apart, and is then sent again", async () => {
    vendorsAnswer(beforeCommit);
    const idempotencyKey = newKey();
    const lost = await create(vendor, acme, { idempotencyKey });
    const operation = lost.problem?.operation ?? "";
    vendorsAreThemselves();
    const retry = () => create(vendor, acme, { idempotencyKey });

    // Before the claim is over an absence says nothing.
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
    expect(creates()[0]?.body).toContain(stampIn(operation));
    expect(await held(vendor)).toHaveLength(1);
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "unknown no_answer 1",
      "not_created absent 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
  });

  test("stays unknown where the vendor cannot be asked", async () => {
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    const lost = await create(vendor, acme, { idempotencyKey });
    vendorsAnswer(async () => new Response("", { status: 503, headers: { "Retry-After": "7" } }));
    const still = await create(vendor, acme, { idempotencyKey });
    expect(still.problem).toMatchObject({ code: "outcome_unknown", status: 504, operation: lost.problem?.operation });
    expect(still.headers.get("Retry-After")).toBe("7");
    vendorsAreThemselves();
    expect((await create(vendor, acme, { idempotencyKey })).status).toBe(201);
    expect(sends()).toBe(1);
  });

  test("is asked for once by many who retry at the same time", async () => {
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    await create(vendor, acme, { idempotencyKey });
    vendorsAreThemselves();
    const before = asked().length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(vendor, acme, { idempotencyKey })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(asked()).toHaveLength(before + 1);
  });
});

describe("an unknown outcome", () => {
  test("whose place somebody else's account has taken is a rejection", async () => {
    await create("clarus", acme);
    vendorsAnswer(beforeCommit);
    const idempotencyKey = newKey();
    const lost = await create("clarus", acme, { idempotencyKey });
    vendorsAreThemselves();
    advance(leaseMs);
    const retry = () => create("clarus", acme, { idempotencyKey });
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
    expect(await held("clarus")).toHaveLength(1);
  });

  test("that Elastic Path does not show yet is found once it does", async () => {
    begin({ readLagMs: 30_000 });
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    await create("elastic_path", acme, { idempotencyKey });
    vendorsAreThemselves();
    advance(leaseMs);
    const retry = () => create("elastic_path", acme, { idempotencyKey });
    expect((await retry()).problem?.code).toBe("outcome_unknown");
    advance(60_000);
    expect((await retry()).status).toBe(201);
    expect(sends()).toBe(1);
  });

  test("on Garmat is for a person, with all accounts of that name to choose from", async () => {
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    const lost = await create("garmat", acme, { idempotencyKey });
    vendorsAreThemselves();
    // While the claim lasts its own account may still come in.
    expect((await create("garmat", acme, { idempotencyKey })).problem?.code).toBe("outcome_unknown");
    advance(leaseMs);
    expect((await create("garmat", acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
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
  ])("after %d is told as %s, with the operation to retry", async (status, code) => {
    vendorsAnswer(async (request, pass) => (isCreate(request) ? new Response("", { status }) : pass()));
    const answer = await create("elastic_path", acme);
    expect(answer.problem).toMatchObject({ code, effect: "unknown", retry: "same_key", vendor: { status } });
    expect(answer.headers.get("Retry-After")).toBe("1");
    const { state, problem } = await operationOf(answer.problem?.operation ?? "");
    expect([state, problem?.code]).toEqual(["unknown", code]);
  });

  test("of a send whose sender was not heard of again is looked up too", async () => {
    const idempotencyKey = newKey();
    ledgerCallsGo(async (method, call) => {
      if (method === "settle") throw new Error("lost");
      return call();
    });
    const lost = await create("clarus", acme, { idempotencyKey });
    expect(lost.problem?.code).toBe("outcome_unknown");
    ledgerCallsGo((_method, call) => call());
    expect((await create("clarus", acme, { idempotencyKey })).problem?.code).toBe("operation_in_progress");
    advance(leaseMs);
    expect((await create("clarus", acme, { idempotencyKey })).status).toBe(201);
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
  answered: number;
}

const refusals: Refusal[] = [
  { status: 401, code: "vendor_auth_failed", answered: 502 },
  { status: 403, code: "vendor_auth_failed", answered: 502 },
  { status: 429, code: "vendor_rate_limited", answered: 429 },
];

describe.each(vendors)("%s, what provably created nothing", (vendor) => {
  test.each(refusals)("($status) is claimed again, and sent as it was", async ({ status, code, answered }) => {
    vendorsAnswer(async (request, pass) =>
      isCreate(request) ? new Response("{}", { status, headers: { "Retry-After": "30" } }) : pass(),
    );
    const idempotencyKey = newKey();
    const refused = await create(vendor, acme, { idempotencyKey });
    const operation = refused.problem?.operation ?? "";
    expect(refused.problem).toMatchObject({
      code,
      status: answered,
      effect: "none",
      retry: "later",
      vendor: { status },
    });
    expect(refused.headers.get("Retry-After")).toBe("30");
    expect((await operationOf(operation)).state).toBe("not_created");

    vendorsAreThemselves();
    const before = asked().length;
    const created = await create(vendor, acme, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(created.headers.get("Idempotent-Replayed")).toBe(null);
    // A refusal proves that nothing was created: a lookup, which may fail, must not stand in the way.
    expect(asked().slice(before).map(isCreate)).toEqual([true]);
    expect(new Set(creates().map(({ body }) => body)).size).toBe(1);
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "not_created vendor_answered 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
    expect(await held(vendor)).toHaveLength(1);
  });
});

/** The request is lost on its way, and two lookups show no account. */
async function loseOnce(vendor: Vendor, body: unknown, idempotencyKey: string): Promise<string> {
  vendorsAnswer(beforeCommit);
  const { problem } = await create(vendor, body, { idempotencyKey });
  const operation = problem?.operation ?? "";
  vendorsAreThemselves();
  await elapse(vendor, leaseMs + 61_000);
  expect((await operationOf(operation)).state).toBe("not_created");
  return operation;
}

describe.each(recognising)("%s, what was looked for in vain", (vendor) => {
  test("is held back where the vendor cannot be asked once more", async () => {
    const idempotencyKey = newKey();
    const operation = await loseOnce(vendor, acme, idempotencyKey);
    vendorsAnswer(async (request, pass) =>
      isCreate(request) ? pass() : new Response("", { status: 503, headers: { "Retry-After": "12" } }),
    );
    const sent = sends();
    const heldBack = await create(vendor, acme, { idempotencyKey });
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
    vendorsAreThemselves();
    expect((await create(vendor, acme, { idempotencyKey })).status).toBe(201);
  });
});

describe.each(recognising)("%s, without a token", (vendor: Vendor) => {
  test.each([
    [500, "vendor_unavailable", 503],
    [401, "vendor_auth_failed", 502],
    [429, "vendor_rate_limited", 429],
  ])("(%d) nothing is sent, and the next request sends without asking", async (status, code, answered) => {
    vendorsAnswer(async (request, pass) =>
      new URL(request.url).pathname.endsWith("token")
        ? new Response("{}", { status, headers: { "Retry-After": "9" } })
        : pass(),
    );
    const idempotencyKey = newKey();
    const refused = await create(vendor, acme, { idempotencyKey });
    const operation = refused.problem?.operation ?? "";
    expect(refused.problem).toMatchObject({ code, status: answered, effect: "none", retry: "later" });
    expect(refused.headers.get("Retry-After")).toBe("9");
    expect(sends()).toBe(0);
    vendorsAreThemselves();
    const created = await create(vendor, acme, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(asked().map(isCreate)).toEqual([true]);
    expect(creates()[0]?.body).toContain(stampIn(operation));
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "not_created not_sent 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
  });
});

describe("what provably created nothing", () => {
  const refuseOnce = async (vendor: Vendor, body: unknown, idempotencyKey: string) => {
    vendorsAnswer(async (request, pass) => (isCreate(request) ? new Response("{}", { status: 403 }) : pass()));
    const { problem } = await create(vendor, body, { idempotencyKey });
    vendorsAreThemselves();
    return problem?.operation ?? "";
  };

  test("has the whole of its lease after a look that took as long", async () => {
    const idempotencyKey = newKey();
    const operation = await loseOnce("elastic_path", acme, idempotencyKey);
    vendorsAnswer(async (request, pass) => {
      if (new URL(request.url).search !== "") advance(12_000);
      return pass();
    });
    const created = await create("elastic_path", acme, { idempotencyKey });
    expect([created.status, created.account?.operation]).toEqual([201, operation]);
  });

  test("is not sent again where the ledger's connection leads elsewhere than the request's", async () => {
    const idempotencyKey = newKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    const sent = sends();
    ledgerCallsGo(async (method, call) => {
      // The ledger runs on another configuration for as long as it is asked.
      if (method === "claim") await configure({ clarus: { subdomain: "beta" } });
      return call();
    });
    const heldBack = await create("clarus", acme, { idempotencyKey });
    expect(heldBack.problem).toMatchObject({ code: "misconfigured", effect: "none", operation });
    expect(sends()).toBe(sent);
  });

  test("and turns out to be there is that account, and not sent again", async () => {
    const idempotencyKey = newKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    // The request arrives after all, long after its lease.
    const [lost] = creates();
    const headers = traffic().findLast(({ url }) => url.endsWith("/graphql"))?.headers ?? {};
    const late = await fetch(new Request(lost?.url ?? "", { method: "POST", headers, body: lost?.body ?? "" }));
    expect(late.status).toBe(201);
    const found = await create("clarus", acme, { idempotencyKey });
    expect(found.account).toMatchObject({ operation, external_ref: stampIn(operation) });
    expect(await historyOf(operation)).toEqual([
      "sending claimed 1",
      "unknown no_answer 1",
      "not_created absent 1",
      "created found 1",
    ]);
    // The gateway's own, and the late one.
    expect(sends()).toBe(2);
  });

  test("is sent as it was proposed, whatever today's mapping says", async () => {
    const mapping = { legal_name: "string1" };
    begin({ changes: { clarus: { mapping } } });
    const idempotencyKey = newKey();
    const body = { name: "Acme", legal_name: "Acme Ltd" };
    const operation = await refuseOnce("clarus", body, idempotencyKey);
    await configure({ clarus: { mapping: {} } });
    const created = await create("clarus", body, { idempotencyKey });
    expect(created.account?.operation).toBe(operation);
    expect(new Set(creates().map(({ body: sent }) => sent)).size).toBe(1);
    expect(await held("clarus")).toEqual([expect.objectContaining({})]);
  });

  test("asks for another body's own key", async () => {
    const idempotencyKey = newKey();
    await refuseOnce("garmat", acme, idempotencyKey);
    expect((await create("garmat", { name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("answers as the connection does that is out of use", async () => {
    const idempotencyKey = newKey();
    await refuseOnce("garmat", acme, idempotencyKey);
    await configure({ garmat: { timeout_ms: 0 } });
    expect((await create("garmat", acme, { idempotencyKey })).problem?.code).toBe("misconfigured");
    await configure({});
    expect((await create("garmat", acme, { idempotencyKey })).status).toBe(201);
  });

  test("may be queued next", async () => {
    const idempotencyKey = newKey();
    const operation = await refuseOnce("clarus", acme, idempotencyKey);
    const queued = await create("clarus", acme, { idempotencyKey, headers: { Prefer: "respond-async" } });
    expect(queued.status).toBe(202);
    expect(queued.operation).toMatchObject({ id: operation, state: "queued", attempt: 1, asynchronous: true });
  });
});

describe("a duplicate that an attempt after an unknown outcome is refused for", () => {
  const duplicate = () =>
    Response.json(
      {
        errors: [
          { title: "Duplicate", detail: "Code has already been taken", source: { pointer: "/data/attributes/code" } },
        ],
      },
      { status: 422 },
    );
  /** Attempt 1 is lost, and attempt 2 refused for a duplicate that no lookup has shown before. */
  async function suspect(body: unknown, idempotencyKey: string): Promise<string> {
    await loseOnce("clarus", body, idempotencyKey);
    vendorsAnswer(async (request, pass) => (isCreate(request) ? duplicate() : pass()));
    const suspected = await create("clarus", body, { idempotencyKey });
    expect(suspected.problem).toMatchObject({
      code: "outcome_unknown",
      status: 504,
      effect: "unknown",
      retry: "same_key",
    });
    expect(suspected.headers.get("Retry-After")).toBe("1");
    vendorsAreThemselves();
    return suspected.problem?.operation ?? "";
  }
  /** What the same request meets after the claim and, a settle window later, once more. */
  async function afterTwoLooks(idempotencyKey: string) {
    advance(leaseMs);
    expect((await create("clarus", acme, { idempotencyKey })).problem?.code).toBe("outcome_unknown");
    advance(60_000);
    return create("clarus", acme, { idempotencyKey });
  }

  test("is ours where a lookup says so", async () => {
    const idempotencyKey = newKey();
    const operation = await loseOnce("clarus", acme, idempotencyKey);
    // The first attempt's account comes in between the lookup and the second send.
    vendorsAnswer(async (request, pass) => {
      if (!isCreate(request)) return pass();
      await pass();
      return duplicate();
    });
    const found = await create("clarus", acme, { idempotencyKey });
    expect(found.account).toMatchObject({ operation, external_ref: stampIn(operation) });
    expect(found.account?.warnings.map(({ code }) => code)).toEqual(["reconciled"]);
    expect(await held("clarus")).toHaveLength(1);
  });

  test("is believed where two lookups have shown somebody else's", async () => {
    const idempotencyKey = newKey();
    const operation = await suspect(acme, idempotencyKey);
    expect((await operationOf(operation)).state).toBe("unknown");
    await create("clarus", acme);
    const rejected = await afterTwoLooks(idempotencyKey);
    expect(rejected.problem).toMatchObject({
      code: "account_exists",
      status: 409,
      effect: "none",
      operation,
      errors: [{ detail: "Code has already been taken" }],
    });
    expect((await operationOf(operation)).state).toBe("rejected");
  });

  test("is for a person where two lookups have shown nothing that it could be one of", async () => {
    const idempotencyKey = newKey();
    const operation = await suspect(acme, idempotencyKey);
    const doubted = await afterTwoLooks(idempotencyKey);
    expect(doubted.problem).toMatchObject({ code: "operation_needs_review", effect: "unknown", operation });
    expect((await operationOf(operation)).history.at(-1)?.reason).toBe("no_verdict");
    expect(sends()).toBe(2);
  });
});
