import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";
import { credentials, demoIdOf, sandboxes } from "../../../sandbox/sandboxes.ts";
import {
  creates,
  createUrls,
  demoAdapters,
  demoConnections,
  demoFixtures,
  demoVariables,
  openGateway,
  useVendors,
  vendorTraffic,
} from "../../support/gateway.ts";

useVendors();

const span = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

describe.each(demoConnections)("%s", (connection) => {
  test.each([
    ["the smallest account", { name: "Müller & Söhne" }],
    ["an account with every field", demoFixtures[connection].account],
  ])("a preview of %s shows exactly the request that a create sends", async (_, account) => {
    const gateway = openGateway();
    const { previews } = await gateway.preview(connection, account);
    expect(vendorTraffic()).toEqual([]);
    await gateway.create(connection, account);

    const [preview, ...others] = previews;
    expect(others).toEqual([]);
    const [sent] = creates();
    const { authorization, traceparent, ...headers } = sent?.headers ?? {};
    const shown = Object.fromEntries(
      Object.entries(preview?.request?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(shown).toEqual({
      ...headers,
      authorization: authorization?.replace(/\S+$/, "[redacted]"),
      traceparent: expect.stringMatching(span),
    });
    expect(authorization).not.toContain("redacted");
    expect(traceparent).toMatch(span);
    expect(preview?.request).toMatchObject({ method: sent?.method, url: sent?.url });
    const { encoding } = demoAdapters[connection];
    const body = z.record(z.string(), z.json()).parse(preview?.request?.body);
    expect(encoding === undefined ? JSON.stringify(body) : encoding.write(body)).toBe(sent?.body);
    expect(preview?.problems).toEqual([]);
  });

  test("a preview has the same field report as the create", async () => {
    const gateway = openGateway();
    const { previews } = await gateway.preview(connection, demoFixtures[connection].account);
    const { account } = await gateway.create(connection, demoFixtures[connection].account, {
      query: "?include=fields",
    });
    expect(account?.fields?.length).toBeGreaterThan(0);
    expect(account?.fields).toMatchObject(previews[0]?.fields ?? []);
  });
});

test("without a connection, the answer has a preview for each connection of the key", async () => {
  const { previews } = await openGateway().preview(undefined, { name: "Acme" });
  expect(previews.map(({ connection, vendor, request }) => [connection, vendor, request?.url])).toEqual(
    sandboxes.map((sandbox) => [demoIdOf(sandbox), sandbox.connection.vendor, createUrls[demoIdOf(sandbox)]]),
  );
  expect(vendorTraffic()).toEqual([]);
});

describe("over many connections", () => {
  const demo = demoVariables();
  const { CONNECTION_DEMO_GARMAT: garmat } = demo;
  const ids = Array.from({ length: 120 }, (_, index) => `many-${index}`);
  const many = ids.map((id) => [`CONNECTION_${id.toUpperCase().replace("-", "_")}`, { ...Object(garmat), id }]);
  const gateway = () => openGateway({ ...demo, ...Object.fromEntries(many) });
  const headers = { Prefer: "handling=lenient" };

  test("an answer has a limit, and the next page continues after it", async () => {
    const custom = Object.fromEntries(Array.from({ length: 199 }, (_, index) => [`k${index}`, "x".repeat(250)]));
    const account = { name: "Acme", custom };
    const shown: string[] = [];
    let query = "";
    do {
      const { text, previews, nextCursor } = await gateway().preview(undefined, account, { headers, query });
      // The page limit plus one preview, because the last preview may exceed the limit.
      expect(text.length).toBeLessThan(768 * 1024);
      shown.push(...previews.map(({ connection }) => connection));
      query = nextCursor === null ? "" : `?cursor=${nextCursor}`;
    } while (query !== "" && shown.length < 12);
    expect(shown.length).toBeGreaterThan(4);
    expect([...new Set(shown)]).toEqual(shown);
  });

  test("one answer can have 100 small previews", async () => {
    const first = await gateway().preview(undefined, { name: "Acme" });
    expect(first.previews).toHaveLength(100);
    const last = await gateway().preview(undefined, { name: "Acme" }, { query: `?cursor=${first.nextCursor}` });
    expect(last.previews).toHaveLength(many.length + demoConnections.length - 100);
    expect(last.nextCursor).toBeNull();
  });

  test("a cursor without a connection of the key is refused", async () => {
    const { problem } = await gateway().preview(undefined, { name: "Acme" }, { query: "?cursor=other" });
    expect(problem).toMatchObject({ code: "invalid_query", detail: expect.stringContaining("cursor") });
  });
});

test("the field report has the destination and the reason for every value", async () => {
  const { previews } = await openGateway().preview("demo-clarus", {
    name: "Acme",
    legal_name: "Acme GmbH",
    email: null,
    type: "customer",
  });
  expect(previews[0]?.fields).toEqual([
    { field: "/name", disposition: "sent", to: "/data/attributes/name", value: "Acme", reason: null },
    { field: "/legal_name", disposition: "mapped", to: "/data/attributes/string1", value: "Acme GmbH", reason: null },
    { field: "/email", disposition: "implied", to: null, value: null, reason: "no value" },
    {
      field: "/type",
      disposition: "implied",
      to: null,
      value: "customer",
      reason: expect.stringContaining("every account"),
    },
    {
      field: null,
      disposition: "defaulted",
      to: "/data/attributes/code",
      value: codeFromName("Acme"),
      reason: expect.stringContaining("/name"),
    },
    { field: null, disposition: "constant", to: "/data/type", value: "accounts", reason: expect.any(String) },
  ]);
});

test("a problem of one connection is in its preview, and the other previews are complete", async () => {
  const { status, previews } = await openGateway().preview(undefined, {
    name: "Acme",
    active: false,
    email: "info@acme.example",
  });
  expect(status).toBe(200);
  expect(previews.map(({ connection }) => connection)).toEqual(demoConnections);
  const reported = Object.fromEntries(
    previews.map(({ connection, problems }) => [
      connection,
      problems.map(({ code, errors }) => [code, errors?.map(({ pointer }) => pointer)]),
    ]),
  );
  expect(reported).toMatchObject({
    "demo-clarus": [],
    "demo-elastic-path": [["unsupported_field", ["/email", "/active"]]],
    "demo-garmat": [["unsupported_field", ["/email"]]],
    "demo-zendesk": [["unsupported_field", ["/email", "/active"]]],
  });
  expect(previews[1]?.fields).toContainEqual(
    expect.objectContaining({ field: "/active", disposition: "refused", to: null }),
  );
  expect(previews[1]?.request?.body).toEqual({ data: { type: "account", name: "Acme" } });
});

test("a lenient preview shows the dropped fields", async () => {
  const { previews, headers } = await openGateway().preview(
    "demo-garmat",
    { name: "Acme", email: "info@acme.example" },
    { headers: { Prefer: "handling=lenient" } },
  );
  expect(headers.get("Preference-Applied")).toBe("handling=lenient");
  expect(previews[0]?.problems).toEqual([]);
  expect(previews[0]?.fields).toContainEqual(expect.objectContaining({ field: "/email", disposition: "dropped" }));
});

test("a misconfigured connection is reported next to the previews of the others", async () => {
  const variables = demoVariables({ base_url: "http://public.example" }, "demo-elastic-path");
  const all = await openGateway(variables).preview(undefined, { name: "Acme" });
  expect(
    all.previews.map(({ connection, vendor, problems }) => [connection, vendor, problems.map(({ code }) => code)]),
  ).toEqual(
    sandboxes.map((sandbox) => {
      const id = demoIdOf(sandbox);
      return [id, sandbox.connection.vendor, id === "demo-elastic-path" ? ["misconfigured"] : []];
    }),
  );
  const alone = await openGateway(variables).preview("demo-elastic-path", { name: "Acme" });
  expect(alone.previews).toMatchObject([
    { connection: "demo-elastic-path", request: null, fields: [], problems: [{ code: "misconfigured", status: 500 }] },
  ]);
});

test("a preview needs no Idempotency-Key, even if a create does", async () => {
  const { status } = await openGateway(demoVariables({ require_key: true })).preview("demo-garmat", { name: "Acme" });
  expect(status).toBe(200);
});

test("an invalid account gets no preview", async () => {
  const { problem } = await openGateway().preview(undefined, { name: "" });
  expect(problem).toMatchObject({ code: "invalid_account", errors: [{ pointer: "/name" }] });
});

test("a preview shows no secret, for any kind of authentication", async () => {
  const { clientSecret, apiKey, audience } = credentials.garmat;
  const schemes = [
    { type: "api_key", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
    { type: "session", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
    { type: "bearer", token: { secret: "SANDBOX_GARMAT_KEY" } },
    { type: "client_credentials", client_id: "sandbox", client_secret: { secret: "SANDBOX_CLIENT_SECRET" }, audience },
  ];
  for (const auth of schemes) {
    const { previews, text } = await openGateway(demoVariables({ auth }, "demo-garmat")).preview("demo-garmat", {
      name: "Acme",
    });
    expect(previews[0]?.request?.headers["Authorization"]).toBe(
      auth.type === "api_key" ? "[redacted]" : "Bearer [redacted]",
    );
    expect(text).not.toContain(clientSecret);
    expect(text).not.toContain(apiKey);
  }
});
