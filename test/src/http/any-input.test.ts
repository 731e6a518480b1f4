import fc from "fast-check";
import { expect, test } from "vitest";
import { openGateway, useVendors, vendorTraffic } from "../../support/gateway.ts";

useVendors();

const json = fc.json({ maxDepth: 6, stringUnit: "binary" });
const almostJson = fc.tuple(json, fc.nat(), fc.string({ unit: "binary", maxLength: 3 })).map(([text, at, inserted]) => {
  const place = at % (text.length + 1);
  return text.slice(0, place) + inserted + text.slice(place);
});
const account = fc
  .dictionary(
    fc.constantFrom(
      "name",
      "code",
      "email",
      "active",
      "type",
      "custom",
      "vendor_options",
      "parent_id",
      "industry",
      "__proto__",
      "toString",
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("customer", "info@acme.example", { clarus: { integer1: 1 } }, { tier: null }),
    ),
  )
  .map((members) => JSON.stringify({ ...members, name: members["name"] ?? "Acme" }));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.oneof(json, almostJson, account).map((text) => Uint8Array.from(new TextEncoder().encode(text))),
);

test("every body gets 200, 400 or 422", async () => {
  const gateway = openGateway();
  const property = fc.asyncProperty(bytes, async (body) => {
    const { status } = await gateway.preview(undefined, body);
    expect([200, 400, 422]).toContain(status);
  });
  await fc.assert(property, { numRuns: 300 });
  expect(vendorTraffic()).toEqual([]);
});

const headerValue = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 40 })
  .filter((value) => !value.includes("\x7f"));
const headers = fc.dictionary(
  fc.constantFrom(
    "Prefer",
    "Idempotency-Key",
    "traceparent",
    "Content-Type",
    "Gateway-Connection",
    "Authorization",
    "Origin",
    "Accept",
  ),
  fc.oneof(
    headerValue,
    fc.constantFrom(
      "handling=",
      'handling="lenient',
      '"a',
      "Bearer ",
      "Bearer demo-key",
      "application/json",
      "demo-garmat",
    ),
  ),
  { noNullPrototype: true },
);

test("every header gets a success or an error of the caller, except for the missing ledger", async () => {
  const gateway = openGateway();
  const property = fc.asyncProperty(headers, async (own) => {
    // There is no ledger, so a create with an Idempotency-Key gets 503.
    const { status } = await gateway.create(undefined, { name: "Acme" }, { headers: own });
    expect([201, 400, 401, 404, 415, 422, 503]).toContain(status);
  });
  await fc.assert(property, { numRuns: 300 });
});
