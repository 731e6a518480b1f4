import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, test } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { examples } from "../../openapi/examples.ts";
import { openApiDocument } from "../../openapi/openapi.ts";
import { operations } from "../../openapi/operations.ts";
import { problemExample } from "../../openapi/problems.ts";
import { problemCodes } from "../../schemas/problem.ts";
import { createApp } from "../../src/app.ts";
import { contractOf, type Exchange } from "../support/contract.ts";
import { lasting } from "../documentation/readme.ts";
import { openGateway, useVendors } from "../support/gateway.ts";

useVendors();
const written = JSON.stringify(openApiDocument(adapters));

async function lint(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ["recommended-strict"] });
  const found = await lintFromString({ source, absoluteRef: "/openapi.json", config });
  return found.map(({ ruleId, location: [first] }) => `${ruleId} ${first?.pointer}`);
}

describe("the document", () => {
  test("passes a strict linter, which checks every example with its schema", async () => {
    expect(await lint(written)).toEqual([]);
    expect(await lint(written.replace('"value":{"status":"ok"}', '"value":{"status":"well"}'))).toEqual([
      "no-invalid-media-type-examples #/components/examples/healthy/value/status",
    ]);
  });

  test("has every route of the app, and otherwise only static files", () => {
    const routes = createApp(adapters).routes.filter(({ method }) => method !== "ALL");
    const served = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const listed = operations.filter(({ isStatic }) => !isStatic);
    expect(listed.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
      [...new Set(served)].toSorted(),
    );
  });

  test("has every problem in at least one route", () => {
    const listed = new Set(operations.flatMap(({ problems }) => problems));
    expect([...listed].toSorted()).toEqual(problemCodes.options.toSorted());
  });

  test("has no schema that refers to itself, because generators of types fail on it", () => {
    const { schemas } = openApiDocument(adapters).components;
    const referred = (name: string) =>
      [...JSON.stringify(Object.entries(schemas).find(([each]) => each === name)).matchAll(/schemas\/(\w+)"/g)].map(
        ([, other = ""]) => other,
      );
    const isRecursive = (name: string, path: string[] = []): boolean =>
      path.includes(name) || referred(name).some((other) => isRecursive(other, [...path, name]));
    expect(Object.keys(schemas).filter((name) => isRecursive(name))).toEqual([]);
  });
});

describe("an example equals the gateway's answer", () => {
  const gateway = openGateway();
  /** The value as JSON, without the parts that differ between requests. */
  const stable = (value: unknown) =>
    lasting(
      JSON.stringify(value).replaceAll(/00-[0-9a-f]{32}-[0-9a-f]{16}-0\d|https?:\/\/[\w.]+(?=\/problems\/)/g, ""),
    );

  test.each([
    ["created_account", "account", "/v1/accounts", "demo-elastic-path", "strict"],
    ["created_account_with_fields", "account", "/v1/accounts?include=fields", "demo-garmat", "lenient"],
    ["previews", "account_with_refused_field", "/v1/accounts/preview", "demo-elastic-path", "strict"],
  ] as const)("%s", async (answer, request, path, connection, handling) => {
    const headers = { Prefer: `handling=${handling}` };
    const { json } = await gateway.call(path, { connection, headers, body: examples[request].value });
    expect(stable(json)).toEqual(stable(examples[answer].value));
  });

  test("connections", async () => {
    const [garmat] = examples.connections.value.connections;
    const connections = await gateway.connections();
    expect(connections.find(({ id }) => id === "demo-garmat")).toMatchObject(garmat ?? {});
  });

  test("connection_schema", async () => {
    const { json } = await gateway.call("/v1/connections/demo-garmat/schema");
    expect(json).toMatchObject(examples.connection_schema.value);
  });
});

describe("the contract check", () => {
  const hold = contractOf(adapters);
  const healthy: Exchange = {
    method: "GET",
    path: "/healthz",
    sent: undefined,
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", "X-Request-Id": "an id" }),
    text: '{"status":"ok"}',
  };
  const refused: Exchange = {
    ...healthy,
    status: 405,
    headers: new Headers({ "Content-Type": "application/problem+json", "X-Request-Id": "an id", Allow: "GET, HEAD" }),
    text: JSON.stringify(problemExample("method_not_allowed")),
  };
  const created: Exchange = {
    ...healthy,
    method: "POST",
    path: "/v1/accounts",
    sent: '{"name":"Acme"}',
    status: 201,
    headers: new Headers({
      ...Object.fromEntries(healthy.headers),
      "Cache-Control": "no-store",
      "Server-Timing": "gateway;dur=1",
    }),
    text: JSON.stringify(examples.created_account.value),
  };
  const withHeader = (name: string) => new Headers({ ...Object.fromEntries(healthy.headers), [name]: "1" });

  test("accepts answers that match the document", () => {
    for (const exchange of [healthy, refused, created]) expect(() => hold(exchange)).not.toThrow();
  });

  test.each<[string, Exchange]>([
    ["a status", { ...healthy, status: 202 }],
    ["a type", { ...healthy, headers: new Headers({ "Content-Type": "text/plain", "X-Request-Id": "an id" }) }],
    ["a member", { ...healthy, text: '{"status":"ok","more":1}' }],
    ["a header", { ...healthy, headers: withHeader("Retry-After") }],
    ["a missing header", { ...healthy, headers: new Headers({ "Content-Type": "application/json" }) }],
    ["a code", { ...refused, text: refused.text.replaceAll("method_not_allowed", "not_found") }],
    ["a path", { ...healthy, path: "/health" }],
    ["a method", { ...healthy, method: "PUT" }],
    ["an invalid request that was accepted", { ...created, sent: '{"name":7}' }],
  ])("refuses an answer that differs in %s", (_, exchange) => {
    expect(() => hold(exchange)).toThrow();
  });
});
