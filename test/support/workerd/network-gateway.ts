/** The gateway under test, in workerd, with connections to the TCP vendor over a real network. */
/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterAll, beforeAll, expect, inject, vi } from "vitest";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import { type Problem, problem } from "../../../schemas/documents/problem.ts";
import { createApp } from "../../../src/app.ts";
import { contractOf } from "../contract.ts";
import { digests } from "../gateway-keys.ts";

const vendor = inject("tcpVendor");
const app = createApp(allAdapters);
const checkContract = contractOf(allAdapters);

interface Kind {
  settings: object;
  /** The path of the create, below the base URL. */
  path: string;
  /** Whether the gateway requests a token. */
  tokenRequests: boolean;
}

const elasticPath = { settings: { vendor: "elastic_path" }, path: "/v2/accounts" };
const clarus = {
  settings: { vendor: "clarus", subdomain: "acme", fallback: { code: ["name"] } },
  path: "/api/accounts",
};
const garmat = { settings: { vendor: "garmat" }, path: "/api/accounts" };

/** Clarus, Elastic Path and Garmat, each with a fixed credential and with client credentials. */
const kinds = {
  "garmat, raw key": { ...garmat, tokenRequests: false },
  "clarus, bearer": { ...clarus, tokenRequests: false },
  "elastic_path, bearer": { ...elasticPath, tokenRequests: false },
  "garmat, client credentials": { ...garmat, tokenRequests: true },
  "clarus, client credentials": { ...clarus, tokenRequests: true },
  "elastic_path, client credentials": { ...elasticPath, tokenRequests: true },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof kinds;
const kindNames = Object.keys(kinds) as KindName[];
export const tokenKinds = kindNames.filter((name) => kinds[name].tokenRequests);
export const fixedCredentialKinds = kindNames.filter((name) => !kinds[name].tokenRequests);

/** The timeout for a vendor that answers. Long enough for a busy machine. */
export const longTimeoutMs = 4_000;
/** The timeout for a vendor that never answers. */
export const shortTimeoutMs = 300;

/** Call it at the top of a test file. */
export function silenceLog(): void {
  beforeAll(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());
}

let markers = 0;
/** Marks the requests of one test. */
export const newMarker = () => `m${(markers += 1)}-${crypto.randomUUID()}`;

const secret = "a-secret-0123456789";

interface ConnectionOptions {
  kind: KindName;
  baseUrl: string;
  tokenUrl: string;
  timeoutMs: number;
}

function authOf(kind: KindName, tokenUrl: string): object {
  if (kinds[kind].tokenRequests)
    return {
      type: "client_credentials",
      client_id: "gateway",
      client_secret: { secret: "VENDOR_SECRET" },
      token_url: tokenUrl,
    };
  return kind === "garmat, raw key"
    ? { type: "api_key", api_key: { secret: "VENDOR_SECRET" } }
    : { type: "bearer", token: { secret: "VENDOR_SECRET" } };
}

/** Variables with one connection, and the gateway key `demo-key`. */
export function variablesOf({ kind, baseUrl, tokenUrl, timeoutMs }: ConnectionOptions): Record<string, unknown> {
  return {
    VENDOR_SECRET: secret,
    CONNECTION_TCP: {
      ...kinds[kind].settings,
      id: "tcp",
      base_url: baseUrl,
      auth: authOf(kind, tokenUrl),
      require_key: false,
      timeout_ms: timeoutMs,
    },
    KEY_DEMO: {
      name: "demo",
      operator: true,
      sha256: [digests["demo-key"]],
      connections: ["*"],
    },
  };
}

export const createRequest = (init: RequestInit = {}) =>
  new Request("https://gateway.test/v1/accounts", {
    method: "POST",
    headers: { Authorization: "Bearer demo-key", "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Acme" }),
    ...init,
  });

export interface Answer {
  status: number;
  /** The created account's id. */
  id: string | undefined;
  problem: Problem | undefined;
}

/** Reads an answer of the gateway: an account, or a problem whose origin is the vendor. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  expect(text).not.toContain(secret);
  const { status, headers } = response;
  checkContract({ method: "POST", path: "/v1/accounts", sent: undefined, status, headers, text });
  const body = JSON.parse(text);
  if (status === 201) return { status: 201, id: body.id, problem: undefined };
  const found = problem.parse(body);
  expect(found).toMatchObject({ status, origin: "vendor" });
  return { status, id: undefined, problem: found };
}

/** Sends one create with these variables. */
export async function createWith(variables: Record<string, unknown>): Promise<Answer> {
  const context = createExecutionContext();
  const answer = await readAnswer(await app.fetch(createRequest(), variables, context));
  await waitOnExecutionContext(context);
  return answer;
}

interface Behaviour {
  kind?: KindName;
  /** The vendor's behaviour for a create, or `refused` for a closed port. */
  create?: string;
  /** Its behaviour for a token request. */
  token?: string;
  timeoutMs?: number;
}

export interface Observed {
  answer: Answer;
  /** How often the account was sent. */
  creates: number;
  /** How often a token was requested. */
  tokenRequests: number;
}

/** Sends one create to a vendor with this behaviour. The vendor gets only creates and token requests. */
export async function createOnce({
  kind = "garmat, raw key",
  create = "created",
  token = "created",
  timeoutMs = longTimeoutMs,
}: Behaviour): Promise<Observed> {
  const marker = newMarker();
  const under = (behaviour: string) =>
    behaviour === "refused" ? `${vendor.refusedOrigin}/${marker}` : `${vendor.origin}/${behaviour}/${marker}`;
  const answer = await createWith(
    variablesOf({ kind, baseUrl: under(create), tokenUrl: `${under(token)}/token`, timeoutMs }),
  );
  return { answer, ...(await seen({ marker, create, token, path: kinds[kind].path })) };
}

interface Expected {
  marker: string;
  create: string;
  token: string;
  path: string;
}

async function seen({ marker, create, token, path }: Expected): Promise<Omit<Observed, "answer">> {
  const {
    [`POST /${create}/${marker}${path}`]: creates = 0,
    [`POST /${token}/${marker}/token`]: tokenRequests = 0,
    ...others
  } = await countsOf(marker);
  expect(others).toEqual({});
  return { creates, tokenRequests };
}

/** How often each request with this marker reached one of the vendor's ports. */
export async function countsOf(marker: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = await (await fetch(`${vendor.otherOrigin}/__counts`)).json();
  return Object.fromEntries(Object.entries(counts).filter(([request]) => request.includes(marker)));
}
