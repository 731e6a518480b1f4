// Faults of a configuration that a running Worker cannot tell: it passes over variables that it does not know.
import { createHash } from "node:crypto";
import type { ConfigurationFault } from "../adapters/engine/adapter.ts";
import type { Configuration } from "../src/connections/configuration.ts";

interface Kind {
  /** How the names of such variables begin. */
  prefix: string;
  /** What a name looks like that was meant to begin so. */
  resembles: RegExp;
  /** Members by which such a table is known, whatever its name. */
  members: readonly string[];
}

const kinds: readonly Kind[] = [
  { prefix: "CONNECTION_", resembles: /^conn?ecc?tions?(?![a-z])/i, members: ["vendor", "base_url"] },
  { prefix: "KEY_", resembles: /^(gateway[_-]?)?keys?(?![a-z])/i, members: ["sha256"] },
];
const origins = { name: "ALLOWED_ORIGINS", resembles: /^allow(ed)?[_-]?origins?$/i };

/** Names each variable that was meant for the gateway, to all appearances, and that it does not read. */
export function nearMisses(variables: Iterable<readonly [name: string, value: unknown]>): ConfigurationFault[] {
  return [...variables].flatMap(([path, value]) => {
    if (path === origins.name || kinds.some(({ prefix }) => path.startsWith(prefix))) return [];
    if (origins.resembles.test(path)) return { path, detail: `The gateway does not read it: call it ${origins.name}` };
    const table = tableOf(value);
    if (table === undefined) return [];
    const meant = kinds.find(({ resembles, members }) => resembles.test(path) || members.some((each) => each in table));
    if (meant === undefined) return [];
    return { path, detail: `The gateway does not read it: begin its name with ${meant.prefix}` };
  });
}

/** A table of the configuration, or its JSON. A secret is neither. */
function tableOf(value: unknown): object | undefined {
  if (typeof value !== "string") return typeof value === "object" && value !== null ? value : undefined;
  if (!value.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return {};
  }
}

/** The key that `sandbox/gateway.toml` and the guides publish. */
const demoDigest = createHash("sha256").update("demo-key").digest("hex");

/** Names each gateway key that anybody can use, unless it opens the sandbox alone. */
export function publicKeys({ keys, connections }: Pick<Configuration, "keys" | "connections">): ConfigurationFault[] {
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
      detail: "`sha256` has the digest of `demo-key`, which is public: make a key with `account-gateway keys new`",
    }));
}

const isSandbox = (url: string): boolean => new URL(url).hostname.endsWith(".sandbox.test");
