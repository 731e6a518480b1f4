/** Reads one connection's configuration and compiles its plan. */
import * as z from "zod/mini";
import type { Adapter, ConfigurationFault } from "../../adapters/engine/adapter.ts";
import type { AuthScheme } from "../../adapters/engine/auth.ts";
import { compilePlan, compileTable, type Plan } from "../../adapters/engine/plan.ts";
import {
  connectionCommon,
  connectionConfiguration,
  secretReference,
  type SecretReference,
  tableConfiguration,
} from "../../schemas/connection.ts";
import { isObject } from "../../schemas/json-pointer.ts";
import { messages } from "../../schemas/messages.ts";
import type { Environment } from "../environment.ts";
import { errorsFromIssues } from "../problem.ts";
import { minSecretLength } from "../vendor-client/credentials.ts";

export interface ReadConnection {
  /** `id` and `vendor` are `undefined` if the configuration has none. */
  id: string | undefined;
  vendor: string | undefined;
  /** `undefined` if there are faults. */
  plan: Plan | undefined;
  faults: ConfigurationFault[];
}

/** Reads `id` and `vendor` even if other members have faults. */
const identity = z.catch(
  z.object({
    id: z.catch(z.optional(z.string().check(z.minLength(1))), undefined),
    vendor: z.catch(z.optional(z.string()), undefined),
  }),
  {},
);

/** Reads a connection and reports all faults together: those of the members, the table and the secrets. */
export function readConnection(adapters: readonly Adapter[], environment: Environment, value: unknown): ReadConnection {
  const { id, vendor } = identity.parse(value);
  const broken = (faults: ConfigurationFault[]): ReadConnection => ({ id, vendor, plan: undefined, faults });
  if (!isObject(value)) return broken([{ path: "", detail: "Must be a table" }]);
  const adapter = adapters.find((each) => each.vendor === vendor);
  if (adapter === undefined) {
    const detail = `Must be one of ${adapters.map((each) => each.vendor).join(", ")}`;
    const common = connectionCommon.safeParse(value, messages);
    const members = common.success ? [] : schemaFaults(common.error).filter(({ path }) => path !== "vendor");
    return broken([{ path: "vendor", detail }, ...members, ...secretFaults(environment, value, [])]);
  }
  const [first, ...others] = adapter.auth;
  const auth = [first.schema, ...others.map(({ schema }) => schema)] as const;
  const parsed = connectionConfiguration({ ...adapter, auth }).safeParse(value, messages);
  const table = tableConfiguration.safeParse(value);
  const faults = [
    ...(parsed.success ? [] : schemaFaults(parsed.error)),
    ...(table.success ? compileTable(adapter, table.data).faults : []),
    ...secretFaults(environment, value, adapter.auth),
  ];
  if (!parsed.success || faults.length > 0) return broken(faults);
  const compiled = compilePlan(adapter, parsed.data, ({ secret }) => String(environment[secret]));
  return compiled.kind === "plan" ? { id, vendor, plan: compiled.plan, faults } : broken(compiled.faults);
}

/** Checks that each secret that `auth` names exists, is long enough, can be sent in a header, and suits its scheme. */
function secretFaults(environment: Environment, value: unknown, schemes: readonly AuthScheme[]): ConfigurationFault[] {
  const auth = isObject(value) && isObject(value["auth"]) ? value["auth"] : {};
  const scheme = schemes.find(({ schema }) => schema.safeParse(auth).success);
  return Object.entries(auth).flatMap(([member, reference]) => {
    const read = secretReference.safeParse(reference);
    const detail = read.success ? whyUnusable(environment, read.data, scheme) : undefined;
    return detail === undefined ? [] : { path: `auth.${member}`, detail };
  });
}

function whyUnusable(
  environment: Environment,
  { secret }: SecretReference,
  scheme: AuthScheme | undefined,
): string | undefined {
  const value = environment[secret];
  if (typeof value !== "string")
    return `There is no secret ${secret}; set it with \`wrangler secret put ${secret}\`, and list it in \`[secrets] required\``;
  if (value.length < minSecretLength) return `The secret ${secret} is shorter than ${minSecretLength} characters`;
  const reason = scheme?.whyUnusable?.(value);
  if (reason !== undefined) return `The secret ${secret} ${reason}`;
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return undefined;
  return `The secret ${secret} cannot be sent in a header: it begins or ends with a space, or contains a line break or a character that is not ASCII`;
}

export function schemaFaults(error: z.core.$ZodError): ConfigurationFault[] {
  return errorsFromIssues(error.issues).map(({ pointer, detail }) => ({
    path: pointer.slice(1).replaceAll("/", "."),
    detail,
  }));
}
