/** One made-up vendor for each way to authenticate that only other adapters use. */
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { defineAdapter } from "../../adapters/engine/adapter.ts";
import {
  type AuthScheme,
  basic,
  basicKey,
  headerKey,
  hmac,
  queryKey,
  refreshToken,
} from "../../adapters/engine/auth.ts";
import { jwtBearer } from "../../adapters/engine/auth-jwt.ts";
import { readErrors } from "../../adapters/engine/vendor-errors.ts";

interface AuthVendor {
  adapter: Adapter;
  /** A connection's `auth`. `VENDOR_SECRET` is its secret. */
  auth: Record<string, unknown>;
}

const secret = { secret: "VENDOR_SECRET" };

function vendorWith(vendor: string, scheme: AuthScheme, auth: Record<string, unknown>): AuthVendor {
  const adapter = defineAdapter()({
    vendor,
    title: "The vendor",
    settings: {},
    headers: () => ({}),
    auth: [scheme],
    path: "/accounts",
    constants: {},
    fields: { name: { to: "/name", required: true }, active: { implied: true } },
    slots: {},
    reply: { id: "/id", repeats: ["name"], created_at: [], updated_at: [], envelopes: [] },
    readErrors,
    lookups: [],
  });
  return { adapter, auth };
}

export const authVendors = {
  basic: vendorWith("basic", basic, { type: "basic", username: "gateway", password: secret }),
  basicKey: vendorWith("basic_key", basicKey, { type: "basic", username: secret }),
  headerKey: vendorWith("header_key", headerKey({ header: "X-Api-Key", prefix: "Key " }), {
    type: "api_key",
    api_key: secret,
  }),
  queryKey: vendorWith("query_key", queryKey({ parameter: "api key" }), { type: "api_key", api_key: secret }),
  hmac: vendorWith(
    "hmac",
    hmac({
      header: "X-Signature",
      prefix: "sha256=",
      encoding: "base64",
      timestamp: { header: "X-Timestamp", format: "seconds" },
      keyIdHeader: "X-Key-Id",
      text: ({ method, path, timestamp, body }) => [method, path, timestamp, body].join("\n"),
    }),
    { type: "hmac", key_id: "gateway", key: secret },
  ),
  jwtBearer: vendorWith(
    "jwt_bearer",
    jwtBearer({ path: "/token", encoding: "form", algorithms: ["RS256", "ES256", "EdDSA"] }),
    { type: "jwt_bearer", issuer: "gateway", subject: "erp@acme.example", private_key: secret, algorithm: "ES256" },
  ),
  refreshToken: vendorWith("refresh_token", refreshToken({ path: "/token", encoding: "form" }), {
    type: "refresh_token",
    refresh_token: secret,
    client_id: "gateway",
  }),
} as const satisfies Record<string, AuthVendor>;

export type AuthVendorName = keyof typeof authVendors;
export const authVendorNames = Object.keys(authVendors) as AuthVendorName[];
export const authAdapters: readonly Adapter[] = Object.values(authVendors).map(({ adapter }) => adapter);

/** The variables of a gateway with one connection, `own`, to this vendor, with this value of its secret. */
export function authVariables(name: AuthVendorName, baseUrl: string, value: string): Record<string, unknown> {
  const { adapter, auth } = authVendors[name];
  return {
    VENDOR_SECRET: value,
    CONNECTION_OWN: { id: "own", vendor: adapter.vendor, base_url: baseUrl, auth, require_key: false },
  };
}

/** The base64 of a new P-256 private key in PKCS#8, and the base64url of its public key in SPKI. */
export async function newKeyPair(): Promise<{ privateKey: string; publicKey: string }> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  if (pair instanceof CryptoKey) throw new Error("No pair");
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return { privateKey: base64(pkcs8), publicKey: base64(spki).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") };
}
