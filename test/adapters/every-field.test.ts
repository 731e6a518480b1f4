/** A vendor that carries every field of the account, and three vendors that carry none of the newer fields. */
import { http, HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { defineAdapter } from "../../adapters/engine/adapter.ts";
import { bearer } from "../../adapters/engine/auth.ts";
import { pointerOf } from "../../adapters/engine/row.ts";
import { readErrors } from "../../adapters/engine/vendor-errors.ts";
import { adapters } from "../../adapters/index.ts";
import { canonicalFieldNames } from "../../schemas/account.ts";
import { isObject, type JsonObject } from "../../schemas/json-pointer.ts";
import { demoVariables, openGateway, useVendors, configureVendors } from "../support/gateway.ts";

useVendors();

const origin = "https://all.example";
const token = "all-secret-0123456789";

const all = defineAdapter()({
  vendor: "all",
  title: "All",
  settings: {},
  headers: () => ({}),
  auth: [bearer],
  path: "/companies",
  constants: {},
  fields: {
    ...Object.fromEntries(canonicalFieldNames.options.map((field) => [field, { to: pointerOf(field) }])),
    name: { to: "/name", required: true },
    tax_id: { to: "/tax_id", unique: true },
    "address.country": { to: "/address/country", required: true },
  },
  slots: {},
  reply: { id: "/id", repeats: ["name"], created_at: [], updated_at: [], envelopes: [] },
  readErrors,
  lookups: [],
});

const variables = (members: object = {}) => ({
  ...demoVariables(),
  ALL_SECRET: token,
  CONNECTION_ALL: {
    id: "all",
    vendor: "all",
    base_url: origin,
    auth: { type: "bearer", token: { secret: "ALL_SECRET" } },
    require_key: false,
    ...members,
  },
});
const gatewayWith = (members?: object) => openGateway(variables(members), [...adapters, all]);

const allAnswers = (answer: (body: JsonObject) => Response) =>
  configureVendors(
    {},
    http.post(`${origin}/companies`, async ({ request }) =>
      answer(z.record(z.string(), z.json()).parse(await request.json())),
    ),
  );

const newFields = {
  phone: "+49 30 901820",
  website: "https://acme.example",
  tax_id: "DE123456789",
  currency: "EUR",
  address: {
    line1: "Main Street 1",
    line2: "2nd floor",
    city: "Berlin",
    region: "Berlin",
    postal_code: "10115",
    country: "DE",
  },
};
const account = {
  name: "Acme",
  code: "ACME",
  external_ref: "crm-1",
  legal_name: "Acme Ltd",
  registration_id: "HRB 1",
  email: "info@acme.example",
  parent_id: "1",
  active: true,
  type: "customer",
  customer_type: "mso",
  industry: "other",
  ...newFields,
};

describe("a vendor that carries every field", () => {
  test("gets each of them, and the account has what the vendor reports", async () => {
    const sent: unknown[] = [];
    allAnswers((body) => {
      sent.push(body);
      return HttpResponse.json({ ...body, id: 7 }, { status: 201 });
    });
    const answer = await gatewayWith().create("all", account, { query: "?include=fields" });
    expect(sent).toEqual([account]);
    expect(answer.account).toMatchObject({ id: "7", ...account, vendor_fields: {}, warnings: [] });
    expect(answer.account?.fields).toContainEqual({
      field: "/address/city",
      disposition: "sent",
      to: "/address/city",
      value: "Berlin",
      reason: null,
      confirmed: true,
    });
  });

  test("may report other values than an app may send, and parts of an address only", async () => {
    allAnswers((body) =>
      HttpResponse.json({ ...body, id: 7, website: "acme.example", currency: "eur", address: { country: "Germany" } }),
    );
    const sent = { name: "Acme", website: "https://acme.example", address: { country: "DE", city: "Berlin" } };
    const { account: read } = await gatewayWith().create("all", sent);
    const none = { line1: null, line2: null, city: null, region: null, postal_code: null };
    expect(read).toMatchObject({ website: "acme.example", currency: "eur", address: { ...none, country: "Germany" } });
    expect(read?.warnings.map(({ code, field }) => [code, field])).toEqual([
      ["changed_by_vendor", "/website"],
      ["changed_by_vendor", "/address/country"],
    ]);
  });

  test.each([null, {}, "unknown"])("reports no address: %j", async (address) => {
    allAnswers((body) => HttpResponse.json({ ...body, id: 7, address }));
    const { account: read } = await gatewayWith().create("all", { name: "Acme", address: { country: "DE" } });
    expect(read?.address).toBe(null);
  });

  test("a missing part is a fault of the part, also if the address is null", async () => {
    const gateway = gatewayWith();
    for (const address of [undefined, null, {}, { city: "Berlin" }, { country: null }]) {
      const { problem } = await gateway.create("all", { name: "Acme", address });
      expect(problem).toMatchObject({
        code: "missing_field",
        errors: [{ pointer: "/address/country", detail: expect.stringContaining("send `address.country`") }],
      });
    }
  });

  test("a connection's default and fallback fill parts of the address", async () => {
    allAnswers((body) => HttpResponse.json({ ...body, id: 7 }));
    const gateway = gatewayWith({
      defaults: { "address.country": "DE" },
      fallback: { "address.region": ["address.city"], legal_name: ["address.line1"] },
    });
    const { account: read } = await gateway.create("all", { name: "Acme", address: { city: "Berlin", line1: "Main" } });
    expect(read).toMatchObject({ legal_name: "Main", address: { city: "Berlin", region: "Berlin", country: "DE" } });
    const { previews } = await gateway.preview("all", { name: "Acme", address: { city: "Berlin" } });
    expect(previews[0]?.fields).toContainEqual(
      expect.objectContaining({ to: "/address/region", reason: expect.stringContaining("filled from /address/city") }),
    );
  });

  test("the vendor's errors point at the part", async () => {
    const errors = [{ detail: "Postal code is invalid", source: { pointer: "/address/postal_code" } }];
    allAnswers(() => HttpResponse.json({ errors }, { status: 422 }));
    expect((await gatewayWith().create("all", account)).problem).toMatchObject({
      code: "vendor_rejected",
      errors: [{ pointer: "/address/postal_code" }],
    });
  });

  test("an unsupported value is refused with its pointer", async () => {
    const { problem } = await gatewayWith().create("all", {
      name: "Acme",
      currency: "€",
      address: { country: "Germany" },
    });
    expect(problem).toMatchObject({
      code: "invalid_account",
      errors: [
        { pointer: "/currency", detail: expect.stringContaining("ISO 4217") },
        { pointer: "/address/country", detail: expect.stringContaining("ISO 3166-1") },
      ],
    });
  });

  test("secrets in a reported address are redacted", async () => {
    allAnswers((body) => HttpResponse.json({ ...body, id: 7, phone: token, address: { city: token, country: "DE" } }));
    const { text, account: read } = await gatewayWith().create("all", { name: "Acme", address: { country: "DE" } });
    expect(text).not.toContain(token);
    expect(read).toMatchObject({ phone: "[redacted]", address: { city: "[redacted]", country: "DE" } });
  });

  test("the connection's description names the parts", async () => {
    const described = (await gatewayWith().connections()).find(({ id }) => id === "all");
    expect(described?.fields).toMatchObject({
      "address.city": { support: "supported", to: "/address/city", max_length: 255 },
      "address.country": { support: "required" },
      website: { support: "supported", max_length: 2048 },
    });
    expect(described?.guarantee?.assumption).toContain("With `tax_id` in the body");
  });
});

describe.each(["demo-clarus", "demo-elastic-path", "demo-garmat"] as const)(
  "%s carries none of the newer fields",
  (connection) => {
    const leaves = Object.entries(newFields).flatMap(([member, value]) =>
      isObject(value) ? Object.keys(value).map((part) => `/${member}/${part}`) : [`/${member}`],
    );

    test("strict handling refuses each with its pointer", async () => {
      const { problem } = await openGateway().create(connection, { name: "Acme", ...newFields });
      expect(problem?.code).toBe("unsupported_field");
      expect(problem?.errors?.map(({ pointer }) => pointer)).toEqual(leaves);
    });

    test("lenient handling drops each with a warning", async () => {
      const headers = { Prefer: "handling=lenient" };
      const { account: read } = await openGateway().create(connection, { name: "Acme", ...newFields }, { headers });
      const dropped = read?.warnings.filter(({ code }) => code === "dropped").map(({ field }) => field);
      expect(dropped).toEqual(leaves);
      expect(read).toMatchObject({ phone: null, website: null, tax_id: null, currency: null, address: null });
    });

    test("`null` is no value, and is accepted", async () => {
      const none = { phone: null, website: null, tax_id: null, currency: null };
      const gateway = openGateway();
      expect((await gateway.create(connection, { name: "Acme", ...none, address: null })).status).toBe(201);
      expect((await gateway.create(connection, { name: "Bolt", address: { city: null } })).status).toBe(201);
    });
  },
);
