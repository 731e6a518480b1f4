import type { Hono } from "hono";
import * as z from "zod/mini";
import { createClarusSandbox } from "../../sandbox/clarus.ts";
import { credentials } from "../../sandbox/sandbox.ts";
import { createElasticPathSandbox, type ElasticPathSandboxOptions } from "../../sandbox/elastic-path.ts";
import { createGarmatSandbox } from "../../sandbox/garmat.ts";
import { createMemoryStore } from "../../sandbox/store.ts";
import { createZendeskSandbox } from "../../sandbox/zendesk.ts";
import { createFakeClock } from "./fake-clock.ts";

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });
const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const { clarus, elasticPath, garmat, zendesk } = credentials;
const grant = { grant_type: "client_credentials", client_id: "sandbox" };
const tokenReply = z.pipe(
  z.object({ access_token: z.string() }),
  z.transform(({ access_token }) => access_token),
);

/** The differences between the vendors, for tests that run for all of them. */
export const vendors = {
  clarus: {
    create: createClarusSandbox,
    path: "/api/accounts",
    status: 201,
    errors: "errors",
    token: ["/oauth/token", form({ ...grant, client_secret: clarus.clientSecret })],
    headers: { "X-Clarus-Subdomain": clarus.subdomain },
    // The name is also the code.
    account: (name: string) => ({ data: { type: "accounts", attributes: { code: name, name } } }),
  },
  elasticPath: {
    create: createElasticPathSandbox,
    path: "/v2/accounts",
    status: 201,
    errors: "errors",
    token: ["/oauth/access_token", form({ ...grant, client_secret: elasticPath.clientSecret })],
    headers: {},
    account: (name: string) => ({ data: { type: "account", name } }),
  },
  garmat: {
    create: createGarmatSandbox,
    path: "/api/accounts",
    status: 200,
    errors: "error",
    token: ["/oauth/token", json({ ...grant, client_secret: garmat.clientSecret, audience: garmat.audience })],
    headers: {},
    account: (name: string) => ({ name, type: "customer" }),
  },
  zendesk: {
    create: createZendeskSandbox,
    path: "/api/v2/organizations",
    status: 201,
    errors: "error",
    token: ["/oauth/tokens", json({ ...grant, client_secret: zendesk.clientSecret })],
    headers: {},
    account: (name: string) => ({ organization: { name } }),
  },
} as const satisfies Record<string, Vendor>;

interface Vendor {
  create: typeof createElasticPathSandbox;
  path: string;
  status: number;
  /** The member of an error body that contains the errors. */
  errors: string;
  token: readonly [path: string, init: RequestInit];
  headers: Record<string, string>;
  account: (name: string) => unknown;
}

export type VendorName = keyof typeof vendors;
export const vendorNames = ["clarus", "elasticPath", "garmat", "zendesk"] as const;

/** Opens a vendor's sandbox with a valid token. */
export async function openVendor(name: VendorName, options: Omit<ElasticPathSandboxOptions, "store" | "clock"> = {}) {
  const vendor: Vendor = vendors[name];
  const clock = createFakeClock();
  const store = createMemoryStore();
  const app: Hono = vendor.create({ store, clock, ...options });

  const signIn = async () => tokenReply.parse(await (await app.request(...vendor.token)).json());
  let authorization = `Bearer ${await signIn()}`;

  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ Authorization: authorization, ...vendor.headers });
    for (const [header, value] of new Headers(init.headers)) headers.set(header, value);
    return app.request(path, { ...init, headers });
  };
  return {
    app,
    clock,
    vendor,
    send,
    post: (path: string, body: unknown, init: RequestInit = {}) => send(path, { ...json(body), ...init }),
    create: (accountName: string, init: RequestInit = {}) =>
      send(vendor.path, { ...json(vendor.account(accountName)), ...init }),
    count: async () => (await store.list()).length,
    signInAgain: async () => void (authorization = `Bearer ${await signIn()}`),
    authorizeWith: (key: string) => void (authorization = key),
  };
}
