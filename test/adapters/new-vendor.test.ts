/** A new vendor needs only an adapter, without any change to the gateway. This file defines such an adapter. */
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { defineAdapter } from "../../adapters/engine/adapter.ts";
import { clientCredentials } from "../../adapters/engine/auth.ts";
import { readEnglish } from "../../adapters/engine/vendor-errors.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import {
  demoVariables,
  logLines,
  openGateway,
  useVendors,
  configureVendors,
  vendorTraffic,
} from "../support/gateway.ts";

useVendors();

const origin = "https://crm.example";
const fault = z.object({ reason: z.string(), member: z.string() });

const crm = defineAdapter()({
  vendor: "crm",
  title: "The CRM",
  settings: { tenant: z.string() },
  headers: ({ tenant }) => ({ "X-Tenant": tenant }),
  auth: [clientCredentials({ path: "/token", encoding: "json" })],
  path: "/partners",
  constants: { "/kind": "partner" },
  fields: {
    name: { to: "/names/display", required: true },
    registration_id: { to: "/tax_number", unique: true },
    active: {
      to: "/state",
      required: true,
      default: true,
      values: [
        [true, 1],
        [false, 0],
      ],
    },
    email: "mappable",
  },
  slots: { note: { to: "/extra/note", kind: "string" } },
  reply: { id: "/key", repeats: [], created_at: ["/at"], updated_at: [], envelopes: ["/extra"] },
  readErrors: (body) => {
    const read = fault.safeParse(body);
    return read.success ? [readEnglish({ detail: read.data.reason, pointer: read.data.member })] : [];
  },
  lookups: [],
});

const variables = {
  ...demoVariables(),
  CRM_SECRET: "crm-secret-0123456789",
  CONNECTION_CRM: {
    id: "crm",
    vendor: "crm",
    base_url: origin,
    tenant: "acme",
    auth: { type: "client_credentials", client_id: "gateway", client_secret: { secret: "CRM_SECRET" } },
    mapping: { email: "note" },
    require_key: false,
  },
};

const crmAnswers = (answer: (body: object) => Response) =>
  configureVendors(
    {},
    http.post(`${origin}/token`, () => HttpResponse.json({ access_token: "crm-token" })),
    http.post(`${origin}/partners`, async ({ request }) => answer(z.looseObject({}).parse(await request.json()))),
  );

test("a create uses the same API as for other vendors", async () => {
  crmAnswers((body) => HttpResponse.json({ ...body, key: 17, at: "2026-01-02T03:04:05Z", score: 3 }));
  const gateway = openGateway(variables, [...allAdapters, crm]);
  const { status, account } = await gateway.create(
    "crm",
    { name: "Acme", email: "info@acme.example", active: false },
    { query: "?include=fields" },
  );
  expect(status).toBe(201);
  expect(account).toMatchObject({
    id: "17",
    vendor: "crm",
    connection: "crm",
    name: "Acme",
    email: "info@acme.example",
    active: false,
    registration_id: null,
    created_at: "2026-01-02T03:04:05Z",
    vendor_fields: { score: 3 },
    warnings: [],
  });
  expect(account?.fields?.map(({ field, to, confirmed }) => [field, to, confirmed])).toEqual([
    ["/name", "/names/display", true],
    ["/email", "/extra/note", true],
    ["/active", "/state", true],
    [null, "/kind", true],
  ]);
  expect(vendorTraffic().map(({ url }) => url)).toEqual([`${origin}/token`, `${origin}/partners`]);
});

test("previews and connections include the new vendor, and the other vendors still work", async () => {
  const gateway = openGateway(variables, [...allAdapters, crm]);
  const { previews } = await gateway.preview(undefined, { name: "Acme" });
  const vendors = [...allAdapters, crm].map(({ vendor }) => vendor);
  expect(previews.map(({ vendor }) => vendor)).toEqual(expect.arrayContaining(vendors));
  expect(previews).toHaveLength(vendors.length);
  expect(previews.at(-1)?.request).toMatchObject({
    method: "POST",
    url: `${origin}/partners`,
    headers: { "X-Tenant": "acme", Authorization: "Bearer [redacted]" },
    body: { kind: "partner", names: { display: "Acme" }, state: 1 },
  });
  const described = (await gateway.connections()).find(({ id }) => id === "crm");
  expect(described?.fields).toMatchObject({
    email: { support: "mapped", to: "/extra/note" },
    legal_name: { support: "unsupported" },
  });
  expect((await gateway.create("demo-garmat", { name: "Acme" })).status).toBe(201);
});

test("its vendor_options are sent to it, and refused by a gateway without its adapter", async () => {
  crmAnswers((body) => HttpResponse.json({ ...body, key: 18 }));
  const body = { name: "Acme", vendor_options: { crm: { note: "hello" } } };
  const unmapped = { ...variables, CONNECTION_CRM: { ...variables.CONNECTION_CRM, mapping: {} } };
  expect((await openGateway(unmapped, [...allAdapters, crm]).create("crm", body)).account?.vendor_fields).toEqual({
    note: "hello",
  });
  expect((await openGateway(demoVariables()).create("demo-garmat", body)).problem).toMatchObject({
    errors: [{ pointer: "/vendor_options/crm" }],
  });
});

test("its errors point at the caller's fields", async () => {
  crmAnswers(() => HttpResponse.json({ reason: "already in use", member: "/tax_number" }, { status: 400 }));
  const { problem } = await openGateway(variables, [...allAdapters, crm]).create("crm", {
    name: "Acme",
    registration_id: "1",
  });
  expect(problem).toMatchObject({
    code: "account_exists",
    errors: [{ pointer: "/registration_id" }],
    vendor: { name: "crm", status: 400 },
  });
});

test("the outcome is unknown if its `readErrors` throws", async () => {
  crmAnswers(() => HttpResponse.json({ reason: "no" }, { status: 400 }));
  const readErrors = () => {
    throw new RangeError("canary");
  };
  const { problem } = await openGateway(variables, [...allAdapters, { ...crm, readErrors }]).create("crm", {
    name: "Acme",
  });
  expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", vendor: { status: 400 } });
  expect(logLines().at(-1)).toMatchObject({ outcome: "unknown", error: expect.stringMatching(/^RangeError at /) });
});
