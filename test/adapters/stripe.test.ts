import { describe, expect, test } from "vitest";
import { faultsOf, planOf } from "../../packages/adapter-kit/src/fixtures.ts";
import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { encode } from "../../adapters/engine/encode.ts";
import { lookupFor } from "../../adapters/engine/lookup.ts";
import { interpret } from "../../adapters/engine/outcome.ts";
import { stripe } from "../../adapters/stripe.ts";
import { createStripeSandbox } from "../../sandbox/stripe.ts";
import type { Json } from "../../schemas/json.ts";
import { stripeSearchResult } from "../../schemas/stripe.ts";
import { stripeCustomer } from "../../schemas/documents/stripe.ts";
import { stripeFixtures } from "../fixtures/stripe.ts";
import reply200 from "../fixtures/stripe/reply-200.json" with { type: "json" };
import search200 from "../fixtures/stripe/search-200.json" with { type: "json" };
import { testSandbox } from "../sandbox/test-sandbox.ts";

const sample = { adapter: stripe, ...stripeFixtures };
testAdapter(stripe, stripeFixtures);
testSandbox(sample, createStripeSandbox);

const plan = planOf(sample, { mapping: { "custom.tier": "tier" } });
const stamp = "0123456789abcdef0123456789abcdef";
const account = { name: "Jenny Rosen", email: "jennyrosen@example.com" };
const encoded = encode(plan, account, "strict", stamp);
const outcomeOf = (status: number, body: Json) =>
  interpret(plan, encoded, { status, body: JSON.stringify(body), retryAfterSeconds: undefined });

test.each([
  ["the reply to a create", stripeCustomer, reply200],
  ["the reply to a search", stripeSearchResult, search200],
])("the schema declares every member of the documented example of %s", (_, schema, example) => {
  expect(schema.parse(example)).toEqual(example);
});

test("the create has Stripe's own idempotency key and a pinned version", () => {
  expect(encoded.headers).toEqual({ "Idempotency-Key": stamp });
  expect(plan.headers).toEqual({ "Stripe-Version": "2026-07-29.dahlia" });
  expect(encode(plan, account, "strict").headers).toBeUndefined();
});

test("any key of metadata can be a slot, except the key of the reference", () => {
  const { body } = encode(plan, { ...account, custom: { tier: "gold" } }, "strict");
  expect(body).toMatchObject({ metadata: { tier: "gold" } });
  const names = ["external_ref", "tier-1", "tier[1]", "", "x".repeat(41)];
  expect(names.filter((name) => faultsOf(sample, { mapping: { code: name } }).length === 0)).toEqual([]);
});

test("`created` becomes a time only if it is a number of seconds", () => {
  const createdAt = (created: Json) => {
    const outcome = outcomeOf(200, { ...reply200, created });
    if (outcome.kind !== "created") throw new Error(outcome.kind);
    return [outcome.account.created_at, outcome.account.vendor_fields["created"]];
  };
  expect(createdAt(1680893993)).toEqual(["2023-04-07T18:59:53Z", undefined]);
  expect(createdAt(1680893993000)).toEqual([null, 1680893993000]);
  expect(createdAt("soon")).toEqual([null, "soon"]);
});

describe("the lookup", () => {
  const lookup = lookupFor(plan, encoded);

  test("quotes the reference", () => {
    expect(lookup?.request("it's \\ here", plan.connection).query).toEqual({
      query: "metadata['external_ref']:'it\\'s \\\\ here'",
      limit: "100",
    });
  });

  test("gives each customer the form of the reply to a create", () => {
    expect(lookup?.read(search200, "x")).toMatchObject({
      records: [{ id: "cus_NeGfPRiPKxeBi1", created: "2023-04-04T00:53:36Z" }],
      isComplete: true,
    });
  });

  test("is not complete if there are more customers", () => {
    expect(lookup?.read({ ...search200, has_more: true }, "x")?.isComplete).toBe(false);
  });
});

describe("an error", () => {
  const error = (members: Record<string, string>) => ({ error: { type: "invalid_request_error", ...members } });

  test.each([
    ["email", "/email"],
    ["address[country]", "/address/country"],
    ["address[state]", "/address/region"],
    ["metadata[external_ref]", "/external_ref"],
    ["metadata[tier]", "/custom/tier"],
    ["source", ""],
  ])("of the parameter %s points at %o", (param, pointer) => {
    const outcome = outcomeOf(400, error({ message: "Invalid value", param }));
    expect(outcome).toMatchObject({
      kind: "rejected",
      reason: "invalid",
      errors: [{ pointer, detail: "Invalid value" }],
    });
  });

  test.each([
    [409, error({ type: "idempotency_error", code: "idempotency_key_in_use" })],
    [400, error({ type: "idempotency_error", message: "Keys can only be used with the same parameters" })],
    [500, error({ type: "api_error" })],
  ])("of the idempotency key or of the server leaves the outcome unknown: %i %j", (status, body) => {
    expect(outcomeOf(status, body)).toMatchObject({ kind: "unknown", reason: "ambiguous_answer" });
  });
});
