/**
 * The gateway with its ledger, in workerd: real Durable Objects, the sandbox vendors in the network's place, and a clock
 * that stands still until a test moves it. Alarms run when a test says so.
 */
/// <reference types="@cloudflare/vitest-plugin/types" />
import {
  abortAllDurableObjects,
  createExecutionContext,
  env,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { afterEach, beforeEach, expect, onTestFinished, vi } from "vitest";
import * as z from "zod/mini";
import { adapters } from "../../../../adapters/index.ts";
import { createMemoryStore, type SandboxStore } from "../../../../sandbox/store.ts";
import { createSandboxes, type SandboxHost } from "../../../../sandbox/sandboxes.ts";
import { type Account, account } from "../../../../schemas/account.ts";
import { operation, type OperationDocument } from "../../../../schemas/operation.ts";
import { type Problem, problem } from "../../../../schemas/problem.ts";
import { createApp } from "../../../../src/app.ts";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import { contractOf } from "../../../support/contract.ts";
import { ledgersRead } from "../worker.ts";

/** Far from now, so that no alarm of the platform's own ever fires in a test. */
const beginMs = Date.parse("2100-01-01T00:00:00.000Z");

export const secrets = { OAUTH: "sandbox-secret-0123456789", RAW: "sandbox-key-0123456789" };
const oauth = { type: "client_credentials", client_id: "sandbox", client_secret: { secret: "OAUTH" } };

/** One connection into each vendor. Times are short, but long enough to be told apart. */
export const connections = {
  clarus: {
    id: "clarus",
    vendor: "clarus",
    base_url: "https://clarus.sandbox.test",
    subdomain: "acme",
    auth: oauth,
    fallback: { code: ["name"] },
    timeout_ms: 200,
    settle_window_ms: 60_000,
  },
  elastic_path: {
    id: "elastic-path",
    vendor: "elastic_path",
    base_url: "https://elastic-path.sandbox.test",
    auth: oauth,
    timeout_ms: 200,
    settle_window_ms: 60_000,
  },
  garmat: {
    id: "garmat",
    vendor: "garmat",
    base_url: "https://garmat.sandbox.test",
    auth: { type: "api_key", api_key: { secret: "RAW" } },
    timeout_ms: 200,
    settle_window_ms: 60_000,
  },
  zendesk: {
    id: "zendesk",
    vendor: "zendesk",
    base_url: "https://zendesk.sandbox.test",
    auth: oauth,
    timeout_ms: 200,
    settle_window_ms: 60_000,
  },
} as const;
export type Vendor = keyof typeof connections;
export const vendors = Object.keys(connections) as Vendor[];
export const connectionOf = (vendor: Vendor): string => connections[vendor].id;
const hosts = {
  clarus: "clarus.sandbox.test",
  elastic_path: "elastic-path.sandbox.test",
  garmat: "garmat.sandbox.test",
  zendesk: "zendesk.sandbox.test",
} as const satisfies Record<Vendor, SandboxHost>;

export const digests = {
  "demo-key": "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c",
  "other-key": "580843d03d2216ff1a275d0991bad66e4d1af871171d929e9de604b7959f9bca",
  "operator-key": "c9736463f555cdb7d2a78cfd7aa8b8c4f09d906d78f8dab9228eda30a28c2818",
};
export type Key = keyof typeof digests;

type Changes = Partial<Record<Vendor, Readonly<Record<string, unknown>>>>;

/** The variables of the gateway and its ledgers, `changes` laid over the connections', and others over all. */
function variablesWith(changes: Changes, others: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const entries = vendors.map((vendor) => [
    `CONNECTION_${vendor.toUpperCase()}`,
    withoutGaps({ ...connections[vendor], ...changes[vendor] }),
  ]);
  return {
    ...secrets,
    ...Object.fromEntries(entries),
    KEY_DEMO: { name: "demo", sha256: [digests["demo-key"]], connections: ["*"] },
    KEY_OTHER: { name: "other", sha256: [digests["other-key"]], connections: ["*"] },
    KEY_OPERATOR: { name: "operator", sha256: [digests["operator-key"]], connections: ["*"], operator: true },
    ...others,
  };
}

/** Without the members that are `undefined`. */
const withoutGaps = (members: Record<string, unknown>): unknown => JSON.parse(JSON.stringify(members));

/** What stands between the gateway and the vendors: answers, or passes on. */
export type Intercept = (request: Request, pass: () => Promise<Response>) => Promise<Response>;
/** What stands between the Worker and a ledger: calls it, or loses the call or its answer. */
export type Lossy = <Answer>(method: keyof LedgerService, call: () => Promise<Answer>) => Promise<Answer>;

const passOn: Intercept = (_request, pass) => pass();
const faithful: Lossy = (_method, go) => go();

interface World {
  app: ReturnType<typeof createApp>;
  variables: Record<string, unknown>;
  intercept: Intercept;
  lossy: Lossy;
  /** Whether the Worker has ledgers at all. */
  isBound: boolean;
  stores: Map<SandboxHost, SandboxStore>;
  sandboxes: ReturnType<typeof createSandboxes>;
  traffic: { method: string; url: string; headers: Record<string, string>; body: string; atMs: number }[];
  logged: string[];
  readLagMs: number;
}

const hold = contractOf(adapters);

let world: World;
const newApp = () => createApp(adapters);

/** To be called at the top of a test file: each test begins with empty ledgers and vendors. */
export function useLedgers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: beginMs });
    begin();
    vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) =>
      fetchFromVendors(new Request(input, init)),
    );
    for (const level of ["log", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation((line) => void world.logged.push(String(line)));
  });
  afterEach(async () => {
    await reset();
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}

/** Empty vendors, nothing in between, and the configuration as it comes. Ledgers are not emptied by this. */
export function begin({ readLagMs = 0, changes = {} }: { readLagMs?: number; changes?: Changes } = {}): void {
  const stores = new Map<SandboxHost, SandboxStore>();
  const storeOf = (host: SandboxHost) => {
    const store = stores.get(host) ?? createMemoryStore();
    stores.set(host, store);
    return store;
  };
  const variables = variablesWith(changes);
  const sandboxes = createSandboxes({ storeOf, readLagMs });
  world = {
    app: newApp(),
    variables,
    intercept: passOn,
    lossy: faithful,
    isBound: true,
    stores,
    sandboxes,
    traffic: [],
    logged: [],
    readLagMs,
  };
  ledgersRead(variables);
}

async function fetchFromVendors(request: Request): Promise<Response> {
  const { method, url } = request;
  const atMs = Date.now();
  const headers = Object.fromEntries(request.headers);
  const asked = { method, url, headers, body: new TextDecoder().decode(await request.clone().arrayBuffer()), atMs };
  world.traffic.push(asked);
  const sandbox = world.sandboxes.get(new URL(url).hostname);
  if (sandbox === undefined) throw new Error(`${method} ${url} goes nowhere`);
  const pass = async () => sandbox.fetch(request);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(request.signal.reason);
  request.signal.addEventListener("abort", abort);
  // Left there, it would keep what was asked for as long as the test runs.
  const leave = () => request.signal.removeEventListener("abort", abort);
  return Promise.race([world.intercept(request, pass), aborted]).finally(leave);
}

/** A vendor that creates the account, and whose answer is lost. */
export const afterCommit: Intercept = async (request, pass) => {
  const answer = await pass();
  if (isCreate(request)) throw new Error("lost");
  return answer;
};
/** A vendor that no create reaches. */
export const beforeCommit: Intercept = async (request, pass) => {
  if (isCreate(request)) throw new Error("lost");
  return pass();
};

export const isCreate = ({ method, url }: { method: string; url: string }): boolean =>
  method === "POST" && /\/(?:accounts|organizations)$/.test(new URL(url).pathname);

/** What the vendors were asked since the test began. */
export const traffic = (): World["traffic"] => world.traffic;
/** How often an account was sent to any vendor. */
export const sends = (): number => world.traffic.filter(isCreate).length;
export const loggedText = (): string => world.logged.join("\n");
/** Forgets what was seen, of which many thousands of requests would leave too much. */
export function forgetSeen(): void {
  world.traffic.length = 0;
  world.logged.length = 0;
}
/** The accounts a vendor holds, as it keeps them. */
export const held = async (vendor: Vendor): Promise<unknown[]> =>
  ((await world.stores.get(hosts[vendor])?.list()) ?? []).map(({ body }) => JSON.parse(body));

export const vendorsAnswer = (intercept: Intercept): void => void (world.intercept = intercept);
export const vendorsAreThemselves = (): void => void (world.intercept = passOn);
export const ledgerCallsGo = (lossy: Lossy): void => void (world.lossy = lossy);
export const noLedgersAreBound = (): void => void (world.isBound = false);

/** Another configuration, for the Worker and for ledgers, which start anew. */
export async function configure(changes: Changes, others?: Readonly<Record<string, unknown>>): Promise<void> {
  world.variables = variablesWith(changes, others);
  world.app = newApp();
  ledgersRead(world.variables);
  await crash();
}

/** Every ledger loses what it has not written. They begin anew at once, as one that does not run is not emptied after its test. */
export async function crash(): Promise<void> {
  await abortAllDurableObjects();
  await Promise.all(vendors.map(nextAlarmMs));
}

export const nowMs = (): number => Date.now();
export const advance = (durationMs: number): void => void vi.setSystemTime(Date.now() + durationMs);

/** Fixes what random times turn out to be, until the test ends: 0 makes each wait its longest. */
export function chanceIs(share: number): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(share);
  onTestFinished(() => random.mockRestore());
}

export const ledgerOf = (vendor: Vendor) => env.LEDGERS.getByName(connectionOf(vendor));

/** When the vendor's ledger will act next; `null` where it will not. */
export const nextAlarmMs = (vendor: Vendor): Promise<number | null> =>
  runInDurableObject(ledgerOf(vendor), (_ledger, { storage }) => storage.getAlarm());

/** Runs the alarm now, whatever it was set to; `false` where there is none. */
export const runAlarm = (vendor: Vendor): Promise<boolean> => runDurableObjectAlarm(ledgerOf(vendor));

/** Lets time pass to each alarm in turn, and runs it, until none is due before `durationMs` have passed. */
export async function elapse(vendor: Vendor, durationMs: number): Promise<void> {
  const untilMs = Date.now() + durationMs;
  for (;;) {
    const atMs = await nextAlarmMs(vendor);
    if (atMs === null || atMs > untilMs) break;
    if (atMs > Date.now()) vi.setSystemTime(atMs);
    await runAlarm(vendor);
  }
  vi.setSystemTime(untilMs);
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  account: Account | undefined;
  problem: Problem | undefined;
  operation: OperationDocument | undefined;
}

interface Call {
  key?: Key;
  method?: string;
  headers?: Record<string, string>;
  /** Made into JSON unless it is text already. */
  body?: unknown;
}

function requestOf(path: string, { key = "demo-key", method, headers: own = {}, body }: Call): Request {
  const headers = {
    Authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...own,
  };
  return new Request(`https://gateway.test${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** What the Worker is given: the variables, and ledgers that may lose calls. */
function environment() {
  const LEDGERS = {
    getByName: (name: string): LedgerService => {
      // The stub's own type goes deeper than the compiler does.
      const stub = env.LEDGERS.getByName(name) as unknown as LedgerService;
      return {
        claim: (asked) => world.lossy("claim", () => stub.claim(asked)),
        settle: (asked) => world.lossy("settle", () => stub.settle(asked)),
        read: (asked) => world.lossy("read", () => stub.read(asked)),
        list: (asked) => world.lossy("list", () => stub.list(asked)),
        resolve: (asked) => world.lossy("resolve", () => stub.resolve(asked)),
      };
    },
  };
  return { ...world.variables, LEDGERS: world.isBound ? LEDGERS : undefined };
}

/** One request as it is; its answer is held to the OpenAPI document. */
export async function exchange(request: Request): Promise<Pick<Answer, "status" | "headers" | "text">> {
  const context = createExecutionContext();
  const { pathname, search } = new URL(request.url);
  const sent = request.body === null ? undefined : new TextDecoder().decode(await request.clone().arrayBuffer());
  const response = await world.app.fetch(request, environment(), context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  const { status, headers } = response;
  hold({ method: request.method, path: `${pathname}${search}`, sent, status, headers, text });
  return { status, headers, text };
}

/** One request of the gateway's API, and what its answer says. */
export async function call(path: string, options: Call = {}): Promise<Answer> {
  const { status, headers, text } = await exchange(requestOf(path, options));
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  const isOperation = status === 202 || (status === 200 && /^\/v1\/operations\/[^?]/.test(path));
  return {
    status,
    headers,
    text,
    account: status === 201 ? z.strictObject(account.shape).parse(json) : undefined,
    problem: status >= 400 ? z.strictObject(problem.shape).parse(json) : undefined,
    operation: isOperation ? z.strictObject(operation.shape).parse(json) : undefined,
  };
}

/** One request whose client goes before it is answered: resolves when the Worker has done what it had begun. */
export async function hangUp(path: string, options: Call): Promise<void> {
  const context = createExecutionContext();
  const client = new AbortController();
  const request = new Request(requestOf(path, options), { signal: client.signal });
  void world.app.fetch(request, environment(), context);
  client.abort();
  await waitOnExecutionContext(context);
}

interface Create extends Omit<Call, "body" | "method"> {
  idempotencyKey?: string | null;
  query?: string;
}

/** What an account carries of its operation's id. */
export const stampIn = (id: string | null | undefined): string => id?.split(".").at(-1)?.replaceAll("-", "") ?? "";

let made = 0;
/** A key that was never used before. */
export const newKey = (): string => `key-${(made += 1)}`;

/** A create with an Idempotency-Key; `null` for one without. */
export function create(
  vendor: Vendor,
  body: unknown,
  { idempotencyKey = newKey(), query = "", headers = {}, ...rest }: Create = {},
): Promise<Answer> {
  const ownKey = idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey };
  const own = { "Gateway-Connection": connectionOf(vendor), ...ownKey, ...headers };
  return call(`/v1/accounts${query}`, { ...rest, headers: own, body });
}

/** The operation as an operator reads it. */
export async function operationOf(id: string): Promise<OperationDocument> {
  const { operation: found, status } = await call(`/v1/operations/${id}`, { key: "operator-key" });
  expect(status).toBe(200);
  if (found === undefined) throw new Error("No operation");
  return found;
}
