/** The examples in the vendors' documentation: the gateway sends the same requests, and reads the replies. */
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { nothingReported, planOf } from "../../packages/adapter-kit/src/fixtures.ts";
import { onTheWire } from "../../packages/adapter-kit/src/json.ts";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import { encode } from "../../adapters/engine/encode.ts";
import { interpret } from "../../adapters/engine/outcome.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { account as accountSchema } from "../../schemas/documents/account.ts";
import { clarusReply } from "../../schemas/documents/clarus.ts";
import { elasticPathReply } from "../../schemas/documents/elastic-path.ts";
import { garmatAccount } from "../../schemas/garmat.ts";
import { garmatError } from "../../schemas/documents/garmat.ts";
import type { Json } from "../../schemas/json.ts";
import clarusFullReply from "../fixtures/clarus/full-reply.json" with { type: "json" };
import clarusFullRequest from "../fixtures/clarus/full-request.json" with { type: "json" };
import elasticPathReply201 from "../fixtures/elastic-path/reply-201.json" with { type: "json" };
import elasticPathRequest from "../fixtures/elastic-path/request.json" with { type: "json" };
import garmatReply200 from "../fixtures/garmat/reply-200.json" with { type: "json" };
import garmatReply400 from "../fixtures/garmat/reply-400.json" with { type: "json" };
import garmatReply401 from "../fixtures/garmat/reply-401.json" with { type: "json" };
import { clarusFull } from "../fixtures/clarus.ts";
import { elasticPathFull as elasticPath } from "../fixtures/elastic-path.ts";
import { garmatFull as garmat } from "../fixtures/garmat.ts";
import { sampleOf } from "../support/samples.ts";

function send(vendor: string, body: Json, members = {}) {
  const plan = planOf(sampleOf(vendor), members);
  const encoded = encode(plan, accountRequestSchema(allAdapters).parse(body), "strict");
  expect(encoded.faults).toEqual([]);
  const answer = (status: number, reply: Json) =>
    interpret(plan, encoded, { status, body: JSON.stringify(reply), retryAfterSeconds: undefined });
  return { encoded, answer };
}

/** Throws unless the outcome is `created`. */
function createdOf(outcome: ReturnType<typeof interpret>) {
  if (outcome.kind !== "created") throw new Error(`Not created: ${JSON.stringify(outcome)}`);
  z.omit(accountSchema, { operation: true }).parse(outcome.account);
  return outcome;
}

const nothing = { ...nothingReported, connection: "test" };

describe("the request equals the vendor's example", () => {
  test("Clarus, with a mapping that fills the slots", () => {
    const mapping = {
      legal_name: "string1",
      registration_id: "external_system_reference2",
      "custom.third": "external_system_reference3",
      "custom.s2": "string2",
      "custom.i1": "integer1",
      "custom.d1": "datetime1",
      "custom.b1": "boolean1",
    };
    const {
      string1: _1,
      external_system_reference2: _2,
      external_system_reference3: _3,
      ...others
    } = clarusFull.vendor_options.clarus;
    const {
      string2: _4,
      integer1: _5,
      datetime1: _6,
      boolean1: _7,
      ...options
    } = Object.fromEntries(Object.entries(others));
    const body = {
      ...clarusFull,
      legal_name: "<string>",
      registration_id: "<string>",
      custom: { third: "<string>", s2: "<string>", i1: 123, d1: "2023-11-07T05:31:56Z", b1: true },
      vendor_options: { clarus: options },
    };
    expect(onTheWire(send("clarus", body, { mapping }).encoded.body)).toEqual(clarusFullRequest);
  });

  test("Elastic Path, with nulls for all optional fields", () => {
    const { name, ...optional } = elasticPath;
    const nulls = Object.fromEntries(Object.keys(optional).map((field) => [field, null]));
    const { encoded } = send("elastic_path", { name, ...nulls });
    expect(onTheWire(encoded.body)).toEqual({ data: { ...elasticPathRequest.data, ...nulls } });
  });
});

describe("the schema declares every member of the example reply", () => {
  test.each<[string, z.ZodMiniType, Json]>([
    ["Clarus", clarusReply, clarusFullReply],
    ["Elastic Path", elasticPathReply, elasticPathReply201],
    ["Garmat, 200", garmatAccount, garmatReply200],
    ["Garmat, 400", garmatError, garmatReply400],
    ["Garmat, 401", garmatError, garmatReply401],
  ])("%s", (_, schema, example) => {
    expect(schema.parse(example)).toEqual(example);
  });
});

describe("the reply becomes an account", () => {
  test("Elastic Path, with `meta` and `links` next to `data`, as its older documentation shows", () => {
    const { meta, links, ...data } = elasticPathReply201.data;
    const { account } = createdOf(send("elastic_path", elasticPath).answer(201, { data, meta, links }));
    expect(account).toMatchObject({ created_at: "2021-02-23T09:40:33.882Z", vendor_fields: { links } });
  });

  test("Garmat, which reports a status other than the sent one", () => {
    // The documented reply does not belong to the documented request: the names differ.
    const { answer } = send("garmat", { ...garmat, name: garmatReply200.name });
    const { account, fields } = createdOf(answer(200, garmatReply200));
    expect(account).toMatchObject({
      ...nothing,
      id: "f260f115-f2e6-4dde-bcab-98b10fdb8cf6",
      vendor: "garmat",
      name: "Test Account",
      type: "customer",
      active: true,
      vendor_fields: { users: 5, booths: 2, facilities: 2 },
      warnings: [{ code: "changed_by_vendor", field: "/active", sent: false, received: true }],
    });
    expect(Object.fromEntries(fields.map(({ field, confirmed }) => [field, confirmed]))).toEqual({
      "/name": true,
      "/active": false,
      "/type": true,
      // The reply to a create does not have these fields.
      "/customer_type": null,
      "/industry": null,
    });
  });

  test("a reply with another account's name is an unreadable success", () => {
    const outcome = send("garmat", garmat).answer(200, garmatReply200);
    expect(outcome).toMatchObject({ kind: "unknown", reason: "unreadable_success" });
  });

  test("members without a canonical field are kept in vendor_fields, with pointers as names if names collide", () => {
    const reply = {
      data: { id: 1, type: "accounts", attributes: { ...clarusFullReply.data.attributes, note: "a" }, note: "b" },
      note: { "": "c", deep: { er: [1] } },
      "data/note": "d",
    };
    const { account } = createdOf(send("clarus", clarusFull).answer(201, reply));
    expect(onTheWire(account.vendor_fields)).toEqual({
      ...clarusFull.vendor_options.clarus,
      note: "a",
      "/data/note": "b",
      "/note/": "c",
      "/note/deep/er": [1],
      "data/note": "d",
    });
  });

  test("an unreadable value is null, stays in vendor_fields unchanged, and has one warning", () => {
    const attributes = {
      ...clarusFullReply.data.attributes,
      is_active: "yes",
      external_system_reference1: 7,
      string1: 5,
    };
    const { account, fields } = createdOf(send("clarus", clarusFull).answer(201, { data: { id: 1, attributes } }));
    expect(account).toMatchObject({
      active: null,
      external_ref: null,
      vendor_fields: { is_active: "yes", external_system_reference1: 7, string1: 5 },
    });
    expect(
      account.warnings.map((warning) => [warning.code, warning.field, "received" in warning && warning.received]),
    ).toEqual([
      ["unreadable", "/external_ref", 7],
      ["unreadable", "/active", "yes"],
      ["changed_by_vendor", "/vendor_options/clarus/string1", 5],
    ]);
    const unconfirmed = fields.filter(({ confirmed }) => confirmed === false).map(({ to }) => String(to));
    expect(unconfirmed.toSorted()).toEqual([
      "/data/attributes/external_system_reference1",
      "/data/attributes/is_active",
      "/data/attributes/string1",
    ]);
  });

  test("an unreadable time is null with a warning, without a fallback to the next pointer", () => {
    const reply = { data: { ...elasticPathReply201.data, meta: { timestamps: { created_at: "yesterday" } } } };
    const { account } = createdOf(send("elastic_path", elasticPath).answer(201, reply));
    expect(account).toMatchObject({
      created_at: null,
      updated_at: null,
      vendor_fields: { meta: { timestamps: { created_at: "yesterday" } } },
      warnings: [{ code: "unreadable", field: "/created_at", received: "yesterday" }],
    });
  });

  test("a null in the reply has a warning if a value was sent, and none if null was sent", () => {
    const reply = { data: { ...elasticPathReply201.data, legal_name: null } };
    const { account } = createdOf(send("elastic_path", elasticPath).answer(201, reply));
    expect(account).toMatchObject({
      legal_name: null,
      warnings: [{ code: "changed_by_vendor", field: "/legal_name", sent: "acc-legal-name", received: null }],
    });
    const { answer } = send("elastic_path", { ...elasticPath, legal_name: null });
    expect(createdOf(answer(201, reply)).account.warnings).toEqual([]);
    expect(createdOf(answer(201, elasticPathReply201)).account.warnings).toMatchObject([
      { code: "changed_by_vendor", field: "/legal_name", sent: null, received: "acc-legal-name" },
    ]);
  });

  test("Garmat's 400 and 401", () => {
    const { answer } = send("garmat", garmat);
    const rejected = { kind: "rejected", vendorErrors: [{ detail: "Error Reason" }] };
    expect(answer(400, garmatReply400)).toMatchObject({
      ...rejected,
      status: 400,
      reason: "invalid",
      errors: [{ pointer: "", detail: "Error Reason" }],
    });
    expect(answer(401, garmatReply401)).toMatchObject({ ...rejected, status: 401, reason: "unauthorized" });
  });
});
