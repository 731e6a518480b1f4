import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { jwtBearer } from "../../../adapters/engine/auth-jwt.ts";

const nowMs = Date.parse("2026-11-29T12:00:00.500Z");
const nowS = Math.floor(nowMs / 1000);

const pairs = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
};
type Algorithm = keyof typeof pairs;
const algorithms = Object.keys(pairs) as Algorithm[];
/** The key as `openssl pkcs8 -topk8 -nocrypt -outform DER | base64 -w0` prints it. */
const oneLine = (key: KeyObject): string => key.export({ format: "der", type: "pkcs8" }).toString("base64");

type Options = Partial<Parameters<typeof jwtBearer>[0]>;

/** The token request of a connection with these members of `auth`. */
async function requestOf({ options = {}, auth = {}, key }: { options?: Options; auth?: object; key?: string } = {}) {
  const scheme = jwtBearer({
    path: "/token",
    encoding: "form",
    algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
    ...options,
  });
  const authenticated = scheme.authenticate(
    { type: "jwt_bearer", issuer: "gateway", private_key: { secret: "KEY" }, ...auth },
    { baseUrl: "https://vendor.test", reveal: () => key ?? oneLine(pairs.RS256.privateKey) },
  );
  if (authenticated.kind !== "token" || authenticated.request.assertion === undefined) throw new Error("No assertion");
  const { assertion, ...request } = authenticated.request;
  const made = await assertion.make(assertion.key, nowMs);
  if (made.kind === "unusable_key") throw new Error(made.reason);
  return { request, members: made.members, jwt: made.members["assertion"] ?? "" };
}

describe.each(algorithms)("%s", (algorithm) => {
  const { privateKey, publicKey } = pairs[algorithm];

  test("the vendor can verify the JWT with the public key", async () => {
    const { jwt } = await requestOf({ auth: { algorithm }, key: oneLine(privateKey) });
    const options = { algorithms: [algorithm], audience: "https://vendor.test/token", currentDate: new Date(nowMs) };
    const { payload } = await jwtVerify(jwt, publicKey, options);
    expect(payload).toMatchObject({ iss: "gateway", iat: nowS, exp: nowS + 180 });
  });

  test("a key of another kind makes no JWT", async () => {
    const other = pairs[algorithm === "ES256" ? "EdDSA" : "ES256"].privateKey;
    await expect(requestOf({ auth: { algorithm }, key: oneLine(other) })).rejects.toThrow(
      `got no token request: the connection's private key cannot sign with ${algorithm}`,
    );
  });
});

test("the form of the token request, and the claims by default", async () => {
  const { request, members, jwt } = await requestOf();
  expect({ request, members }).toEqual({
    request: {
      url: "https://vendor.test/token",
      encoding: "form",
      body: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" },
    },
    members: { assertion: jwt },
  });
  expect(decodeProtectedHeader(jwt)).toEqual({ alg: "RS256", typ: "JWT" });
  expect(decodeJwt(jwt)).toEqual({
    iss: "gateway",
    aud: "https://vendor.test/token",
    iat: nowS,
    exp: nowS + 180,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(decodeJwt((await requestOf()).jwt).jti).not.toBe(decodeJwt(jwt).jti);
});

test("every member of `auth`, and the vendor's own claims", async () => {
  const auth = {
    subject: "erp@acme.example",
    audience: "https://login.vendor.test",
    key_id: "k-1",
    scope: "accounts",
    token_url: "https://login.vendor.test/oauth/token",
  };
  const options = { lifetimeSeconds: 60, claims: { tenant: 7, iss: "never" } };
  const { request, jwt } = await requestOf({ options, auth });
  expect(request).toMatchObject({ url: auth.token_url, body: { scope: "accounts" } });
  expect(decodeProtectedHeader(jwt)).toEqual({ alg: "RS256", typ: "JWT", kid: "k-1" });
  expect(decodeJwt(jwt)).toMatchObject({
    iss: "gateway",
    sub: auth.subject,
    aud: auth.audience,
    tenant: 7,
    exp: nowS + 60,
  });
  expect(decodeJwt(jwt)).not.toHaveProperty("scope");
});

test("the scope as a claim", async () => {
  const { request, jwt } = await requestOf({ options: { scopeIn: "jwt" }, auth: { scope: "accounts" } });
  expect(request.body).not.toHaveProperty("scope");
  expect(decodeJwt(jwt)).toMatchObject({ scope: "accounts" });
});

describe("the check of the private key", () => {
  const { whyUnusable } = jwtBearer({ path: "/token", encoding: "form", algorithms: ["RS256"] });
  const { privateKey } = pairs.RS256;
  const pem = (type: "pkcs8" | "pkcs1") => privateKey.export({ format: "pem", type }).toString();
  const bodyOf = (text: string) => text.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  const command = "`openssl pkcs8 -topk8 -nocrypt -outform DER -in key.pem | base64 -w0`";

  test.each(algorithms)("accepts a key of %s", (algorithm) => {
    expect(whyUnusable?.(oneLine(pairs[algorithm].privateKey))).toBeUndefined();
  });

  const encrypted = privateKey.export({ format: "der", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" });
  test.each([
    ["a PEM file", pem("pkcs8"), "is a PEM file"],
    ["a PEM file of one line", pem("pkcs8").replaceAll("\n", " "), "is a PEM file"],
    ["a key in PKCS#1", bodyOf(pem("pkcs1")), "is not a private key in PKCS#8 format"],
    [
      "a key in SEC 1",
      pairs.ES256.privateKey.export({ format: "der", type: "sec1" }).toString("base64"),
      "is not a private",
    ],
    ["an encrypted key", encrypted.toString("base64"), "is not a private"],
    [
      "a public key",
      pairs.RS256.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
      "is not a private",
    ],
    ["a key that is cut off", oneLine(privateKey).slice(0, 1600), "is not a private"],
    ["text that is not base64", "canary-5f0c9e1d7ab3", "is not a private"],
    ["a short text", "MAA=", "is not a private"],
  ])("refuses %s", (_, key, reason) => {
    const found = whyUnusable?.(key);
    expect(found).toContain(reason);
    expect(found).toContain(command);
    expect(found).not.toContain(key.slice(0, 30));
  });
});
