/** A vendor's errors become errors of the caller's fields. */
import { describe, expect, test } from "vitest";
import { type Members, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import type { VendorError } from "../../../adapters/engine/adapter.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { interpret } from "../../../adapters/engine/outcome.ts";
import type { AccountRequest } from "../../../schemas/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { sampleOf } from "../../support/samples.ts";

function rejected(
  vendor: string,
  account: AccountRequest,
  body: Json,
  { members = {}, status = 422 }: { members?: Members; status?: number } = {},
) {
  const plan = planOf(sampleOf(vendor), members);
  const encoded = encode(plan, account, "strict");
  expect(encoded.faults).toEqual([]);
  const outcome = interpret(plan, encoded, { status, body: JSON.stringify(body), retryAfterSeconds: 7 });
  if (outcome.kind !== "rejected") throw new Error(`The outcome is ${outcome.kind}`);
  return outcome;
}

const errors = (...list: Json[]): Json => ({ errors: list });
const acme = { name: "Acme", code: "A-1" };

describe("Clarus", () => {
  const pointers = (account: AccountRequest, body: Json, members: Members = {}) =>
    rejected("clarus", account, body, { members }).errors.map(({ pointer }) => pointer);
  const at = (pointer: string) => errors({ detail: "is not right", source: { pointer } });

  test.each([
    ["/data/attributes/code", "/code"],
    ["/data/attributes/external_system_reference1", "/external_ref"],
    ["/data/attributes/is_active", "/active"],
    ["/data/attributes/string1", "/legal_name"],
    ["/data/attributes/integer1", "/custom/score"],
    ["/data/attributes/string2", "/vendor_options/clarus/string2"],
    // Short forms of a pointer.
    ["/code", "/code"],
    ["code", "/code"],
    ["data.attributes.code", "/code"],
    ["/included/0/attributes/code", ""],
    ["/data/type", ""],
    ["/data", ""],
    ["", ""],
  ])("the vendor's %s becomes the caller's %s", (vendorPointer, pointer) => {
    const account = {
      ...acme,
      active: true,
      external_ref: "ref",
      legal_name: "Acme Ltd",
      custom: { score: 1 },
      vendor_options: { clarus: { string2: "x" } },
    };
    const members = { mapping: { legal_name: "string1", "custom.score": "integer1" } };
    expect(pointers(account, at(vendorPointer), members)).toEqual([pointer]);
  });

  test.each([
    [{ fallback: { code: ["external_ref", "name"] } }, { name: "Acme", external_ref: "ref" }, "/external_ref"],
    [{ fallback: { code: ["external_ref", "name"] } }, { name: "Acme" }, "/name"],
    [{ fallback: { code: ["external_ref", "name"] } }, acme, "/code"],
  ])("with %o, an error about the code of %o points at %s", (members, account, pointer) => {
    expect(pointers(account, at("/data/attributes/code"), members)).toEqual([pointer]);
    expect(pointers(account, errors({ detail: "code has already been taken" }), members)).toEqual([pointer]);
  });

  test("a duplicate with a pointer is a duplicate of that field", () => {
    const body = errors({
      status: "422",
      title: "Invalid",
      detail: "has already been taken",
      source: { pointer: "/data/attributes/code" },
    });
    expect(rejected("clarus", acme, body)).toMatchObject({
      reason: "duplicate",
      errors: [{ pointer: "/code", detail: "has already been taken" }],
    });
  });

  test("a duplicate without a pointer is a duplicate of the code, the only unique field", () => {
    expect(rejected("clarus", acme, errors({ title: "Account already exists" }), { status: 409 })).toMatchObject({
      reason: "duplicate",
      errors: [{ pointer: "/code", detail: "Account already exists" }],
    });
    const members = { fallback: { code: ["external_ref"] } };
    const filled = rejected("clarus", { name: "Acme", external_ref: "r" }, errors({ title: "Duplicate" }), { members });
    expect(filled.errors).toEqual([{ pointer: "/external_ref", detail: "Duplicate" }]);
  });

  test("other errors in the same reply keep their pointers", () => {
    const body = errors(
      { detail: "already exists" },
      { detail: "the moon is full" },
      { detail: "is no address", source: { pointer: "/data/attributes/email" } },
    );
    expect(rejected("clarus", { ...acme, email: "info@acme.example" }, body).errors).toEqual([
      { pointer: "/code", detail: "already exists" },
      { pointer: "", detail: "the moon is full" },
      { pointer: "/email", detail: "is no address" },
    ]);
  });

  test.each([
    [
      errors({ source: { pointer: "/data/attributes/code" } }),
      [{ pointer: "/code", detail: "The vendor gives no detail" }],
    ],
    [errors({ title: "Bad code", detail: null }), [{ pointer: "/code", detail: "Bad code" }]],
    [errors({ title: 1, detail: { x: 1 }, source: "code" }), [{ pointer: "", detail: "The vendor gives no detail" }]],
    [errors(null, "x", 3), ["The vendor gives no detail", "x", "3"].map((detail) => ({ pointer: "", detail }))],
    [{ errors: { code: ["is malformed"] } }, [{ pointer: "/code", detail: "is malformed" }]],
    [{ errors: "No" }, [{ pointer: "", detail: "No" }]],
    [{ error: { message: "No" } }, [{ pointer: "", detail: "No" }]],
    [{ message: "No" }, [{ pointer: "", detail: "No" }]],
    [{ success: false }, [{ pointer: "", detail: "The vendor gives no detail" }]],
  ])("%j is read as far as possible", (body, expected) => {
    expect(rejected("clarus", acme, body)).toMatchObject({ reason: "invalid", errors: expected });
  });
});

describe("Elastic Path, which names fields in prose", () => {
  const account = {
    name: "Acme",
    legal_name: "Acme Ltd",
    registration_id: "REG-1",
    external_ref: "ref",
    parent_id: "96b1f750-55d3-4768-a3f8-adffba694a2c",
  };
  const reject = (detail: string, of: AccountRequest = account) =>
    rejected("elastic_path", of, errors({ status: 400, title: "Bad Request", detail }), { status: 400 });

  test.each([
    ["Validation failed: field 'Name' on the 'min' tag.", "/name"],
    ["Validation failed: field 'LegalName' on the 'max' tag.", "/legal_name"],
    ["legal name is too long", "/legal_name"],
    ["registration_id must be at most 63 characters", "/registration_id"],
    ["The registration id is not valid", "/registration_id"],
    ["The `external_ref` is too long", "/external_ref"],
    ['field "parent_id" is not a UUID', "/parent_id"],
    ["parent account not found", "/parent_id"],
    // This text names two fields without quotation marks, so it is ambiguous.
    ["name and legal name are the same", ""],
    ["The request is malformed", ""],
    // Here `code`, `type` and `name` are not field names.
    ["Request failed with status code 400", ""],
    ["Unsupported content type", ""],
    ["Your user name is locked", ""],
    ["Missing name", "/name"],
    ["name: can't be blank", "/name"],
    ["", ""],
  ])("%o is about %o", (detail, pointer) => {
    expect(reject(detail)).toMatchObject({ reason: "invalid", errors: [{ pointer }] });
  });

  test.each([
    ["An account with this registration_id already exists", account, "/registration_id"],
    ["The account already exists", account, "/registration_id"],
    ["The account already exists", { name: "Acme" }, ""],
    ["external_ref must be unique", account, "/external_ref"],
    ["account with the given name already exists", { name: "Acme" }, ""],
  ])("%o is a duplicate", (detail, of, pointer) => {
    expect(reject(detail, of)).toMatchObject({ reason: "duplicate", errors: [{ pointer, detail }] });
  });
});

describe("Garmat, whose error is one sentence", () => {
  test.each([
    ["Error Reason", "invalid", ""],
    ["name can't be blank", "invalid", "/name"],
    ["Invalid customer type", "invalid", "/customer_type"],
    ["primary_industry is unknown", "invalid", "/industry"],
    ["status is not one of active, deactivated", "invalid", "/active"],
    ["name has already been taken", "duplicate", "/name"],
    ["account already exists", "duplicate", ""],
  ])("%o is %s at %o", (error, reason, pointer) => {
    const account = { name: "Acme", active: true, customer_type: "mso" as const, industry: "other" as const };
    expect(rejected("garmat", account, { error }, { status: 400 })).toMatchObject({
      reason,
      errors: [{ pointer, detail: error }],
    });
  });
});

test.each([
  [401, "unauthorized"],
  [403, "unauthorized"],
  [429, "rate_limited"],
])("%i is %s, even if its text resembles a duplicate", (status, reason) => {
  const outcome = rejected("clarus", acme, errors({ detail: "session already in use, code taken" }), { status });
  expect(outcome).toMatchObject({ reason, errors: [], status, retryAfterSeconds: 7 });
});

test.each<Json>([
  { errors: { code: ["has already been taken"] } },
  { errors: "Code has already been taken" },
  { errors: ["Code has already been taken"] },
  { error: "Code has already been taken" },
  { message: "code: already exists" },
])("%j is a duplicate", (body) => {
  expect(rejected("clarus", acme, body)).toMatchObject({ reason: "duplicate", errors: [{ pointer: "/code" }] });
});

test.each<Json>(["Something failed", { code: ["has already been taken"] }, ["no"], [{}], [null], { message: "no" }])(
  "a 200 reply with the errors %j does not count as created",
  (reported) => {
    const plan = planOf(sampleOf("clarus"), {});
    for (const member of ["errors", "error"]) {
      const body = JSON.stringify({ data: { id: 1, type: "accounts", attributes: acme }, [member]: reported });
      const outcome = interpret(plan, encode(plan, acme, "strict"), {
        status: 200,
        body,
        retryAfterSeconds: undefined,
      });
      expect(outcome).toMatchObject({ kind: "unknown", reason: "unreadable_success" });
    }
  },
);

describe("not a duplicate of an account", () => {
  const account = { name: "Acme", registration_id: "REG-1", parent_id: "96b1f750-55d3-4768-a3f8-adffba694a2c" };

  test.each([
    ["The header X-Tenant is duplicate", ""],
    ["Your IP is already registered on the blocklist", ""],
    ["parent_id is already used by another hierarchy", "/parent_id"],
  ])("%s", (detail, pointer) => {
    for (const status of [400, 409, 422]) {
      expect(rejected("elastic_path", account, errors({ detail }), { status })).toMatchObject({
        reason: "invalid",
        errors: [{ pointer }],
      });
    }
  });
});

test("the number of stored errors and their lengths are limited", () => {
  const list = Array.from({ length: 20_000 }, () => ({ detail: "x".repeat(5000) }));
  const { errors: kept, vendorErrors } = rejected("clarus", acme, errors(...list));
  expect([kept.length, vendorErrors.length, vendorErrors[0]?.detail?.length]).toEqual([100, 100, 1000]);
});

test("reading a vendor's errors stops at the limit", () => {
  let read = 0;
  function* readErrors(): Generator<VendorError> {
    for (;;) yield { detail: `Error ${(read += 1)}` };
  }
  const { adapter, ...plan } = planOf(sampleOf("clarus"));
  const reply = { status: 422, body: "{}", retryAfterSeconds: undefined };
  const outcome = interpret(
    { ...plan, adapter: { ...adapter, readErrors } },
    encode(planOf(sampleOf("clarus")), acme, "strict"),
    reply,
  );
  expect(outcome).toMatchObject({ kind: "rejected", vendorErrors: Array.from({ length: 100 }, () => ({})) });
  expect(read).toBe(100);
});

test.each([
  ["clarus", (fields: Json): Json => ({ errors: fields })],
  ["zendesk", (details: Json): Json => ({ error: "RecordInvalid", details })],
] as const)("%s: many errors of one field with a long name are read in a short time", (vendor, bodyOf) => {
  // A reply of the maximum size, 256 KiB. An implementation that built a pointer for each error took minutes.
  const texts = Array.from({ length: 40_000 }, () => (vendor === "zendesk" ? {} : 1));
  const account = vendor === "zendesk" ? { name: "Acme" } : acme;
  const { vendorErrors } = rejected(vendor, account, bodyOf({ ["~".repeat(100_000)]: texts }));
  expect(vendorErrors).toHaveLength(100);
  expect(vendorErrors.every(({ pointer }) => pointer === undefined)).toBe(true);
});
