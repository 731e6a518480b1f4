import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { garmatAccount } from "../../schemas/garmat.ts";
import { credentials } from "../../sandbox/sandboxes.ts";

const sandbox = "account-gateway-sandbox";
const caller = {
  name: "caller",
  main: "test/sandbox/caller.ts",
  compatibility_date: "2026-10-01",
  services: [{ binding: "SANDBOX", service: sandbox }],
};
const server = createTestHarness({ workers: [{ config: caller }, { configPath: "sandbox/wrangler.toml" }] });
const evict = (name: string) => server.getWorker(sandbox).evictDurableObject("STORES", { name });
beforeAll(async () => void (await server.listen()), 60_000);
afterAll(() => server.close());

const accounts = "https://garmat.sandbox.test/api/accounts";
const headers = { Authorization: credentials.garmat.apiKey, "Content-Type": "application/json" };
const create = (name: string, init: { signal?: AbortSignal } = {}) =>
  server.fetch(accounts, { ...init, method: "POST", headers, body: JSON.stringify({ name, type: "customer" }) });
const names = async () =>
  (await (await server.fetch(`${accounts}?limit=100`, { headers })).text()).match(/(?<="name":")[^"]*/g) ?? [];

const clarus = "https://clarus.sandbox.test";
const tokenForm = {
  grant_type: "client_credentials",
  client_id: "sandbox",
  client_secret: credentials.clarus.clientSecret,
};

test("a host without a vendor answers with a description of the sandbox", async () => {
  const reply = await server.fetch("https://elsewhere.test/");
  expect(reply.status).toBe(404);
  expect(await reply.json()).toMatchObject({ name: "account-gateway-sandbox" });
});

test("accounts are kept when their Durable Object is evicted", async () => {
  const account = garmatAccount.parse(await (await create("Acme")).json());
  await evict("garmat.sandbox.test");
  const reply = await server.fetch(`${accounts}/${account.id}`, { headers });
  expect(await reply.json()).toEqual(account);
});

test("vendors do not share tokens and unique codes", async () => {
  const signIn = await server.fetch(`${clarus}/oauth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(tokenForm).toString(),
  });
  const token = /"access_token":"([^"]+)"/.exec(await signIn.text())?.[1];
  const authorization = { Authorization: `Bearer ${token}` };
  const createInClarus = async (code: string) => {
    const reply = await server.fetch(`${clarus}/api/accounts`, {
      method: "POST",
      headers: {
        ...authorization,
        "X-Clarus-Subdomain": credentials.clarus.subdomain,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ data: { type: "accounts", attributes: { code, name: "Acme" } } }),
    });
    return { status: reply.status, text: await reply.text() };
  };
  expect(await createInClarus("ACME")).toMatchObject({ status: 201, text: expect.stringContaining('"id":1,') });
  expect(await createInClarus("ACME")).toMatchObject({ status: 422 });
  expect(await createInClarus("ACME-2")).toMatchObject({ status: 201 });
  expect((await server.fetch(accounts, { headers: authorization })).status).toBe(401);
});

test("the first answer to an idempotency key is kept when its Durable Object is evicted", async () => {
  const createInStripe = (name: string) =>
    server.fetch("https://stripe.sandbox.test/v1/customers", {
      method: "POST",
      headers: {
        Authorization: `Bearer ${credentials.stripe.secretKey}`,
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": "key-1",
      },
      body: new URLSearchParams({ name }).toString(),
    });
  const first = await (await createInStripe("Acme")).text();
  await evict("stripe.sandbox.test");
  expect(await (await createInStripe("Acme")).text()).toBe(first);
  expect((await createInStripe("Other")).status).toBe(400);
});

describe("faults", () => {
  test("fault:401-once is remembered after an eviction", async () => {
    expect((await create("fault:401-once")).status).toBe(401);
    await evict("garmat.sandbox.test");
    expect((await create("fault:401-once")).status).toBe(200);
    expect((await create("fault:401-once")).status).toBe(401);
  });

  test("a create that is never answered is stored, and ends when the client aborts", async () => {
    await expect(create("fault:timeout-after-commit", { signal: AbortSignal.timeout(500) })).rejects.toThrow("timeout");
    expect(await names()).toContain("fault:timeout-after-commit");
  });

  test("fault:reset leaves the caller without a response", async () => {
    expect((await create("fault:reset")).status).toBe(599);
    expect(await names()).toContain("fault:reset");
  });

  test("fault:slow-body starts the body immediately", async () => {
    const reply = await create("fault:slow-body");
    expect(reply.status).toBe(200);
    const reader = reply.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
  });
});
