/** The guarantee of each keyed create and of each connection, and the accounts that lookups find. */
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { nothingReported } from "../../../../packages/adapter-kit/src/fixtures.ts";
import { connectionDescription } from "../../../../schemas/documents/capability.ts";
import {
  acme,
  call,
  connectionOf,
  interceptVendors,
  loseAnswers,
  newIdempotencyKey,
  operationOf,
  resetVendors,
  restoreVendors,
  sends,
  setup,
  stampOf,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

const list = z.object({ connections: z.array(connectionDescription) });

type Settings = Record<string, unknown>;
interface Case {
  vendor: Vendor;
  settings?: Settings;
  body?: object;
  level: "exactly_once" | "reconciled" | "at_most_once";
  /** The state of the operation after the vendor's answer is lost. */
  settled: "created" | "needs_review";
}

const noStamp = { stamp: false };
const cases: Case[] = [
  { vendor: "clarus", level: "exactly_once", settled: "created" },
  { vendor: "clarus", body: { external_ref: "crm-1" }, level: "exactly_once", settled: "created" },
  { vendor: "clarus", body: { code: "ACME" }, level: "exactly_once", settled: "created" },
  // The unique code prevents a second account, but does not show which operation created the first one.
  { vendor: "clarus", settings: noStamp, level: "exactly_once", settled: "needs_review" },
  { vendor: "clarus", settings: noStamp, body: { external_ref: "crm-1" }, level: "exactly_once", settled: "created" },
  { vendor: "elastic_path", level: "reconciled", settled: "created" },
  { vendor: "elastic_path", body: { external_ref: null }, level: "reconciled", settled: "created" },
  { vendor: "elastic_path", body: { external_ref: "crm-1" }, level: "reconciled", settled: "created" },
  { vendor: "elastic_path", body: { registration_id: "HRB 1" }, level: "exactly_once", settled: "created" },
  { vendor: "elastic_path", body: { registration_id: null }, level: "reconciled", settled: "created" },
  { vendor: "elastic_path", body: { registration_id: "" }, level: "reconciled", settled: "created" },
  {
    vendor: "elastic_path",
    body: { registration_id: "HRB 1", external_ref: "crm-1" },
    level: "exactly_once",
    settled: "created",
  },
  { vendor: "elastic_path", settings: noStamp, level: "at_most_once", settled: "needs_review" },
  {
    vendor: "elastic_path",
    settings: noStamp,
    body: { external_ref: "crm-1" },
    level: "reconciled",
    settled: "created",
  },
  {
    vendor: "elastic_path",
    settings: noStamp,
    body: { registration_id: "HRB 1" },
    level: "exactly_once",
    settled: "created",
  },
  {
    vendor: "elastic_path",
    settings: { ...noStamp, fallback: { external_ref: ["registration_id"] } },
    body: { registration_id: "HRB 1" },
    level: "exactly_once",
    settled: "created",
  },
  // Vendors may change these two references, so a lookup that finds no record proves nothing.
  {
    vendor: "elastic_path",
    body: { external_ref: "M\u00FCller & S\u00F6hne" },
    level: "at_most_once",
    settled: "created",
  },
  { vendor: "zendesk", body: { external_ref: "x".repeat(33) }, level: "at_most_once", settled: "created" },
  { vendor: "garmat", level: "at_most_once", settled: "needs_review" },
  { vendor: "garmat", body: { customer_type: "mso" }, level: "at_most_once", settled: "needs_review" },
  { vendor: "zendesk", level: "reconciled", settled: "created" },
  { vendor: "zendesk", body: { external_ref: "CRM-1" }, level: "reconciled", settled: "created" },
  { vendor: "zendesk", settings: noStamp, level: "at_most_once", settled: "needs_review" },
];

describe("an operation", () => {
  test.each(cases)("$vendor $settings $body: $level", async ({ vendor, settings = {}, body = {}, level, settled }) => {
    const { create, elapse } = setup(vendor, { connection: settings });
    interceptVendors(loseAnswers);
    const lost = await create({ ...acme, ...body });
    const id = lost.problem?.operation ?? "";
    expect((await operationOf(id)).guarantee).toBe(level);
    restoreVendors();
    await elapse(settled === "created" ? 10_000 : 90_000);
    const { state, guarantee, account } = await operationOf(id);
    expect([state, guarantee]).toEqual([settled, level]);
    expect(account?.name).toBe(settled === "created" ? "Acme" : undefined);
    expect(sends()).toBe(1);
  });
});

describe("a connection publishes", () => {
  const published = async (vendor: Vendor, settings: Settings) => {
    resetVendors({ changes: { [vendor]: settings } });
    const { connections } = list.parse(JSON.parse((await call("/v1/connections")).text));
    return connections.find(({ id }) => id === connectionOf(vendor))?.guarantee;
  };

  test.each<[Vendor, Settings, string, RegExp]>([
    [
      "clarus",
      {},
      "exactly_once",
      /Clarus refuses a second account with the same `code`.*the gateway looks the account up/,
    ],
    ["clarus", noStamp, "exactly_once", /Clarus refuses a second account with the same `code`.*an operator resolves/],
    ["clarus", { fallback: {} }, "exactly_once", /`code`, and every create sends one/],
    [
      "elastic_path",
      {},
      "reconciled",
      /appears in Elastic Path's search by reference within 60000 ms.*With `registration_id`.*`exactly_once`/,
    ],
    ["elastic_path", { settle_window_ms: 180_000 }, "reconciled", /180000 ms/],
    ["elastic_path", noStamp, "at_most_once", /operator.*With `registration_id`.*`exactly_once`/],
    [
      "zendesk",
      {},
      "reconciled",
      /^A new account appears in Zendesk's search by reference within 60000 ms after its creation\. .*`at_most_once`.*longer than 32 characters, is not printable ASCII, .*\.$/,
    ],
    ["zendesk", noStamp, "at_most_once", /^The gateway cannot recognise an account that it created in Zendesk/],
    [
      "garmat",
      {},
      "at_most_once",
      /^The gateway cannot recognise an account that it created in Garmat.*operator has resolved the operation\.$/,
    ],
  ])("%s %j: %s", async (vendor, settings, level, assumption) => {
    expect(await published(vendor, settings)).toEqual({ level, assumption: expect.stringMatching(assumption) });
  });

  test("no higher level than the level of each of its creates", async () => {
    const order = ["at_most_once", "reconciled", "exactly_once"];
    const isRewritten = ({ body }: Case) => /[^ -~]|x{33}/.test(JSON.stringify(body ?? {}));
    for (const { vendor, settings = {}, level } of cases.filter((each) => !isRewritten(each)))
      expect(order.indexOf((await published(vendor, settings))?.level ?? "")).toBeLessThanOrEqual(order.indexOf(level));
  });

  test("nothing while it is disabled because of configuration faults", async () => {
    expect(await published("clarus", { timeout_ms: 0 })).toBe(null);
  });
});

describe("a reconciled account", () => {
  test("of Clarus has the fields of its lookup, and `null` elsewhere", async () => {
    const { create } = setup("clarus", {
      connection: { mapping: { "custom.tier": "string1", legal_name: "string2" } },
    });
    interceptVendors(loseAnswers);
    const idempotencyKey = newIdempotencyKey();
    const body = {
      name: "Acme",
      code: "ACME",
      email: "info@acme.example",
      active: false,
      legal_name: "Acme Ltd",
      custom: { tier: "gold" },
    };
    const id = (await create(body, { idempotencyKey })).problem?.operation;
    restoreVendors();
    const { account } = await create(body, { idempotencyKey, query: "?include=fields" });
    const { fields, ...rest } = account ?? {};
    expect(rest).toEqual({
      ...nothingReported,
      id: "1",
      vendor: "clarus",
      connection: "clarus",
      name: "Acme",
      code: "ACME",
      external_ref: stampOf(id),
      custom: { tier: null },
      warnings: [{ code: "reconciled", field: null, detail: expect.stringContaining("A lookup found the account") }],
      operation: id,
    });
    const confirmed = Object.fromEntries(fields?.map((entry) => [entry.to, entry.confirmed]) ?? []);
    expect(confirmed).toEqual({
      "/data/attributes/name": true,
      "/data/attributes/code": true,
      "/data/attributes/external_system_reference1": true,
      "/data/attributes/email": null,
      "/data/attributes/is_active": null,
      "/data/attributes/string1": null,
      "/data/attributes/string2": null,
      "/data/type": null,
    });
  });

  test("of Elastic Path has all fields of a create's answer", async () => {
    const { create, createAndLoseAnswer } = setup("elastic_path");
    const body = { name: "Acme", legal_name: "Acme Ltd", registration_id: "HRB 1", external_ref: "crm-1" };
    const idempotencyKey = newIdempotencyKey();
    await createAndLoseAnswer(body, { idempotencyKey });
    const { account } = await create(body, { idempotencyKey, query: "?include=fields" });
    expect(account).toMatchObject({ ...body, created_at: expect.any(String), updated_at: expect.any(String) });
    expect(account?.warnings).toEqual([{ code: "reconciled", field: null, detail: expect.any(String) }]);
    expect(account?.fields?.map(({ confirmed }) => confirmed)).not.toContain(false);
  });

  test("keeps the warnings of its request", async () => {
    const { create } = setup("elastic_path");
    interceptVendors(loseAnswers);
    const headers = { Prefer: "handling=lenient" };
    const idempotencyKey = newIdempotencyKey();
    const body = { name: "Acme", email: "info@acme.example" };
    await create(body, { idempotencyKey, headers });
    restoreVendors();
    const { account } = await create(body, { idempotencyKey });
    expect(account?.warnings.map(({ code, field }) => [code, field])).toEqual([
      ["dropped", "/email"],
      ["reconciled", null],
    ]);
  });

  test("with a value that the vendor changed has a warning", async () => {
    const { create } = setup("clarus");
    interceptVendors(async (request, pass) => {
      if (isCreate(request)) throw new Error("lost");
      if (!request.url.endsWith("/graphql")) return pass();
      const { variables } = await request.json<{ variables: { filter: { code: { eq: string } } } }>();
      const node = { id: 7, code: variables.filter.code.eq, name: "ACME", external_system_reference1: reference };
      return Response.json({ data: { accounts: { all: { edges: [{ node }] } } } });
    });
    const idempotencyKey = newIdempotencyKey();
    const lost = await create(acme, { idempotencyKey });
    const reference = stampOf(lost.problem?.operation);
    const { account } = await create(acme, { idempotencyKey });
    expect(account).toMatchObject({ id: "7", name: "ACME" });
    expect(account?.warnings.map(({ code }) => code)).toEqual(["changed_by_vendor", "reconciled"]);
  });
});
