/** Vendors of the caller's own in the testing kit. */
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  type Adapter,
  bearer,
  defineAdapter,
  jsonSchema,
  readErrors,
} from "../../../packages/adapter-kit/src/index.ts";
import { gatewayHandlers, type GatewayOptions, gatewayScenario } from "../../../packages/testing/src/index.ts";
import { answerText, create, createRepeatedly, expected, scenarioNames } from "./answers.ts";

const companies = z.object({ companies: z.array(jsonSchema) });

const acme: Adapter = defineAdapter()({
  vendor: "acme_crm",
  title: "Acme CRM",
  settings: { workspace: z.string() },
  headers: () => ({}),
  auth: [bearer],
  path: "/workspaces/{workspace}/companies",
  constants: {},
  fields: { name: { to: "/name", required: true }, external_ref: { to: "/reference" }, active: { implied: true } },
  slots: {},
  reply: { id: "/id", repeats: ["name"], created_at: [], updated_at: [], envelopes: [] },
  readErrors,
  lookups: [
    {
      by: "external_ref",
      request: (reference, { workspace }) => ({
        method: "GET",
        path: `/workspaces/${String(workspace)}/companies`,
        query: { reference },
      }),
      read: (body) => {
        const { data } = companies.safeParse(body);
        return data === undefined ? undefined : { records: data.companies, isComplete: true };
      },
    },
  ],
});

const token = "token-of-the-tests-0123456789";
const connection = { workspace: "north", auth: { type: "bearer", token: { secret: "ACME_TOKEN" } } };

/** Answers as the vendor, and lists the requests. */
function createSandbox() {
  const requests: string[] = [];
  const created: { reference: string }[] = [];
  const sandbox = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    requests.push(`${request.method} ${pathname}`);
    if (request.headers.get("Authorization") !== `Bearer ${token}`) return new Response(null, { status: 401 });
    if (request.method === "GET") {
      const found = created.filter(({ reference }) => reference === searchParams.get("reference"));
      return Response.json({ companies: found });
    }
    const company = {
      id: `c_${created.length}`,
      ...z.looseObject({ reference: z.string() }).parse(await request.json()),
    };
    created.push(company);
    return Response.json(company, { status: 201 });
  };
  return { sandbox, requests, created };
}

const vendorOf = ({ sandbox } = createSandbox()) => ({
  adapter: acme,
  connection,
  secrets: { ACME_TOKEN: token },
  sandbox,
});
const optionsOf = (...sandboxes: ReturnType<typeof createSandbox>[]): GatewayOptions => ({
  vendors: [vendorOf(...sandboxes)],
});

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

describe("a vendor of the caller's own", () => {
  test("has a connection beside those of the demo", async () => {
    server.use(...gatewayHandlers(optionsOf()));
    expect(await createRepeatedly("demo-acme-crm", 2)).toEqual(["201", "201 replayed"]);
    expect(await createRepeatedly("demo-garmat", 1)).toEqual(["201"]);
  });

  test("has the settings of each connection to it", async () => {
    const sandbox = createSandbox();
    const connections = { south: { vendor: "acme_crm", workspace: "south" } };
    server.use(...gatewayHandlers({ ...optionsOf(sandbox), connections }));
    expect(await createRepeatedly("south", 1)).toEqual(["201"]);
    expect(sandbox.requests).toEqual(["POST /workspaces/south/companies"]);
  });

  test("replaces the built-in vendor of the same name", async () => {
    const sandbox = createSandbox();
    const vendor = { ...vendorOf(sandbox), adapter: { ...acme, vendor: "garmat" } };
    server.use(...gatewayHandlers({ vendors: [vendor] }));
    expect(await createRepeatedly("demo-garmat", 1)).toEqual(["201"]);
    expect(sandbox.requests).toHaveLength(1);
  });
});

const { duplicate: _, ...scenarios } = expected;
describe.each(scenarioNames.filter((name) => name !== "duplicate"))("the scenario %s", (name) => {
  test("ends as with a built-in vendor", async () => {
    server.use(...gatewayScenario(name, optionsOf()));
    // Like Garmat, the vendor needs no token request. Unlike Garmat, it has a lookup.
    const answers = scenarios[name][name === "vendor_down" ? "demo-garmat" : "demo-elastic-path"];
    expect(await createRepeatedly("demo-acme-crm", answers.length)).toEqual(answers);
  });
});

test("the scenario `duplicate` is refused, because only the caller's sandbox knows what a duplicate is", () => {
  expect(() => gatewayScenario("duplicate", optionsOf())).toThrow(/only without your own vendors.*`acme_crm`/);
});

describe("a fault that the account's name requests", () => {
  test.each([
    ["reset", 1, "504 outcome_unknown unknown same_key wait"],
    ["timeout-before-commit", 0, "504 outcome_unknown unknown same_key wait"],
    ["timeout-after-commit", 1, "504 outcome_unknown unknown same_key wait"],
    ["201-without-id", 1, "502 vendor_contract_violation unknown same_key wait"],
    ["html-502", 0, "504 outcome_unknown unknown same_key wait"],
    ["429", 0, "429 vendor_rate_limited none later wait"],
  ])("%s", async (fault, accounts, answer) => {
    const sandbox = createSandbox();
    server.use(...gatewayHandlers(optionsOf(sandbox)));
    const response = await create({ connection: "demo-acme-crm", name: `fault:${fault} Acme` });
    expect(await answerText(response)).toBe(answer);
    expect(sandbox.created).toHaveLength(accounts);
  });

  test("is found in a form", async () => {
    const sandbox = createSandbox();
    const encoding = {
      contentType: "application/x-www-form-urlencoded",
      write: (body: object) =>
        new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)])).toString(),
    };
    const vendor = { ...vendorOf(sandbox), adapter: { ...acme, encoding } };
    server.use(...gatewayHandlers({ vendors: [vendor] }));
    const response = await create({ connection: "demo-acme-crm", name: "fault:429 Acme" });
    expect(response.status).toBe(429);
    expect(sandbox.requests).toEqual([]);
  });
});

describe("a faulty option is refused", () => {
  const withConnection = (settings: object): GatewayOptions => ({
    ...optionsOf(),
    connections: { crm: { vendor: "acme_crm", ...settings } },
  });

  test.each([
    [
      "an unknown vendor",
      withConnection({ vendor: "acme" }),
      /CONNECTION_crm\.vendor: Must be one of acme_crm, clarus/,
    ],
    ["a missing setting", withConnection({ workspace: undefined }), /CONNECTION_crm\.workspace/],
    ["a missing secret", { vendors: [{ ...vendorOf(), secrets: {} }] }, /ACME_TOKEN/],
    [
      "an address without a sandbox",
      withConnection({ base_url: "https://api.acme.example" }),
      /`crm` sends to https:\/\/api\.acme\.example, where no sandbox answers.* https:\/\/acme-crm\.sandbox\.test/,
    ],
  ])("%s", (_name, options, message) => {
    expect(() => gatewayHandlers(options)).toThrow(message);
  });
});
