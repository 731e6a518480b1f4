/** The gateway itself, in process: its app, its ledgers and the sandbox vendors. */
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import { adapters as vendorAdapters } from "../../../adapters/index.ts";
import { createMemoryStore } from "../../../sandbox/store.ts";
import { createSandboxes } from "../../../sandbox/sandboxes.ts";
import { createApp } from "../../../src/app.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import type { Environment } from "../../../src/environment.ts";
import type { LogSink } from "../../../src/log.ts";
import { fetchFor } from "../../../src/vendor-client/context.ts";
import { type ConnectionSettings, demoConnections, variablesOf } from "./connections.ts";
import { createMemoryLedgers } from "./memory-ledgers.ts";
import { problemPages } from "./problem-pages.ts";
import type { Scenario } from "./scenarios.ts";

export interface GatewayOptions {
  /** The gateway's origin, as the app is configured with it; `https://gateway.test` by default. */
  baseUrl?: string;
  /** The gateway keys that are taken, `demo-key` by default; each opens every connection. */
  keys?: readonly string[];
  /** The connections by their ids, by default those of the demo, such as `demo-clarus`. */
  connections?: Readonly<Record<string, ConnectionSettings>>;
  /** Where the gateway's log goes, such as `console`; by default nowhere. */
  log?: LogSink;
}

const silent: LogSink = { log: () => {}, warn: () => {}, error: () => {} };

/** Answers as a gateway of its own, which begins with nothing. */
export function createGateway(
  { keys = ["demo-key"], connections = demoConnections, log = silent }: GatewayOptions,
  { fault, hasNoLookup: isBlind = false, hasNoLedger = false, between = () => ({}) }: Scenario,
): (request: Request) => Promise<Response> {
  const { vendors = (send) => send, network = (send) => send } = between();
  const adapters = isBlind ? vendorAdapters.map(blind) : vendorAdapters;
  const sandboxes = createSandboxes({ storeOf: createMemoryStore, fault });
  const sendToVendor = vendors(async (request) => {
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
    throw new TypeError(`The gateway's connections or keys cannot be used:\n${faults.join("\n")}`);
  }

  /** What goes on behind an answer is heard of by the next request. */
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
  return network(async (request) => app.fetch(request, bindings, context));
}

const blind = (adapter: Adapter): Adapter => ({ ...adapter, lookups: [] });
