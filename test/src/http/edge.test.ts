import { http, HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { adapters } from "../../../adapters/index.ts";
import { problemKindOf } from "../../../schemas/problem-meanings.ts";
import { problemCodes } from "../../../schemas/problem.ts";
import { createApp } from "../../../src/app.ts";
import {
  creates,
  createUrls,
  demoConnections,
  demoVariables,
  exchanges,
  openGateway,
  useVendors,
  vendorsAre,
} from "../../support/gateway.ts";

useVendors();

const allowed = "https://app.example";
const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));
const preflight = (Origin: string) => ({
  method: "OPTIONS",
  key: null,
  headers: {
    Origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
  },
});

test.each([
  ["an account", "/v1/accounts", { body: { name: "Acme" }, connection: "demo-garmat" }, 201],
  ["a problem", "/v1/connections", { key: null }, 401],
  ["an unknown path", "/v1/nothing", {}, 404],
  ["a method that is not allowed", "/v1/connections", { method: "PUT" }, 405],
])("%s under /v1 must not be cached", async (_what, path, options, status) => {
  const answer = await openGateway().call(path, options);
  expect([answer.status, answer.headers.get("Cache-Control")]).toEqual([status, "no-store"]);
});

describe("CORS", () => {
  test("is closed by default", async () => {
    const gateway = openGateway();
    const asked = await gateway.call("/v1/accounts", preflight(allowed));
    expect(asked.status).toBe(405);
    expect(corsHeaders(asked.headers)).toEqual([]);
    const created = await gateway.create("demo-garmat", { name: "Acme" }, { headers: { Origin: allowed } });
    expect(created.status).toBe(201);
    expect(corsHeaders(created.headers)).toEqual([]);
  });

  const opened = () => openGateway({ ...demoVariables(), ALLOWED_ORIGINS: `https://first.example, ${allowed}` });

  test("a preflight from an allowed origin permits the methods and headers of a create", async () => {
    const { status, headers } = await opened().call("/v1/accounts", preflight(allowed));
    expect(status).toBe(204);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(allowed);
    expect(headers.get("Access-Control-Allow-Methods")?.split(",")).toEqual(expect.arrayContaining(["GET", "POST"]));
    expect(headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(",")).toEqual(
      expect.arrayContaining([
        "authorization",
        "content-type",
        "gateway-connection",
        "idempotency-key",
        "prefer",
        "traceparent",
      ]),
    );
    expect(headers.get("Access-Control-Allow-Credentials")).toBeNull();
    expect(headers.get("Vary")).toContain("Origin");
  });

  test.each<
    [
      what: string,
      answer: (gateway: ReturnType<typeof openGateway>) => Promise<{ status: number; headers: Headers }>,
      status: number,
    ]
  >([
    ["an account", (gateway) => gateway.create("demo-garmat", { name: "Acme" }, { headers: { Origin: allowed } }), 201],
    ["a problem", (gateway) => gateway.create("demo-garmat", {}, { headers: { Origin: allowed } }), 422],
    ["a missing key", (gateway) => gateway.call("/v1/connections", { key: null, headers: { Origin: allowed } }), 401],
    ["a wrong path", (gateway) => gateway.call("/nowhere", { headers: { Origin: allowed } }), 404],
    ["a wrong method", (gateway) => gateway.call("/v1/accounts", { headers: { Origin: allowed } }), 405],
  ])("an allowed origin can read %s with its headers", async (_, call, expected) => {
    const { status, headers } = await call(opened());
    expect(status).toBe(expected);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(allowed);
    expect(headers.get("Access-Control-Expose-Headers")?.split(",")).toEqual(
      expect.arrayContaining(["Preference-Applied", "Retry-After", "Server-Timing", "X-Request-Id"]),
    );
    expect(headers.get("Vary")).toContain("Origin");
  });

  test.each([
    "https://other.example",
    "https://app.example.evil.example",
    "http://app.example",
    "https://app.example:8443",
    "null",
  ])("%s gets no CORS headers", async (origin) => {
    const gateway = opened();
    const asked = await gateway.call("/v1/accounts", preflight(origin));
    expect(asked.headers.get("Access-Control-Allow-Origin")).toBeNull();
    const answered = await gateway.call("/v1/connections", { headers: { Origin: origin } });
    expect(answered.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });
});

describe("the explanation of a problem", () => {
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };

  test.each(problemCodes.options)("%s is available as a page and as JSON", async (code) => {
    const gateway = openGateway();
    const kind = problemKindOf(code);
    const program = await gateway.call(`/problems/${code}`, { key: null, headers: { Accept: "application/json" } });
    expect(program.json).toEqual(kind);
    const people = await gateway.call(`/problems/${code}`, {
      key: null,
      headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    });
    expect(people.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(people.text).toContain(code);
    expect(people.text).toContain(String(kind.status));
    expect(people.text).toMatch(/^<!doctype html>/i);
    expect(people.text).not.toMatch(/<script|<style|<img|\s(on\w+|style)=/i);
  });

  test.each([
    [undefined, /^application\/json/],
    ["*/*", /^application\/json/],
    ["text/html;q=0.5, application/json", /^application\/json/],
    ["application/json;q=0.5, text/html", /^text\/html/],
    ["image/png", /^application\/json/],
  ])("Accept: %s", async (accept, type) => {
    const { headers } = await openGateway().call("/problems/not_found", {
      key: null,
      headers: accept === undefined ? {} : { Accept: accept },
    });
    expect(headers.get("Content-Type")).toMatch(type);
    expect(headers.get("Vary")).toContain("Accept");
  });

  test("is not found if the deploy has no pages", async () => {
    const response = await createApp(adapters).request("/problems/outcome_unknown", {}, demoVariables(), context);
    expect(await response.json()).toMatchObject({ status: 404, code: "not_found" });
  });

  test.each([404, 500])("is an internal error if the page is answered with %i", async (status) => {
    const ASSETS = { fetch: async () => new Response("canary", { status }) };
    const variables = { ...demoVariables(), ASSETS };
    const response = await createApp(adapters).request("/problems/outcome_unknown", {}, variables, context);
    expect(await response.json()).toMatchObject({ status: 500, code: "internal_error" });
  });

  test.each(["no_such_problem", "__proto__", "constructor", "%3Cscript%3E"])("%s has no explanation", async (code) => {
    const { status, json } = await openGateway().call(`/problems/${code}`, { key: null });
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "not_found" });
  });
});

describe.each(demoConnections)("%s: trace context", (connection) => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parent = "00f067aa0ba902b7";
  const sentWith = async (headers: Record<string, string>) => {
    await openGateway().create(connection, { name: "Acme" }, { headers });
    const [create] = creates();
    for (const exchange of exchanges())
      expect(exchange.headers["traceparent"]?.slice(0, 35)).toBe(create?.headers["traceparent"]?.slice(0, 35));
    return create?.headers["traceparent"]?.split("-") ?? [];
  };

  test.each(["00", "01"])("the gateway continues the caller's trace with its own span (flags %s)", async (flags) => {
    const [version, traceId, span, sentFlags] = await sentWith({ traceparent: `00-${trace}-${parent}-${flags}` });
    expect([version, traceId, sentFlags]).toEqual(["00", trace, flags]);
    expect(span).toMatch(/^[0-9a-f]{16}$/);
    expect(span).not.toBe(parent);
  });

  test.each([
    ["no header", undefined],
    ["an invalid header", "garbage"],
    ["an all-zero trace", `00-${"0".repeat(32)}-${parent}-01`],
    ["an all-zero parent", `00-${trace}-${"0".repeat(16)}-01`],
    ["capitals", `00-${trace.toUpperCase()}-${parent}-01`],
    ["version ff, which is invalid", `ff-${trace}-${parent}-01`],
    ["extra text after version 00", `00-${trace}-${parent}-01-extra`],
  ])("%s: the gateway starts a new trace", async (_, traceparent) => {
    const [version, traceId, span] = await sentWith(traceparent === undefined ? {} : { traceparent });
    expect(version).toBe("00");
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(traceId).not.toBe(trace);
    expect(span).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  });

  test("the gateway sends a User-Agent", async () => {
    await openGateway().create(connection, { name: "Acme" });
    for (const { headers } of [...creates(), ...exchanges()])
      expect(headers["user-agent"]).toBe(`${packageJson.name}/${packageJson.version}`);
  });
});

describe("the sandbox", () => {
  const bound = (answered: string[]) => ({
    fetch: async (input: RequestInfo | URL) => {
      answered.push(new Request(input).url);
      return Response.json({ id: "from-the-binding", name: "Acme", type: "customer", status: "active" });
    },
  });

  test("its hosts are called through the binding, if there is one", async () => {
    const answered: string[] = [];
    const { account } = await openGateway({ ...demoVariables(), SANDBOX: bound(answered) }).create("demo-garmat", {
      name: "Acme",
    });
    expect(account?.id).toBe("from-the-binding");
    expect(answered).toEqual([createUrls["demo-garmat"]]);
    expect(creates()).toEqual([]);
  });

  test.each(["https://garmat.example", "https://sandbox.test.example", "https://notsandbox.test"])(
    "%s is not a sandbox host",
    async (base_url) => {
      const answered: string[] = [];
      vendorsAre(
        {},
        http.post(`${base_url}/api/accounts`, () =>
          HttpResponse.json({ id: "from-the-network", name: "Acme", type: "customer", status: "active" }),
        ),
      );
      const { account } = await openGateway({
        ...demoVariables({ base_url }, "demo-garmat"),
        SANDBOX: bound(answered),
      }).create("demo-garmat", { name: "Acme" });
      expect(account?.id).toBe("from-the-network");
      expect(answered).toEqual([]);
    },
  );
});
