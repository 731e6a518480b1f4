import { http, HttpResponse, type HttpHandler } from "msw";
import { describe, expect, test } from "vitest";
import {
  createUrls,
  creates,
  demoConnections,
  demoVariables,
  openGateway,
  tokenUrls,
  useVendors,
  vendorsAre,
  vendorTraffic,
} from "./gateway.ts";

useVendors();

const check = async (connection: string, gateway = openGateway()) =>
  gateway.call(`/v1/connections/${connection}/check`, { method: "POST" });
const elasticPath = createUrls["demo-elastic-path"];

test.each(demoConnections)("%s: what is asked is answered, and nothing is created", async (connection) => {
  const { status, json } = await check(connection);
  expect(status).toBe(200);
  expect(json).toEqual({ reachable: true, authorized: true, lookup: true, detail: null });
  expect(creates()).toEqual([]);
});

test("what is looked up is what no account has", async () => {
  await check("demo-elastic-path");
  const filters = vendorTraffic().flatMap(({ url }) => new URL(url).searchParams.get("filter") ?? []);
  expect(filters).toEqual([expect.stringMatching(/^eq\(external_ref,"[0-9a-f-]{36}"\)$/)]);
});

describe("tells what is wrong:", () => {
  const failing = (status: number) => () => HttpResponse.json({}, { status });
  const isLookup = (url: string) => new URL(url).searchParams.has("filter");
  const cases: [what: string, connection: (typeof demoConnections)[number], handler: HttpHandler, told: object][] = [
    [
      "no vendor there",
      "demo-garmat",
      http.get(createUrls["demo-garmat"], () => HttpResponse.error()),
      {
        reachable: false,
        authorized: null,
        lookup: null,
        detail: "Garmat gave no complete answer: the connection failed",
      },
    ],
    [
      "no vendor to ask for a token",
      "demo-elastic-path",
      http.post(tokenUrls["demo-elastic-path"], () => HttpResponse.error()),
      {
        reachable: false,
        authorized: null,
        lookup: null,
        detail: "Elastic Path could not be reached for a token",
      },
    ],
    [
      "credentials that get no token",
      "demo-clarus",
      http.post(tokenUrls["demo-clarus"], failing(401)),
      {
        reachable: true,
        authorized: false,
        lookup: null,
        detail: "Clarus answered 401 when it was asked for a token",
      },
    ],
    [
      "an API key that is refused",
      "demo-garmat",
      http.get(createUrls["demo-garmat"], failing(403)),
      { reachable: true, authorized: false, lookup: null, detail: "Garmat answered 403 when it was asked" },
    ],
    [
      "a vendor that has been asked too often",
      "demo-elastic-path",
      http.get(elasticPath, failing(429)),
      { reachable: true, authorized: null, lookup: null, detail: "Elastic Path answered 429 when it was asked" },
    ],
    [
      "a vendor that is down",
      "demo-elastic-path",
      http.get(elasticPath, failing(503)),
      { reachable: true, authorized: null, lookup: null, detail: "Elastic Path answered 503 when it was asked" },
    ],
    [
      "a lookup that is refused",
      "demo-elastic-path",
      http.get(elasticPath, ({ request }) =>
        HttpResponse.json({ data: [] }, { status: isLookup(request.url) ? 403 : 200 }),
      ),
      { reachable: true, authorized: true, lookup: false, detail: "Elastic Path answered 403 when it was asked" },
    ],
    [
      "a lookup that cannot be read",
      "demo-elastic-path",
      http.get(elasticPath, () => HttpResponse.json({ data: "canary" })),
      {
        reachable: true,
        authorized: true,
        lookup: false,
        detail: "Elastic Path gave no answer to a lookup that can be read",
      },
    ],
  ];
  test.each(cases)("%s", async (_what, connection, handler, told) => {
    vendorsAre({}, handler);
    expect((await check(connection)).json).toEqual(told);
    expect(creates()).toEqual([]);
  });
});

test("accounts that carry nothing to look them up by are not looked up", async () => {
  const { json } = await check("demo-elastic-path", openGateway(demoVariables({ stamp: false })));
  expect(json).toEqual({ reachable: true, authorized: true, lookup: null, detail: null });
});

test.each([
  ["a connection of faults", "demo-clarus", "misconfigured"],
  ["one that the key does not open", "none", "connection_not_found"],
])("%s is not checked", async (_what, connection, code) => {
  const { json } = await check(connection, openGateway(demoVariables({ base_url: "nowhere" })));
  expect(json).toMatchObject({ code });
  expect(vendorTraffic()).toEqual([]);
});
