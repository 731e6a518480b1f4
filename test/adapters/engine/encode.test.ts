/** Parts of a request that no table says: settings in the path and in pointers, slots of any name, the idempotency header. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../../../adapters/engine/encode.ts";
import { faultsOf, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { toPath } from "../../../schemas/json-pointer.ts";
import { named, shaped, written } from "../../support/variants.ts";

describe("a setting in the path or in a destination", () => {
  test.each([
    ["acme", "/tenants/acme/accounts"],
    ["a/b c?d#e%f", "/tenants/a%2Fb%20c%3Fd%23e%25f/accounts"],
    ["{tenant}", "/tenants/%7Btenant%7D/accounts"],
    ["$& $1", "/tenants/%24%26%20%241/accounts"],
    ["\uD800", "/tenants/%EF%BF%BD/accounts"],
  ])("%j is escaped in the path", (tenant, path) => {
    const { pathname } = new URL(planOf(written, { tenant }).url);
    expect(pathname).toBe(path);
  });

  test("any text names one member of the body", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("a/b", "~0", "~1", "__proto__", "{property}")), (property) => {
        fc.pre(property !== "name");
        const plan = planOf(named, { property });
        const { body } = encode(plan, { name: "Acme", external_ref: "r-1" }, "strict");
        const properties = Object.entries(body["properties"] ?? {});
        expect(properties).toEqual(
          [
            ["name", "Acme"],
            [property, "r-1"],
          ].toSorted(([one = ""], [other = ""]) => Number(/^\d+$/.test(other)) - Number(/^\d+$/.test(one))),
        );
        expect(toPath(plan.byField.get("/external_ref")?.to ?? "")).toEqual(["properties", property]);
      }),
    );
  });
});

test("a setting or a slot with the name of another member is a fault", () => {
  expect(faultsOf(named, { property: "name" })).toEqual([
    { path: "vendor", detail: "`/name` and `/external_ref` both go to `/properties/name`" },
  ]);
  expect(faultsOf(named, { property: "tenant_x", mapping: { "custom.a": "tenant_x" } })).toEqual([
    { path: "mapping.custom.a", detail: "`/external_ref` and `/custom/a` both go to `/properties/tenant_x`" },
  ]);
});

describe("a slot that the customer names", () => {
  test("takes a mapped field and a custom field", () => {
    const plan = planOf(named, { mapping: { legal_name: "tenant_legal", "custom.tier": "tenant_tier" } });
    const account = { name: "Acme", legal_name: "Acme Ltd", custom: { tier: "gold" } };
    const { body, fields } = encode(plan, account, "strict");
    expect(body).toEqual({
      labels: ["customer"],
      properties: { name: "Acme", tenant_legal: "Acme Ltd", tenant_tier: "gold" },
    });
    expect(fields.find(({ field }) => field === "/custom/tier")).toMatchObject({
      disposition: "mapped",
      to: "/properties/tenant_tier",
    });
  });

  test.each([
    ["a name that the adapter refuses", { "custom.a": "other" }, /no slot `other`/],
    ["`__proto__`", { "custom.a": "__proto__" }, /no slot `__proto__`/],
    ["a slot twice", { "custom.a": "tenant_x", "custom.b": "tenant_x" }, /already uses the slot `tenant_x`/],
    ["a slot of another kind", { active: "tenant_x" }, /does not support this field/],
  ])("%s is a fault", (_, mapping, detail) => {
    expect(faultsOf(named, { mapping })).toMatchObject([{ detail: expect.stringMatching(detail) }]);
  });

  test("is no option in `vendor_options`", () => {
    const account = { name: "Acme", vendor_options: { named: { tenant_x: "x" } } };
    expect(encode(planOf(named), account, "strict").faults).toMatchObject([
      { pointer: "/vendor_options/named/tenant_x", detail: expect.stringMatching(/no such option/) },
    ]);
  });
});

test("a constant that is not a scalar is in the body and in the field report, and its caller cannot change it", () => {
  const { body, fields } = encode(planOf(named), { name: "Acme" }, "strict");
  expect(body["labels"]).toEqual(["customer"]);
  expect(fields.at(-1)).toMatchObject({ disposition: "constant", field: null, to: "/labels", value: ["customer"] });
});

test("the operation's id is the vendor's idempotency key, also if the connection does not stamp accounts", () => {
  const account = { name: "Acme" };
  const stamps = [planOf(written), planOf(written, { stamp: false })].map((plan) =>
    encode(plan, account, "strict", "stamp-1"),
  );
  expect(stamps.map(({ headers }) => headers)).toEqual([{ "Vendor-Key": "stamp-1" }, { "Vendor-Key": "stamp-1" }]);
  expect(encode(planOf(written), account, "strict")).not.toHaveProperty("headers");
  expect(encode(planOf(shaped), account, "strict", "stamp-1")).not.toHaveProperty("headers");
});

test("the field report has the table's pointers, and the body the wire's shape", () => {
  const { body, fields } = encode(planOf(shaped), { name: "Ada Lovelace", code: "A1" }, "strict");
  expect(body).toEqual({ emails: [{ kind: "work" }], first_name: "Ada", last_name: "Lovelace", key: "A1" });
  expect(fields.map(({ to }) => to)).toEqual(["/name", "/parts/code", "/emails/0/kind"]);
});
