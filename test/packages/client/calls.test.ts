import { describe, expect, test, vi } from "vitest";
import { AccountGatewayError } from "../../../packages/client/src/index.ts";
import {
  received,
  client,
  failureOf,
  gatewayAnswers,
  lost,
  problem,
  settled,
  useScriptedGateway,
} from "./scripted-gateway.ts";

useScriptedGateway();

const answering =
  (body: unknown, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, { headers });
const operation = (state: string) => answering({ id: "demo.1", state });
const resolution = { outcome: "not_created", reason: "It is not in the vendor's list" } as const;

/** The method and the path of each request. */
const requests = () => received.map(({ method, path }) => `${method} ${path}`);

test.each([
  {
    name: "connections.list",
    call: () => client().connections.list(),
    answer: { connections: [{ id: "demo-garmat" }] },
    result: [{ id: "demo-garmat" }],
    request: "GET /v1/connections",
  },
  {
    name: "connections.schema",
    call: () => client().connections.schema("demo-garmat"),
    answer: { type: "object" },
    result: { type: "object" },
    request: "GET /v1/connections/demo-garmat/schema",
  },
  {
    name: "connections.schema, of the client's connection",
    call: () => client({ connection: "usual" }).connections.schema(),
    answer: {},
    result: {},
    request: "GET /v1/connections/usual/schema",
  },
  {
    name: "connections.check",
    call: () => client().connections.check("demo-garmat"),
    answer: { reachable: true, authorized: true, lookup: true, detail: null },
    result: { reachable: true, authorized: true, lookup: true, detail: null },
    request: "POST /v1/connections/demo-garmat/check",
  },
  {
    name: "accounts.preview",
    call: () => client().accounts.preview({ name: "Acme" }),
    answer: { previews: [{ connection: "demo-garmat" }] },
    result: [{ connection: "demo-garmat" }],
    request: "POST /v1/accounts/preview",
  },
  {
    name: "operations.get",
    call: () => client().operations.get("demo/1"),
    answer: { id: "demo/1", state: "sending" },
    result: { id: "demo/1", state: "sending" },
    request: "GET /v1/operations/demo%2F1",
  },
  {
    name: "operations.list",
    call: () => client().operations.list({ connection: "demo-garmat", state: "unknown", cursor: "7" }),
    answer: { operations: [], next_cursor: null },
    result: { operations: [], next_cursor: null },
    request: "GET /v1/operations?connection=demo-garmat&state=unknown&cursor=7",
  },
  {
    name: "operations.list, of the client's connection",
    call: () => client({ connection: "usual" }).operations.list(),
    answer: { operations: [], next_cursor: "3" },
    result: { operations: [], next_cursor: "3" },
    request: "GET /v1/operations?connection=usual",
  },
])("$name retries after a lost answer, and returns the gateway's answer", async ({ call, answer, result, request }) => {
  gatewayAnswers(lost, answering(answer));
  expect(await settled<unknown>(call())).toEqual(result);
  expect(requests()).toEqual([request, request]);
});

test("preview reads pages until there is no next cursor", async () => {
  gatewayAnswers(
    answering({ previews: [{ connection: "a" }], next_cursor: "b" }),
    answering({ previews: [{ connection: "b" }], next_cursor: null }),
  );
  expect(await client().accounts.preview({ name: "Acme" })).toEqual([{ connection: "a" }, { connection: "b" }]);
  expect(requests()).toEqual(["POST /v1/accounts/preview", "POST /v1/accounts/preview?cursor=b"]);
});

describe("a preview", () => {
  const previews = answering({ previews: [] });

  test("has an idempotency key by default, like a create", async () => {
    gatewayAnswers(previews);
    await client().accounts.preview({ name: "Acme" }, { handling: "lenient" });
    expect(received[0]?.headers).toMatchObject({ "idempotency-key": "preview", prefer: "handling=lenient" });
  });

  test("has no idempotency key with withoutKey", async () => {
    gatewayAnswers(previews);
    await client().accounts.preview({ name: "Acme" }, { withoutKey: true });
    expect(received[0]?.headers).not.toHaveProperty("idempotency-key");
  });

  test("sends a JSON string unchanged", async () => {
    gatewayAnswers(previews);
    await client().accounts.preview('{ "name": ');
    expect(received[0]?.body).toBe('{ "name": ');
  });

  test("uses the client's connection, the call's connection, or every connection", async () => {
    gatewayAnswers(previews, previews, previews);
    const { accounts } = client({ connection: "usual" });
    await accounts.preview({ name: "Acme" });
    await accounts.preview({ name: "Acme" }, { connection: "other" });
    await accounts.preview({ name: "Acme" }, { connection: null });
    expect(received.map(({ headers }) => headers["gateway-connection"])).toEqual(["usual", "other", undefined]);
  });
});

test("a read without an answer has the effect none", async () => {
  gatewayAnswers(lost);
  const error = await failureOf(client({ timeoutMs: 100 }).connections.list());
  expect(error).toMatchObject({ idempotencyKey: null, problem: { code: "no_answer", effect: "none", retry: "later" } });
});

describe("operations.wait", () => {
  test.each(["created", "rejected", "not_created", "needs_review"])(
    "polls until the operation is %s",
    async (state) => {
      gatewayAnswers(operation("queued"), operation("sending"), lost, operation("unknown"), operation(state));
      expect(await settled(client().operations.wait("demo.1"))).toMatchObject({ state });
      expect(new Set(requests())).toEqual(new Set(["GET /v1/operations/demo.1"]));
    },
  );

  test("polls with growing pauses, or after Retry-After", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(1);
    const withRetryAfter = answering({ id: "demo.1", state: "queued" }, { "Retry-After": "9" });
    gatewayAnswers(operation("queued"), operation("queued"), withRetryAfter, operation("created"));
    await settled(client().operations.wait("demo.1"));
    random.mockRestore();
    expect(received.map(({ atMs }) => atMs)).toEqual([0, 250, 750, 9750]);
  });

  test("keeps polling in a state that this client does not know", async () => {
    gatewayAnswers(operation("on_holiday"), operation("created"));
    expect(await settled(client().operations.wait("demo.1"))).toMatchObject({ state: "created" });
  });

  test("throws still_open when the time is up", async () => {
    gatewayAnswers(operation("queued"), operation("sending"));
    const error = await failureOf(client().operations.wait("demo.1", { timeoutMs: 2300 }));
    expect(error.problem).toMatchObject({ code: "still_open", effect: "unknown", retry: "later", operation: "demo.1" });
    expect(error.message).toContain("still sending");
  });

  test("throws aborted when its signal aborts", async () => {
    gatewayAnswers(operation("queued"));
    const controller = new AbortController();
    const call = failureOf(client().operations.wait("demo.1", { signal: controller.signal }));
    controller.abort();
    expect((await call).problem.code).toBe("aborted");
  });
});

describe("operations.resolve", () => {
  test("sends the resolution", async () => {
    gatewayAnswers(operation("not_created"));
    expect(await client().operations.resolve("demo.1", resolution)).toMatchObject({ state: "not_created" });
    expect(requests()).toEqual(["POST /v1/operations/demo.1/resolve"]);
    expect(JSON.parse(received[0]?.body ?? "")).toEqual(resolution);
  });

  test.each([
    ["no answer comes", lost],
    ["the ledger cannot be reached", problem({ code: "ledger_unavailable" })],
  ])("is not sent again if %s", async (_, answer) => {
    gatewayAnswers(answer);
    await failureOf(client().operations.resolve("demo.1", resolution));
    expect(received).toHaveLength(1);
  });
});

describe("the client refuses invalid options before it sends a request", () => {
  test.each([
    ["operations.list without a connection", () => client().operations.list(), /connection/],
    ["connections.schema without a connection", () => client().connections.schema(), /connection/],
    ["a connection in two words", () => client().accounts.create({ name: "A" }, { connection: "a b" }), /connection/],
    ["an empty key", () => client().accounts.create({ name: "A" }, { idempotencyKey: "" }), /1 to 255 printable/],
    ["a key with an umlaut", () => client().accounts.create({ name: "A" }, { idempotencyKey: "ü" }), /printable ASCII/],
  ])("%s", async (_, call, message) => {
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).not.toBeInstanceOf(AccountGatewayError);
    expect(String(error)).toMatch(message);
    expect(received).toEqual([]);
  });
});
