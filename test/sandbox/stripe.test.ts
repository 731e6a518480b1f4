import { describe, expect, test } from "vitest";
import { bracketForm } from "../../adapters/engine/shapes.ts";
import type { FaultName } from "../../sandbox/sandbox.ts";
import { credentials } from "../../sandbox/sandboxes.ts";
import type { JsonObject } from "../../schemas/json-pointer.ts";
import { stripeError, stripeSearchResult } from "../../schemas/stripe.ts";
import { stripeCustomer } from "../../schemas/documents/stripe.ts";
import { openVendor } from "./vendors.ts";

const path = "/v1/customers";
const day = 24 * 60 * 60 * 1000;

async function open(fault?: FaultName) {
  const sandbox = await openVendor("stripe", { fault });
  const post = (body: JsonObject, key?: string, init: RequestInit = {}) =>
    sandbox.send(path, {
      method: "POST",
      headers: { "Content-Type": bracketForm.contentType, ...(key === undefined ? {} : { "Idempotency-Key": key }) },
      body: bracketForm.write(body),
      ...init,
    });
  return { ...sandbox, post };
}

const customerOf = async (reply: Response) => stripeCustomer.parse(await reply.json());
const errorOf = async (reply: Response) => stripeError.parse(await reply.json()).error;

test("the reply has the parameters of the form and the members that Stripe adds", async () => {
  const { post, send } = await open();
  const given = {
    name: "Jenny",
    address: { city: "Berlin", country: "DE" },
    metadata: { external_ref: "crm-1" },
    balance: -5,
  };
  const reply = await post({ ...given, phone: "" });
  expect(reply.status).toBe(200);
  const customer = await customerOf(reply);
  expect(customer).toMatchObject({ ...given, object: "customer", phone: null, email: null, livemode: false });
  expect(customer.address).toMatchObject({ line1: null, state: null });
  expect(await customerOf(await send(`${path}/${customer.id}`))).toEqual(customer);
  expect((await errorOf(await send(`${path}/cus_none`))).code).toBe("resource_missing");
});

test("no value is unique", async () => {
  const { post, count } = await open();
  for (let each = 0; each < 2; each += 1) await post({ name: "Jenny", metadata: { external_ref: "crm-1" } });
  expect(await count()).toBe(2);
});

test.each<[JsonObject, string, string | null]>([
  [{ name: "Jenny", colour: "red" }, "colour", "parameter_unknown"],
  [{ name: "Jenny", address: { planet: "Earth" } }, "address[planet]", "parameter_unknown"],
  [{ name: "Jenny", email: "jenny" }, "email", "email_invalid"],
  [{ name: "Jenny", balance: "much" }, "balance", null],
  [{ name: "Jenny", metadata: { key: "x".repeat(501) } }, "metadata[key]", null],
])("%j is refused because of its %s", async (body, param, code) => {
  const { post, count } = await open();
  const reply = await post(body);
  expect(reply.status).toBe(400);
  expect(await errorOf(reply)).toMatchObject({ type: "invalid_request_error", param, code });
  expect(await count()).toBe(0);
});

test("a body of JSON is refused", async () => {
  const { send } = await open();
  const headers = { "Content-Type": "application/json" };
  expect((await send(path, { method: "POST", headers, body: '{"name":"Jenny"}' })).status).toBe(400);
});

describe("an idempotency key", () => {
  test("gets its first answer again, and creates one customer", async () => {
    const { post, count } = await open();
    const [first, second] = [await post({ name: "Jenny" }, "key-1"), await post({ name: "Jenny" }, "key-1")];
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    expect([second.status, await second.text()]).toEqual([200, await first.text()]);
    expect(await count()).toBe(1);
    await post({ name: "Jenny" }, "key-2");
    expect(await count()).toBe(2);
  });

  test("gets a 500 again", async () => {
    const { post, count } = await open();
    const [first, second] = [
      await post({ name: "fault:500-after-commit" }, "key-1"),
      await post({ name: "fault:500-after-commit" }, "key-1"),
    ];
    expect(second.headers.get("Idempotent-Replayed")).toBe("true");
    expect([second.status, await second.text()]).toEqual([500, await first.text()]);
    expect(await count()).toBe(1);
  });

  test("gets the customer after an answer that was lost on the way", async () => {
    const { post, count } = await open();
    await expect(post({ name: "fault:reset" }, "key-1")).rejects.toThrow();
    expect((await post({ name: "fault:reset" }, "key-1")).status).toBe(200);
    expect(await count()).toBe(1);
  });

  test("is refused with other parameters", async () => {
    const { post, count } = await open();
    await post({ name: "Jenny" }, "key-1");
    const reply = await post({ name: "Other" }, "key-1");
    expect([reply.status, (await errorOf(reply)).type]).toEqual([400, "idempotency_error"]);
    expect(await count()).toBe(1);
  });

  test("is refused while its first request is in progress, and free again once that request has failed", async () => {
    const { post, clock, count } = await open();
    const client = new AbortController();
    const asleep = clock.nextSleep();
    const first = Promise.resolve(post({ name: "fault:timeout-before-commit" }, "key-1", { signal: client.signal }));
    const failure = first.catch((error: unknown) => error);
    await asleep;
    const reply = await post({ name: "fault:timeout-before-commit" }, "key-1");
    expect([reply.status, (await errorOf(reply)).code]).toEqual([409, "idempotency_key_in_use"]);
    client.abort();
    await failure;
    expect((await post({ name: "Jenny" }, "key-1")).status).toBe(200);
    expect(await count()).toBe(1);
  });

  test("is not used up by a request that fails validation", async () => {
    const { post, count } = await open();
    expect((await post({ name: "Jenny", email: "jenny" }, "key-1")).status).toBe(400);
    expect((await post({ name: "Jenny" }, "key-1")).status).toBe(200);
    expect(await count()).toBe(1);
  });

  test("is forgotten after 24 hours", async () => {
    const { post, clock, count } = await open();
    await post({ name: "Jenny" }, "key-1");
    clock.advance(day - 1);
    await post({ name: "Jenny" }, "key-1");
    expect(await count()).toBe(1);
    clock.advance(1);
    await post({ name: "Jenny" }, "key-1");
    expect(await count()).toBe(2);
  });

  test("has at most 255 characters", async () => {
    const { post } = await open();
    expect((await post({ name: "Jenny" }, "k".repeat(255))).status).toBe(200);
    expect((await post({ name: "Jenny" }, "k".repeat(256))).status).toBe(400);
  });
});

describe("a search", () => {
  const search = async ({ send }: Awaited<ReturnType<typeof open>>, query: string, limit = "10") =>
    send(`${path}/search?${new URLSearchParams({ query, limit }).toString()}`);

  test.each([
    [`metadata['external_ref']:'crm-1'`, ["Jenny"]],
    [`metadata["external_ref"]:"CRM-1"`, ["Jenny"]],
    [`metadata['external_ref']:'it\\'s \\\\ here'`, ["Other"]],
    [`metadata['external_ref']:'crm'`, []],
    [`metadata['other']:'crm-1'`, []],
  ])("by %s finds %j", async (query, names) => {
    const sandbox = await open();
    await sandbox.post({ name: "Jenny", metadata: { external_ref: "crm-1" } });
    await sandbox.post({ name: "Other", metadata: { external_ref: "it's \\ here" } });
    const { data, has_more } = stripeSearchResult.parse(await (await search(sandbox, query)).json());
    expect([data.map(({ name }) => name), has_more]).toEqual([names, false]);
  });

  test("says whether there are more customers", async () => {
    const sandbox = await open();
    for (const name of ["A", "B"]) await sandbox.post({ name, metadata: { external_ref: "x" } });
    const reply = await search(sandbox, "metadata['external_ref']:'x'", "1");
    expect(stripeSearchResult.parse(await reply.json())).toMatchObject({ has_more: true, data: [{ name: "A" }] });
  });

  test.each(["", "name:'Jenny'", "metadata['x']:'it's'"])("by %o is refused", async (query) => {
    expect((await search(await open(), query)).status).toBe(400);
  });
});

test.each([
  [`Basic ${btoa(`${credentials.stripe.secretKey}:`)}`, 200],
  [`Bearer ${credentials.stripe.secretKey}`, 200],
  [`Basic ${btoa("wrong:")}`, 401],
  ["Bearer wrong", 401],
])("a request with %s is answered with %i", async (authorization, status) => {
  const { authorizeWith, send } = await open();
  authorizeWith(authorization);
  expect((await send(path)).status).toBe(status);
});
