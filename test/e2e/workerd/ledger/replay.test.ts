/** What a request answers whose key was met before and whose operation is decided. */
import { describe, expect, test } from "vitest";
import type { Account } from "../../../../schemas/documents/account.ts";
import {
  type Answer,
  begin,
  configure,
  connectionOf,
  crash,
  create,
  digests,
  held,
  isCreate,
  newKey,
  sends,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
/** A body that the vendor itself refuses. */
const refuseAll = () =>
  vendorsAnswer(async (request, pass) =>
    isCreate(request)
      ? Response.json({ errors: [{ title: "Invalid", detail: "Name is not to our taste" }] }, { status: 422 })
      : pass(),
  );

const expectReplay = (again: Answer, first: Answer) => {
  expect(again.text).toBe(first.text);
  expect(again.status).toBe(first.status);
  expect(first.headers.get("Idempotent-Replayed")).toBe(null);
  expect(again.headers.get("Idempotent-Replayed")).toBe("true");
  expect(again.headers.get("Content-Type")).toBe(first.headers.get("Content-Type"));
};

describe.each(vendors)("%s", (vendor) => {
  test.each(["", "?include=fields"])(
    "a created account is replayed byte for byte, and sent once (%s)",
    async (query) => {
      const idempotencyKey = newKey();
      const first = await create(vendor, acme, { idempotencyKey, query });
      expect(first.status).toBe(201);
      expectReplay(await create(vendor, acme, { idempotencyKey, query }), first);
      await crash();
      expectReplay(await create(vendor, acme, { idempotencyKey, query }), first);
      expect(sends()).toBe(1);
      expect(await held(vendor)).toHaveLength(1);
    },
  );

  test("a replay shows what this request asks to see, and the vendor's answer is not kept", async () => {
    const idempotencyKey = newKey();
    const first = await create(vendor, acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(first.account?.vendor_response).not.toBe(null);
    expect(first.account?.fields).not.toEqual([]);
    const { vendor_response: _kept, ...rest } = first.account as Account;
    const again = await create(vendor, acme, { idempotencyKey, query: "?include=fields,vendor_response" });
    expect(again.account).toEqual({ ...rest, vendor_response: null });
    const { fields: _fields, ...least } = rest;
    expect((await create(vendor, acme, { idempotencyKey })).account).toEqual(least);
    expect((await create(vendor, acme, { idempotencyKey, query: "?include=fields" })).account).toEqual(rest);
  });

  test("a rejection is replayed byte for byte, and sent once", async () => {
    refuseAll();
    const idempotencyKey = newKey();
    const first = await create(vendor, acme, { idempotencyKey });
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
    expectReplay(await create(vendor, acme, { idempotencyKey }), first);
    await crash();
    expectReplay(await create(vendor, acme, { idempotencyKey }), first);
    expect(sends()).toBe(1);
  });

  test("an answer with a key names its operation; one without names none", async () => {
    expect((await create(vendor, acme)).account?.operation).toMatch(
      new RegExp(`^${connectionOf(vendor)}\\.[0-9a-f-]{36}$`),
    );
    await configure({ [vendor]: { require_key: false } });
    expect((await create(vendor, { name: "Beta" }, { idempotencyKey: null })).account?.operation).toBe(null);
  });
});

test("a duplicate that the vendor refuses is replayed too", async () => {
  await create("clarus", acme);
  const idempotencyKey = newKey();
  const first = await create("clarus", acme, { idempotencyKey });
  expect(first.problem).toMatchObject({
    code: "account_exists",
    status: 409,
    effect: "none",
    retry: "never",
    errors: [{ pointer: "/name" }],
  });
  expectReplay(await create("clarus", acme, { idempotencyKey }), first);
});

describe("a body", () => {
  const account = { name: "Müller & Söhne", custom: { tier: "gold", seats: 100 } };
  const mapped = { changes: { clarus: { mapping: { "custom.tier": "string1", "custom.seats": "integer1" } } } };

  test.each([
    ["members in another order", '{"custom":{"seats":100,"tier":"gold"},"name":"Müller & Söhne"}'],
    ["white space", ' {\n\t"name" : "Müller & Söhne", "custom": { "tier": "gold", "seats": 100 } }\r\n'],
    ["numbers written otherwise", '{"name":"Müller & Söhne","custom":{"tier":"gold","seats":1.0e2}}'],
    ["escapes", '{"n\\u0061me":"M\\u00fcller \\u0026 S\\u00f6hne","custom":{"tier":"\\u0067old","seats":100}}'],
  ])("with %s is the same body", async (_, written) => {
    begin(mapped);
    const idempotencyKey = newKey();
    const first = await create("clarus", account, { idempotencyKey });
    expectReplay(await create("clarus", written, { idempotencyKey }), first);
    expect(sends()).toBe(1);
  });

  test.each([
    ["another value", { ...account, name: "Muller & Sohne" }],
    ["one member more", { ...account, active: true }],
    ["one member more, without a value", { ...account, active: null }],
    ["one member less", { name: account.name }],
    ["a string for a number", { ...account, custom: { tier: "gold", seats: "100" } }],
    ["letters composed otherwise", { ...account, name: account.name.normalize("NFD") }],
  ])("with %s is another one, and refused", async (_, other) => {
    begin(mapped);
    const idempotencyKey = newKey();
    const first = await create("clarus", account, { idempotencyKey });
    expect(first.status).toBe(201);
    const answer = await create("clarus", other, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "idempotency_key_reused",
      status: 422,
      origin: "client",
      effect: "none",
      retry: "never",
    });
    // What became of the first is for its own body to hear.
    expect(answer.problem).not.toHaveProperty("operation");
    expect(answer.headers.get("Idempotent-Replayed")).toBe(null);
    expect(answer.headers.get("Retry-After")).toBe(null);
    expect(sends()).toBe(1);
    expectReplay(await create("clarus", account, { idempotencyKey }), first);
  });

  test("with a fault of its own is told so before the ledger is asked", async () => {
    const idempotencyKey = newKey();
    await create("clarus", account, { idempotencyKey });
    const answer = await create("clarus", { name: "", nom: 1 }, { idempotencyKey });
    expect(answer.problem).toMatchObject({ code: "invalid_account", status: 422 });
    const broken = await create("clarus", '{"name":', { idempotencyKey });
    expect(broken.problem).toMatchObject({ code: "invalid_json", status: 400 });
  });

  test("that no account was made of leaves its key to a better one", async () => {
    const idempotencyKey = newKey();
    const refused = await create("garmat", { name: "Acme", legal_name: "Acme Ltd" }, { idempotencyKey });
    expect(refused.problem).toMatchObject({ code: "unsupported_field", status: 422, effect: "none" });
    expect(refused.problem).not.toHaveProperty("operation");
    expect((await create("garmat", { name: "Acme" }, { idempotencyKey })).status).toBe(201);
  });
});

describe("a key", () => {
  test("stands for one create of each connection", async () => {
    const idempotencyKey = newKey();
    const answers: Answer[] = [];
    for (const vendor of vendors) answers.push(await create(vendor, acme, { idempotencyKey }));
    expect(answers.map(({ status }) => status)).toEqual(vendors.map(() => 201));
    expect(new Set(answers.map(({ account }) => account?.operation)).size).toBe(vendors.length);
    expect(sends()).toBe(vendors.length);
  });

  test("stands for one create of each gateway key", async () => {
    const idempotencyKey = newKey();
    const mine = await create("garmat", acme, { idempotencyKey });
    const other = await create("garmat", { name: "Beta" }, { idempotencyKey, key: "other-key" });
    expect([mine.status, other.status]).toEqual([201, 201]);
    expect(other.account?.operation).not.toBe(mine.account?.operation);
    expect(other.headers.get("Idempotent-Replayed")).toBe(null);
    expect(sends()).toBe(2);
  });

  test("outlives its gateway key's secret", async () => {
    const idempotencyKey = newKey();
    const first = await create("garmat", acme, { idempotencyKey });
    await configure(
      {},
      {
        KEY_DEMO: { name: "demo", sha256: [digests["other-key"]], connections: ["*"] },
        KEY_OTHER: { name: "other", sha256: [digests["demo-key"]], connections: ["*"] },
      },
    );
    expectReplay(await create("garmat", acme, { idempotencyKey, key: "other-key" }), first);
    const stranger = await create("garmat", acme, { idempotencyKey, key: "demo-key" });
    expect(stranger.account?.operation).not.toBe(first.account?.operation);
  });

  test("is the same bare and quoted", async () => {
    const first = await create("garmat", acme, { idempotencyKey: "order-4711" });
    expectReplay(await create("garmat", acme, { idempotencyKey: '"order-4711"' }), first);
  });
});

describe("a replay wins over what follows", () => {
  const account = { name: "Acme", legal_name: "Acme Ltd" };

  test("today's mapping", async () => {
    begin({ changes: { clarus: { mapping: { legal_name: "string1" } } } });
    const idempotencyKey = newKey();
    const first = await create("clarus", account, { idempotencyKey, query: "?include=fields" });
    expect(first.status).toBe(201);
    await configure({ clarus: { mapping: {} } });
    expect((await create("clarus", account)).problem?.code).toBe("unsupported_field");
    expectReplay(await create("clarus", account, { idempotencyKey, query: "?include=fields" }), first);
    expect((await create("clarus", acme, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("today's handling", async () => {
    const idempotencyKey = newKey();
    const first = await create("garmat", account, { idempotencyKey, headers: { Prefer: "handling=lenient" } });
    expect(first.account?.warnings).toEqual([expect.objectContaining({ code: "dropped", field: "/legal_name" })]);
    const strict = await create("garmat", account, { idempotencyKey, headers: { Prefer: "handling=strict" } });
    expectReplay(strict, first);
    expectReplay(await create("garmat", account, { idempotencyKey }), first);
  });

  test.each(["respond-async", "respond-async, wait=10", "return=minimal", "handling=lenient, respond-async"])(
    "Prefer: %s",
    async (Prefer) => {
      const idempotencyKey = newKey();
      const first = await create("clarus", acme, { idempotencyKey });
      expectReplay(await create("clarus", acme, { idempotencyKey, headers: { Prefer } }), first);
    },
  );

  test.each<[string, Vendor]>([
    ["created", "clarus"],
    ["rejected", "elastic_path"],
  ])("a configuration with faults (%s)", async (state, vendor) => {
    if (state === "rejected") refuseAll();
    const idempotencyKey = newKey();
    const first = await create(vendor, acme, { idempotencyKey });
    await configure({ [vendor]: { timeout_ms: 0 } });
    expect((await create(vendor, { name: "Beta" })).problem?.code).toBe("misconfigured");
    expectReplay(await create(vendor, acme, { idempotencyKey }), first);
    expect((await create(vendor, { name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
  });

  test("the vendor itself", async () => {
    const idempotencyKey = newKey();
    const first = await create("clarus", acme, { idempotencyKey });
    vendorsAnswer(async () => new Response("", { status: 503 }));
    const asked = traffic().length;
    expectReplay(await create("clarus", acme, { idempotencyKey }), first);
    expect(traffic()).toHaveLength(asked);
  });
});
