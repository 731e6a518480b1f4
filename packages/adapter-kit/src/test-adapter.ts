/** The suite that every adapter passes. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { Adapter, LookupRequest } from "../../../adapters/engine/adapter.ts";
import { capabilities } from "../../../adapters/engine/capabilities.ts";
import { accountRequestSchema, connectionSchema } from "../../../adapters/engine/connection-schema.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { interpret, toVendorReply } from "../../../adapters/engine/outcome.ts";
import type { Plan } from "../../../adapters/engine/plan.ts";
import { serviceUrl } from "../../../schemas/connection.ts";
import { type AdapterFixtures, canary, findPlaceholders, nothingReported, planOf, type Sample } from "./fixtures.ts";
import { createFully, outcomeText, toReply } from "./full-create.ts";
import { onTheWire } from "./json.ts";
import { testErrorPointers } from "./test-error-pointers.ts";
import { testExchange } from "./test-exchange.ts";
import { testLookup } from "./test-lookup.ts";
import { testReplies } from "./test-replies.ts";

/** The tests of the longest bodies take a second on an idle machine. */
const timeoutMs = 60_000;

/**
 * Defines the tests, with vitest. Call it at the top level of a test file. As long as the adapter has placeholders of
 * `npm run new-adapter`, the tests report only the placeholders.
 */
export function testAdapter(adapter: Adapter, fixtures: AdapterFixtures): void {
  const sample: Sample = { adapter, ...fixtures };
  const placeholders = findPlaceholders(sample);
  test.each(placeholders)("$at is filled in", ({ at, instruction }) => expect.fail(`${at}: ${instruction}`));
  if (placeholders.length > 0) return;
  describe("conformance", { timeout: timeoutMs }, () => {
    describe.each(sample.examples)("the vendor's example: $title", (example) => {
      testExample(sample, example);
    });
    test("a create with every field has only members that the vendor's page lists", () => {
      const wire = onTheWire(createFully(sample).encoded.body);
      expect(sample.wireRequest.parse(wire)).toEqual(wire);
    });
    describe("replies to a create", () => {
      testReplies(sample);
    });
    describe("error pointers", () => {
      testErrorPointers(sample);
    });
    describe("what the table does not say", () => {
      testExchange(sample);
    });
    describe("secrets", () => {
      testSecrets(sample);
    });
    test("every request goes to the origin of the connection's base URL", () => {
      testOrigin(sample);
    });
    for (const lookup of adapter.lookups)
      describe(`lookup by ${lookup.by}`, () => {
        testLookup(sample, lookup);
      });
  });
}

function testExample(sample: Sample, example: AdapterFixtures["examples"][number]): void {
  const { adapter } = sample;
  const plan = planOf(sample);
  const encoded = encode(plan, accountRequestSchema([adapter]).parse(example.account), "strict");

  test("the account becomes the request", () => {
    expect(encoded.faults).toEqual([]);
    expect(onTheWire(encoded.body)).toEqual(example.request);
    const wireText = adapter.encoding?.write(encoded.body);
    expect(example.wireText ?? wireText).toBe(wireText);
    expect(sample.wireRequest.parse(example.request)).toEqual(example.request);
  });

  const { reply: body, answer } = example;
  if (body === undefined && answer === undefined) return;
  test("the reply becomes the account", () => {
    const outcome = interpret(plan, encoded, toReply({ ...answer, ...(body === undefined ? {} : { body }) }));
    if (outcome.kind !== "created") throw new Error(outcomeText(outcome));
    const { account, fields } = outcome;
    expect(account).toEqual({ ...nothingReported, vendor: adapter.vendor, connection: "test", ...example.reads });
    // The account must have a warning if and only if the vendor reports a value that differs from the sent one.
    const isContradicted = fields.some(({ confirmed }) => confirmed === false);
    expect(isContradicted).toBe(account.warnings.length > 0);
  });
}

/** Only the plan's `auth` may contain a secret. */
function testSecrets(sample: Sample): void {
  test.each(sample.auth.map((auth) => [String(auth["type"]), auth] as const))("%s", (_, auth) => {
    const { plan, encoded, outcomeOf, outcomeOfAccount, reply } = createFully(sample, { auth });
    const { auth: secret, adapter, ...rest } = plan;
    expect(inspect(secret, { depth: null })).toContain(canary);
    const outcomes = [
      outcomeOfAccount(reply),
      outcomeOf(201, ""),
      outcomeOf(422, JSON.stringify(sample.rejection("x"))),
      outcomeOf(500, ""),
    ];
    const visible = [
      rest,
      encoded,
      outcomes,
      capabilities(plan),
      connectionSchema(plan, [adapter]),
      adapter.headers(plan.connection),
    ];
    expect(inspect(visible, { depth: null, maxArrayLength: null, maxStringLength: null })).not.toContain(canary);
  });
}

function testOrigin(sample: Sample): void {
  const accepted = hostileBaseUrls.filter((baseUrl) => serviceUrl.safeParse(baseUrl).success);
  expect(accepted.length).toBeGreaterThan(10);
  for (const baseUrl of accepted) {
    const { origin } = new URL(baseUrl);
    for (const { url, path } of urlsOf(sample, baseUrl)) {
      const parsed = new URL(url);
      expect(parsed).toMatchObject({ origin, search: "", hash: "", username: "", password: "" });
      expect(parsed.href).not.toMatch(/[?#]/);
      expect(parsed.pathname.endsWith(path)).toBe(true);
    }
  }
}

/** The URLs of the create, the token request and the read requests. A URL must end with its `path`. */
function urlsOf(sample: Sample, baseUrl: string): { url: string; path: string }[] {
  return sample.auth.flatMap((auth) => {
    const plan = planOf(sample, { base_url: baseUrl, auth });
    return [
      { url: plan.url, path: plan.adapter.path },
      ...(plan.auth.kind === "token" ? [{ url: plan.auth.request.url, path: "" }] : []),
      ...readRequests(sample, plan).map(({ path }) => ({ url: `${plan.connection.base_url}${path}`, path })),
    ];
  });
}

function readRequests({ adapter, accepted }: Sample, plan: Plan): LookupRequest[] {
  const followed = accepted && adapter.reply.follow?.(toVendorReply(toReply(accepted)));
  return [...adapter.lookups.map(({ request }) => request("x", plan.connection)), ...(followed ? [followed] : [])];
}

const hostileBaseUrls = [
  "https://vendor.test",
  "https://vendor.test/",
  "https://vendor.test//",
  "https://vendor.test/tenant/a",
  "https://VENDOR.test:443/x/",
  "https://vendor.test:8443",
  "https://vendor.test?",
  "https://vendor.test/#",
  "https://vendor.test/x?",
  "https://vendor.test/x?#",
  "https://vendor.test?to=https://evil.test",
  "https://vendor.test#@evil.test",
  "https://vendor.test@evil.test",
  "https://vendor.test:secret@evil.test",
  "https://vendor.test/@evil.test",
  "https://vendor.test\\@evil.test",
  "https://vendor.test//evil.test",
  "https://vendor.test/..//evil.test/",
  "https://vendor.test/%2e%2e/%2F%2Fevil.test",
  "https:vendor.test",
  "https:\\\\vendor.test",
  " https://vendor.test ",
  "https://vendor.test/\n/x",
  "https://[::1]:8443",
  "http://[::1]",
  "http://127.0.0.1:8787",
  "http://localhost",
  "https://v\u00E9ndor.test",
  "https://vendor.test/\u{1F600}",
];
