/**
 * The gateway and its ledgers in workerd: real Durable Objects, sandbox vendors instead of the network, and a clock that
 * only the test moves. Alarms run only when the test runs them.
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
import { createMemoryStore, type SandboxStore } from "../../../sandbox/store.ts";
import {
  createSandboxes,
  demoConnectionOf,
  demoSecrets,
  type SandboxHost,
  sandboxes,
} from "../../../sandbox/sandboxes.ts";
import { type Account, account } from "../../../schemas/documents/account.ts";
import type { OperationState } from "../../../schemas/operation.ts";
import { operation, type OperationDocument } from "../../../schemas/documents/operation.ts";
import { type Problem, problem } from "../../../schemas/documents/problem.ts";
import { createApp } from "../../../src/app.ts";
import type { LedgerService } from "../../../src/ledger/rpc.ts";
import { contractOf } from "../contract.ts";
import { digests, type Key } from "../gateway-keys.ts";
import { sampleOf } from "../samples.ts";
import { isCreate, isProbe } from "../vendor-requests.ts";
import { adapters, type Ledger, useVariables } from "./worker.ts";

/** Far in the future, so that the platform never runs an alarm by itself. */
const startMs = Date.parse("2100-01-01T00:00:00.000Z");

export const secrets = { OAUTH: "sandbox-secret-0123456789", RAW: "sandbox-key-0123456789", ...demoSecrets };

/** The lease of a create that may fetch two tokens and send twice, plus the ledger's grace period. */
export const leaseMs = 2 * (5_000 + 200) + 1_000 + 5_000;
export const settleWindowMs = 60_000;

export type Vendor = (typeof sandboxes)[number]["connection"]["vendor"];
export const vendors: readonly Vendor[] = sandboxes.map(({ connection }) => connection.vendor);
const hostOf = (vendor: Vendor): SandboxHost => sampleOf(vendor).sandbox.host;
export const connectionOf = (vendor: Vendor): string => hostOf(vendor).replace(".sandbox.test", "");
/** The secrets of the vendor's connection. */
export const secretsOf = (vendor: Vendor): string[] => Object.values(sampleOf(vendor).sandbox.secrets);

/** One connection to each vendor: the demo connection, without its mapping and with other times. */
const connections = new Map(
  sandboxes.map((sandbox) => {
    const { mapping: _, ...demo } = demoConnectionOf(sandbox);
    const { vendor } = sandbox.connection;
    const times = { timeout_ms: 200, settle_window_ms: settleWindowMs };
    const isCodeRequired = demo["fallback"] !== undefined;
    return [
      vendor,
      {
        ...demo,
        require_key: undefined,
        id: connectionOf(vendor),
        ...times,
        ...(isCodeRequired && { fallback: { code: ["name"] } }),
      },
    ];
  }),
);

type Settings = Readonly<Record<string, unknown>>;
/** For each vendor, the settings that replace those in `connections`. */
type Changes = Partial<Record<Vendor, Settings>>;

/** The variables of the gateway and its ledgers; `others` replace variables by name. */
function variablesWith(changes: Changes, others: Settings = {}): Record<string, unknown> {
  const entries = vendors.map((vendor) => [
    `CONNECTION_${vendor.toUpperCase()}`,
    withoutUndefined({ ...connections.get(vendor), ...changes[vendor] }),
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

const withoutUndefined = (members: Record<string, unknown>): unknown => JSON.parse(JSON.stringify(members));

/** Intercepts every request to a vendor: answers the request, or passes it on. */
export type Intercept = (request: Request, pass: () => Promise<Response>) => Promise<Response>;
/** Intercepts every call from the Worker to a ledger: makes the call, loses the call, or loses its answer. */
export type LedgerIntercept = <Answer>(method: keyof LedgerService, send: () => Promise<Answer>) => Promise<Answer>;

const passOn: Intercept = (_request, pass) => pass();
const callThrough: LedgerIntercept = (_method, send) => send();

interface World {
  app: ReturnType<typeof createApp>;
  variables: Record<string, unknown>;
  intercept: Intercept;
  ledgerIntercept: LedgerIntercept;
  /** Whether the Worker has a binding to ledgers. */
  isBound: boolean;
  stores: Map<SandboxHost, SandboxStore>;
  apps: ReturnType<typeof createSandboxes>;
  traffic: { method: string; url: string; headers: Record<string, string>; body: string; atMs: number }[];
  logged: string[];
}

const checkContract = contractOf(adapters);

let world: World;
const newApp = () => createApp(adapters);

/** Call it at the top of a test file: each test starts with empty ledgers and vendors. */
export function useLedgers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    resetVendors();
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

interface ResetOptions {
  /** How long lookups miss a new account. */
  readLagMs?: number;
  changes?: Changes;
}

/** Empties the vendors, removes every intercept and sets the configuration. Does not empty the ledgers. */
export function resetVendors({ readLagMs = 0, changes = {} }: ResetOptions = {}): void {
  const stores = new Map<SandboxHost, SandboxStore>();
  const storeOf = (host: SandboxHost) => {
    const store = stores.get(host) ?? createMemoryStore();
    stores.set(host, store);
    return store;
  };
  const variables = variablesWith(changes);
  world = {
    app: newApp(),
    variables,
    intercept: passOn,
    ledgerIntercept: callThrough,
    isBound: true,
    stores,
    apps: createSandboxes({ storeOf, readLagMs }),
    traffic: [],
    logged: [],
  };
  useVariables(variables);
}

async function fetchFromVendors(request: Request): Promise<Response> {
  const { method, url } = request;
  const atMs = Date.now();
  const headers = Object.fromEntries(request.headers);
  const body = new TextDecoder().decode(await request.clone().arrayBuffer());
  world.traffic.push({ method, url, headers, body, atMs });
  const sandbox = world.apps.get(new URL(url).hostname);
  if (sandbox === undefined) throw new Error(`No vendor answers ${method} ${url}`);
  const pass = async () => sandbox.fetch(request);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(request.signal.reason);
  request.signal.addEventListener("abort", abort);
  // Remove the listener: it would keep the request in memory for the whole test.
  const removeListener = () => request.signal.removeEventListener("abort", abort);
  return Promise.race([world.intercept(request, pass), aborted]).finally(removeListener);
}

/** The vendor creates the account, but its answer is lost. */
export const loseAnswers: Intercept = async (request, pass) => {
  const answer = await pass();
  if (isCreate(request)) throw new Error("lost");
  return answer;
};
/** No create reaches the vendor. */
export const loseCreates: Intercept = async (request, pass) => {
  if (isCreate(request)) throw new Error("lost");
  return pass();
};

/** Every request to a vendor since the test began. */
export const traffic = (): World["traffic"] => world.traffic;
/** How often an account was sent to any vendor. */
export const sends = (): number => world.traffic.filter(isCreate).length;
/** When each account was sent. */
export const sendTimes = (): number[] => world.traffic.filter(isCreate).map(({ atMs }) => atMs);
/** How often the ledger probed a vendor. */
export const probes = (): number => world.traffic.filter(isProbe).length;
export const loggedText = (): string => world.logged.join("\n");
/** Deletes the recorded requests, because thousands of them take much memory. */
export function clearRecords(): void {
  world.traffic.length = 0;
  world.logged.length = 0;
}

export const interceptVendors = (intercept: Intercept): void => void (world.intercept = intercept);
/** Answers these requests instead of the vendor. */
export const answerRequests = (
  isAnswered: (request: Request) => boolean,
  answer: (request: Request) => Response | Promise<Response>,
): void => interceptVendors(async (request, pass) => (isAnswered(request) ? answer(request) : pass()));
/** An answer without a body. */
export const answering = (status: number, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(new Response(null, { status, headers }));
/** A create whose body has this text. */
export const isCreateOf =
  (text: string) =>
  async (request: Request): Promise<boolean> =>
    isCreate(request) && (await request.clone().text()).includes(text);
/** Holds these requests back until `release()`. `reached` resolves with the first request. */
export function holdRequests(isHeld: (request: Request) => boolean | Promise<boolean>) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  interceptVendors(async (request, pass) => {
    if (!(await isHeld(request))) return pass();
    reached.resolve();
    await released.promise;
    return pass();
  });
  return { reached: reached.promise, release: released.resolve };
}
export const restoreVendors = (): void => interceptVendors(passOn);

export const interceptLedgerCalls = (intercept: LedgerIntercept): void => void (world.ledgerIntercept = intercept);
export const restoreLedgerCalls = (): void => interceptLedgerCalls(callThrough);
export const unbindLedgers = (): void => void (world.isBound = false);

/** Gives the Worker and the ledgers another configuration. The ledgers restart. */
export async function configureAll(changes: Changes, others?: Settings): Promise<void> {
  world.variables = variablesWith(changes, others);
  world.app = newApp();
  useVariables(world.variables);
  await crash();
}

/** Restarts every ledger at once, because `reset()` empties only running ledgers. Unwritten data is lost. */
export async function crash(): Promise<void> {
  await abortAllDurableObjects();
  await Promise.all(vendors.map((vendor) => ledgerAt(vendor).nextAlarmMs()));
}

export const nowMs = (): number => Date.now();
export const advance = (durationMs: number): void => void vi.setSystemTime(Date.now() + durationMs);

/** Fixes `Math.random()` until the test ends. With 0, each backoff is as long as possible. */
export function fixRandom(value: number): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(value);
  onTestFinished(() => random.mockRestore());
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
  /** A string is sent unchanged; any other value is sent as JSON. */
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

/** The Worker's environment: the variables, and ledgers whose calls the test can intercept. */
function environment() {
  const LEDGERS = {
    getByName: (name: string): LedgerService => {
      // The stub's own type is too deep for the compiler.
      const stub = env.LEDGERS.getByName(name) as unknown as LedgerService;
      return {
        claim: (argument) => world.ledgerIntercept("claim", () => stub.claim(argument)),
        settle: (argument) => world.ledgerIntercept("settle", () => stub.settle(argument)),
        read: (argument) => world.ledgerIntercept("read", () => stub.read(argument)),
        list: (argument) => world.ledgerIntercept("list", () => stub.list(argument)),
        resolve: (argument) => world.ledgerIntercept("resolve", () => stub.resolve(argument)),
      };
    },
  };
  return { ...world.variables, LEDGERS: world.isBound ? LEDGERS : undefined };
}

/** Sends a request to the gateway, and checks the answer against the OpenAPI document. */
export async function sendRequest(request: Request): Promise<Pick<Answer, "status" | "headers" | "text">> {
  const context = createExecutionContext();
  const { pathname, search } = new URL(request.url);
  const sent = request.body === null ? undefined : new TextDecoder().decode(await request.clone().arrayBuffer());
  const response = await world.app.fetch(request, environment(), context);
  const text = await response.text();
  await waitOnExecutionContext(context);
  const { status, headers } = response;
  checkContract({ method: request.method, path: `${pathname}${search}`, sent, status, headers, text });
  return { status, headers, text };
}

/** Calls the gateway's API, and parses the answer. */
export async function call(path: string, options: Call = {}): Promise<Answer> {
  const { status, headers, text } = await sendRequest(requestOf(path, options));
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

/** Sends a request and disconnects before the answer. Resolves when the Worker has finished its work. */
export async function hangUp(path: string, options: Call): Promise<void> {
  const context = createExecutionContext();
  const client = new AbortController();
  const request = new Request(requestOf(path, options), { signal: client.signal });
  void world.app.fetch(request, environment(), context);
  client.abort();
  await waitOnExecutionContext(context);
}

interface CreateOptions extends Omit<Call, "body" | "method"> {
  /** A new one by default; `null` for none. */
  idempotencyKey?: string | null;
  query?: string;
}

/** The vendors whose accounts get a stamp in these tests, and the stamp's destination. */
export const stampDestinations = {
  clarus: "/data/attributes/external_system_reference1",
  elastic_path: "/data/external_ref",
} as const satisfies Partial<Record<Vendor, string>>;
export const stampedVendors = ["clarus", "elastic_path"] as const;
/** The stamp of this operation's account. */
export const stampOf = (id: string | null | undefined): string => id?.split(".").at(-1)?.replaceAll("-", "") ?? "";

let idempotencyKeys = 0;
export const newIdempotencyKey = (): string => `key-${(idempotencyKeys += 1)}`;

/** The operation as an operator sees it. */
export async function operationOf(id: string): Promise<OperationDocument> {
  const { operation: found, status } = await call(`/v1/operations/${id}`, { key: "operator-key" });
  expect(status).toBe(200);
  if (found === undefined) throw new Error("No operation");
  return found;
}

/** Each step of an operation's history as "state reason attempt". */
export const historyOf = async (id: string | null | undefined): Promise<string[]> =>
  (await operationOf(id ?? "")).history.map(({ state, reason, attempt }) => `${state} ${reason} ${attempt}`);

/** The id of the operation that an answer names. */
export const idOf = ({ account: created, problem: reported, operation: open }: Answer): string =>
  created?.operation ?? reported?.operation ?? open?.id ?? "";

export const acme = { name: "Acme" };
export const respondAsync = { Prefer: "respond-async" };

/** An operator's decision about an operation in review. */
export const resolveOperation = (id: string, body: unknown, key: Key = "operator-key"): Promise<Answer> =>
  call(`/v1/operations/${id}/resolve`, { key, body, method: "POST" });

/** A vendor's ledger, and methods that create accounts over the vendor's connection. */
/** All rows of all tables, as JSON. */
export function storedRows({ sql }: DurableObjectStorage): string {
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
  const readable = tables.filter(({ name }) => !name.startsWith("_cf_"));
  return JSON.stringify(readable.map(({ name }) => sql.exec(`SELECT * FROM ${name}`).toArray()));
}

export function ledgerAt(vendor: Vendor) {
  /** A new stub for each call, because a restart of the ledger breaks the old one. */
  const stub = () => env.LEDGERS.getByName(connectionOf(vendor));
  const runInLedger = <Result>(
    work: (ledger: Ledger, state: DurableObjectState) => Result | Promise<Result>,
  ): Promise<Result> => runInDurableObject<Ledger, Result>(stub(), work);
  const inStorage = <Result>(work: (storage: DurableObjectStorage) => Result | Promise<Result>): Promise<Result> =>
    runInLedger((_ledger, { storage }) => work(storage));
  const nextAlarmMs = (): Promise<number | null> => inStorage((storage) => storage.getAlarm());
  /** Runs the alarm now, even if it is set for later. Returns `false` if there is none. */
  const runAlarm = (): Promise<boolean> => runDurableObjectAlarm(stub());

  /** Advances the clock, and runs each alarm that is due. */
  async function elapse(durationMs: number): Promise<void> {
    const untilMs = nowMs() + durationMs;
    for (;;) {
      const atMs = await nextAlarmMs();
      if (atMs === null || atMs > untilMs) break;
      advance(Math.max(0, atMs - nowMs()));
      await runAlarm();
    }
    vi.setSystemTime(untilMs);
  }

  function create(
    body: unknown = acme,
    { idempotencyKey = newIdempotencyKey(), query = "", headers = {}, ...rest }: CreateOptions = {},
  ): Promise<Answer> {
    const ownKey = idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey };
    const own = { "Gateway-Connection": connectionOf(vendor), ...ownKey, ...headers };
    return call(`/v1/accounts${query}`, { ...rest, headers: own, body });
  }
  const createUnder = async (intercept: Intercept, body?: unknown, options?: CreateOptions): Promise<Answer> => {
    interceptVendors(intercept);
    const answer = await create(body, options);
    restoreVendors();
    return answer;
  };

  /** A create that the ledger answers first and sends later. */
  const enqueue = (body: unknown = acme, { headers, ...options }: CreateOptions = {}): Promise<Answer> =>
    create(body, { ...options, headers: { ...respondAsync, ...headers } });

  return {
    /** The stub's own type is too deep for the compiler. */
    ledger: () => stub() as unknown as LedgerService,
    runInLedger,
    inStorage,
    nextAlarmMs,
    runAlarm,
    elapse,
    create,
    /** The vendor creates the account, but its answer is lost. */
    createAndLoseAnswer: (body?: unknown, options?: CreateOptions) => createUnder(loseAnswers, body, options),
    /** The create does not reach the vendor. */
    createAndLoseRequest: (body?: unknown, options?: CreateOptions) => createUnder(loseCreates, body, options),
    /** Creates operations with an unknown outcome, and returns their Idempotency-Keys, which are also the accounts' names. */
    loseMany: async (count: number, key: Key = "demo-key"): Promise<string[]> => {
      interceptVendors(loseCreates);
      const keys = Array.from({ length: count }, newIdempotencyKey);
      await Promise.all(keys.map((idempotencyKey) => create({ name: idempotencyKey }, { idempotencyKey, key })));
      restoreVendors();
      return keys;
    },
    enqueue,
    /** Enqueues that many creates, and returns the ids of their operations. */
    enqueueMany: async (count: number): Promise<string[]> => {
      const answers = await Promise.all(Array.from({ length: count }, (_, index) => enqueue({ name: `A${index}` })));
      return answers.map(idOf);
    },
    /** Gives this connection other settings; the ledgers restart. */
    configure: (settings: Settings = {}, others?: Settings): Promise<void> =>
      configureAll({ [vendor]: settings }, others),
    /** The vendor accepts this token. */
    acceptToken: async (token: string): Promise<void> =>
      world.stores.get(hostOf(vendor))?.addToken(token, Number.POSITIVE_INFINITY),
    /** The accounts that the vendor has stored. */
    accounts: async (): Promise<unknown[]> =>
      ((await world.stores.get(hostOf(vendor))?.list()) ?? []).map(({ body }) => JSON.parse(body)),
    /** How many operations the ledger has in each state. */
    states: (): Promise<Partial<Record<OperationState, number>>> =>
      inStorage(({ sql }) => {
        const query = "SELECT state, count(*) AS count FROM operations GROUP BY state";
        const rows = sql.exec<{ state: string; count: number }>(query);
        return Object.fromEntries([...rows].map(({ state, count }) => [state, count]));
      }),
  };
}

interface SetupOptions {
  /** Settings of the connection that differ from `connections`. */
  connection?: Settings;
  /** How long the vendor's lookups miss a new account. */
  readLagMs?: number;
}

/** The set-up of one test: a connection to the vendor, and its ledger. */
export function setup(vendor: Vendor, { connection = {}, readLagMs = 0 }: SetupOptions = {}) {
  resetVendors({ readLagMs, changes: { [vendor]: connection } });
  return ledgerAt(vendor);
}
