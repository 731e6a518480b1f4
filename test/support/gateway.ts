/** The gateway under test: the app itself, the demo configuration, and the sandbox vendors behind msw. */
import { getResponse, http, type HttpHandler } from "msw";
import { afterEach, beforeEach, expect, inject, vi } from "vitest";
import * as z from "zod/mini";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { sandboxHandlers } from "../../sandbox/msw.ts";
import {
  allAdapters,
  type DemoConnectionId,
  demoConnectionOf,
  demoIdOf,
  demoSecrets,
  type SandboxesOptions,
  sandboxes,
} from "../../sandbox/sandboxes.ts";
import { account } from "../../schemas/documents/account.ts";
import { connectionDescription } from "../../schemas/documents/capability.ts";
import { type Json, jsonValue } from "../../schemas/json.ts";
import { preview } from "../../schemas/documents/preview.ts";
import { problem } from "../../schemas/documents/problem.ts";
import { problemCodes, problemKinds } from "../../schemas/problem.ts";
import { createApp } from "../../src/app.ts";
import { contractOf } from "./contract.ts";
import { pages } from "./pages.ts";
import { type RegisteredSample, samples } from "./samples.ts";
import { isCreate, isTokenRequest, tokenPathOf } from "./vendor-requests.ts";

/** A request that a vendor saw. */
export interface VendorRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Answers may have only the members of their schemas. */
const answers = {
  account: z.strictObject(account.shape),
  problem: z.strictObject(problem.shape),
  previews: z.strictObject({ previews: z.array(z.strictObject(preview.shape)), next_cursor: z.nullable(z.string()) }),
  connections: z.strictObject({ connections: z.array(z.strictObject(connectionDescription.shape)) }),
  problemKind: z.looseObject({ code: problemCodes, title: z.string(), status: z.int() }),
};

/** A log line may have only these members. */
const logLine = z.strictObject({
  request_id: z.string(),
  method: z.string(),
  route: z.string(),
  status: z.int(),
  duration_ms: z.number(),
  key: z.optional(z.string()),
  connection: z.optional(z.string()),
  vendor: z.optional(z.string()),
  outcome: z.optional(z.enum(["created", "rejected", "not_sent", "unknown"])),
  problem: z.optional(problemCodes),
  vendor_status: z.optional(z.int()),
  attempts: z.optional(z.int()),
  token_ms: z.optional(z.number()),
  vendor_ms: z.optional(z.number()),
  ledger_ms: z.optional(z.number()),
  operation: z.optional(z.string()),
  replayed: z.optional(z.boolean()),
  reachable: z.optional(z.boolean()),
  authorized: z.optional(z.nullable(z.boolean())),
  lookup: z.optional(z.nullable(z.boolean())),
  error: z.optional(z.string()),
});

type LogLine = z.infer<typeof logLine>;

let handlers: HttpHandler[] = [];
let unhandled: string[] = [];
let traffic: VendorRequest[] = [];
let logged: string[] = [];
let warned: string[] = [];
let background: Promise<unknown>[] = [];

/** Records every request, and lets the next handler answer. */
const recorder = http.all("*", async ({ request }) => {
  traffic.push({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.clone().text(),
  });
});

/**
 * The gateway's `fetch`. Calls msw's handlers directly, because `msw/node` uses sockets: if a request is aborted while
 * its body is sent, undici fails an assertion outside of any test.
 */
async function fetchFromVendors(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const { signal, method, url, redirect } = request;
  const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const response = await Promise.race([getResponse(handlers, request), aborted]);
  // Record the error: the gateway turns an error of `fetch` into an outcome, so a thrown error would not fail the test.
  if (response === undefined) unhandled.push(`${method} ${url} has no handler`);
  else if (redirect !== "manual" && [301, 302, 303, 307, 308].includes(response.status))
    unhandled.push(`${method} ${url} would follow a redirect`);
  if (response === undefined || response.type === "error") throw new TypeError("Failed to fetch");
  return response;
}

/** Call it at the top of a test file: the sandbox vendors replace the network. */
export function useVendors(): void {
  beforeEach(() => {
    traffic = [];
    logged = [];
    warned = [];
    background = [];
    unhandled = [];
    configureVendors({});
    vi.stubGlobal("fetch", fetchFromVendors);
    vi.spyOn(console, "log").mockImplementation((line) => void logged.push(String(line)));
    vi.spyOn(console, "warn").mockImplementation((line) => void warned.push(String(line)));
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await Promise.all(background);
    expect(unhandled).toEqual([]);
  });
}

/** Configures the sandbox vendors. The handlers in `own` take precedence. */
export function configureVendors(options: Partial<SandboxesOptions>, ...own: HttpHandler[]): void {
  handlers = [recorder, ...own, ...sandboxHandlers(options)];
}

export const vendorTraffic = (): readonly VendorRequest[] => traffic;
/** The log lines. A line with an undeclared member fails the test. */
export const logLines = (): LogLine[] => logged.map((line) => logLine.parse(JSON.parse(line)));
export const loggedText = (): string => [...logged, ...warned].join("\n");
/** The warnings about the configuration. */
export const warnings = (): readonly string[] => warned;

/** The creates that the vendors saw. */
export const creates = () => traffic.filter(isCreate);
/** The token requests that the vendors saw. */
export const tokenRequests = () => traffic.filter(isTokenRequest);

export type DemoConnection = DemoConnectionId;
/** The demo connection of every vendor. */
export const demoConnections = sandboxes.map(demoIdOf);

const ofEach = <Value>(valueOf: (sample: RegisteredSample) => Value) =>
  Object.fromEntries(samples.map((sample) => [demoIdOf(sample.sandbox), valueOf(sample)])) as Record<
    DemoConnection,
    Value
  >;

export const demoAdapters = ofEach(({ adapter }) => adapter);
export const demoFixtures = ofEach(({ demo }) => demo);
export const createUrls = ofEach(({ adapter: { path }, sandbox: { host, connection } }) => {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, setting: string) => String(connection[setting]));
  return `https://${host}${filled}`;
});
/** Where each vendor's client credentials go; the vendor's base URL if it does not accept any. */
export const tokenUrls = ofEach((sample) => `https://${sample.sandbox.host}${tokenPathOf(sample)}`);

const variableOf = (id: DemoConnection): string => `CONNECTION_${id.toUpperCase().replaceAll("-", "_")}`;

type Variables = Record<string, unknown>;

/** Every demo connection, with the times of the demo configuration, which has only the vendors of the default gateway. */
const otherVariables: Variables = Object.fromEntries(
  sandboxes.map((sandbox) => {
    const id = demoIdOf(sandbox);
    return [variableOf(id), { id, ...demoConnectionOf(sandbox), timeout_ms: 2000, settle_window_ms: 2000 }];
  }),
);

/**
 * The variables of the demo configuration and of every other vendor's demo connection, with `changes` to the connection `only`,
 * or to all connections without `only`.
 */
export function demoVariables(changes: Variables = {}, only?: DemoConnection): Variables {
  const variables: Variables = structuredClone({ ...otherVariables, ...demoSecrets, ...inject("demoVariables") });
  for (const id of demoConnections) {
    if (only === undefined || only === id)
      variables[variableOf(id)] = { ...(variables[variableOf(id)] as Variables), ...changes };
  }
  return variables;
}

/** The shortest timeout allowed, for tests of timeouts. */
export const shortTimeout = { timeout_ms: 100 };

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, if it is JSON. */
  json: Json | undefined;
}

export interface CallOptions {
  method?: string;
  /** `null` for none. */
  key?: string | null;
  connection?: string | undefined;
  headers?: Record<string, string>;
  /** A string, bytes or a stream are sent unchanged; any other value is sent as JSON. */
  body?: unknown;
}

/** `undefined` if the body is not text, or is a stream. */
function textOf(body: RequestInit["body"]): string | undefined {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return typeof body === "string" ? body : undefined;
}

/**
 * A gateway with its own configuration and tokens. For each request, checks the answer against the OpenAPI document, and checks
 * the log line.
 */
export function openGateway(variables: Variables = demoVariables(), adapters: readonly Adapter[] = allAdapters) {
  const app = createApp(adapters);
  const checkContract = contractOf(adapters);
  const known = new Set<string>();
  // Copy getters as getters.
  const environment = Object.defineProperties({ ASSETS: pages }, Object.getOwnPropertyDescriptors(variables));
  const context = {
    waitUntil: (promise: Promise<unknown>) => void background.push(promise),
    passThroughOnException: () => {},
    props: {},
  };

  async function fetchRaw(path: string, init: RequestInit): Promise<Answer> {
    const response = await app.request(path, init, environment, context);
    const { status, headers } = response;
    const text = await response.text();
    checkContract({ method: init.method ?? "GET", path, sent: textOf(init.body), status, headers, text });
    const isJson = /json/.test(headers.get("Content-Type") ?? "");
    return {
      status,
      headers,
      text,
      json: isJson && text !== "" ? jsonValue.parse(JSON.parse(text)) : undefined,
    };
  }

  async function call(
    path: string,
    { method, key = "demo-key", connection, headers: own = {}, body }: CallOptions = {},
  ): Promise<Answer> {
    const headers = new Headers(own);
    if (key !== null && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${key}`);
    if (connection !== undefined) headers.set("Gateway-Connection", connection);
    if (body !== undefined && !headers.has("Content-Type")) headers.set("Content-Type", "application/json");
    const isBody = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    const init = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers,
      ...(body === undefined ? {} : { body: isBody ? (body as BodyInit) : JSON.stringify(body), duplex: "half" }),
    };
    const answer = await fetchRaw(path, init);
    const line = checkLog(answer);
    if (answer.status >= 400) await checkProblem(answer, init.method, line.problem);
    return answer;
  }

  function checkLog({ headers, status }: Answer): LogLine {
    const requestId = headers.get("X-Request-Id");
    expect(requestId).toMatch(/^[\w=-]{1,255}$/);
    const [line, ...others] = logLines().filter(({ request_id }) => request_id === requestId);
    expect(others).toEqual([]);
    expect(line?.status).toBe(status);
    return logLine.parse(line);
  }

  async function checkProblem(
    { headers, status, json }: Answer,
    method: string,
    loggedCode: string | undefined,
  ): Promise<void> {
    expect(headers.get("Content-Type")).toBe("application/problem+json");
    if (method === "HEAD") return;
    const found = answers.problem.parse(json);
    const kind = problemKinds[found.code];
    expect(found).toMatchObject({ status, title: kind.title, origin: kind.origin, effect: kind.effect });
    expect(kind.status).toBe(status);
    expect(found.detail).not.toBe("");
    expect(loggedCode).toBe(found.code);
    await checkType(found);
  }

  /** Checks that the page at a problem's `type` describes that problem. */
  async function checkType({ type, code }: { type: string; code: string }): Promise<void> {
    if (known.has(type)) return;
    known.add(type);
    const page = await fetchRaw(type, {});
    expect(page.status).toBe(200);
    expect(answers.problemKind.parse(page.json).code).toBe(code);
    logged = logged.filter((line) => !line.includes(page.headers.get("X-Request-Id") ?? "?"));
  }

  return {
    call,
    /** Sends a create, and parses its account or its problem. */
    async create(
      connection: string | undefined,
      body: unknown,
      { query = "", ...options }: CallOptions & { query?: string } = {},
    ) {
      const answer = await call(`/v1/accounts${query}`, { connection, body, ...options });
      return {
        ...answer,
        account: answer.status === 201 ? answers.account.parse(answer.json) : undefined,
        problem: answer.status >= 400 ? answers.problem.parse(answer.json) : undefined,
      };
    },
    async preview(
      connection: string | undefined,
      body: unknown,
      { query = "", ...options }: CallOptions & { query?: string } = {},
    ) {
      const answer = await call(`/v1/accounts/preview${query}`, { connection, body, ...options });
      const page = answer.status === 200 ? answers.previews.parse(answer.json) : { previews: [], next_cursor: null };
      return {
        ...answer,
        previews: page.previews,
        nextCursor: page.next_cursor,
        problem: answer.status >= 400 ? answers.problem.parse(answer.json) : undefined,
      };
    },
    async connections(options: CallOptions = {}) {
      const answer = await call("/v1/connections", options);
      expect(answer.status).toBe(200);
      return answers.connections.parse(answer.json).connections;
    },
  };
}
