/** What the suite needs to know of a vendor beside its adapter: a connection to it, and its dialect's other half. */
import type * as z from "zod/mini";
import type { Adapter, ConfigurationFault } from "../../../adapters/engine/adapter.ts";
import { compilePlan, type Plan } from "../../../adapters/engine/plan.ts";
import type { Account } from "../../../schemas/documents/account.ts";
import { type Connection, connectionConfiguration } from "../../../schemas/connection.ts";
import type { Json } from "../../../schemas/json.ts";

export interface AdapterFixtures {
  /** What a connection says beside the common members. */
  settings: Record<string, string>;
  /** One of every way of authenticating, as a connection's `auth` has it. */
  auth: readonly [Record<string, unknown>, ...Record<string, unknown>[]];
  /** The vendor's create, strictly: nothing more than its page lists. */
  wireRequest: z.ZodMiniType;
  /** The vendor's own, from its page. */
  examples: readonly [Example, ...Example[]];
  /** A rejection as the vendor writes it; a vendor that tells no pointers leaves it out. */
  rejection: (detail: string, pointer?: string) => Json;
  /** The reply to a lookup that lists these accounts; left out where the adapter looks nothing up. */
  found?: (records: LookupRecord[]) => Json;
}

/** An example of the vendor's: what an app sends to have its request made, and the account that its reply is read as. */
export interface Example {
  title: string;
  /** The body of `POST /v1/accounts`. */
  account: Json;
  request: Json;
  /** Left out where the page has none to this request. */
  reply?: Json;
  /** What the reply says; every other field of the account must be `null`. */
  reads?: Partial<Account>;
}

/** An account as a lookup's reply names it. */
export type LookupRecord = { id: string } & Record<"name" | "code" | "external_ref" | "registration_id", string>;

/** An adapter with its fixtures. */
export interface Sample extends AdapterFixtures {
  adapter: Adapter;
}

/** Members of a connection, over the least that the vendor asks for. */
export type Members = Record<string, unknown>;

/** No word of any dialect, so that where it turns up a secret was let out. */
export const canary = "canary-5f0c9e1d7ab3";

/** A connection's plan; every secret is the canary. */
export function planOf(sample: Sample, members: Members = {}): Plan {
  const compiled = compile(sample, members);
  if (compiled.kind === "faulty") throw new Error(`Does not compile: ${JSON.stringify(compiled.faults)}`);
  return compiled.plan;
}

export function faultsOf(sample: Sample, members: Members): ConfigurationFault[] {
  const compiled = compile(sample, members);
  return compiled.kind === "faulty" ? compiled.faults : [];
}

function compile(sample: Sample, members: Members) {
  return compilePlan(sample.adapter, configure(sample, members), () => canary);
}

function configure({ adapter, settings, auth }: Sample, members: Members): Connection {
  const [first, ...others] = adapter.auth;
  const schemes = [first.schema, ...others.map(({ schema }) => schema)] as const;
  const least = { id: "test", vendor: adapter.vendor, base_url: "https://vendor.test", ...settings, auth: auth[0] };
  return connectionConfiguration({ ...adapter, auth: schemes }).parse({ ...least, ...members });
}
