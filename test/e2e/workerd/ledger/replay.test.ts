/** The answers to an Idempotency-Key after its operation is final. */
import { describe, expect, test } from "vitest";
import type { Account } from "../../../../schemas/documents/account.ts";
import {
  acme,
  type Answer,
  answerRequests,
  configureAll,
  connectionOf,
  crash,
  interceptVendors,
  ledgerAt,
  newIdempotencyKey,
  operationOf,
  sends,
  setup,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { digests } from "../../../support/gateway-keys.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

/** The vendor rejects every create. */
const rejectCreates = () =>
  answerRequests(isCreate, () =>
    Response.json({ errors: [{ title: "Invalid", detail: "Name is invalid" }] }, { status: 422 }),
  );

const expectReplay = (again: Answer, first: Answer) => {
  expect(again.text).toBe(first.text);
  expect(again.status).toBe(first.status);
  expect(first.headers.get("Idempotent-Replayed")).toBe(null);
  expect(again.headers.get("Idempotent-Replayed")).toBe("true");
  expect(again.headers.get("Content-Type")).toBe(first.headers.get("Content-Type"));
};

test("an account that an older version stored has every field in each answer", async () => {
  const { create, inStorage } = setup("garmat");
  const idempotencyKey = newIdempotencyKey();
  const first = await create(acme, { idempotencyKey });
  const added = ["phone", "website", "tax_id", "currency", "address"];
  await inStorage(({ sql }) => {
    const removed = added.map((member) => `'$.created.account.${member}'`).join(", ");
    sql.exec(`UPDATE operations SET document = json_remove(document, ${removed})`);
  });
  await crash();
  const again = await create(acme, { idempotencyKey });
  expect(again.account).toEqual(first.account);
  expect(again.account).toMatchObject(Object.fromEntries(added.map((member) => [member, null])));
  expect((await operationOf(first.account?.operation ?? "")).account).toEqual(first.account);
});

describe.each(vendors)("%s", (vendor) => {
  test.each(["", "?include=fields"])(
    "a created account is replayed byte for byte, and sent once (%s)",
    async (query) => {
      const { create, accounts } = setup(vendor);
      const idempotencyKey = newIdempotencyKey();
      const first = await create(acme, { idempotencyKey, query });
      expect(first.status).toBe(201);
      expectReplay(await create(acme, { idempotencyKey, query }), first);
      await crash();
      expectReplay(await create(acme, { idempotencyKey, query }), first);
      expect(sends()).toBe(1);
      expect(await accounts()).toHaveLength(1);
    },
  );

  test("a replay includes what its request asks for, except the vendor's response, which is not stored", async () => {
    const { create } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(first.account?.vendor_response).not.toBe(null);
    expect(first.account?.fields).not.toEqual([]);
    const { vendor_response: _kept, ...rest } = first.account as Account;
    const again = await create(acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(again.account).toEqual({ ...rest, vendor_response: null });
    const { fields: _fields, ...least } = rest;
    expect((await create(acme, { idempotencyKey })).account).toEqual(least);
    expect((await create(acme, { idempotencyKey, query: "?include=fields" })).account).toEqual(rest);
  });

  test("a rejection is replayed byte for byte, and sent once", async () => {
    const { create } = setup(vendor);
    rejectCreates();
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey });
    const operation = first.problem?.operation ?? "";
    expect(first.problem).toMatchObject({
      code: "vendor_rejected",
      status: 422,
      effect: "none",
      retry: "never",
      instance: `/v1/operations/${operation}`,
      vendor: { connection: connectionOf(vendor), status: 422 },
    });
    expect(operation).toMatch(new RegExp(`^${connectionOf(vendor)}\\.`));
    expectReplay(await create(acme, { idempotencyKey }), first);
    await crash();
    expectReplay(await create(acme, { idempotencyKey }), first);
    expect(sends()).toBe(1);
  });

  test("an answer has the id of its operation, or `null` for a request without a key", async () => {
    const { create, configure } = setup(vendor);
    expect((await create()).account?.operation).toMatch(new RegExp(`^${connectionOf(vendor)}\\.[0-9a-f-]{36}$`));
    await configure({ require_key: false });
    expect((await create({ name: "Beta" }, { idempotencyKey: null })).account?.operation).toBe(null);
  });
});

test("a duplicate that the vendor rejects is replayed", async () => {
  const { create } = setup("clarus");
  await create();
  const idempotencyKey = newIdempotencyKey();
  const first = await create(acme, { idempotencyKey });
  expect(first.problem).toMatchObject({
    code: "account_exists",
    status: 409,
    effect: "none",
    retry: "never",
    errors: [{ pointer: "/name" }],
  });
  expectReplay(await create(acme, { idempotencyKey }), first);
});

describe("a body", () => {
  const account = { name: "Müller & Söhne", custom: { tier: "gold", seats: 100 } };
  const mapping = { "custom.tier": "string1", "custom.seats": "integer1" };

  test.each([
    ["members in another order", '{"custom":{"seats":100,"tier":"gold"},"name":"Müller & Söhne"}'],
    ["white space", ' {\n\t"name" : "Müller & Söhne", "custom": { "tier": "gold", "seats": 100 } }\r\n'],
    ["another notation of numbers", '{"name":"Müller & Söhne","custom":{"tier":"gold","seats":1.0e2}}'],
    ["escapes", '{"n\\u0061me":"M\\u00fcller \\u0026 S\\u00f6hne","custom":{"tier":"\\u0067old","seats":100}}'],
  ])("with %s is the same body", async (_, written) => {
    const { create } = setup("clarus", { connection: { mapping } });
    const idempotencyKey = newIdempotencyKey();
    const first = await create(account, { idempotencyKey });
    expectReplay(await create(written, { idempotencyKey }), first);
    expect(sends()).toBe(1);
  });

  test.each([
    ["another value", { ...account, name: "Muller & Sohne" }],
    ["an additional member", { ...account, active: true }],
    ["an additional member that is null", { ...account, active: null }],
    ["a missing member", { name: account.name }],
    ["a string for a number", { ...account, custom: { tier: "gold", seats: "100" } }],
    ["another Unicode form", { ...account, name: account.name.normalize("NFD") }],
  ])("with %s is another body, and is refused", async (_, other) => {
    const { create } = setup("clarus", { connection: { mapping } });
    const idempotencyKey = newIdempotencyKey();
    const first = await create(account, { idempotencyKey });
    expect(first.status).toBe(201);
    const answer = await create(other, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "idempotency_key_reused",
      status: 422,
      origin: "client",
      effect: "none",
      retry: "never",
    });
    // The answer reveals nothing about the first operation.
    expect(answer.problem).not.toHaveProperty("operation");
    expect(answer.headers.get("Idempotent-Replayed")).toBe(null);
    expect(answer.headers.get("Retry-After")).toBe(null);
    expect(sends()).toBe(1);
    expectReplay(await create(account, { idempotencyKey }), first);
  });

  test("that is invalid is refused without a call to the ledger", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    await create(account, { idempotencyKey });
    const answer = await create({ name: "", nom: 1 }, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "invalid_account", status: 422 });
    const broken = await create('{"name":', { idempotencyKey });
    expect(broken.problem).toMatchObject({ code: "invalid_json", status: 400 });
  });

  test("that is refused before it is sent leaves its key free", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const refused = await create({ name: "Acme", legal_name: "Acme Ltd" }, { idempotencyKey });
    expect(refused.problem).toMatchObject({ code: "unsupported_field", status: 422, effect: "none" });
    expect(refused.problem).not.toHaveProperty("operation");
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
  });
});

describe("an Idempotency-Key", () => {
  test("identifies one create per connection", async () => {
    const idempotencyKey = newIdempotencyKey();
    const answers: Answer[] = [];
    for (const vendor of vendors) answers.push(await ledgerAt(vendor).create(acme, { idempotencyKey }));
    expect(answers.map(({ status }) => status)).toEqual(vendors.map(() => 201));
    expect(new Set(answers.map(({ account }) => account?.operation)).size).toBe(vendors.length);
    expect(sends()).toBe(vendors.length);
  });

  test("identifies one create per gateway key", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const mine = await create(acme, { idempotencyKey });
    const other = await create({ name: "Beta" }, { idempotencyKey, key: "other-key" });
    expect([mine.status, other.status]).toEqual([201, 201]);
    expect(other.account?.operation).not.toBe(mine.account?.operation);
    expect(other.headers.get("Idempotent-Replayed")).toBe(null);
    expect(sends()).toBe(2);
  });

  test("stays valid when the secret of its gateway key changes", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey });
    await configureAll(
      {},
      {
        KEY_DEMO: { name: "demo", sha256: [digests["other-key"]], connections: ["*"] },
        KEY_OTHER: { name: "other", sha256: [digests["demo-key"]], connections: ["*"] },
      },
    );
    expectReplay(await create(acme, { idempotencyKey, key: "other-key" }), first);
    const withOtherKey = await create(acme, { idempotencyKey, key: "demo-key" });
    expect(withOtherKey.account?.operation).not.toBe(first.account?.operation);
  });

  test("is the same with and without quotes", async () => {
    const { create } = setup("garmat");
    const first = await create(acme, { idempotencyKey: "order-4711" });
    expectReplay(await create(acme, { idempotencyKey: '"order-4711"' }), first);
  });
});

describe("a replay does not depend on", () => {
  const account = { name: "Acme", legal_name: "Acme Ltd" };

  test("the current mapping", async () => {
    const { create, configure } = setup("clarus", { connection: { mapping: { legal_name: "string1" } } });
    const idempotencyKey = newIdempotencyKey();
    const first = await create(account, { idempotencyKey, query: "?include=fields" });
    expect(first.status).toBe(201);
    await configure({ mapping: {} });
    expect((await create(account)).problem?.code).toBe("unsupported_field");
    expectReplay(await create(account, { idempotencyKey, query: "?include=fields" }), first);
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("the handling of its request", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const first = await create(account, { idempotencyKey, headers: { Prefer: "handling=lenient" } });
    expect(first.account?.warnings).toEqual([expect.objectContaining({ code: "dropped", field: "/legal_name" })]);
    const strict = await create(account, { idempotencyKey, headers: { Prefer: "handling=strict" } });
    expectReplay(strict, first);
    expectReplay(await create(account, { idempotencyKey }), first);
  });

  test.each(["respond-async", "respond-async, wait=10", "return=minimal", "handling=lenient, respond-async"])(
    "Prefer: %s",
    async (Prefer) => {
      const { create } = setup("clarus");
      const idempotencyKey = newIdempotencyKey();
      const first = await create(acme, { idempotencyKey });
      expectReplay(await create(acme, { idempotencyKey, headers: { Prefer } }), first);
    },
  );

  test.each<[string, Vendor]>([
    ["created", "clarus"],
    ["rejected", "elastic_path"],
  ])("a configuration with faults (%s)", async (state, vendor) => {
    const { create, configure } = setup(vendor);
    if (state === "rejected") rejectCreates();
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey });
    await configure({ timeout_ms: 0 });
    expect((await create({ name: "Beta" })).problem?.code).toBe("misconfigured");
    expectReplay(await create(acme, { idempotencyKey }), first);
    expect((await create({ name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("the state of the vendor", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey });
    interceptVendors(async () => new Response("", { status: 503 }));
    const requests = traffic().length;
    expectReplay(await create(acme, { idempotencyKey }), first);
    expect(traffic()).toHaveLength(requests);
  });
});
