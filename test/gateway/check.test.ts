import { http, HttpResponse, type HttpHandler } from "msw";
import { describe, expect, test } from "vitest";
import { adapters } from "../../adapters/index.ts";
import {
  createUrls,
  creates,
  demoConnections,
  demoVariables,
  logLines,
  openGateway,
  tokenUrls,
  useVendors,
  vendorsAre,
  vendorTraffic,
} from "./gateway.ts";

useVendors();

const elasticPath = createUrls["demo-elastic-path"];
const elasticPathToken = tokenUrls["demo-elastic-path"];
const check = async (connection: string, gateway = openGateway()) =>
  gateway.call(`/v1/connections/${connection}/check`, { method: "POST" });

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

test("credentials are exchanged anew, and the token that is held stays in use", async () => {
  const tokens = [HttpResponse.json({ access_token: "held" }), HttpResponse.json({}, { status: 401 })];
  vendorsAre(
    {},
    http.post(elasticPathToken, () => tokens.shift()),
    http.post(elasticPath, () => HttpResponse.json({}, { status: 422 })),
  );
  const gateway = openGateway();
  await gateway.create("demo-elastic-path", { name: "Acme" });
  expect((await check("demo-elastic-path", gateway)).json).toMatchObject({ authorized: false });
  await gateway.create("demo-elastic-path", { name: "Bolt" });
  expect(creates().map(({ headers }) => headers["authorization"])).toEqual(["Bearer held", "Bearer held"]);
});

const clarusGraphql = "https://clarus.sandbox.test/graphql";
const garmat = createUrls["demo-garmat"];
const answered =
  (status: number, body: object = {}) =>
  () =>
    HttpResponse.json(body, { status });
const page = () => new HttpResponse("<h1>Parked</h1>", { headers: { "Content-Type": "text/html" } });
const gone = () => HttpResponse.error();

test.each<[what: string, connection: (typeof demoConnections)[number], handler: HttpHandler, found: string]>([
  [
    "nobody there",
    "demo-garmat",
    http.get(garmat, gone),
    "no null null: gave no complete answer: the connection failed",
  ],
  [
    "nobody there for a token",
    "demo-clarus",
    http.post(tokenUrls["demo-clarus"], gone),
    "no null null: could not be reached for a token",
  ],
  [
    "a token refused",
    "demo-clarus",
    http.post(tokenUrls["demo-clarus"], answered(401)),
    "yes no null: answered 401 when it was asked for a token",
  ],
  [
    "a client refused as OAuth has it",
    "demo-elastic-path",
    http.post(elasticPathToken, answered(400)),
    "yes no null: answered 400 when it was asked for a token",
  ],
  [
    "no token at that address",
    "demo-elastic-path",
    http.post(elasticPathToken, answered(404)),
    "yes null null: answered 404 when it was asked for a token",
  ],
  [
    "a page in place of a token",
    "demo-elastic-path",
    http.post(elasticPathToken, page),
    "yes null null: gave an answer that holds no token",
  ],
  [
    "tokens asked for too often",
    "demo-elastic-path",
    http.post(elasticPathToken, answered(429)),
    "yes null null: answered 429 when it was asked for a token",
  ],
  ["an API key refused", "demo-garmat", http.get(garmat, answered(403)), "yes no null: answered 403 when it was asked"],
  [
    "a token refused by the vendor itself",
    "demo-clarus",
    http.post(clarusGraphql, answered(401)),
    "yes no null: answered 401 when it was asked",
  ],
  [
    "a vendor asked too often",
    "demo-elastic-path",
    http.get(elasticPath, answered(429)),
    "yes yes null: answered 429 when it was asked",
  ],
  [
    "a vendor that is down",
    "demo-garmat",
    http.get(garmat, answered(503)),
    "yes null null: answered 503 when it was asked",
  ],
  [
    "a vendor without lookups",
    "demo-elastic-path",
    http.get(elasticPath, answered(404)),
    "yes yes no: answered 404 to a lookup, with nothing that can be read",
  ],
  [
    "a page in place of the vendor",
    "demo-garmat",
    http.get(garmat, page),
    "yes null no: answered 200 to a lookup, with nothing that can be read",
  ],
  [
    "a lookup in another form",
    "demo-elastic-path",
    http.get(elasticPath, answered(200, { data: "canary" })),
    "yes yes no: answered 200 to a lookup, with nothing that can be read",
  ],
  [
    "a redirect",
    "demo-garmat",
    http.get(garmat, () => new HttpResponse(null, { status: 302, headers: { Location: "https://canary.example" } })),
    "yes null no: answered 302 when it was asked",
  ],
])("what is wrong is told: %s", async (_what, connection, handler, found) => {
  vendorsAre({}, handler);
  const words: Record<string, boolean | null> = { yes: true, no: false, null: null };
  const [, reachable = "", authorized = "", lookup = "", detail] = /^(\S+) (\S+) (\S+): (.*)$/.exec(found) ?? [];
  const { json } = await check(connection);
  const { reachable: logged, authorized: loggedToo, lookup: loggedAsWell } = logLines()[0] ?? {};
  expect(json).toMatchObject({ reachable: logged, authorized: loggedToo, lookup: loggedAsWell });
  expect(json).toEqual({
    reachable: words[reachable],
    authorized: words[authorized],
    lookup: words[lookup],
    detail: expect.stringMatching(new RegExp(`^(?:Clarus|Elastic Path|Garmat) ${detail}\\. Check [^.]+\\.$`)),
  });
  expect(creates()).toEqual([]);
});

describe("of a vendor that has no lookup", () => {
  const blind = adapters.map((adapter) => ({ ...adapter, lookup: () => undefined }));
  test.each([
    ["demo-elastic-path", true],
    ["demo-garmat", null],
  ] as const)("%s: as much is told as a page tells", async (connection, authorized) => {
    const { json } = await check(connection, openGateway(demoVariables(), blind));
    expect(json).toEqual({ reachable: true, authorized, lookup: null, detail: null });
  });

  test("its refusal is told", async () => {
    vendorsAre({}, http.get(garmat, answered(401)));
    const { json } = await check("demo-garmat", openGateway(demoVariables(), blind));
    expect(json).toMatchObject({ reachable: true, authorized: false, lookup: null });
  });
});

test.each([
  ["a connection of faults", "demo-clarus", "misconfigured"],
  ["one that the key does not open", "none", "connection_not_found"],
])("%s is not checked", async (_what, connection, code) => {
  const { json } = await check(connection, openGateway(demoVariables({ base_url: "nowhere" })));
  expect(json).toMatchObject({ code });
  expect(vendorTraffic()).toEqual([]);
});
