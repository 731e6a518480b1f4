/** The testing kit in Node, as an app uses it. */
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { gatewayScenario } from "../../../packages/testing/src/index.ts";
import { connections, create, createRepeatedly, expected, operationOf, scenarioNames } from "./answers.ts";

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => {
  server.resetHandlers();
  vi.useRealTimers();
});
afterAll(() => server.close());

describe.each(scenarioNames)("%s", (name) => {
  test.each(connections)("on %s", async (connection) => {
    server.use(...gatewayScenario(name));
    const answers = expected[name][connection];
    expect(await createRepeatedly(connection, answers.length)).toEqual(answers);
  });
});

test("a rate-limited answer has a Retry-After", async () => {
  server.use(...gatewayScenario("rate_limited"));
  expect((await create()).headers.get("Retry-After")).toBe("2");
});

test("an operation in progress creates its account a little later", async () => {
  server.use(...gatewayScenario("in_progress_then_created"));
  expect((await create()).status).toBe(409);
  await expect.poll(async () => (await create()).status).toBe(201);
});

test("a request without a key, or with an invalid body, does not block", async () => {
  server.use(...gatewayScenario("in_progress_then_created"));
  expect((await create({ idempotencyKey: null })).status).toBe(201);
  expect((await create({ name: "" })).status).toBe(422);
});

test("the ledger looks up an unknown account without a retry", async () => {
  server.use(...gatewayScenario("unknown_then_created"));
  const id = (await operationOf(await create())).id;
  const stateOf = async () => (await operationOf(id)).state;
  expect(await stateOf()).toBe("unknown");
  await expect.poll(stateOf, { timeout: 5000 }).toBe("created");
});

test("the ledger sends an asynchronous create", async () => {
  server.use(...gatewayScenario("created"));
  const accepted = await create({ headers: { Prefer: "respond-async" } });
  expect(accepted.status).toBe(202);
  const { id }: { id: string } = await accepted.json();
  await expect.poll(async () => (await operationOf(id)).state, { timeout: 5000 }).toBe("created");
});

test("the gateway reads the time from `Date`", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  server.use(...gatewayScenario("unknown_then_created"));
  expect((await create({ connection: "demo-garmat" })).status).toBe(504);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await createRepeatedly("demo-garmat", 1)).toEqual(["409 operation_needs_review unknown never"]);
});
