/** Connections and gateway keys, read from the environment once per isolate, every fault named. */
import * as z from "zod";
import type { Adapter } from "../adapters/engine/adapter.ts";
import { compilePlan, type ConfigurationFault, type Plan } from "../adapters/engine/plan.ts";
import {
  connectionConfiguration,
  type GatewayKey,
  keyConfiguration,
  type SecretReference,
} from "../schemas/connection.ts";
import type { Environment } from "./environment.ts";
import { issueErrors } from "./issue-errors.ts";

/** Cloudflare allows a variable 5 KB. */
const maxVariableBytes = 5 * 1024;

/** Shorter ones could not be told from ordinary words when replies are searched for them. */
const minSecretLength = 8;

export type ConnectionEntry =
  | { id: string; vendor: string; plan: Plan }
  | { id: string; vendor: string | undefined; plan: undefined };

export interface Configuration {
  connections: ReadonlyMap<string, ConnectionEntry>;
  keys: readonly GatewayKey[];
  /** Each `path` begins with the variable's name. */
  faults: readonly ConfigurationFault[];
}

/** Reads every `CONNECTION_*` and `KEY_*` variable. A fault puts that connection, or that key, out of use and no other. */
export function readConfiguration(adapters: readonly Adapter[], environment: Environment): Configuration {
  const faults: ConfigurationFault[] = [];
  const connections = new Map<string, ConnectionEntry>();
  for (const [variable, read] of variables(environment, "CONNECTION_")) {
    const entry = readConnection(adapters, environment, read);
    if (connections.has(entry.id)) {
      entry.faults.push({ path: "id", detail: `\`${entry.id}\` is used by another connection too` });
    }
    faults.push(...under(variable, entry.faults));
    const { id, vendor, plan } = entry;
    const isReady = plan !== undefined && entry.faults.length === 0;
    connections.set(id, isReady ? { id, vendor: plan.adapter.vendor, plan } : { id, vendor, plan: undefined });
  }
  const keys: GatewayKey[] = [];
  for (const [variable, read] of variables(environment, "KEY_")) {
    const { key, faults: found } = readKey(read, keys, connections);
    faults.push(...under(variable, found));
    if (key !== undefined) keys.push(key);
  }
  return { connections, keys, faults };
}

type Variable = { value: unknown } | { fault: string };

function variables(environment: Environment, prefix: string): [name: string, variable: Variable][] {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name, readVariable(value)]);
}

/** A TOML table arrives as an object, a variable set by hand as JSON. */
function readVariable(value: unknown): Variable {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxVariableBytes) return { fault: `Takes ${bytes} bytes; a variable may have ${maxVariableBytes}` };
  try {
    return { value: typeof value === "string" ? JSON.parse(value) : value };
  } catch {
    return { fault: "Is neither a table nor JSON" };
  }
}

function under(variable: string, faults: readonly ConfigurationFault[]): ConfigurationFault[] {
  return faults.map(({ path, detail }) => ({ path: path === "" ? variable : `${variable}.${path}`, detail }));
}

const identity = z
  .object({ id: z.string().optional().catch(undefined), vendor: z.string().optional().catch(undefined) })
  .catch({});

interface ReadConnection {
  id: string;
  vendor: string | undefined;
  plan: Plan | undefined;
  faults: ConfigurationFault[];
}

function readConnection(adapters: readonly Adapter[], environment: Environment, variable: Variable): ReadConnection {
  if ("fault" in variable)
    return { id: "", vendor: undefined, plan: undefined, faults: [{ path: "", detail: variable.fault }] };
  const { id = "", vendor } = identity.parse(variable.value);
  const broken = (faults: ConfigurationFault[]): ReadConnection => ({ id, vendor, plan: undefined, faults });
  const adapter = adapters.find((each) => each.vendor === vendor);
  if (adapter === undefined) {
    return broken([{ path: "vendor", detail: `Must be one of ${adapters.map((each) => each.vendor).join(", ")}` }]);
  }
  const [first, ...others] = adapter.auth;
  const auth = [first.schema, ...others.map(({ schema }) => schema)] as const;
  const parsed = connectionConfiguration({ ...adapter, auth }).safeParse(variable.value);
  if (!parsed.success) return broken(faultsOf(parsed.error));
  const faults: ConfigurationFault[] = [];
  const compiled = compilePlan(adapter, parsed.data, (secret) => reveal(environment, secret, faults));
  if ("faults" in compiled) return broken([...compiled.faults, ...faults]);
  return { id, vendor, plan: compiled.plan, faults };
}

function reveal(environment: Environment, { secret }: SecretReference, faults: ConfigurationFault[]): string {
  const value = environment[secret];
  const fault = (detail: string) => {
    faults.push({ path: "auth", detail });
    return "";
  };
  if (typeof value !== "string")
    return fault(`There is no secret ${secret}; set it with \`wrangler secret put ${secret}\``);
  if (value.length < minSecretLength)
    return fault(`The secret ${secret} is shorter than ${minSecretLength} characters`);
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    return fault(
      `The secret ${secret} holds what no header can carry: a line break or space at an end, or a character that is not ASCII`,
    );
  }
  return value;
}

function readKey(
  variable: Variable,
  others: readonly GatewayKey[],
  connections: ReadonlyMap<string, ConnectionEntry>,
): { key?: GatewayKey; faults: ConfigurationFault[] } {
  if ("fault" in variable) return { faults: [{ path: "", detail: variable.fault }] };
  const parsed = keyConfiguration.safeParse(variable.value);
  if (!parsed.success) return { faults: faultsOf(parsed.error) };
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

function faultsOf(error: z.ZodError): ConfigurationFault[] {
  return issueErrors(error.issues).map(({ pointer, detail }) => ({
    path: pointer.slice(1).replaceAll("/", "."),
    detail,
  }));
}
