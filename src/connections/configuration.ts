/** Reads connections and gateway keys from the environment's variables, and reports every fault in them. */
import type { Adapter, ConfigurationFault } from "../../adapters/engine/adapter.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { type GatewayKey, keyConfiguration } from "../../schemas/connection.ts";
import { messages } from "../../schemas/messages.ts";
import type { Environment } from "../environment.ts";
import { type LogSink, writeConfigurationFaults } from "../log.ts";
import { readConnection, schemaFaults } from "./read-connection.ts";

/** Cloudflare's limit is 5 KB per variable. */
const maxVariableBytes = 5 * 1024;

/** A configured connection. `plan` is `undefined` if configuration faults disable it. */
export interface ConnectionEntry {
  id: string;
  vendor: string | undefined;
  plan: Plan | undefined;
}

export interface Configuration {
  /** The origins of web pages that may call the gateway. */
  allowedOrigins: readonly string[];
  connections: ReadonlyMap<string, ConnectionEntry>;
  keys: readonly GatewayKey[];
  /** Each `path` begins with the name of a variable. */
  faults: readonly ConfigurationFault[];
}

/** Returns a function that reads the environment once per isolate, because it never changes, and logs its faults. */
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

/** Reads every `CONNECTION_*` and `KEY_*` variable. A fault disables only its own connection or key. */
export function readConfiguration(adapters: readonly Adapter[], environment: Environment): Configuration {
  const faults: ConfigurationFault[] = [];
  const connections = new Map<string, ConnectionEntry>();
  for (const [name, variable] of variables(environment, "CONNECTION_")) {
    const read = variable.value === undefined ? unreadable : readConnection(adapters, environment, variable.value);
    const isTaken = read.id !== undefined && connections.has(read.id);
    const found = [...variable.faults, ...read.faults];
    if (isTaken)
      found.push({ path: "id", detail: `Another connection also has the id \`${read.id}\`; both are disabled` });
    faults.push(...prefixed(name, found));
    if (read.id === undefined) continue;
    const plan = found.length === 0 ? read.plan : undefined;
    connections.set(read.id, { id: read.id, vendor: read.vendor, plan });
  }
  const keys: GatewayKey[] = [];
  for (const [name, variable] of variables(environment, "KEY_")) {
    const read = variable.value === undefined ? unreadable : readKey(variable.value, keys, connections);
    faults.push(...prefixed(name, [...variable.faults, ...read.faults]));
    if (read.key !== undefined && variable.faults.length === 0) keys.push(read.key);
  }
  const origins = readOrigins(environment);
  return { allowedOrigins: origins.allowed, connections, keys, faults: [...faults, ...origins.faults] };
}

/** Reads origins as browsers send them (RFC 6454 §6.2), separated by commas or in an array. */
function readOrigins({ ALLOWED_ORIGINS: listed = "" }: Environment): {
  allowed: string[];
  faults: ConfigurationFault[];
} {
  const origins = (Array.isArray(listed) ? listed.map(String) : String(listed).split(",")).flatMap(
    (origin) => origin.trim() || [],
  );
  const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
  const others = origins.filter((origin) => !isOrigin(origin));
  const faults = others.map((origin) => ({
    path: "ALLOWED_ORIGINS",
    detail: `\`${origin}\` is not an origin like https://app.example.com`,
  }));
  return { allowed: origins.filter(isOrigin), faults };
}

/** The result for a variable that could not be read. Its fault is already reported. */
const unreadable = { id: undefined, vendor: undefined, plan: undefined, key: undefined, faults: [] };

interface Variable {
  /** `undefined` if it cannot be read. */
  value: unknown;
  /** The faults of the variable itself, not of its members. */
  faults: ConfigurationFault[];
}

function variables(environment: Environment, prefix: string): [name: string, variable: Variable][] {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name, readVariable(value)]);
}

/** Wrangler passes a TOML table as an object. A variable that is text must be JSON. */
function readVariable(value: unknown): Variable {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  const tooLarge = { path: "", detail: `Has ${bytes} bytes; the limit for a variable is ${maxVariableBytes}` };
  const faults = bytes > maxVariableBytes ? [tooLarge] : [];
  try {
    return { value: typeof value === "string" ? JSON.parse(value) : value, faults };
  } catch {
    return { value: undefined, faults: [...faults, { path: "", detail: "Must be a TOML table or valid JSON" }] };
  }
}

/** The faults, with the variable's name before each path. */
function prefixed(variable: string, faults: readonly ConfigurationFault[]): ConfigurationFault[] {
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
    faults.push({ path: "name", detail: `Another key also has the name \`${key.name}\`` });
  if (others.some(({ sha256 }) => sha256.some((digest) => key.sha256.includes(digest)))) {
    faults.push({ path: "sha256", detail: "Another key has the same digest" });
  }
  // These faults do not disable the key: it can still use its other connections.
  const missing = key.connections
    .filter((id) => id !== "*" && !connections.has(id))
    .map((id) => ({ path: "connections", detail: `There is no connection \`${id}\`` }));
  return faults.length > 0 ? { faults: [...faults, ...missing] } : { key, faults: missing };
}
