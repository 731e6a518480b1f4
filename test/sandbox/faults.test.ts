import { describe, expect, test } from "vitest";
import { credentials } from "../../sandbox/sandboxes.ts";
import { ConnectionReset, faultNames } from "../../sandbox/faults.ts";
import { openVendor, vendorNames } from "./vendors.ts";

test("all documented faults exist", () => {
  expect(faultNames.toSorted()).toEqual([
    "201-without-id",
    "401-once",
    "429",
    "500-after-commit",
    "garbage-201",
    "html-502",
    "reset",
    "slow-body",
    "timeout-after-commit",
    "timeout-before-commit",
  ]);
});

describe.each(vendorNames)("%s", (vendorName) => {
  test.each([
    ["duplicate", 409],
    ["invalid", 422],
    ["500-after-commit", 500],
  ] as const)("the option `fault: %s` applies to every create, for any name", async (fault, status) => {
    const { create } = await openVendor(vendorName, { fault });
    expect((await create("fault:reset")).status).toBe(status);
    expect((await create("Acme")).status).toBe(status);
  });

  test("a name cannot trigger a refusal", async () => {
    const { create, status } = await openVendor(vendorName);
    expect((await create("fault:duplicate")).status).toBe(status);
  });

  test.each(["Fault:reset", "fault:no-such", "fault:", "a fault:reset"])("a name without a fault: %s", async (name) => {
    const { create, status } = await openVendor(vendorName);
    expect((await create(name)).status).toBe(status);
  });

  test.each([
    ["fault:timeout-before-commit", 0],
    ["fault:timeout-after-commit", 1],
  ])("%s never answers", async (name, committed) => {
    const { create, clock, count } = await openVendor(vendorName);
    const client = new AbortController();
    const asleep = clock.nextSleep();
    const answer = create(`${name} with more words`, { signal: client.signal });
    const failure = Promise.resolve(answer).catch((error: unknown) => error);
    expect(await asleep).toBeGreaterThan(60_000);
    expect(await count()).toBe(committed);
    client.abort();
    expect(await failure).toBeInstanceOf(ConnectionReset);
    expect(clock.sleeping()).toBe(0);
  });

  test("fault:reset breaks the connection after the create", async () => {
    const { create, count } = await openVendor(vendorName);
    await expect(create("fault:reset")).rejects.toThrow(ConnectionReset);
    expect(await count()).toBe(1);
  });

  test("fault:500-after-commit answers in the vendor's error format", async () => {
    const { create, count, isError } = await openVendor(vendorName);
    const reply = await create("fault:500-after-commit");
    expect(reply.status).toBe(500);
    expect(await isError(reply)).toBe(true);
    expect(await count()).toBe(1);
  });

  test("fault:html-502 answers with a proxy's page and creates nothing", async () => {
    const { create, count } = await openVendor(vendorName);
    const reply = await create("fault:html-502");
    expect(reply.status).toBe(502);
    expect(reply.headers.get("Content-Type")).toBe("text/html");
    expect(await reply.text()).toContain("Bad Gateway");
    expect(await count()).toBe(0);
  });

  test("fault:garbage-201 answers with the status of success and invalid JSON", async () => {
    const { create, count, status } = await openVendor(vendorName);
    const reply = await create("fault:garbage-201");
    expect(reply.status).toBe(status);
    await expect(reply.json()).rejects.toThrow(SyntaxError);
    expect(await count()).toBe(1);
  });

  test("fault:201-without-id leaves the id out of the reply", async () => {
    const { create, count, status } = await openVendor(vendorName);
    const reply = await create("fault:201-without-id");
    expect(reply.status).toBe(status);
    const text = await reply.text();
    expect(text).toContain("fault:201-without-id");
    expect(text).not.toContain('"id"');
    expect(await count()).toBe(1);
  });

  test("fault:slow-body starts the body immediately and never ends it", async () => {
    const { create, count, clock, status } = await openVendor(vendorName);
    const reply = await create("fault:slow-body");
    expect(reply.status).toBe(status);
    expect(await count()).toBe(1);

    const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^\{/);
    for (let second = 0; second < 30; second += 1) {
      if (clock.sleeping() === 0) await clock.nextSleep();
      clock.advance(1000);
      expect(await reader?.read()).toEqual({ done: false, value: " " });
    }
    await reader?.cancel();
    expect(clock.sleeping()).toBe(0);
  });

  test("fault:429 has Retry-After", async () => {
    const { create, count } = await openVendor(vendorName);
    const reply = await create("fault:429");
    expect(reply.status).toBe(429);
    expect(Number(reply.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await count()).toBe(0);
  });

  test("fault:401-once revokes the token, and a new token works", async () => {
    const { create, count, signInAgain, status } = await openVendor(vendorName);
    expect((await create("fault:401-once")).status).toBe(401);
    expect((await create("Acme")).status).toBe(401);
    expect(await count()).toBe(0);
    await signInAgain();
    expect((await create("fault:401-once")).status).toBe(status);
    expect(await count()).toBe(1);
  });
});

test("fault:401-once does not revoke an API key", async () => {
  const { create, authorizeWith } = await openVendor("garmat");
  authorizeWith(credentials.garmat.apiKey);
  expect((await create("fault:401-once")).status).toBe(401);
  expect((await create("fault:401-once")).status).toBe(200);
});

test("a fault after the create does not replace a refusal", async () => {
  const { create, count } = await openVendor("clarus");
  expect((await create("fault:500-after-commit")).status).toBe(500);
  expect((await create("fault:500-after-commit")).status).toBe(422);
  expect(await count()).toBe(1);
});
