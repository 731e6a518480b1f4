// Prints every fault in a configuration before a deploy: `npm run check -- --config sandbox/gateway.toml --env staging`.
// A secret counts as present if `.dev.vars` or the environment has it, or if `[secrets] required` lists it.
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { unstable_getVarsForDev, unstable_readConfig } from "wrangler";
import type { ConfigurationFault } from "../adapters/engine/adapter.ts";
import { adapters } from "../adapters/index.ts";
import { type Configuration, readConfiguration } from "../src/connections/configuration.ts";

interface Kind {
  /** The prefix that the gateway reads. */
  prefix: string;
  /** Matches names whose author probably meant the prefix. */
  resembles: RegExp;
  /** The members that identify such a table, whatever its name is. */
  members: readonly string[];
}

const kinds: readonly Kind[] = [
  { prefix: "CONNECTION_", resembles: /^conn?ecc?tions?(?![a-z])/i, members: ["vendor", "base_url"] },
  { prefix: "KEY_", resembles: /^(gateway[_-]?)?keys?(?![a-z])/i, members: ["sha256"] },
];
const origins = { name: "ALLOWED_ORIGINS", resembles: /^allow(ed)?[_-]?origins?$/i };

/** The digest of the key that `sandbox/gateway.toml` and the guides publish. */
const demoDigest = createHash("sha256").update("demo-key").digest("hex");

try {
  process.exitCode = check() ? 0 : 1;
} catch (error) {
  // The error is, for example, a missing file, invalid TOML, or an unknown flag.
  console.error(`✘ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function check(): boolean {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: join(import.meta.dirname, "../wrangler.toml") },
      env: { type: "string" },
    },
  });
  const { vars, secrets, configPath, definedEnvironments = [] } = unstable_readConfig(values);
  if (values.env !== undefined && !definedEnvironments.includes(values.env)) {
    throw new Error(`${values.config} has no environment \`${values.env}\``);
  }
  const required = (secrets?.required ?? []).map((name: string) => [name, "present-when-deployed"] as const);
  const local = Object.entries(unstable_getVarsForDev(configPath, undefined, vars, values.env, true)).map(
    ([name, binding]) => [name, binding.value] as const,
  );
  // Read only secrets from the shell, because other programs may also use variables that begin with CONNECTION_ or KEY_.
  const shellSecrets = Object.entries(process.env).filter(
    ([name]) => !/^(CONNECTION_|KEY_|ALLOWED_ORIGINS$)/.test(name),
  );
  const configuration = readConfiguration(adapters, {
    ...Object.fromEntries(required),
    ...Object.fromEntries(shellSecrets),
    ...Object.fromEntries(local),
  });
  const { connections, keys } = configuration;
  const faults = [...configuration.faults, ...nearMisses(local), ...publicKeys(configuration)];

  for (const { path, detail } of faults) console.error(`✘ ${path}: ${detail}`);
  const ready = [...connections.values()].filter(({ plan }) => plan !== undefined);
  console.log(
    `${relative(".", values.config)}: ${ready.length} of ${connections.size} connections ready, ${keys.length} keys, ${faults.length} faults`,
  );
  return faults.length === 0;
}

/** Reports the variables that look like configuration but have names that the gateway does not read. */
function nearMisses(variables: Iterable<readonly [name: string, value: unknown]>): ConfigurationFault[] {
  return [...variables].flatMap(([path, value]) => {
    if (path === origins.name || kinds.some(({ prefix }) => path.startsWith(prefix))) return [];
    if (origins.resembles.test(path))
      return { path, detail: `The gateway does not read it. Rename it to ${origins.name}.` };
    const table = tableOf(value);
    if (table === undefined) return [];
    const meant = kinds.find(({ resembles, members }) => resembles.test(path) || members.some((each) => each in table));
    if (meant === undefined) return [];
    return { path, detail: `The gateway does not read it. Its name must begin with ${meant.prefix}.` };
  });
}

/** The table in a variable. The variable may also hold the table as JSON text. */
function tableOf(value: unknown): object | undefined {
  if (typeof value !== "string") return typeof value === "object" && value !== null ? value : undefined;
  if (!value.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return {};
  }
}

/** Reports the gateway keys that anybody can use, except keys that can use only the sandbox vendors. */
function publicKeys({ keys, connections }: Pick<Configuration, "keys" | "connections">): ConfigurationFault[] {
  return keys
    .filter(({ sha256 }) => sha256.includes(demoDigest))
    .filter((key) => {
      const opened = [...connections.values()].filter(
        ({ id }) => key.connections.includes("*") || key.connections.includes(id),
      );
      return opened.length === 0 || !opened.every(({ plan }) => plan !== undefined && isSandbox(plan.url));
    })
    .map(({ name }) => ({
      path: `the key \`${name}\``,
      detail: "`sha256` has the digest of `demo-key`, which is public. Make a new key with `account-gateway keys new`.",
    }));
}

function isSandbox(url: string): boolean {
  return new URL(url).hostname.endsWith(".sandbox.test");
}
