import { gatewayScenario } from "@account-gateway/testing";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import app from "../src/index.ts";

const server = setupServer();
const keys: (string | null)[] = [];
server.events.on("request:start", ({ request }) => void keys.push(request.headers.get("Idempotency-Key")));

beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => {
  server.resetHandlers();
  keys.length = 0;
});
afterAll(() => server.close());

const bindings = {
  GATEWAY_URL: "https://gateway.test",
  GATEWAY_KEY: "demo-key",
  GATEWAY_CONNECTION: "demo-elastic-path",
};

async function submit(fields: Record<string, string>) {
  const response = await app.request("/signups", { method: "POST", body: new URLSearchParams(fields) }, bindings);
  return { status: response.status, text: await response.text() };
}

const form = { id: "4711", company: "Acme Corporation", registration_id: "" };

test("each form has its own id", async () => {
  const idOf = async () => /name="id" value="([0-9a-f-]{36})"/.exec(await (await app.request("/")).text())?.[1];
  const id = await idOf();
  expect(id).toBeDefined();
  expect(await idOf()).not.toBe(id);
});

test("a company signs up", async () => {
  server.use(...gatewayScenario("created"));
  expect(await submit(form)).toEqual({ status: 201, text: "Welcome, Acme Corporation!" });
});

test.each(["unknown_then_created", "answer_lost_then_created"] as const)(
  "a company signs up once if the first answer is unknown or lost (%s)",
  async (name) => {
    server.use(...gatewayScenario(name));
    expect(await submit(form)).toEqual({ status: 201, text: "Welcome, Acme Corporation!" });
    expect(keys).toEqual(['"signup-4711"', '"signup-4711"']);
  },
);

test("a company that has an account is asked to sign in", async () => {
  server.use(...gatewayScenario("duplicate"));
  expect(await submit(form)).toMatchObject({ status: 409, text: expect.stringContaining("sign in") });
});

test("a field that the vendor refuses is named by its label", async () => {
  server.use(...gatewayScenario("invalid"));
  expect(await submit(form)).toMatchObject({ status: 422, text: expect.stringMatching(/^Company: ./m) });
});

test("a signup that needs a review is not shown as a failure", async () => {
  server.use(...gatewayScenario("needs_review"));
  expect(await submit(form)).toMatchObject({ status: 202 });
});

test("an incomplete form is refused", async () => {
  expect(await submit({ company: "Acme Corporation" })).toMatchObject({ status: 400 });
  expect(keys).toEqual([]);
});
