import { generateKeyPairSync } from "node:crypto";
import { http, HttpResponse } from "msw";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { secretsOf } from "../../../src/vendor-client/credentials.ts";
import { writeRequest } from "../../../src/vendor-client/request-vendor.ts";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import {
  authAdapters,
  authVariables,
  authVendorNames,
  authVendors,
  connectionTo,
  newKeyPair,
  vendorSecret,
} from "../../support/auth-vendor.ts";
import { credentials } from "../../../sandbox/sandboxes.ts";
import type { ProblemCode } from "../../../schemas/problem.ts";
import {
  creates,
  createUrls,
  demoAdapters,
  demoConnections,
  demoVariables,
  tokenRequests,
  openGateway,
  tokenUrls,
  useVendors,
  configureVendors,
  vendorTraffic,
} from "../../support/gateway.ts";

useVendors();

const token = (access_token: string, rest: object = {}) =>
  HttpResponse.json({ access_token, token_type: "Bearer", ...rest });

describe.each(["demo-clarus", "demo-elastic-path"] as const)("%s", (connection) => {
  const url = tokenUrls[connection];

  test("the credentials are sent to the token URL as a form, and the token is sent with the account", async () => {
    await openGateway().create(connection, { name: "Acme" });
    const [exchange] = tokenRequests();
    expect(exchange).toMatchObject({
      method: "POST",
      url,
      headers: { "content-type": expect.stringContaining("application/x-www-form-urlencoded") },
    });
    expect(Object.fromEntries(new URLSearchParams(exchange?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "sandbox",
      client_secret: credentials.clarus.clientSecret,
    });
    expect(exchange?.headers["user-agent"]).toMatch(/^account-gateway\//);
    expect(exchange?.headers).not.toHaveProperty("authorization");
    expect(creates()[0]?.headers["authorization"]).toMatch(/^Bearer [\w-]+$/);
  });

  test("fifty simultaneous creates fetch one token", async () => {
    const gateway = openGateway();
    const names = Array.from({ length: 50 }, (_, index) => `Acme ${index}`);
    const answers = await Promise.all(names.map((name) => gateway.create(connection, { name })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(creates()).toHaveLength(50);
    expect(tokenRequests()).toHaveLength(1);
  });

  test("fifty simultaneous creates renew a revoked token once", async () => {
    const tokens = ["revoked", "fresh", "not needed"];
    configureVendors(
      {},
      http.post(url, () => token(tokens.shift() ?? "none")),
      http.post(createUrls[connection], ({ request }) =>
        HttpResponse.json(
          { error: "No" },
          { status: request.headers.get("Authorization") === "Bearer fresh" ? 422 : 401 },
        ),
      ),
    );
    const gateway = openGateway();
    await gateway.create(connection, { name: "The first" });
    const names = Array.from({ length: 50 }, (_, index) => `Acme ${index}`);
    const codes = await Promise.all(
      names.map(async (name) => (await gateway.create(connection, { name })).problem?.code),
    );
    expect(new Set(codes)).toEqual(new Set(["vendor_rejected"]));
    expect(tokens).toEqual(["not needed"]);
  });

  test("a token is used until a minute before it expires", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const tokens = ["first", "second"];
    configureVendors(
      {},
      http.post(url, () => token(tokens.shift() ?? "none", { expires_in: 3600 })),
      http.post(createUrls[connection], () => new HttpResponse(null, { status: 422 })),
    );
    const gateway = openGateway();
    const used = async () => {
      await gateway.create(connection, { name: "Acme" });
      return creates().at(-1)?.headers["authorization"];
    };
    const startMs = Date.now();
    expect(await used()).toBe("Bearer first");
    vi.setSystemTime(startMs + 3539_000);
    expect(await used()).toBe("Bearer first");
    vi.setSystemTime(startMs + 3541_000);
    expect(await used()).toBe("Bearer second");
  });

  test("a lifetime as a string, or too short for an early renewal, is respected", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let issued = 0;
    configureVendors(
      {},
      http.post(url, () => token(`token-${(issued += 1)}`, { expires_in: "20" })),
      http.post(createUrls[connection], () => new HttpResponse(null, { status: 422 })),
    );
    const gateway = openGateway();
    await gateway.create(connection, { name: "Acme" });
    await gateway.create(connection, { name: "Acme" });
    expect(issued).toBe(1);
    vi.setSystemTime(Date.now() + 20_000);
    await gateway.create(connection, { name: "Acme" });
    expect(issued).toBe(2);
  });

  test("if the new token is the same, the account is not sent again", async () => {
    configureVendors(
      {},
      http.post(url, () => token("always-the-same")),
      http.post(createUrls[connection], () => new HttpResponse(null, { status: 401 })),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({ code: "vendor_auth_failed", effect: "none" });
    expect(creates()).toHaveLength(1);
  });

  test("if no new token is issued, the answer reports the vendor's refusal", async () => {
    const answers = [() => token("the-first"), () => new HttpResponse(null, { status: 401 })];
    configureVendors(
      {},
      http.post(url, () => answers.shift()?.()),
      http.post(createUrls[connection], () => new HttpResponse(null, { status: 401 })),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates()).toHaveLength(1);
  });

  test.each([500, 502, 503, 504])("after one %i, the token request is repeated", async (status) => {
    const answers = [() => new HttpResponse(null, { status })];
    configureVendors(
      {},
      http.post(url, () => answers.shift()?.()),
    );
    const answer = await openGateway().create(connection, { name: "Acme" });
    expect(answer.status).toBe(201);
    expect(tokenRequests()).toHaveLength(2);
    expect(creates()).toHaveLength(1);
  });

  interface Refusal {
    what: string;
    answer: () => Response;
    code: ProblemCode;
    vendorStatus?: number;
    tries?: number;
  }
  test.each<Refusal>([
    {
      what: "two 500s",
      answer: () => new HttpResponse(null, { status: 500 }),
      code: "vendor_unavailable",
      vendorStatus: 500,
      tries: 2,
    },
    { what: "a broken connection", answer: () => HttpResponse.error(), code: "vendor_unavailable", tries: 2 },
    {
      what: "a 401",
      answer: () => HttpResponse.json({ error: "invalid_client" }, { status: 401 }),
      code: "vendor_auth_failed",
      vendorStatus: 401,
    },
    {
      what: "a 400",
      answer: () => HttpResponse.json({ error: "invalid_client" }, { status: 400 }),
      code: "vendor_auth_failed",
      vendorStatus: 400,
    },
    {
      what: "a 403",
      answer: () => new HttpResponse("<html>", { status: 403 }),
      code: "vendor_auth_failed",
      vendorStatus: 403,
    },
    {
      what: "a 429",
      answer: () => new HttpResponse(null, { status: 429, headers: { "Retry-After": "7200" } }),
      code: "vendor_rate_limited",
      vendorStatus: 429,
    },
    {
      what: "a 408",
      answer: () => new HttpResponse(null, { status: 408 }),
      code: "vendor_unavailable",
      vendorStatus: 408,
    },
    {
      what: "a 499",
      answer: () => new HttpResponse(null, { status: 499 }),
      code: "vendor_unavailable",
      vendorStatus: 499,
    },
    {
      what: "a 302",
      answer: () => new HttpResponse(null, { status: 302, headers: { Location: url } }),
      code: "vendor_unavailable",
      vendorStatus: 302,
    },
    { what: "garbage", answer: () => new HttpResponse("<html>"), code: "vendor_unavailable", vendorStatus: 200 },
    {
      what: "no token",
      answer: () => HttpResponse.json({ token_type: "Bearer" }),
      code: "vendor_unavailable",
      vendorStatus: 200,
    },
    { what: "an empty token", answer: () => token(""), code: "vendor_unavailable", vendorStatus: 200 },
    {
      what: "a token that no header can carry",
      answer: () => token("two\nlines"),
      code: "vendor_unavailable",
      vendorStatus: 200,
    },
    {
      what: "a token of another type",
      answer: () => HttpResponse.json({ access_token: 7 }),
      code: "vendor_unavailable",
      vendorStatus: 200,
    },
    { what: "more than can be read", answer: () => token("x".repeat(2 * 1024 * 1024)), code: "vendor_unavailable" },
  ])("token request: $what, so the account is not sent", async ({ answer, code, vendorStatus, tries = 1 }) => {
    configureVendors({}, http.post(url, answer));
    const { problem, headers } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({ code, effect: "none", retry: "later" });
    expect(problem?.vendor?.status).toBe(vendorStatus);
    expect(headers.get("Retry-After")).toBe(code === "vendor_rate_limited" ? "3600" : null);
    expect(tokenRequests()).toHaveLength(tries);
    expect(creates()).toEqual([]);
  });

  test("a token request that takes too long: the account is not sent, and the next create starts a new request", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let notify = () => {};
    const isRequested = new Promise<void>((resolve) => (notify = resolve));
    const stalled = () => {
      notify();
      return new Promise<Response>(() => {});
    };
    configureVendors({}, http.post(url, stalled, { once: true }));
    const gateway = openGateway();
    const answer = gateway.create(connection, { name: "Acme" });
    await isRequested;
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await answer).problem).toMatchObject({ code: "vendor_unavailable", effect: "none" });
    expect(creates()).toEqual([]);
    expect((await gateway.create(connection, { name: "Acme" })).status).toBe(201);
  });

  test("connections do not share tokens", async () => {
    const variables = demoVariables();
    const other = {
      ...(demoVariables()[
        connection === "demo-clarus" ? "CONNECTION_DEMO_CLARUS" : "CONNECTION_DEMO_ELASTIC_PATH"
      ] as object),
      id: "other",
    };
    const gateway = openGateway({ ...variables, CONNECTION_OTHER: other });
    await gateway.create(connection, { name: "Acme" });
    await gateway.create("other", { name: "Umbrella" });
    expect(tokenRequests()).toHaveLength(2);
    const [first, second] = creates();
    expect(first?.headers["authorization"]).not.toBe(second?.headers["authorization"]);
  });
});

describe("authentication at Garmat", () => {
  const schemes = {
    api_key: { type: "api_key", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
    session: { type: "session", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
    client_credentials: {
      type: "client_credentials",
      client_id: "sandbox",
      client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
      audience: credentials.garmat.audience,
    },
  };

  test.each([
    { scheme: "api_key", exchanged: [], authorization: /^sandbox-key-0123456789$/ },
    { scheme: "session", exchanged: ["https://garmat.sandbox.test/api/authenticate"], authorization: /^Bearer \S+$/ },
    {
      scheme: "client_credentials",
      exchanged: ["https://garmat.sandbox.test/oauth/token"],
      authorization: /^Bearer \S+$/,
    },
  ] as const)("$scheme", async ({ scheme, exchanged, authorization }) => {
    const { status } = await openGateway(demoVariables({ auth: schemes[scheme] }, "demo-garmat")).create(
      "demo-garmat",
      { name: "Acme" },
    );
    expect(status).toBe(201);
    expect(tokenRequests().map(({ url }) => url)).toEqual(exchanged);
    expect(creates()[0]?.headers["authorization"]).toMatch(authorization);
  });

  test("client credentials are sent as JSON with the audience", async () => {
    await openGateway(demoVariables({ auth: schemes.client_credentials }, "demo-garmat")).create("demo-garmat", {
      name: "Acme",
    });
    expect(JSON.parse(tokenRequests()[0]?.body ?? "")).toEqual({
      grant_type: "client_credentials",
      client_id: "sandbox",
      client_secret: credentials.garmat.clientSecret,
      audience: credentials.garmat.audience,
    });
  });

  test.each(["session", "client_credentials"] as const)("%s: an expired session is renewed once", async (scheme) => {
    const gateway = openGateway(demoVariables({ auth: schemes[scheme] }, "demo-garmat"));
    const { status } = await gateway.create("demo-garmat", { name: "fault:401-once" });
    expect(status).toBe(201);
    expect(creates()).toHaveLength(2);
  });

  test("a reply with an OAuth token is not a session", async () => {
    configureVendors(
      {},
      http.post("https://garmat.sandbox.test/api/authenticate", () => token("an-access-token")),
    );
    const { problem } = await openGateway(demoVariables({ auth: schemes.session }, "demo-garmat")).create(
      "demo-garmat",
      { name: "Acme" },
    );
    expect(problem?.code).toBe("vendor_unavailable");
  });
});

const acceptBearer = demoConnections.filter((id) =>
  demoAdapters[id].auth.some(({ schema }) => schema.safeParse({ type: "bearer", token: { secret: "MINTED" } }).success),
);
test.each(acceptBearer)("%s: a static bearer token is sent unchanged, and only once", async (connection) => {
  const variables = {
    ...demoVariables({ auth: { type: "bearer", token: { secret: "MINTED" } } }),
    MINTED: "minted-elsewhere",
  };
  const { problem } = await openGateway(variables).create(connection, { name: "Acme" });
  expect(problem).toMatchObject({ code: "vendor_auth_failed", vendor: { status: 401 } });
  expect(tokenRequests()).toEqual([]);
  expect(creates().map(({ headers }) => headers["authorization"])).toEqual(["Bearer minted-elsewhere"]);
});

test("the credentials are sent to the token URL of the connection", async () => {
  const token_url = "https://login.sandbox.test/token";
  configureVendors(
    {},
    http.post(token_url, () => token("from-elsewhere")),
    http.post(createUrls["demo-clarus"], () => new HttpResponse(null, { status: 422 })),
  );
  const auth = {
    type: "client_credentials",
    client_id: "sandbox",
    client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
    token_url,
    scope: "accounts:write",
  };
  await openGateway(demoVariables({ auth }, "demo-clarus")).create("demo-clarus", { name: "Acme" });
  expect(tokenRequests().map(({ url }) => url)).toEqual([token_url]);
  expect(new URLSearchParams(tokenRequests()[0]?.body).get("scope")).toBe("accounts:write");
  expect(creates()[0]?.headers["authorization"]).toBe("Bearer from-elsewhere");
});

describe("the schemes that other vendors use", () => {
  const origin = "https://vendor.test";
  const headers = { "X-Key-Id": "[redacted]", "X-Timestamp": "[redacted]", "X-Signature": "[redacted]" };
  const shown = {
    basic: { headers: { Authorization: "Basic [redacted]" } },
    basicKey: { headers: { Authorization: "Basic [redacted]" } },
    headerKey: { headers: { "X-Api-Key": "Key [redacted]" } },
    queryKey: { url: `${origin}/accounts?api%20key=[redacted]` },
    hmac: { headers },
    jwtBearer: { headers: { Authorization: "Bearer [redacted]" } },
    refreshToken: { headers: { Authorization: "Bearer [redacted]" } },
  };

  test.each(authVendorNames)("%s: a preview shows where the credentials go, but no secret", async (name) => {
    const secret = name === "jwtBearer" ? (await newKeyPair()).privateKey : vendorSecret;
    const gateway = openGateway(authVariables(name, origin, secret), authAdapters);
    const { previews, text } = await gateway.preview(connectionTo(name), { name: "Acme" });
    expect(previews).toMatchObject([{ request: { url: `${origin}/accounts`, ...shown[name] } }]);
    for (const form of [secret, btoa(secret).slice(0, -4), encodeURIComponent(secret)])
      expect(text).not.toContain(form);
    expect(vendorTraffic()).toEqual([]);
  });

  test("the redaction knows each secret, and the forms in which it is sent", () => {
    const secrets = (name: (typeof authVendorNames)[number]) => {
      const { adapter, auth } = authVendors[name];
      return secretsOf(adapter.auth[0].authenticate(auth, { baseUrl: origin, reveal: () => "the secret" }));
    };
    expect(Object.fromEntries(authVendorNames.map((name) => [name, secrets(name)]))).toEqual({
      basic: [btoa("gateway:the secret"), "the secret"],
      basicKey: [btoa("the secret:"), "the secret"],
      headerKey: ["the secret"],
      queryKey: ["the%20secret", "the secret"],
      hmac: ["the secret"],
      jwtBearer: ["the secret"],
      refreshToken: ["the secret"],
    });
  });

  test("a key in the query follows a query that is already there", () => {
    const plan = planOf({
      adapter: authVendors.queryKey.adapter,
      settings: {},
      auth: [authVendors.queryKey.auth],
      wireRequest: z.unknown(),
      examples: [{ title: "", account: {}, request: {} }],
      rejection: () => ({}),
    });
    const call = { method: "GET", url: `${origin}/accounts?ref=1` } as const;
    expect(writeRequest(plan, call, () => ({ headers: {}, query: "key=a%20b" }), "").url).toBe(
      `${origin}/accounts?ref=1&key=a%20b`,
    );
  });

  describe("a private key that cannot sign with the connection's algorithm", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    const gateway = () => openGateway(authVariables("jwtBearer", origin, key), authAdapters);

    test("a create says so, and nothing is sent", async () => {
      const { problem, text } = await gateway().create(connectionTo("jwtBearer"), { name: "Acme" });
      expect(problem).toMatchObject({
        code: "vendor_auth_failed",
        effect: "none",
        detail: expect.stringContaining(
          "The vendor got no token request: the connection's private key cannot sign with ES256; the account was not sent",
        ),
      });
      expect(text).not.toContain(key.slice(0, 20));
      expect(vendorTraffic()).toEqual([]);
    });

    test("a check says so", async () => {
      const path = `/v1/connections/${connectionTo("jwtBearer")}/check`;
      expect((await gateway().call(path, { method: "POST" })).json).toEqual({
        reachable: false,
        authorized: false,
        lookup: null,
        detail: expect.stringMatching(/private key cannot sign with ES256\. Check the secret that `auth` names/),
      });
    });
  });
});
