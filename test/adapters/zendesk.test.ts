import { describe, expect, test } from "vitest";
import { planOf } from "../../packages/adapter-kit/src/fixtures.ts";
import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { encode } from "../../adapters/engine/encode.ts";
import { interpret } from "../../adapters/engine/outcome.ts";
import { zendesk } from "../../adapters/zendesk.ts";
import { createZendeskSandbox } from "../../sandbox/zendesk.ts";
import type { Json } from "../../schemas/json.ts";
import { zendeskError, zendeskList } from "../../schemas/zendesk.ts";
import { zendeskReply } from "../../schemas/documents/zendesk.ts";
import { zendeskFixtures } from "../fixtures/zendesk.ts";
import reply201 from "../fixtures/zendesk/reply-201.json" with { type: "json" };
import reply422 from "../fixtures/zendesk/reply-422.json" with { type: "json" };
import search200 from "../fixtures/zendesk/search-200.json" with { type: "json" };
import { testSandbox } from "../sandbox/test-sandbox.ts";

testAdapter(zendesk, zendeskFixtures);
testSandbox({ adapter: zendesk, ...zendeskFixtures }, createZendeskSandbox);

test.each([
  ["the reply to a create", zendeskReply, reply201],
  ["the reply to a search", zendeskList, search200],
  ["a rejection", zendeskError, reply422],
])("the schema declares every member of the documented example of %s", (_, schema, example) => {
  expect(schema.parse(example)).toEqual(example);
});

describe("a rejection", () => {
  const plan = planOf({ adapter: zendesk, ...zendeskFixtures });
  const encoded = encode(plan, { name: "Lorem Ipsum", external_ref: "crm-1" }, "strict");
  const rejected = (status: number, body: Json) => {
    const outcome = interpret(plan, encoded, { status, body: JSON.stringify(body), retryAfterSeconds: undefined });
    if (outcome.kind !== "rejected") throw new Error(`The outcome is ${outcome.kind}`);
    return { reason: outcome.reason, errors: outcome.errors };
  };

  test("of a taken name is a duplicate", () => {
    const detail = "Name: Lorem Ipsum has already been taken";
    expect(rejected(422, reply422)).toEqual({ reason: "duplicate", errors: [{ pointer: "/name", detail }] });
  });

  test("can have errors of several fields, and of fields that were not sent", () => {
    const details = {
      external_id: [{ description: "External: is too long" }, { error: "InvalidValue" }],
      base: [{ description: "The plan has no more organizations" }],
    };
    expect(rejected(422, { error: "RecordInvalid", description: "Record validation errors", details }).errors).toEqual([
      { pointer: "/external_ref", detail: "External: is too long" },
      { pointer: "/external_ref", detail: "InvalidValue" },
      { pointer: "", detail: "The plan has no more organizations" },
    ]);
  });

  test.each<[Json, string]>([
    [{ error: "InvalidEndpoint", description: "Not found" }, "Not found"],
    [{ error: "Couldn't authenticate you" }, "Couldn't authenticate you"],
    [{ error: "RecordInvalid", details: {} }, "RecordInvalid"],
    [{ error: { title: "Forbidden", message: "You may not" } }, "You may not"],
  ])("in another format is read too: %j", (body, detail) => {
    expect(rejected(400, body).errors).toEqual([{ pointer: "", detail }]);
  });
});
