// Names every fault in a configuration, before a deploy: `npm run check -- --config sandbox/gateway.toml --env staging`.
// A secret counts as present when `.dev.vars` or this environment holds it, or `[secrets] required` makes a deploy insist on it.
import { parseArgs } from "node:util";
import { unstable_getVarsForDev, unstable_readConfig } from "wrangler";
import { adapters } from "../adapters/index.ts";
import { readConfiguration } from "../src/connections/configuration.ts";
import { nearMisses, publicKeys } from "./check-variables.ts";

try {
  process.exitCode = check() ? 0 : 1;
} catch (error) {
  // A file that is not there, or no TOML; a flag that is not known.
  console.error(`✘ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function check(): boolean {
  const { values } = parseArgs({
    options: { config: { type: "string", default: "wrangler.toml" }, env: { type: "string" } },
  });
  const { vars, secrets, configPath, definedEnvironments = [] } = unstable_readConfig(values);
  if (values.env !== undefined && !definedEnvironments.includes(values.env)) {
    throw new Error(`${values.config} has no environment \`${values.env}\``);
  }
  const required = (secrets?.required ?? []).map((name: string) => [name, "present-when-deployed"] as const);
  const local = Object.entries(unstable_getVarsForDev(configPath, undefined, vars, values.env, true)).map(
    ([name, binding]) => [name, binding.value] as const,
  );
  // The shell holds secrets alone: others' variables may begin with CONNECTION_ or KEY_ as well.
  const secretsOfShell = Object.entries(process.env).filter(
    ([name]) => !/^(CONNECTION_|KEY_|ALLOWED_ORIGINS$)/.test(name),
  );
  const configuration = readConfiguration(adapters, {
    ...Object.fromEntries(required),
    ...Object.fromEntries(secretsOfShell),
    ...Object.fromEntries(local),
  });
  const { connections, keys } = configuration;
  const faults = [...configuration.faults, ...nearMisses(local), ...publicKeys(configuration)];

  for (const { path, detail } of faults) console.error(`✘ ${path}: ${detail}`);
  const ready = [...connections.values()].filter(({ plan }) => plan !== undefined);
  console.log(
    `${values.config}: ${ready.length} of ${connections.size} connections ready, ${keys.length} keys, ${faults.length} faults`,
  );
  return faults.length === 0;
}
