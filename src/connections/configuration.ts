/** Connections and gateway keys, read from the environment once per isolate, every fault named. */
import type { Adapter, ConfigurationFault } from "../../adapters/engine/adapter.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { type GatewayKey, keyConfiguration } from "../../schemas/connection.ts";
import { messages } from "../../schemas/messages.ts";
import { readConnection, schemaFaults } from "./read-connection.ts";
import type { Environment } from "../environment.ts";
import { type LogSink, writeConfigurationFaults } from "../log.ts";

/** Cloudflare allows a variable 5 KB. */
const maxVariableBytes = 5 * 1024;

/** A connection as it is configured; without a plan where it is out of use. */
export interface ConnectionEntry {
  id: string;
  vendor: string | undefined;
  plan: Plan | undefined;
}

export interface Configuration {
  /** Browsers may call from these; none by default. */
  allowedOrigins: readonly string[];
  connections: ReadonlyMap<string, ConnectionEntry>;
  keys: readonly GatewayKey[];
  /** Each `path` begins with the variable's name. */
  faults: readonly ConfigurationFault[];
}

/** An isolate's environment does not change: it is read and compiled once, not per request, and its faults are told once. */
export function configurationReader(
  adapters: readonly Adapter[],
  log: LogSink,
): (environment: Environment) => Configuration {
  const read = new WeakMap<Environment, Configuration>();
  return (environment) => {
    let configuration = read.get(environment);
    if (configuration === undefined) {
      configuration = readConfiguration(adapters, environment);
      read.set(environment, configuration);
      if (configuration.faults.length > 0) writeConfigurationFaults(log, configuration.faults);
    }
    return configuration;
  };
}

/** Reads every `CONNECTION_*` and `KEY_*` variable. A fault puts that connection, or that key, out of use and no other. */
export function readConfiguration(adapters: readonly Adapter[], environment: Environment): Configuration {
  const faults: ConfigurationFault[] = [];
  const connections = new Map<string, ConnectionEntry>();
  for (const [name, variable] of variables(environment, "CONNECTION_")) {
    const read = variable.value === undefined ? unreadable : readConnection(adapters, environment, variable.value);
    const isTaken = read.id !== undefined && connections.has(read.id);
    const found = [...variable.faults, ...read.faults];
    if (isTaken) found.push({ path: "id", detail: `\`${read.id}\` is another connection's too, and neither is used` });
    faults.push(...under(name, found));
    if (read.id === undefined) continue;
    const plan = found.length === 0 ? read.plan : undefined;
    connections.set(read.id, { id: read.id, vendor: read.vendor, plan });
  }
  const keys: GatewayKey[] = [];
  for (const [name, variable] of variables(environment, "KEY_")) {
    const read = variable.value === undefined ? unreadable : readKey(variable.value, keys, connections);
    faults.push(...under(name, [...variable.faults, ...read.faults]));
    if (read.key !== undefined && variable.faults.length === 0) keys.push(read.key);
  }
  const allowedOrigins = readOrigins(environment, faults);
  return { allowedOrigins, connections, keys, faults };
}

/** Origins as a browser sends them (RFC 6454 §6.2), separated by commas or as an array; any other is a fault and opens nothing. */
function readOrigins({ ALLOWED_ORIGINS: listed = "" }: Environment, faults: ConfigurationFault[]): string[] {
  const origins = (Array.isArray(listed) ? listed.map(String) : String(listed).split(",")).flatMap(
    (origin) => origin.trim() || [],
  );
  const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
  const others = origins.filter((origin) => !isOrigin(origin));
  faults.push(
    ...others.map((origin) => ({
      path: "ALLOWED_ORIGINS",
      detail: `\`${origin}\` is no origin, such as https://app.example.com`,
    })),
  );
  return origins.filter(isOrigin);
}

/** What is read of a variable without a value: nothing more can be wrong with it. */
const unreadable = { id: undefined, vendor: undefined, plan: undefined, key: undefined, faults: [] };

/** A variable's value, `undefined` where it cannot be read, and what is wrong with the variable itself. */
interface Variable {
  value: unknown;
  faults: ConfigurationFault[];
}

function variables(environment: Environment, prefix: string): [name: string, variable: Variable][] {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name, readVariable(value)]);
}

/** A TOML table arrives as an object, a variable set by hand as JSON. */
function readVariable(value: unknown): Variable {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  const tooLarge = { path: "", detail: `Takes ${bytes} bytes; a variable may have ${maxVariableBytes}` };
  const faults = bytes > maxVariableBytes ? [tooLarge] : [];
  try {
    return { value: typeof value === "string" ? JSON.parse(value) : value, faults };
  } catch {
    return { value: undefined, faults: [...faults, { path: "", detail: "Is neither a table nor JSON" }] };
  }
}

function under(variable: string, faults: readonly ConfigurationFault[]): ConfigurationFault[] {
  return faults.map(({ path, detail }) => ({ path: path === "" ? variable : `${variable}.${path}`, detail }));
}

function readKey(
  value: unknown,
  others: readonly GatewayKey[],
  connections: ReadonlyMap<string, ConnectionEntry>,
): { key?: GatewayKey | undefined; faults: ConfigurationFault[] } {
  const parsed = keyConfiguration.safeParse(value, messages);
  if (!parsed.success) return { faults: schemaFaults(parsed.error) };
  const key = parsed.data;
  const faults: ConfigurationFault[] = [];
  if (others.some(({ name }) => name === key.name))
    faults.push({ path: "name", detail: `\`${key.name}\` is used by another key too` });
  if (others.some(({ sha256 }) => sha256.some((digest) => key.sha256.includes(digest)))) {
    faults.push({ path: "sha256", detail: "Another key has the same digest" });
  }
  // A connection that is missing leaves the key's others open.
  const missing = key.connections
    .filter((id) => id !== "*" && !connections.has(id))
    .map((id) => ({ path: "connections", detail: `There is no connection \`${id}\`` }));
  return faults.length > 0 ? { faults: [...faults, ...missing] } : { key, faults: missing };
}
