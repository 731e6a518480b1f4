/** The options of the handlers. */
import { getResponse, type HttpHandler } from "msw";
import { describe, expect, inject, test } from "vitest";
import {
  gatewayHandlers,
  gatewayScenario,
  type GatewayScenario,
  sandboxCredentials,
  sandboxHandlers,
} from "../../../packages/testing/src/index.ts";
import { demoConnections, variablesOf } from "../../../packages/testing/src/connections.ts";

interface Call {
  path?: string;
  key?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The members of answers that the tests read. */
interface Answer {
  code?: string;
  type?: string;
  connections?: { id: string }[];
}

async function call(
  handlers: HttpHandler[],
  origin: string,
  { path = "/v1/accounts", key = "demo-key", headers = {}, body }: Call = {},
) {
  const request = new Request(`${origin}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await getResponse(handlers, request);
  const json: Answer = (await response?.json()) ?? {};
  return { response, status: response?.status, json };
}

const gateway = "https://gateway.test";
const account = { name: "Acme Corporation" };
const connectionIds = async (handlers: HttpHandler[], origin = gateway) => {
  const { json } = await call(handlers, origin, { path: "/v1/connections" });
  return json.connections?.map(({ id }) => id);
};

test("the connections and keys are those of the demo, except for the times", () => {
  const configured = (variables: Record<string, unknown>) =>
    Object.entries(variables)
      .filter(([name]) => /^(CONNECTION|KEY)_/.test(name))
      .map(([, value]) => ({ ...Object(value), timeout_ms: 0, settle_window_ms: 0 }));
  const own = configured(variablesOf(demoConnections([]), ["demo-key"], []));
  const demo = configured(inject("demoVariables"));
  // The demo configuration may have fewer vendors than the kit.
  expect(demo.length).toBeGreaterThan(1);
  expect(own).toEqual(expect.arrayContaining(demo));
});

test("the default connections are those of the demo", async () => {
  expect(await connectionIds(gatewayHandlers())).toEqual(Object.keys(demoConnections([])));
});

describe("the option `baseUrl`", () => {
  test.each(["http://127.0.0.1:8787", "https://api.example.com/"])("accepts the origin %s", async (baseUrl) => {
    const handlers = gatewayHandlers({ baseUrl });
    expect(await connectionIds(handlers, new URL(baseUrl).origin)).toEqual(Object.keys(demoConnections([])));
    expect((await call(handlers, gateway)).response).toBeUndefined();
  });

  test.each(["gateway.test", "https://gateway.test/v1", "", "mailto:a@b.test"])("refuses `%s`", (baseUrl) => {
    expect(() => gatewayHandlers({ baseUrl })).toThrow(/must be an origin, such as/);
  });
});

test("the options `keys` and `connections`", async () => {
  const connections = {
    "acme-wms": { vendor: "clarus", handling: "lenient" },
    "acme-shop": { vendor: "elastic_path", require_key: true },
  } as const;
  const handlers = gatewayHandlers({ keys: ["the-app's-key", "another"], connections });
  const to = (connection: string, key = "another") => ({
    key,
    headers: { "Gateway-Connection": connection },
    body: account,
  });
  expect((await call(handlers, gateway, to("acme-wms"))).status).toBe(201);
  expect((await call(handlers, gateway, to("acme-wms", "the-app's-key"))).json.code).toBe("account_exists");
  expect((await call(handlers, gateway, to("acme-shop"))).json.code).toBe("idempotency_key_required");
  expect((await call(handlers, gateway, to("acme-wms", "demo-key"))).json.code).toBe("unauthenticated");
});

test("a faulty connection is refused, and the error names it", () => {
  const connections = { acme: { vendor: "clarus", mapping: { legal_name: "string9" } } } as const;
  expect(() => gatewayHandlers({ connections })).toThrow(/has faults:\n- CONNECTION_acme\.mapping.*string9/);
});

test("an unknown scenario is refused, and the error lists the scenarios", () => {
  expect(() => gatewayScenario("toString" as GatewayScenario)).toThrow(/no scenario `toString`: use one of created, /);
});

test("each gateway starts without accounts", async () => {
  const create = { headers: { "Gateway-Connection": "demo-clarus" }, body: account };
  const handlers = gatewayHandlers();
  expect((await call(handlers, gateway, create)).status).toBe(201);
  expect((await call(handlers, gateway, create)).json.code).toBe("account_exists");
  expect((await call(gatewayHandlers(), gateway, create)).status).toBe(201);
});

test("the gateway writes its log to the option `log`", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = { log: write, warn: write, error: write };
  await call(gatewayHandlers({ log }), gateway, { path: "/healthz" });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ route: "/healthz", status: 200 }]);
});

test("the URL in a problem's `type` explains the problem", async () => {
  const handlers = gatewayHandlers();
  const { json } = await call(handlers, gateway, { body: account });
  expect(json.code).toBe("connection_required");
  const page = await call(handlers, gateway, { path: new URL(json.type ?? "").pathname });
  expect(page.json).toMatchObject({ code: "connection_required", remedy: expect.any(String) });
});

test("`sandboxHandlers` serves the vendors without a gateway", async () => {
  const headers = { Authorization: sandboxCredentials.garmat.apiKey };
  const { json } = await call(sandboxHandlers(), "https://garmat.sandbox.test", {
    path: "/api/accounts",
    headers,
    body: { name: "Acme", type: "customer" },
  });
  expect(json).toMatchObject({ name: "Acme", status: "active" });
});
