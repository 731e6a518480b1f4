import { describe, expect, test } from "vitest";
import { faultsOf, planOf } from "../../packages/adapter-kit/src/fixtures.ts";
import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { encode } from "../../adapters/engine/encode.ts";
import { lookupFor } from "../../adapters/engine/lookup.ts";
import { interpret } from "../../adapters/engine/outcome.ts";
import { hubspot } from "../../adapters/hubspot.ts";
import { createHubspotSandbox } from "../../sandbox/hubspot.ts";
import type { Json } from "../../schemas/json.ts";
import { hubspotCompany } from "../../schemas/hubspot.ts";
import { hubspotCreated } from "../../schemas/documents/hubspot.ts";
import { hubspotFixtures } from "../fixtures/hubspot.ts";
import reply201 from "../fixtures/hubspot/reply-201.json" with { type: "json" };
import { testSandbox } from "../sandbox/test-sandbox.ts";

testAdapter(hubspot, hubspotFixtures);
testSandbox({ adapter: hubspot, ...hubspotFixtures }, createHubspotSandbox);

const sample = { adapter: hubspot, ...hubspotFixtures };
const plan = planOf(sample, { mapping: { tax_id: "tax_number" } });
const encoded = encode(plan, { name: "Acme", external_ref: "crm-1", tax_id: "DE1", phone: "1" }, "strict");

test.each([
  ["a company", hubspotCompany, reply201],
  ["the newer form of it", hubspotCreated, { createdResourceId: "512", location: "/x", entity: reply201 }],
])("the schema declares every member of the documented example of %s", (_, schema, example) => {
  expect(schema.parse(example)).toEqual(example);
});

describe("the tenant's properties", () => {
  test("get the reference and the mapped fields", () => {
    expect(encoded.body).toEqual({
      properties: { name: "Acme", crm_reference: "crm-1", phone: "1", tax_number: "DE1" },
    });
  });

  test.each(["", "Reference", "1st", "a-b", "a/b", undefined])("cannot have the name %o", (external_ref_property) => {
    expect(() => planOf(sample, { external_ref_property })).toThrow();
    const mapping = { tax_id: external_ref_property ?? "__proto__" };
    expect(faultsOf(sample, { mapping })).toMatchObject([{ path: "mapping.tax_id" }]);
  });

  test("cannot replace a property of the table", () => {
    for (const name of ["phone", "domain"]) expect(() => planOf(sample, { external_ref_property: name })).toThrow();
    for (const slot of ["phone", "crm_reference"])
      expect(faultsOf(sample, { mapping: { tax_id: slot } })).toMatchObject([{ path: "mapping.tax_id" }]);
  });
});

test("a lookup encodes the reference in the path, and asks for the tenant's property", () => {
  const requestFor = (value: string) => lookupFor(plan, encoded)?.request(value, plan.connection);
  expect(requestFor("a/b?c#d")).toEqual({
    method: "GET",
    path: "/crm/v3/objects/companies/a%2Fb%3Fc%23d",
    query: { idProperty: "crm_reference", properties: "name,crm_reference" },
  });
  expect(requestFor("\uD800")?.path).toBe("/crm/v3/objects/companies/%EF%BF%BD");
});

test("a search with more companies than it shows is not complete", () => {
  const search = lookupFor(plan, encoded, "name");
  const company = { id: "1", properties: { name: "Acme" } };
  const isComplete = (body: Json) => search?.read(body, "Acme")?.isComplete;
  expect(isComplete({ total: 1, results: [company] })).toBe(true);
  expect(isComplete({ total: 2, results: [company] })).toBe(false);
  expect(isComplete({ total: 1, results: [company], paging: { next: { after: "1" } } })).toBe(false);
});

describe("a rejection", () => {
  const error = { status: "error", correlationId: "c", category: "VALIDATION_ERROR" };
  const rejected = (status: number, body: Json) => {
    const outcome = interpret(plan, encoded, { status, body: JSON.stringify(body), retryAfterSeconds: undefined });
    if (outcome.kind !== "rejected") throw new Error(`The outcome is ${outcome.kind}`);
    return outcome;
  };
  const taken = (property: string) =>
    `Cannot set PropertyValueCoordinates{portalId=1, objectTypeId=0-2, propertyName=${property}, value=x} on 513. 512 already has that value.`;
  const inContext = (property: string) => [
    { message: "512 already has that value.", code: "CONFLICTING_UNIQUE_VALUE", context: { propertyName: [property] } },
  ];

  test.each<[string, Json]>([
    ["the text", { ...error, message: taken("crm_reference") }],
    ["the context", { ...error, message: "Invalid input", errors: inContext("crm_reference") }],
  ])("of a taken reference is a duplicate, by %s", (_, body) => {
    for (const status of [400, 409])
      expect(rejected(status, body)).toMatchObject({
        reason: "duplicate",
        duplicateOf: "external_ref",
        errors: [{ pointer: "/external_ref" }],
      });
  });

  test("of another unique property points at its field, and is no duplicate of the account", () => {
    for (const body of [
      { ...error, message: taken("tax_number") },
      { ...error, message: "Invalid input", errors: inContext("tax_number") },
    ])
      expect(rejected(400, body)).toMatchObject({ reason: "invalid", errors: [{ pointer: "/tax_id" }] });
  });

  test("that may mean a duplicate is looked up", () => {
    for (const body of [
      { ...error, category: "CONFLICT", message: "Wrong state" },
      // The message names no property, so the duplicate value may be in another unique property of the tenant.
      { ...error, message: "512 already has that value." },
    ])
      expect(rejected(400, body)).toMatchObject({ reason: "invalid", mayBeOurs: true });
    expect(rejected(400, { ...error, message: "Too long" })).toMatchObject({ mayBeOurs: false });
  });

  test("can have the errors of several properties as JSON in its message", () => {
    const faults = [
      { isValid: false, message: "Enter a number", error: "INVALID_NUMBER", name: "phone" },
      { isValid: false, message: 'Property "x" does not exist', error: "PROPERTY_DOESNT_EXIST", name: "x" },
    ];
    const message = `Property values were not valid: ${JSON.stringify(faults)}`;
    expect(rejected(400, { ...error, message }).errors).toEqual([
      { pointer: "/phone", detail: "Enter a number" },
      { pointer: "", detail: 'Property "x" does not exist' },
    ]);
    const cut = message.slice(0, -9);
    expect(rejected(400, { ...error, message: cut }).errors).toMatchObject([{ detail: cut }]);
  });

  test.each<[Json, string, string]>([
    [{ status: "error", message: "x", errors: [{ message: "Too short", in: "name" }] }, "/name", "Too short"],
    [{ status: "error", message: "x", errors: [] }, "", "x"],
    [{ status: "error", category: "EXPIRED" }, "", "EXPIRED"],
    [{ status: "error" }, "", "error"],
    [{ status: "error", message: "Too long", errors: "x" }, "", "x"],
  ])("in another format is read too: %j", (body, pointer, detail) => {
    expect(rejected(400, body).errors).toEqual([{ pointer, detail }]);
  });
});
