/** The gateway in this process: its app, its ledgers and the sandbox vendors. */
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import { problemKindOf } from "../../../schemas/documents/problem-meanings.ts";
import { problemCodes } from "../../../schemas/problem.ts";
import { createMemoryStore } from "../../../sandbox/store.ts";
import { allAdapters, createSandboxes } from "../../../sandbox/sandboxes.ts";
import { createApp } from "../../../src/app.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import type { Environment } from "../../../src/environment.ts";
import type { LogSink } from "../../../src/log.ts";
import { fetchFor } from "../../../src/vendor-client/context.ts";
import { type ConnectionSettings, demoConnections, variablesOf } from "./connections.ts";
import { createMemoryLedgers } from "./memory-ledgers.ts";
import { addressOf, type OwnVendor, withFaults } from "./own-vendors.ts";
import type { Scenario, Send } from "./scenarios.ts";

export interface GatewayOptions {
  /** The gateway's origin. Default: `https://gateway.test`. */
  baseUrl?: string;
  /** The gateway keys. Each may use every connection. Default: `demo-key`. */
  keys?: readonly string[];
  /** Your own vendors. One with the name of a built-in vendor replaces it. */
  vendors?: readonly OwnVendor[];
  /** The connections by id. Default: one for each vendor, such as `demo-clarus`. */
  connections?: Readonly<Record<string, ConnectionSettings>>;
  /** Where to write the gateway's log, such as `console`. Default: nowhere. */
  log?: LogSink;
}

const silent: LogSink = { log: () => {}, warn: () => {}, error: () => {} };

/** A function that answers requests as a new gateway without accounts. */
export function createGateway(
  { keys = ["demo-key"], vendors = [], connections = demoConnections(vendors), log = silent }: GatewayOptions,
  { fault, hasNoLookup = false, hasNoLedger = false, createInterceptors = () => ({}) }: Scenario,
): (request: Request) => Promise<Response> {
  const { toVendors = (send) => send, toGateway = (send) => send } = createInterceptors();
  const served = [...vendors.map(({ adapter }) => adapter), ...allAdapters];
  const adapters = hasNoLookup ? served.map(withoutLookups) : served;
  const sandboxes = new Map<string, Send>();
  for (const [host, app] of createSandboxes({ storeOf: createMemoryStore, fault }))
    sandboxes.set(`https://${host}`, async (request) => app.fetch(request));
  for (const vendor of vendors) sandboxes.set(addressOf(vendor.adapter), withFaults(vendor, fault));
  const sendToVendor = toVendors(async (request) => {
    const { origin } = new URL(request.url);
    const send = sandboxes.get(origin);
    if (send === undefined) throw new Error(`There is no sandbox vendor at ${origin}`);
    return send(request);
  });
  const fetchVendor: typeof fetch = (input, init) => sendToVendor(new Request(input, init));
  const environment: Environment = {
    ...variablesOf(connections, keys, vendors),
    SANDBOX: { fetch: fetchVendor },
    ASSETS: problemPages,
  };
  const configuration = readConfiguration(adapters, environment);
  if (configuration.faults.length > 0) {
    const faults = configuration.faults.map(({ path, detail }) => `- ${path}: ${detail}`);
    throw new TypeError(`The configuration of the connections or keys has faults:\n${faults.join("\n")}`);
  }
  for (const { id, plan } of configuration.connections.values()) {
    const origin = plan === undefined ? "" : new URL(plan.connection.base_url).origin;
    if (!sandboxes.has(origin))
      throw new TypeError(
        `The connection \`${id}\` sends to ${origin}, where no sandbox answers. Use one of ${[...sandboxes.keys()].join(", ")}`,
      );
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
