import { setupServer } from "msw/node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { garmatList } from "../../schemas/garmat.ts";
import { credentials, sandboxHosts } from "../../sandbox/sandboxes.ts";
import { sandboxHandlers } from "../../sandbox/msw.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

const server = setupServer();
let clock: FakeClock;
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
beforeEach(() => {
  clock = createFakeClock();
  server.resetHandlers(...sandboxHandlers({ clock }));
});
afterAll(() => server.close());

const accounts = "https://garmat.sandbox.test/api/accounts";
const headers = { Authorization: credentials.garmat.apiKey, "Content-Type": "application/json" };
const create = (name: string, init: RequestInit = {}) =>
  fetch(accounts, { ...init, method: "POST", headers, body: JSON.stringify({ name, type: "customer" }) });
const list = async () => garmatList.parse(await (await fetch(accounts, { headers })).json());

test("each vendor answers at its own host", async () => {
  const statuses = sandboxHosts.map(async (host) => (await fetch(`https://${host}/none`)).status);
  expect(await Promise.all(statuses)).toEqual(sandboxHosts.map(() => 401));
});

test("accounts are kept between requests", async () => {
  expect((await create("Acme")).status).toBe(200);
  expect((await list()).data).toMatchObject([{ name: "Acme" }]);
});

test("new handlers start with empty stores", async () => {
  expect((await list()).total).toBe(0);
});

test("fault:reset is a network error", async () => {
  await expect(create("fault:reset")).rejects.toThrow(TypeError);
  expect((await list()).total).toBe(1);
});

test("a create that is never answered ends when the client aborts", async () => {
  const client = new AbortController();
  const asleep = clock.nextSleep();
  const answer = create("fault:timeout-after-commit", { signal: client.signal });
  const failure = answer.catch((error: unknown) => error);
  await asleep;
  client.abort();
  expect(await failure).toHaveProperty("name", "AbortError");
  expect(clock.sleeping()).toBe(0);
  expect((await list()).total).toBe(1);
});
