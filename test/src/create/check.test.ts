import { createHash } from "node:crypto";
import { http, HttpResponse } from "msw";
import { describe, expect, test, vi } from "vitest";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import {
  createUrls,
  creates,
  demoAdapters,
  demoConnections,
  demoVariables,
  tokenRequests,
  logLines,
  openGateway,
  tokenUrls,
  useVendors,
  configureVendors,
  vendorTraffic,
} from "../../support/gateway.ts";
import { checkConnection } from "../../../src/create/check.ts";
import { newProgress } from "../../../src/progress.ts";
import { leaseMsOf } from "../../../src/vendor-client/request-vendor.ts";
import { sampleOf } from "../../support/samples.ts";

useVendors();

const elasticPath = createUrls["demo-elastic-path"];
const elasticPathToken = tokenUrls["demo-elastic-path"];
const check = async (connection: string, gateway = openGateway()) =>
  gateway.call(`/v1/connections/${connection}/check`, { method: "POST" });

test.each(demoConnections)(
  "%s: a check reports reachable, authorized and lookup, and creates nothing",
  async (connection) => {
    const { status, json } = await check(connection);
    expect(status).toBe(200);
    const { lookups } = demoAdapters[connection];
    expect(json).toEqual({ reachable: true, authorized: true, lookup: lookups.length > 0 || null, detail: null });
    expect(creates()).toEqual([]);
  },
);

test("the check looks up a value that no account has", async () => {
  await check("demo-elastic-path");
  const filters = vendorTraffic().flatMap(({ url }) => new URL(url).searchParams.get("filter") ?? []);
  expect(filters).toEqual([expect.stringMatching(/^eq\(registration_id,"[0-9a-f-]{36}"\)$/)]);
});

test("a check fetches a new token, and the cached token stays in use", async () => {
  const tokens = [HttpResponse.json({ access_token: "held" }), HttpResponse.json({}, { status: 401 })];
  configureVendors(
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

describe("a vendor that keeps one live token per client", () => {
  /** Each new token invalidates the previous token. */
  const oneLiveToken = () => {
    let live = 0;
    configureVendors(
      {},
      http.post(elasticPathToken, () => HttpResponse.json({ access_token: `token-${(live += 1)}` })),
      http.all(elasticPath, ({ request }) =>
        HttpResponse.json(
          { data: [] },
          { status: request.headers.get("Authorization") === `Bearer token-${live}` ? 200 : 401 },
        ),
      ),
    );
  };

  test("creates use the token that the check fetched", async () => {
    oneLiveToken();
    const gateway = openGateway();
    await gateway.create("demo-elastic-path", { name: "Acme" });
    expect((await check("demo-elastic-path", gateway)).json).toMatchObject({ authorized: true });
    await gateway.create("demo-elastic-path", { name: "Bolt" });
    expect(creates().map(({ headers }) => headers["authorization"])).toEqual(["Bearer token-1", "Bearer token-2"]);
    expect(tokenRequests()).toHaveLength(2);
  });

  test("gets one request for simultaneous checks, and one in 10 seconds for repeated checks", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    oneLiveToken();
    const gateway = openGateway();
    const answers = await Promise.all(Array.from({ length: 20 }, () => check("demo-elastic-path", gateway)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const startedAtMs = Date.now();
    vi.setSystemTime(startedAtMs + 9_999);
    await check("demo-elastic-path", gateway);
    expect(tokenRequests()).toHaveLength(1);
    vi.setSystemTime(startedAtMs + 10_000);
    await check("demo-elastic-path", gateway);
    expect(tokenRequests()).toHaveLength(2);
  });

  test("gets no request for the check of another connection", async () => {
    const gateway = openGateway();
    await Promise.all([check("demo-clarus", gateway), check("demo-elastic-path", gateway)]);
    expect(tokenRequests()).toHaveLength(2);
  });
});

describe("a key without operator rights", () => {
  const digest = createHash("sha256").update("app-key").digest("hex");
  const gateway = () =>
    openGateway({ ...demoVariables(), KEY_APP: { name: "app", sha256: [digest], connections: ["demo-garmat"] } });

  test.each([
    ["demo-garmat", 403, "operator_required"],
    ["demo-clarus", 404, "connection_not_found"],
  ])("cannot check %s", async (connection, status, code) => {
    const { json } = await gateway().call(`/v1/connections/${connection}/check`, { method: "POST", key: "app-key" });
    expect(json).toMatchObject({ code, status, effect: "none", retry: "never" });
    expect(vendorTraffic()).toEqual([]);
  });
});

const garmat = createUrls["demo-garmat"];
const answered =
  (status: number, body: object = {}) =>
  () =>
    HttpResponse.json(body, { status });
const page = () => new HttpResponse("<h1>Parked</h1>", { headers: { "Content-Type": "text/html" } });
const gone = () => HttpResponse.error();

/** The URL that fails, and the connection to check. */
const places = {
  clarusToken: { connection: "demo-clarus", url: tokenUrls["demo-clarus"], title: "Clarus" },
  clarusGraphql: { connection: "demo-clarus", url: "https://clarus.sandbox.test/graphql", title: "Clarus" },
  elasticPathToken: { connection: "demo-elastic-path", url: elasticPathToken, title: "Elastic Path" },
  elasticPath: { connection: "demo-elastic-path", url: elasticPath, title: "Elastic Path" },
  garmat: { connection: "demo-garmat", url: garmat, title: "Garmat" },
} as const;

test.each<[string, keyof typeof places, () => Response, boolean, boolean | null, boolean | null, string]>([
  ["a broken connection", "garmat", gone, false, null, null, "gave no complete answer: the connection failed"],
  [
    "a broken connection for the token",
    "clarusToken",
    gone,
    false,
    null,
    null,
    "could not be reached at its token endpoint",
  ],
  ["a refused token request", "clarusToken", answered(401), true, false, null, "answered the token request with 401"],
  [
    "a 400 to the token request, as OAuth defines it",
    "elasticPathToken",
    answered(400),
    true,
    false,
    null,
    "answered the token request with 400",
  ],
  [
    "a token URL that does not exist",
    "elasticPathToken",
    answered(404),
    true,
    null,
    null,
    "answered the token request with 404",
  ],
  [
    "a page instead of a token",
    "elasticPathToken",
    page,
    true,
    null,
    null,
    "answered the token request without a token",
  ],
  [
    "too many token requests",
    "elasticPathToken",
    answered(429),
    true,
    null,
    null,
    "answered the token request with 429",
  ],
  ["a refused API key", "garmat", answered(403), true, false, null, "answered a read request with 403"],
  [
    "a token that the vendor's API refuses",
    "clarusGraphql",
    answered(401),
    true,
    false,
    null,
    "answered a read request with 401",
  ],
  ["too many read requests", "elasticPath", answered(429), true, true, null, "answered a read request with 429"],
  ["a vendor that is down", "garmat", answered(503), true, null, null, "answered a read request with 503"],
  [
    "a vendor without lookups",
    "elasticPath",
    answered(404),
    true,
    true,
    false,
    "answered a lookup with 404 and content that the gateway cannot read",
  ],
  [
    "a page instead of the vendor's API",
    "garmat",
    page,
    true,
    null,
    false,
    "answered a lookup with 200 and content that the gateway cannot read",
  ],
  [
    "a lookup reply in another format",
    "elasticPath",
    answered(200, { data: "canary" }),
    true,
    true,
    false,
    "answered a lookup with 200 and content that the gateway cannot read",
  ],
  [
    "a redirect",
    "garmat",
    () => new HttpResponse(null, { status: 302, headers: { Location: "https://canary.example" } }),
    true,
    null,
    false,
    "answered a read request with 302",
  ],
])("a check reports %s", async (_what, place, answer, reachable, authorized, lookup, cause) => {
  const { connection, url, title } = places[place];
  configureVendors({}, http.all(url, answer));
  const { json } = await check(connection);
  const remedy = expect.stringMatching(new RegExp(`^${title} ${cause}\\. Check [^.]+\\.$`));
  expect(json).toEqual({ reachable, authorized, lookup, detail: remedy });
  expect(logLines()).toMatchObject([{ reachable, authorized, lookup }]);
  expect(creates()).toEqual([]);
});

describe("a vendor without a lookup", () => {
  const withoutLookups = allAdapters.map((adapter) => ({ ...adapter, lookups: [] }));
  test.each([
    ["demo-elastic-path", true],
    ["demo-garmat", null],
  ] as const)("%s: a check reports the results of a read request", async (connection, authorized) => {
    const { json } = await check(connection, openGateway(demoVariables(), withoutLookups));
    expect(json).toEqual({ reachable: true, authorized, lookup: null, detail: null });
  });

  test("a refused read request is reported", async () => {
    configureVendors({}, http.get(garmat, answered(401)));
    const { json } = await check("demo-garmat", openGateway(demoVariables(), withoutLookups));
    expect(json).toMatchObject({ reachable: true, authorized: false, lookup: null });
  });
});

test.each([
  ["a connection with faults", "demo-clarus", "misconfigured"],
  ["a connection that the key does not open", "none", "connection_not_found"],
])("%s is not checked", async (_what, connection, code) => {
  const { json } = await check(connection, openGateway(demoVariables({ base_url: "nowhere" })));
  expect(json).toMatchObject({ code });
  expect(vendorTraffic()).toEqual([]);
});

describe("a check whose request is cancelled", () => {
  const plan = planOf(sampleOf("garmat"), { auth: { type: "api_key", api_key: { secret: "KEY" } } });
  const contextWith = (fetch: () => Promise<Response>) => ({
    fetch,
    now: Date.now,
    waitUntil: vi.fn<(promise: Promise<unknown>) => void>(),
    traceparent: "",
    progress: newProgress(),
  });
  const answering = () => contextWith(async () => Response.json({ data: [] }));

  test("delays other requests no longer than a check may take, and the next request starts a new check", async () => {
    // The calls and timers of a cancelled request never finish.
    const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(setTimeout(() => {}));
    const abandoned = contextWith(() => new Promise(() => {}));
    void checkConnection(plan, abandoned);
    await new Promise(setImmediate);
    timers.mockRestore();
    // `waitUntil` keeps this request alive, because other requests may wait for its check.
    expect(abandoned.waitUntil).toHaveBeenCalledTimes(1);

    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const sharing = answering();
    const shared = checkConnection(plan, sharing);
    await vi.advanceTimersByTimeAsync(leaseMsOf(plan));
    expect(await shared).toMatchObject({
      reachable: false,
      authorized: null,
      lookup: null,
      detail: expect.stringContaining(`Garmat gave no complete answer within ${leaseMsOf(plan)} ms`),
    });
    expect(sharing.waitUntil).not.toHaveBeenCalled();
    expect(await checkConnection(plan, answering())).toMatchObject({ reachable: true, lookup: true });
  });
});
