/** One made-up vendor for each way to authenticate that only other adapters use. */
import { exportPKCS8, exportSPKI, generateKeyPair } from "jose";
import { type Adapter, defineAdapter } from "../../adapters/engine/adapter.ts";
import { type AuthScheme, basic, headerKey, hmac, queryKey, refreshToken } from "../../adapters/engine/auth.ts";
import { jwtBearer } from "../../adapters/engine/auth-jwt.ts";
import { readErrors } from "../../adapters/engine/vendor-errors.ts";
import { digests } from "./gateway-keys.ts";

interface AuthVendor {
  adapter: Adapter;
  /** A connection's `auth`. `VENDOR_SECRET` is its secret. */
  auth: Record<string, unknown>;
}

const secret = { secret: "VENDOR_SECRET" };
/** The value of the secret in every scheme but `jwtBearer`, with characters that each encoding changes. */
export const vendorSecret = "canary/secret+with=all&sorts%of~things";

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
  basic: vendorWith("basic", basic({ secret: "password" }), { type: "basic", username: "gateway", password: secret }),
  basicKey: vendorWith("basic_key", basic({ secret: "username" }), { type: "basic", username: secret }),
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

/** The id of the connection to this vendor. */
export const connectionTo = (name: AuthVendorName): string => `own-${name.toLowerCase()}`;

/** The variables of a gateway with one connection to this vendor, with this value of its secret. */
export function authVariables(name: AuthVendorName, baseUrl: string, value: string): Record<string, unknown> {
  const { adapter, auth } = authVendors[name];
  return {
    VENDOR_SECRET: value,
    CONNECTION_OWN: {
      id: connectionTo(name),
      vendor: adapter.vendor,
      base_url: baseUrl,
      auth,
      require_key: false,
    },
    KEY_DEMO: { name: "demo", operator: true, sha256: [digests["demo-key"]], connections: ["*"] },
  };
}

/** The base64 of a new P-256 private key in PKCS#8, and the base64url of its public key in SPKI. */
export async function newKeyPair(): Promise<{ privateKey: string; publicKey: string }> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const base64Of = (pem: string) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  const publicKey = base64Of(await exportSPKI(pair.publicKey));
  return {
    privateKey: base64Of(await exportPKCS8(pair.privateKey)),
    publicKey: publicKey.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  };
}
