import { describe, expect, test } from "vitest";
import { elasticPathReply } from "../../../schemas/documents/elastic-path.ts";
import { clarusDemo } from "../../fixtures/clarus.ts";
import { elasticPathDemo } from "../../fixtures/elastic-path.ts";
import { garmatDemo } from "../../fixtures/garmat.ts";
import {
  creates,
  demoConnections,
  demoFixtures,
  demoVariables,
  openGateway,
  useVendors,
} from "../../support/gateway.ts";
import { nothingReported } from "../../../packages/adapter-kit/src/fixtures.ts";

useVendors();

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const nothing = { ...nothingReported, operation: null };

describe("an account with every supported field is answered as the vendor reports it", () => {
  test("Clarus, whose reply has no e-mail", async () => {
    const { status, account } = await openGateway().create("demo-clarus", clarusDemo.account);
    expect(status).toBe(201);
    const { email: _email, type: _type, vendor_options, ...reported } = clarusDemo.account;
    expect(account).toEqual({
      ...nothing,
      ...reported,
      id: "1",
      vendor: "clarus",
      connection: "demo-clarus",
      vendor_fields: vendor_options.clarus,
    });
  });

  test("Elastic Path", async () => {
    const { account, status } = await openGateway().create("demo-elastic-path", elasticPathDemo.account);
    expect(status).toBe(201);
    const { active: _active, type: _type, ...reported } = elasticPathDemo.account;
    expect(account).toEqual({
      ...nothing,
      ...reported,
      id: uuid,
      vendor: "elastic_path",
      connection: "demo-elastic-path",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updated_at: account?.created_at,
      vendor_fields: {
        links: { self: expect.stringContaining(account?.id ?? "?") },
        relationships: {
          parent: { data: { type: "account", id: reported.parent_id } },
          ancestors: [{ data: { type: "account", id: reported.parent_id } }],
        },
      },
    });
  });

  test("Garmat, whose reply has no customer type and industry", async () => {
    const { account, status } = await openGateway().create("demo-garmat", garmatDemo.account);
    expect(status).toBe(201);
    expect(account).toEqual({
      ...nothing,
      name: "Acme Corporation",
      type: "distributor",
      active: false,
      id: uuid,
      vendor: "garmat",
      connection: "demo-garmat",
      vendor_fields: { users: 0, booths: 0, facilities: 0, regions: 0 },
    });
  });
});

describe.each(demoConnections)("%s", (connection) => {
  test("a name is enough", async () => {
    const { status, account } = await openGateway().create(connection, { name: "Müller & Söhne" });
    expect(status).toBe(201);
    expect(account).toMatchObject({ name: "Müller & Söhne", warnings: [] });
    expect(creates()).toHaveLength(1);
  });

  test("every optional field can be null", async () => {
    const absent = Object.fromEntries(Object.keys(nothing).map((field) => [field, null]));
    const { created_at, updated_at, vendor_fields, warnings, operation, ...fields } = absent;
    expect([created_at, updated_at, vendor_fields, warnings, operation]).toEqual([null, null, null, null, null]);
    const { status } = await openGateway().create(connection, { ...fields, name: "Acme", vendor_options: null });
    expect(status).toBe(201);
  });

  test("the answer has the handling and the time of the vendor", async () => {
    const { headers } = await openGateway().create(connection, { name: "Acme" });
    expect(headers.get("Preference-Applied")).toBeNull();
    expect(headers.get("Server-Timing")).toMatch(/(^|, )vendor;dur=\d+(\.\d+)?(,|$)/);
    expect(headers.get("Content-Type")).toBe("application/json");
  });

  test.each([
    ["c3d6b1f0-7c54-4a8e-9b1a-0f6d2f1f6a11", true],
    ["4bf92f3577b34da6a3ce929d0e0e4736", true],
    // Callers must not be able to write arbitrary text to the log.
    ["jane-doe-acme-com", false],
  ])("the caller's request id %s is used: %s", async (id, isKept) => {
    const { headers } = await openGateway().create(connection, { name: "Acme" }, { headers: { "X-Request-Id": id } });
    expect(headers.get("X-Request-Id") === id).toBe(isKept);
  });

  test("Preference-Applied names only preferences that were applied", async () => {
    const gateway = openGateway();
    const headers = { Prefer: "handling=lenient" };
    expect((await gateway.create(connection, { name: "Acme" }, { headers })).headers.get("Preference-Applied")).toBe(
      "handling=lenient",
    );
    expect((await gateway.create(connection, { name: "" }, { headers })).headers.get("Preference-Applied")).toBe(null);
  });

  test("a refused create also has Server-Timing", async () => {
    expect((await openGateway().create(connection, { name: "" })).headers.get("Server-Timing")).toMatch(
      /^gateway;dur=\d+, vendor;dur=0, ledger;dur=0$/,
    );
  });

  test("every field that the vendor repeats is confirmed in the report", async () => {
    const { account: full, unconfirmed: expected } = demoFixtures[connection];
    const { account } = await openGateway().create(connection, full, { query: "?include=fields" });
    const unconfirmed = account?.fields?.filter(({ confirmed }) => confirmed !== true).map(({ field }) => field);
    expect(unconfirmed).toEqual(expected);
  });

  test.each(["?include=fields,vendor_response", "?include=fields&include=vendor_response"])("%s", async (query) => {
    const { account } = await openGateway().create(connection, { name: "Acme" }, { query });
    expect(account?.fields).toContainEqual(
      expect.objectContaining({ field: "/name", disposition: "sent", value: "Acme", confirmed: true }),
    );
    expect(account?.vendor_response?.status).toBe(demoFixtures[connection].status);
    expect(JSON.stringify(account?.vendor_response?.body)).toContain('"Acme"');
  });
});

test("without `include`, the answer has neither the report nor the vendor's answer", async () => {
  const { account } = await openGateway().create("demo-garmat", { name: "Acme" });
  expect(account).not.toHaveProperty("fields");
  expect(account).not.toHaveProperty("vendor_response");
});

test("the vendor's answer is passed on unchanged", async () => {
  const { account } = await openGateway().create(
    "demo-elastic-path",
    { name: "Acme" },
    { query: "?include=vendor_response" },
  );
  const reply = elasticPathReply.parse(account?.vendor_response?.body);
  expect(reply.data).toMatchObject({ type: "account", id: account?.id, name: "Acme" });
});

test("a request does not have to name the connection if the key can use only one", async () => {
  const variables = demoVariables();
  variables["KEY_DEMO"] = { ...(variables["KEY_DEMO"] as object), connections: ["demo-garmat"] };
  const { status, account } = await openGateway(variables).create(undefined, { name: "Acme" });
  expect(status).toBe(201);
  expect(account?.connection).toBe("demo-garmat");
});

describe("a field that the connection does not support", () => {
  test("active: false is refused for Elastic Path", async () => {
    const { problem } = await openGateway().create("demo-elastic-path", { name: "Acme", active: false });
    expect(problem).toMatchObject({ code: "unsupported_field", errors: [{ pointer: "/active" }] });
    expect(problem?.errors?.[0]?.detail).toMatch(
      /Elastic Path supports only `true` for this field; remove it.*Prefer: handling=lenient/,
    );
    expect(creates()).toEqual([]);
  });

  test("active: false is dropped with a warning if the caller is lenient", async () => {
    const options = { headers: { Prefer: "handling=lenient" }, query: "?include=fields" };
    const { account, headers } = await openGateway().create(
      "demo-elastic-path",
      { name: "Acme", active: false },
      options,
    );
    expect(headers.get("Preference-Applied")).toBe("handling=lenient");
    expect(account).toMatchObject({ active: null, warnings: [{ code: "dropped", field: "/active", value: false }] });
    expect(account?.fields).toContainEqual(
      expect.objectContaining({ field: "/active", disposition: "dropped", to: null, value: false }),
    );
    expect(creates()[0]?.body).not.toContain("active");
  });

  test("a lenient connection drops it unless the caller is strict", async () => {
    const gateway = openGateway(demoVariables({ handling: "lenient" }));
    const body = { name: "Acme", email: "info@acme.example" };
    const lenient = await gateway.create("demo-garmat", body);
    expect(lenient.account?.warnings).toMatchObject([{ code: "dropped", field: "/email" }]);
    expect(lenient.headers.get("Preference-Applied")).toBeNull();
    const strict = await gateway.create("demo-garmat", body, { headers: { Prefer: "handling=strict" } });
    expect(strict.problem).toMatchObject({ code: "unsupported_field", errors: [{ pointer: "/email" }] });
    expect(strict.headers.get("Preference-Applied")).toBe("handling=strict");
  });

  test("the error says that the field can be mapped", async () => {
    const { problem } = await openGateway(demoVariables({ mapping: {} }, "demo-clarus")).create("demo-clarus", {
      name: "Acme",
      legal_name: "Acme GmbH",
      custom: { tier: "gold" },
    });
    expect(problem?.errors).toEqual([
      {
        pointer: "/legal_name",
        detail: expect.stringMatching(/`mapping = \{ "legal_name" = "\w+" \}`.*Prefer: handling=lenient/),
      },
      {
        pointer: "/custom/tier",
        detail: expect.stringMatching(/`mapping = \{ "custom\.tier" = "\w+" \}`.*Prefer: handling=lenient/),
      },
    ]);
  });

  test("options for another vendor are dropped with a warning", async () => {
    const body = { name: "Acme", vendor_options: { clarus: { string1: "x" } } };
    const { account } = await openGateway().create("demo-garmat", body, { query: "?include=fields" });
    expect(account?.warnings).toEqual([]);
    expect(account?.fields).toContainEqual({
      field: "/vendor_options/clarus/string1",
      disposition: "dropped",
      to: null,
      value: "x",
      reason: "for another vendor",
      confirmed: null,
    });
  });
});

test("a Clarus connection without a fallback reports the missing code", async () => {
  const { problem } = await openGateway(demoVariables({ fallback: {} }, "demo-clarus")).create("demo-clarus", {
    name: "Acme",
  });
  expect(problem).toMatchObject({ code: "missing_field", status: 422, errors: [{ pointer: "/code" }] });
  expect(creates()).toEqual([]);
});

describe("a duplicate", () => {
  const clarus = {
    name: "clarus",
    connection: "demo-clarus",
    status: 422,
    errors: [{ pointer: "/data/attributes/code" }],
  };

  test.each([
    { source: "/code", first: { name: "Acme", code: "ACME" }, second: { name: "Other", code: "ACME" } },
    {
      source: "/external_ref",
      first: { name: "Acme", external_ref: "crm-1" },
      second: { name: "Other", external_ref: "crm-1" },
    },
    { source: "/name", first: { name: "Acme" }, second: { name: "Acme" } },
    {
      source: "/external_ref",
      first: { name: "Acme", code: "crm-1" },
      second: { name: "Other", external_ref: "crm-1" },
    },
  ])("Clarus code from $source: $second", async ({ source, first, second }) => {
    const gateway = openGateway();
    expect((await gateway.create("demo-clarus", first)).status).toBe(201);
    const { problem, status } = await gateway.create("demo-clarus", second);
    expect(status).toBe(409);
    expect(problem).toMatchObject({
      code: "account_exists",
      effect: "none",
      errors: [{ pointer: source }],
      vendor: clarus,
    });
    expect(creates()).toHaveLength(2);
  });

  test("Elastic Path registration id, which the vendor names only in the error's text", async () => {
    const gateway = openGateway();
    expect((await gateway.create("demo-elastic-path", { name: "Acme", registration_id: "HRB 1" })).status).toBe(201);
    const { problem, status } = await gateway.create("demo-elastic-path", { name: "Other", registration_id: "HRB 1" });
    expect(status).toBe(409);
    expect(problem).toMatchObject({
      code: "account_exists",
      errors: [{ pointer: "/registration_id" }],
      vendor: { name: "elastic_path", connection: "demo-elastic-path", status: 409 },
    });
  });

  test("Garmat accepts two accounts with the same name", async () => {
    const gateway = openGateway();
    const first = await gateway.create("demo-garmat", { name: "Acme" });
    const second = await gateway.create("demo-garmat", { name: "Acme" });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.account?.id).not.toBe(second.account?.id);
  });
});

test("a vendor's error names the caller's field", async () => {
  const parent_id = "00000000-0000-4000-8000-000000000000";
  const { problem, status } = await openGateway().create("demo-elastic-path", { name: "Acme", parent_id });
  expect(status).toBe(503);
  expect(problem).toMatchObject({
    code: "vendor_unavailable",
    effect: "none",
    errors: [{ detail: "parent account not found" }],
    vendor: { name: "elastic_path", status: 404, errors: [{ detail: "parent account not found" }] },
  });
});
