/** The app as a whole: routes, caching, CORS, and the explanations of problems. */
import { describe, expect, test } from "vitest";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { problemKindOf } from "../../schemas/documents/problem-meanings.ts";
import { problemCodes } from "../../schemas/problem.ts";
import { createApp } from "../../src/app.ts";
import { demoVariables, openGateway, useVendors } from "../support/gateway.ts";

useVendors();

const allowedOrigin = "https://app.example";
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
    const answer = await gateway.call("/v1/accounts", preflight(allowedOrigin));
    expect(answer.status).toBe(405);
    expect(corsHeaders(answer.headers)).toEqual([]);
    const created = await gateway.create("demo-garmat", { name: "Acme" }, { headers: { Origin: allowedOrigin } });
    expect(created.status).toBe(201);
    expect(corsHeaders(created.headers)).toEqual([]);
  });

  const opened = () => openGateway({ ...demoVariables(), ALLOWED_ORIGINS: `https://first.example, ${allowedOrigin}` });

  test("a preflight from an allowed origin permits the methods and headers of a create", async () => {
    const { status, headers } = await opened().call("/v1/accounts", preflight(allowedOrigin));
    expect(status).toBe(204);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(allowedOrigin);
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
    [
      "an account",
      (gateway) => gateway.create("demo-garmat", { name: "Acme" }, { headers: { Origin: allowedOrigin } }),
      201,
    ],
    ["a problem", (gateway) => gateway.create("demo-garmat", {}, { headers: { Origin: allowedOrigin } }), 422],
    [
      "a missing key",
      (gateway) => gateway.call("/v1/connections", { key: null, headers: { Origin: allowedOrigin } }),
      401,
    ],
    ["a wrong path", (gateway) => gateway.call("/nowhere", { headers: { Origin: allowedOrigin } }), 404],
    ["a wrong method", (gateway) => gateway.call("/v1/accounts", { headers: { Origin: allowedOrigin } }), 405],
  ])("an allowed origin can read %s with its headers", async (_, call, expected) => {
    const { status, headers } = await call(opened());
    expect(status).toBe(expected);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(allowedOrigin);
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
    const answer = await gateway.call("/v1/accounts", preflight(origin));
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBeNull();
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
    const response = await createApp(allAdapters).request("/problems/outcome_unknown", {}, demoVariables(), context);
    expect(await response.json()).toMatchObject({ status: 404, code: "not_found" });
  });

  test.each([404, 500])("is an internal error if the page is answered with %i", async (status) => {
    const ASSETS = { fetch: async () => new Response("canary", { status }) };
    const variables = { ...demoVariables(), ASSETS };
    const response = await createApp(allAdapters).request("/problems/outcome_unknown", {}, variables, context);
    expect(await response.json()).toMatchObject({ status: 500, code: "internal_error" });
  });

  test.each(["no_such_problem", "__proto__", "constructor", "%3Cscript%3E"])("%s has no explanation", async (code) => {
    const { status, json } = await openGateway().call(`/problems/${code}`, { key: null });
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "not_found" });
  });
});

describe("paths and methods", () => {
  test.each([
    ["GET", "/nowhere"],
    ["POST", "/v1"],
    ["GET", "/v1/connections//schema"],
    ["DELETE", "/v1/accounts/7"],
  ])("%s %s is not found", async (method, path) => {
    const { status, json } = await openGateway().call(path, { method });
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "not_found" });
  });

  test.each([
    ["GET", "/v1/accounts", ["POST"]],
    ["PUT", "/v1/accounts", ["POST"]],
    // The gateway ignores a trailing slash.
    ["GET", "/v1/accounts/", ["POST"]],
    ["GET", "/v1/accounts/preview", ["POST"]],
    ["POST", "/v1/connections", ["GET", "HEAD"]],
    ["DELETE", "/v1/connections/demo-garmat/schema", ["GET", "HEAD"]],
    ["GET", "/v1/connections/demo-garmat/check", ["POST"]],
    ["POST", "/healthz", ["GET", "HEAD"]],
    ["POST", "/problems/not_found", ["GET", "HEAD"]],
    ["OPTIONS", "/v1/accounts", ["POST"]],
  ])("%s %s is refused; the allowed methods are %j", async (method, path, allowed) => {
    const { status, json, headers } = await openGateway().call(path, { method, key: null });
    expect(status).toBe(405);
    expect(json).toMatchObject({ code: "method_not_allowed" });
    expect(headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed);
  });

  test.each(["/healthz", "/v1/connections", "/problems/not_found"])(
    "HEAD %s answers as GET does, without a body",
    async (path) => {
      const gateway = openGateway();
      const head = await gateway.call(path, { method: "HEAD" });
      const get = await gateway.call(path);
      expect(head.status).toBe(200);
      expect(head.text).toBe("");
      expect(head.headers.get("Content-Type")).toBe(get.headers.get("Content-Type"));
    },
  );

  test("HEAD is refused without a key if the path needs one", async () => {
    expect((await openGateway().call("/v1/connections", { method: "HEAD", key: null })).status).toBe(401);
  });

  test("HEAD of an unknown path answers 404 without a body", async () => {
    const { status, text } = await openGateway().call("/nowhere", { method: "HEAD" });
    expect([status, text]).toEqual([404, ""]);
  });

  test("the health check answers", async () => {
    const { status, json } = await openGateway({}).call("/healthz", { key: null });
    expect([status, json]).toEqual([200, { status: "ok" }]);
  });
});
