import * as z from "zod/mini";
import type { Adapter, ConfigurationFault } from "../../adapters/engine/adapter.ts";
import { compilePlan, compileTable, type Plan } from "../../adapters/engine/plan.ts";
import { isObject } from "../../schemas/json-pointer.ts";
import {
  connectionCommon,
  connectionConfiguration,
  secretReference,
  type SecretReference,
  tableConfiguration,
} from "../../schemas/connection.ts";
import { messages } from "../../schemas/messages.ts";
import type { Environment } from "../environment.ts";
import { issueErrors } from "../http/issue-errors.ts";
import { minSecretLength } from "../vendor-client/credentials.ts";

export interface ReadConnection {
  /** `undefined` where the configuration names none. */
  id: string | undefined;
  vendor: string | undefined;
  plan: Plan | undefined;
  faults: ConfigurationFault[];
}

const identity = z.catch(
  z.object({
    id: z.catch(z.optional(z.string().check(z.minLength(1))), undefined),
    vendor: z.catch(z.optional(z.string()), undefined),
  }),
  {},
);

/** Reads one connection; every fault is named, of its members, its table and its secrets alike. */
export function readConnection(adapters: readonly Adapter[], environment: Environment, value: unknown): ReadConnection {
  const { id, vendor } = identity.parse(value);
  const broken = (faults: ConfigurationFault[]): ReadConnection => ({ id, vendor, plan: undefined, faults });
  if (!isObject(value)) return broken([{ path: "", detail: "Is no table" }]);
  const adapter = adapters.find((each) => each.vendor === vendor);
  if (adapter === undefined) {
    const detail = `Must be one of ${adapters.map((each) => each.vendor).join(", ")}`;
    const common = connectionCommon.safeParse(value, messages);
    const members = common.success ? [] : schemaFaults(common.error).filter(({ path }) => path !== "vendor");
    return broken([{ path: "vendor", detail }, ...members, ...secretFaults(environment, value)]);
  }
  const [first, ...others] = adapter.auth;
  const auth = [first.schema, ...others.map(({ schema }) => schema)] as const;
  const parsed = connectionConfiguration({ ...adapter, auth }).safeParse(value, messages);
  const table = tableConfiguration.safeParse(value);
  const faults = [
    ...(parsed.success ? [] : schemaFaults(parsed.error)),
    ...(table.success ? compileTable(adapter, table.data).faults : []),
    ...secretFaults(environment, value),
  ];
  if (!parsed.success || faults.length > 0) return broken(faults);
  const compiled = compilePlan(adapter, parsed.data, ({ secret }) => String(environment[secret]));
  return compiled.kind === "plan" ? { id, vendor, plan: compiled.plan, faults } : broken(compiled.faults);
}

/** Each member of `auth` that names a secret must name one that is there and that a header can carry. */
function secretFaults(environment: Environment, value: unknown): ConfigurationFault[] {
  const auth = isObject(value) && isObject(value["auth"]) ? value["auth"] : {};
  return Object.entries(auth).flatMap(([member, reference]) => {
    const read = secretReference.safeParse(reference);
    const detail = read.success ? whyUnusable(environment, read.data) : undefined;
    return detail === undefined ? [] : { path: `auth.${member}`, detail };
  });
}

function whyUnusable(environment: Environment, { secret }: SecretReference): string | undefined {
  const value = environment[secret];
  if (typeof value !== "string")
    return `There is no secret ${secret}; set it with \`wrangler secret put ${secret}\`, and name it in \`[secrets] required\`, by which a check knows of it before a deploy`;
  if (value.length < minSecretLength) return `The secret ${secret} is shorter than ${minSecretLength} characters`;
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return undefined;
  return `The secret ${secret} holds what no header can carry: a line break or space at an end, or a character that is not ASCII`;
}

export function schemaFaults(error: z.core.$ZodError): ConfigurationFault[] {
  return issueErrors(error.issues).map(({ pointer, detail }) => ({
    path: pointer.slice(1).replaceAll("/", "."),
    detail,
  }));
}
