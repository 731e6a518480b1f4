/** The gateway in this process: its app, its ledgers and the sandbox vendors. */
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import { allAdapters } from "../../../adapters/index.ts";
import { problemKindOf } from "../../../schemas/documents/problem-meanings.ts";
import { problemCodes } from "../../../schemas/problem.ts";
import { createMemoryStore } from "../../../sandbox/store.ts";
import { createSandboxes } from "../../../sandbox/sandboxes.ts";
import { createApp } from "../../../src/app.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import type { Environment } from "../../../src/environment.ts";
import type { LogSink } from "../../../src/log.ts";
import { fetchFor } from "../../../src/vendor-client/context.ts";
import { type ConnectionSettings, demoConnections, variablesOf } from "./connections.ts";
import { createMemoryLedgers } from "./memory-ledgers.ts";
import type { Scenario } from "./scenarios.ts";

export interface GatewayOptions {
  /** The gateway's origin. Default: `https://gateway.test`. */
  baseUrl?: string;
  /** The gateway keys. Each may use every connection. Default: `demo-key`. */
  keys?: readonly string[];
  /** The connections by id. Default: those of the demo, such as `demo-clarus`. */
  connections?: Readonly<Record<string, ConnectionSettings>>;
  /** Where to write the gateway's log, such as `console`. Default: nowhere. */
  log?: LogSink;
}

const silent: LogSink = { log: () => {}, warn: () => {}, error: () => {} };

/** A function that answers requests as a new gateway without accounts. */
export function createGateway(
  { keys = ["demo-key"], connections = demoConnections, log = silent }: GatewayOptions,
  { fault, hasNoLookup = false, hasNoLedger = false, createInterceptors = () => ({}) }: Scenario,
): (request: Request) => Promise<Response> {
  const { toVendors = (send) => send, toGateway = (send) => send } = createInterceptors();
  const adapters = hasNoLookup ? allAdapters.map(withoutLookups) : allAdapters;
  const sandboxes = createSandboxes({ storeOf: createMemoryStore, fault });
  const sendToVendor = toVendors(async (request) => {
    const sandbox = sandboxes.get(new URL(request.url).hostname);
    if (sandbox === undefined) throw new Error(`There is no sandbox vendor at ${new URL(request.url).origin}`);
    return sandbox.fetch(request);
  });
  const fetchVendor: typeof fetch = (input, init) => sendToVendor(new Request(input, init));
  const environment: Environment = {
    ...variablesOf(connections, keys),
    SANDBOX: { fetch: fetchVendor },
    ASSETS: problemPages,
  };
  const configuration = readConfiguration(adapters, environment);
  if (configuration.faults.length > 0) {
    const faults = configuration.faults.map(({ path, detail }) => `- ${path}: ${detail}`);
    throw new TypeError(`The configuration of the connections or keys has faults:\n${faults.join("\n")}`);
  }

  // Ignore errors of work that continues after the answer. The next request reports the result of that work.
  const waitUntil = (promise: Promise<unknown>) => void promise.catch(() => {});
  const ledgers = createMemoryLedgers({
    planOf: (connection) => configuration.connections.get(connection)?.plan,
    fetch: fetchFor(environment),
    waitUntil,
    log,
  });
  const bindings = hasNoLedger ? environment : { ...environment, LEDGERS: ledgers };
  const context = { waitUntil, passThroughOnException: () => {}, props: {} };
  const app = createApp(adapters, log);
  return toGateway(async (request) => app.fetch(request, bindings, context));
}

const withoutLookups = (adapter: Adapter): Adapter => ({ ...adapter, lookups: [] });

/** The page of each problem, always as JSON. Only a deploy builds the HTML pages. */
export const problemPages: NonNullable<Environment["ASSETS"]> = {
  fetch: async (input) => {
    const [, code] = /\/problems\/(\w+)/.exec(new Request(input).url) ?? [];
    return Response.json(problemKindOf(problemCodes.parse(code)));
  },
};
