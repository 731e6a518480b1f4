/** Faults in a connection's mapping, defaults and fallback, and the values that they give to fields. */
import { describe, expect, test } from "vitest";
import { faultsOf, type Members, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import type { AccountRequest } from "../../../schemas/account.ts";
import { madeUpVendor } from "../../support/made-up-vendor.ts";
import { sampleOf } from "../../support/samples.ts";

const clarus = sampleOf("clarus");
const elasticPath = sampleOf("elastic_path");
const garmat = sampleOf("garmat");
const vendorOf = (vendor: string) => (vendor === madeUpVendor.adapter.vendor ? madeUpVendor : sampleOf(vendor));

describe("a fault names the member and the reason", () => {
  test.each<[vendor: string, Members, string, RegExp]>([
    [
      "clarus",
      { mapping: { legal_name: "integer1" } },
      "mapping.legal_name",
      /`integer1` holds an integer.*is a string/,
    ],
    ["clarus", { mapping: { legal_name: "boolean1" } }, "mapping.legal_name", /holds a boolean/],
    ["clarus", { mapping: { industry: "datetime2" } }, "mapping.industry", /holds a date-time/],
    ["clarus", { mapping: { legal_name: "string6" } }, "mapping.legal_name", /no slot `string6`; it has .*string5/],
    ["clarus", { mapping: { legal_name: "code" } }, "mapping.legal_name", /no slot `code`/],
    ["clarus", { mapping: { legal_name: "__proto__" } }, "mapping.legal_name", /no slot/],
    ["clarus", { mapping: { legal_name: "toString" } }, "mapping.legal_name", /no slot/],
    ["clarus", { mapping: { name: "string1" } }, "mapping.name", /has its own field/],
    ["clarus", { mapping: { type: "string1" } }, "mapping.type", /does not support this field/],
    ["clarus", { mapping: { parent_id: "string1" } }, "mapping.parent_id", /does not support this field/],
    ["clarus", { mapping: { tier: "string1" } }, "mapping.tier", /a canonical field or `custom\.<key>`/],
    ["clarus", { mapping: { custom: "string1" } }, "mapping.custom", /a canonical field or/],
    ["clarus", { mapping: { "custom.": "string1" } }, "mapping.custom.", /a canonical field or/],
    ["clarus", { mapping: { "custom.1st": "string1" } }, "mapping.custom.1st", /a canonical field or/],
    ["clarus", { mapping: { "custom.a/b": "string1" } }, "mapping.custom.a/b", /a canonical field or/],
    [
      "elastic_path",
      { mapping: { "custom.tier": "string1" } },
      "mapping.custom.tier",
      /Elastic Path has no slot `string1`$/,
    ],
    ["garmat", { mapping: { legal_name: "status" } }, "mapping.legal_name", /does not support this field/],
    ["clarus", { defaults: { name: "Acme" } }, "defaults.name", /never be used/],
    ["clarus", { defaults: { parent_id: "1" } }, "defaults.parent_id", /does not send this field to Clarus/],
    ["clarus", { defaults: { legal_name: "Acme" } }, "defaults.legal_name", /does not send this field/],
    ["clarus", { defaults: { "custom.tier": "gold" } }, "defaults.custom.tier", /does not send this field/],
    ["clarus", { defaults: { type: "distributor" } }, "defaults.type", /does not send this field/],
    ["elastic_path", { defaults: { active: false } }, "defaults.active", /does not send this field/],
    ["clarus", { defaults: { tier: "gold" } }, "defaults.tier", /a canonical field or/],
    ["clarus", { defaults: { active: "yes" } }, "defaults.active", /boolean/],
    ["clarus", { defaults: { email: "nobody" } }, "defaults.email", /e-mail/],
    ["clarus", { defaults: { code: "SHOP" } }, "defaults.code", /same `code`/],
    ["elastic_path", { defaults: { external_ref: "shop" } }, "defaults.external_ref", /same `external_ref`/],
    ["elastic_path", { defaults: { registration_id: "R" } }, "defaults.registration_id", /same `registration_id`/],
    ["elastic_path", { fallback: { external_ref: ["name"] } }, "fallback.external_ref", /same `name`/],
    ["elastic_path", { fallback: { registration_id: ["external_ref", "name"] } }, "fallback.registration_id", /`name`/],
    ["elastic_path", { fallback: { external_ref: ["legal_name"] } }, "fallback.external_ref", /same `legal_name`/],
    ["clarus", { defaults: { email: "x".repeat(255) } }, "defaults.email", /e-mail/],
    ["garmat", { defaults: { type: "garmat" } }, "defaults.type", /customer/],
    ["garmat", { defaults: { industry: "farming" } }, "defaults.industry", /automotive/],
    ["elastic_path", { defaults: { parent_id: "1" } }, "defaults.parent_id", /UUID/],
    ["made_up", { defaults: { type: "distributor" } }, "defaults.type", /one of customer/],
    ["clarus", { mapping: { "custom.n": "integer1" }, defaults: { "custom.n": "1" } }, "defaults.custom.n", /integer/],
    [
      "clarus",
      { mapping: { "custom.d": "datetime1" }, defaults: { "custom.d": "2024-01-01" } },
      "defaults.custom.d",
      /date-time/,
    ],
    ["clarus", { fallback: { code: ["code"] } }, "fallback.code", /cannot fill itself/],
    ["clarus", { fallback: { code: ["external_ref", "code"] } }, "fallback.code", /cannot fill itself/],
    [
      "clarus",
      { fallback: { code: ["registration_id"] } },
      "fallback.code",
      /does not send `registration_id`, so .*; map `registration_id` too/,
    ],
    ["clarus", { fallback: { name: ["code"] } }, "fallback.name", /only text fields/],
    ["clarus", { fallback: { active: ["name"] } }, "fallback.active", /only text fields/],
    ["clarus", { fallback: { "custom.tier": ["name"] } }, "fallback.custom.tier", /only text fields/],
    ["clarus", { fallback: { legal_name: ["name"] } }, "fallback.legal_name", /does not send this field/],
    ["elastic_path", { fallback: { code: ["name"] } }, "fallback.code", /does not send this field/],
  ])("%s, %o: %s", (vendor, members, path, detail) => {
    const faults = faultsOf(vendorOf(vendor), members);
    expect(faults).toEqual([{ path, detail: expect.stringMatching(detail) }]);
  });

  test("a slot used twice is a fault that names both fields", () => {
    const mapping = {
      legal_name: "string1",
      "custom.tier": "string1",
      registration_id: "string2",
      industry: "string2",
    };
    expect(faultsOf(clarus, { mapping })).toEqual([
      { path: "mapping.custom.tier", detail: "The mapping of `legal_name` already uses the slot `string1`" },
      { path: "mapping.industry", detail: "The mapping of `registration_id` already uses the slot `string2`" },
    ]);
  });

  test("all faults are reported at once", () => {
    const faults = faultsOf(clarus, {
      mapping: { legal_name: "integer1", name: "string1" },
      defaults: { email: "nobody", tier: 1 },
      fallback: { code: ["code"] },
    });
    expect(faults.map(({ path }) => path).toSorted()).toEqual([
      "defaults.email",
      "defaults.tier",
      "fallback.code",
      "mapping.legal_name",
      "mapping.name",
    ]);
  });
});

describe("a field that the request leaves out", () => {
  const fallback = { code: ["external_ref", "registration_id", "name"] };
  const fill = (body: Parameters<typeof encode>[1], members: Members) => {
    const mapping = { registration_id: "string1" };
    const { fields, faults } = encode(planOf(clarus, { mapping, ...members }), body, "lenient");
    return { entry: fields.find(({ to }) => to === "/data/attributes/code"), faults };
  };

  test.each([
    [{ name: "Acme", code: "A-1", external_ref: "ref" }, "A-1", "sent"],
    [{ name: "Acme", external_ref: "ref", registration_id: "reg" }, "ref", "defaulted"],
    [{ name: "Acme", external_ref: null, registration_id: "reg" }, "reg", "defaulted"],
    [{ name: "Acme", code: null, external_ref: " ", registration_id: "reg" }, "reg", "defaulted"],
    [{ name: "Acme", code: null, external_ref: "\u200B", registration_id: "reg" }, "reg", "defaulted"],
    [{ name: "Acme" }, "ACME-37036cd8f9746d33", "defaulted"],
  ])("%o gets the code %s", (body, value, disposition) => {
    expect(fill(body, { fallback }).entry).toMatchObject({ value, disposition });
  });

  test("gets its fallback, then its default, and is missing without either", () => {
    const members = {
      mapping: { legal_name: "string1" },
      fallback: { legal_name: ["email"] },
      defaults: { legal_name: "DEFAULT" },
    };
    const legalName = (body: Parameters<typeof encode>[1]) =>
      encode(planOf(clarus, members), { code: "A-1", ...body }, "strict").fields.find(
        ({ to }) => to === "/data/attributes/string1",
      );
    expect(legalName({ name: "Acme", email: "a@acme.example" })).toMatchObject({ value: "a@acme.example" });
    expect(legalName({ name: "Acme" })).toMatchObject({ value: "DEFAULT", field: null });
    expect(fill({ name: "Acme" }, {}).faults).toMatchObject([{ code: "missing_field", pointer: "/code" }]);
  });

  test("a fallback value that does not fit is a fault of the field that it comes from", () => {
    const { faults } = fill({ name: "Acme", external_ref: "x".repeat(256) }, { fallback });
    expect(faults).toMatchObject([{ code: "invalid_account", pointer: "/external_ref" }]);
  });

  test("the connection's default replaces the adapter's default", () => {
    const typeSent = (members: Members) => encode(planOf(garmat, members), { name: "Acme" }, "strict").body["type"];
    expect(typeSent({})).toBe("customer");
    expect(typeSent({ defaults: { type: "distributor" } })).toBe("distributor");
  });

  test("a default is translated into the vendor's value", () => {
    expect(encode(planOf(garmat, { defaults: { active: false } }), { name: "Acme" }, "strict").body["status"]).toBe(
      "deactivated",
    );
  });

  test("a default equal to the implied value is accepted, and is not sent", () => {
    const { body, faults } = encode(planOf(elasticPath, { defaults: { active: true } }), { name: "Acme" }, "strict");
    expect(faults).toEqual([]);
    expect(JSON.stringify(body)).toBe('{"data":{"type":"account","name":"Acme"}}');
  });

  test("null is sent if the vendor accepts it, unless a fallback gives a value", () => {
    const sent = (members: Members) =>
      JSON.stringify(encode(planOf(elasticPath, members), { name: "Acme", legal_name: null }, "strict").body);
    expect(sent({})).toBe('{"data":{"type":"account","name":"Acme","legal_name":null}}');
    expect(sent({ fallback: { legal_name: ["name"] } })).toBe(
      '{"data":{"type":"account","name":"Acme","legal_name":"Acme"}}',
    );
  });
});

describe("a slot that the mapping uses", () => {
  const plan = planOf(clarus, { mapping: { legal_name: "string1" } });
  const body = { name: "Acme", code: "A", vendor_options: { clarus: { string1: "x", string2: "y" } } };

  test("cannot be set by vendor_options; the fault names the field that uses it", () => {
    expect(encode(plan, body, "strict").faults).toEqual([
      {
        code: "unsupported_field",
        pointer: "/vendor_options/clarus/string1",
        detail: expect.stringContaining("The connection maps `/legal_name` to this slot"),
      },
    ]);
  });

  test("is not overwritten by vendor_options in lenient handling", () => {
    const lenient = encode(plan, { ...body, legal_name: "Acme Ltd" }, "lenient");
    expect(lenient.body).toMatchObject({ data: { attributes: { string1: "Acme Ltd", string2: "y" } } });
    expect(lenient.warnings).toMatchObject([{ code: "dropped", field: "/vendor_options/clarus/string1", value: "x" }]);
  });
});

describe("the detail of an unsupported field says how to fix it", () => {
  test.each<[vendor: string, Partial<AccountRequest>, RegExp, RegExp]>([
    ["clarus", { legal_name: "x" }, /mapping = \{ "legal_name" = "/, /remove it/],
    ["clarus", { custom: { tier: "x" } }, /mapping = \{ "custom\.tier" = "/, /Prefer: handling=lenient/],
    ["clarus", { parent_id: "x" }, /Clarus does not support this field/, /remove it/],
    ["clarus", { type: "distributor" }, /Clarus supports only `customer`/, /Prefer: handling=lenient/],
    ["elastic_path", { active: false }, /Elastic Path supports only `true`/, /remove it/],
    ["elastic_path", { custom: { tier: "x" } }, /Elastic Path does not support this field/, /Prefer: handling=lenient/],
    ["garmat", { email: "info@acme.example" }, /Garmat does not support this field/, /Prefer: handling=lenient/],
  ])("%s, %o", (vendor, members, cause, remedy) => {
    const { faults } = encode(planOf(vendorOf(vendor)), { name: "Acme", code: null, ...members }, "strict");
    const fault = faults.find(({ code }) => code === "unsupported_field");
    expect(fault?.detail).toMatch(cause);
    expect(fault?.detail).toMatch(remedy);
  });

  test("it does not suggest a slot that another field uses", () => {
    const plan = planOf(clarus, { mapping: { "custom.a": "external_system_reference2" } });
    const [fault] = encode(plan, { name: "Acme", code: "A", legal_name: "x" }, "strict").faults;
    expect(fault?.detail).toContain('{ "legal_name" = "external_system_reference3" }');
  });

  test("it suggests only slots of the value's kind", () => {
    const detailOf = (value: number | boolean | string) =>
      encode(planOf(clarus), { name: "Acme", code: "A", custom: { tier: value } }, "strict").faults[0]?.detail;
    expect(detailOf(3)).toContain('{ "custom.tier" = "integer1" }');
    expect(detailOf(true)).toContain('{ "custom.tier" = "boolean1" }');
  });

  test("it suggests no slot if none is free", () => {
    const numbers = [1, 2, 3, 4, 5];
    const mapping = Object.fromEntries(numbers.map((number) => [`custom.n${number}`, `integer${number}`]));
    const [fault] = encode(
      planOf(clarus, { mapping }),
      { name: "Acme", code: "A", custom: { tier: 3 } },
      "strict",
    ).faults;
    expect(fault?.detail).toMatch(/^Clarus does not support this field; remove it/);
  });
});
