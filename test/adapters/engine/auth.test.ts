import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import { hmac, type AuthScheme, type SignedRequest } from "../../../adapters/engine/auth.ts";
import { authVendorNames, authVendors } from "../../support/auth-vendor.ts";

const context = {
  baseUrl: "https://vendor.test/api",
  reveal: ({ secret }: { secret: string }) => `value of ${secret}`,
};
const [key, password] = [{ secret: "KEY" }, { secret: "PASSWORD" }];

/** What the only scheme of this adapter makes of a connection's `auth`. */
const authOf = ({ auth: [scheme] }: Adapter, auth: object) => scheme.authenticate(auth, context);
const { basic, basicKey, headerKey, queryKey, refreshToken } = authVendors;

describe("a fixed credential", () => {
  test("basic: the user name and the password as base64; the password is a secret of its own", () => {
    expect(authOf(basic.adapter, { type: "basic", username: "user@acme.example/token", password })).toEqual({
      kind: "fixed",
      prefix: "Basic ",
      client: "user@acme.example/token",
      credential: btoa("user@acme.example/token:value of PASSWORD"),
      secrets: ["value of PASSWORD"],
    });
  });

  test("basic with a secret user name: the user name is secret, and the password is empty", () => {
    expect(authOf(basicKey.adapter, { type: "basic", username: key })).toEqual({
      kind: "fixed",
      prefix: "Basic ",
      credential: btoa("value of KEY:"),
      secrets: ["value of KEY"],
    });
  });

  test("headerKey: the key in the vendor's header, after the prefix", () => {
    expect(authOf(headerKey.adapter, { type: "api_key", api_key: key })).toEqual({
      kind: "fixed",
      header: "X-Api-Key",
      prefix: "Key ",
      credential: "value of KEY",
    });
  });

  test("queryKey: the parameter and the key are percent-encoded", () => {
    expect(authOf(queryKey.adapter, { type: "api_key", api_key: key })).toEqual({
      kind: "query",
      parameter: "api%20key",
      credential: "value%20of%20KEY",
      secrets: ["value of KEY"],
    });
  });
});

describe("hmac", () => {
  const request: SignedRequest = {
    method: "GET",
    url: "https://vendor.test/accounts?ref=a%20b",
    body: "",
    nowMs: Date.parse("2026-11-29T12:00:00.500Z"),
  };
  const digest = (text: string) => createHmac("sha256", "value of KEY").update(text);

  function signed(scheme: AuthScheme, auth: object, changes: Partial<SignedRequest> = {}) {
    const made = scheme.authenticate(auth, context);
    if (made.kind !== "signed") throw new Error("Not signed");
    return made.sign(made.credential, { ...request, ...changes });
  }

  test("signs the method, the path with its query, the time and the body", () => {
    const scheme = hmac({
      header: "X-Signature",
      encoding: "hex",
      timestamp: { header: "X-Time", format: "iso" },
      text: ({ method, path, timestamp, body }) => `${timestamp}|${method}|${path}|${body}`,
    });
    const headers = signed(scheme, { type: "hmac", key }, { method: "POST", body: '{"name":"Zoë"}' });
    expect(headers).toEqual({
      "X-Time": "2026-11-29T12:00:00.500Z",
      "X-Signature": digest('2026-11-29T12:00:00.500Z|POST|/accounts?ref=a%20b|{"name":"Zoë"}').digest("hex"),
    });
  });

  test.each([
    ["seconds", "1795953600"],
    ["milliseconds", "1795953600500"],
  ] as const)("writes the time in %s", (format, time) => {
    const text = ({ timestamp }: { timestamp: string }) => timestamp;
    const scheme = hmac({ header: "X-Signature", encoding: "hex", timestamp: { header: "X-Time", format }, text });
    expect(signed(scheme, { type: "hmac", key })).toEqual({
      "X-Time": time,
      "X-Signature": digest(time).digest("hex"),
    });
  });

  test("writes base64 after a prefix, and the id of the key; without a header for the time, the time is empty", () => {
    const scheme = hmac({
      header: "Authorization",
      prefix: "HMAC ",
      encoding: "base64",
      keyIdHeader: "X-Key",
      text: ({ timestamp, path }) => `${timestamp}${path}`,
    });
    expect(signed(scheme, { type: "hmac", key, key_id: "k-1" })).toEqual({
      Authorization: `HMAC ${digest("/accounts?ref=a%20b").digest("base64")}`,
      "X-Key": "k-1",
    });
  });
});

describe("refreshToken", () => {
  test("posts the refresh token below the base URL, as a public client", () => {
    expect(authOf(refreshToken.adapter, { type: "refresh_token", refresh_token: key })).toEqual({
      kind: "token",
      secrets: ["value of KEY"],
      tokenMember: "access_token",
      request: {
        url: "https://vendor.test/api/token",
        encoding: "form",
        body: { grant_type: "refresh_token", refresh_token: "value of KEY" },
      },
    });
  });

  test("posts the client's credentials and the scope to `token_url`", () => {
    const auth = authOf(refreshToken.adapter, {
      type: "refresh_token",
      refresh_token: key,
      client_id: "gateway",
      client_secret: password,
      scope: "accounts",
      token_url: "https://login.vendor.test/token?a=b",
    });
    expect(auth).toMatchObject({
      client: "gateway",
      secrets: ["value of KEY", "value of PASSWORD"],
      request: {
        url: "https://login.vendor.test/token?a=b",
        body: {
          grant_type: "refresh_token",
          refresh_token: "value of KEY",
          client_id: "gateway",
          client_secret: "value of PASSWORD",
          scope: "accounts",
        },
      },
    });
  });
});

describe("the members of `auth`", () => {
  test.each(authVendorNames)("%s: accepts its members, and no others", (name) => {
    const { adapter, auth } = authVendors[name];
    const { schema } = adapter.auth[0];
    expect(schema.safeParse(auth).success).toBe(true);
    expect(schema.safeParse({ ...auth, other: "x" }).success).toBe(false);
    for (const member of ["type", "username", "password", "api_key", "key", "key_id", "private_key", "issuer"]) {
      const { [member]: removed, ...others } = auth;
      expect(schema.safeParse(others).success).toBe(removed === undefined);
    }
  });

  test.each(["", "a:b", "zoë", "a\nb"])(
    "basic refuses the user name %j, because the header cannot carry it",
    (username) => {
      expect(basic.adapter.auth[0].schema.safeParse({ type: "basic", username, password }).success).toBe(false);
    },
  );

  test("hmac without a header for it refuses `key_id`", () => {
    const { schema } = hmac({ header: "X-Signature", encoding: "hex", text: ({ body }) => body });
    expect(schema.safeParse({ type: "hmac", key, key_id: "k-1" }).success).toBe(false);
  });

  test.each(["", "a b", "a\nb"])("hmac refuses the `key_id` %j, because the header cannot carry it", (key_id) => {
    expect(authVendors.hmac.adapter.auth[0].schema.safeParse({ type: "hmac", key, key_id }).success).toBe(false);
  });
});
