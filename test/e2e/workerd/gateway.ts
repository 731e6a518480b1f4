/** The gateway under test, in workerd, with connections to the TCP vendor over a real network. */
/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterAll, beforeAll, expect, inject, vi } from "vitest";
import { adapters } from "../../../adapters/index.ts";
import { type Problem, problem } from "../../../schemas/documents/problem.ts";
import { createApp } from "../../../src/app.ts";
import { contractOf } from "../../support/contract.ts";

const vendor = inject("tcpVendor");
const app = createApp(adapters);
const hold = contractOf(adapters);

interface Kind {
  settings: object;
  /** Where accounts are created, below the base URL. */
  path: string;
  /** Whether another token can be had when one is refused. */
  exchanges: boolean;
}

const elasticPath = { settings: { vendor: "elastic_path" }, path: "/v2/accounts" };
const clarus = {
  settings: { vendor: "clarus", subdomain: "acme", fallback: { code: ["name"] } },
  path: "/api/accounts",
};
const garmat = { settings: { vendor: "garmat" }, path: "/api/accounts" };

/** Each vendor with a credential that goes as it is, and with one that is exchanged for a token. */
const kinds = {
  "garmat, raw key": { ...garmat, exchanges: false },
  "clarus, bearer": { ...clarus, exchanges: false },
  "elastic_path, bearer": { ...elasticPath, exchanges: false },
  "garmat, client credentials": { ...garmat, exchanges: true },
  "clarus, client credentials": { ...clarus, exchanges: true },
  "elastic_path, client credentials": { ...elasticPath, exchanges: true },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof kinds;
const kindNames = Object.keys(kinds) as KindName[];
export const exchangingKinds = kindNames.filter((name) => kinds[name].exchanges);
export const fixedKinds = kindNames.filter((name) => !kinds[name].exchanges);

/** No bound on a vendor that answers, even where the machine is busy. */
export const patientMs = 4_000;
/** For what is never answered. */
export const hastyMs = 300;

/** To be called at the top of a test file. */
export function withoutLog(): void {
  beforeAll(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
  afterAll(() => void vi.restoreAllMocks());
}

let issued = 0;
/** Tells the requests of one test from all others. */
export const newMarker = () => `m${(issued += 1)}-${crypto.randomUUID()}`;

const secret = "a-secret-0123456789";

interface ConnectionOptions {
  kind: KindName;
  baseUrl: string;
  tokenUrl: string;
  timeoutMs: number;
}

function authOf(kind: KindName, tokenUrl: string): object {
  if (kinds[kind].exchanges)
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

/** Variables with one connection, which the key `demo-key` opens. */
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
      sha256: ["c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c"],
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
  /** The account's id, where one is told. */
  id: string | undefined;
  problem: Problem | undefined;
}

/** Reads an answer of the gateway; whatever the vendor did, it is an account or a problem that the vendor is at fault for. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  expect(text).not.toContain(secret);
  const { status, headers } = response;
  hold({ method: "POST", path: "/v1/accounts", sent: undefined, status, headers, text });
  const body = JSON.parse(text);
  if (status === 201) return { status: 201, id: body.id, problem: undefined };
  const found = problem.parse(body);
  expect(found).toMatchObject({ status, origin: "vendor" });
  return { status, id: undefined, problem: found };
}

/** One create with these variables. */
export async function createWith(variables: Record<string, unknown>): Promise<Answer> {
  const context = createExecutionContext();
  const answer = await readAnswer(await app.fetch(createRequest(), variables, context));
  await waitOnExecutionContext(context);
  return answer;
}

interface Scene {
  kind?: KindName;
  /** What the vendor does with a create, or `refused`. */
  create?: string;
  /** What it does with an exchange for a token. */
  token?: string;
  timeoutMs?: number;
}

export interface Seen {
  answer: Answer;
  /** How often the account was sent. */
  creates: number;
  /** How often a token was asked for. */
  exchanges: number;
}

/** One create against a vendor that behaves so; the vendor sees nothing but creates and exchanges where they belong. */
export async function play({
  kind = "garmat, raw key",
  create = "created",
  token = "created",
  timeoutMs = patientMs,
}: Scene): Promise<Seen> {
  const marker = newMarker();
  const under = (behaviour: string) =>
    behaviour === "refused" ? `${vendor.refusedOrigin}/${marker}` : `${vendor.origin}/${behaviour}/${marker}`;
  const answer = await createWith(
    variablesOf({ kind, baseUrl: under(create), tokenUrl: `${under(token)}/token`, timeoutMs }),
  );
  return { answer, ...(await seen({ marker, create, token, path: kinds[kind].path })) };
}

interface Looked {
  marker: string;
  create: string;
  token: string;
  path: string;
}

async function seen({ marker, create, token, path }: Looked): Promise<Omit<Seen, "answer">> {
  const {
    [`POST /${create}/${marker}${path}`]: creates = 0,
    [`POST /${token}/${marker}/token`]: exchanges = 0,
    ...strays
  } = await countsOf(marker);
  expect(strays).toEqual({});
  return { creates, exchanges };
}

/** Every request with this marker that reached either of the vendor's ports; asked for where no behaviour breaks the connection. */
export async function countsOf(marker: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = await (await fetch(`${vendor.otherOrigin}/__counts`)).json();
  return Object.fromEntries(Object.entries(counts).filter(([request]) => request.includes(marker)));
}
