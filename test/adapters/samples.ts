/** What the suites need to know of a vendor beside its adapter: a connection to it, and its dialect's other half. */
import type * as z from "zod/mini";
import { adapters } from "../../adapters/index.ts";
import { type Adapter, type LookupKeys } from "../../adapters/engine/adapter.ts";
import type { ConfigurationFault } from "../../adapters/engine/configuration-fault.ts";
import { compilePlan, type Plan } from "../../adapters/engine/plan.ts";
import { clarusRequest } from "../../schemas/clarus.ts";
import { type Connection, connectionConfiguration } from "../../schemas/connection.ts";
import { elasticPathRequest } from "../../schemas/elastic-path.ts";
import { garmatRequest } from "../../schemas/garmat.ts";
import type { Json } from "../../schemas/json.ts";

/** An account as a lookup's reply names it. */
export type LookupRecord = { id: string } & Record<Exclude<keyof LookupKeys, "isStamped">, string>;

export interface Sample {
  adapter: Adapter;
  /** What a connection says beside the common members. */
  settings: Record<string, string>;
  /** One of every way of authenticating. */
  auth: readonly [Record<string, unknown>, ...Record<string, unknown>[]];
  /** The vendor's create, strictly: nothing more than its page lists. */
  wireRequest: z.ZodMiniType;
  /** A rejection as the vendor writes it; a vendor that tells no pointers leaves it out. */
  rejection: (detail: string, pointer?: string) => Json;
  /** The lookup's reply that lists these accounts; left out where the adapter looks nothing up. */
  found?: (records: LookupRecord[]) => Json;
}

/** No word of any dialect, so that where it turns up a secret was let out. */
export const canary = "canary-5f0c9e1d7ab3";

const secret = { secret: "TEST_SECRET" };
const clientCredentials = { type: "client_credentials", client_id: "client", client_secret: secret };
const bearer = { type: "bearer", token: secret };

const jsonApiRejection = (detail: string, pointer?: string): Json => ({
  errors: [{ status: "422", detail, ...(pointer === undefined ? {} : { source: { pointer } }) }],
});

const dialects: Record<string, Omit<Sample, "adapter">> = {
  clarus: {
    settings: { subdomain: "acme" },
    auth: [clientCredentials, bearer],
    wireRequest: clarusRequest,
    rejection: jsonApiRejection,
    found: (records) => ({
      data: {
        accounts: {
          all: {
            edges: records.map(({ id, code, name, external_ref }) => ({
              node: { id, code, name, external_system_reference1: external_ref },
            })),
          },
        },
      },
    }),
  },
  elastic_path: {
    settings: {},
    auth: [clientCredentials, bearer],
    wireRequest: elasticPathRequest,
    rejection: jsonApiRejection,
    found: (records) => ({
      data: records.map(({ id, name, external_ref, registration_id }) => ({
        type: "account",
        id,
        name,
        external_ref,
        registration_id,
        legal_name: null,
        parent_id: null,
      })),
      meta: { results: { total: records.length } },
    }),
  },
  garmat: {
    settings: {},
    auth: [
      { type: "api_key", api_key: secret },
      { type: "session", api_key: secret },
      { ...clientCredentials, audience: "https://api.garmat.test" },
      bearer,
    ],
    wireRequest: garmatRequest,
    rejection: (detail) => ({ error: detail }),
    found: (records) => ({
      data: records.map(({ id, name }) => ({ id, name, type: "customer", status: "active" })),
      page: 1,
      limit: 100,
      pages: 1,
      total: records.length,
    }),
  },
};

/** Every adapter of the registry: one without a sample is not tested, and fails here. */
export const samples: readonly Sample[] = adapters.map((adapter) => {
  const dialect = dialects[adapter.vendor];
  if (dialect === undefined) throw new Error(`No sample of ${adapter.vendor}: add one, so that the suites run it`);
  return { adapter, ...dialect };
});

export function sampleOf(vendor: string): Sample {
  const sample = samples.find(({ adapter }) => adapter.vendor === vendor);
  if (sample === undefined) throw new Error(`No sample of ${vendor}`);
  return sample;
}

/** Members of a connection, over the least that the vendor asks for. */
export type Members = Record<string, unknown>;

function configure({ adapter, settings, auth }: Sample, members: Members): Connection {
  const [first, ...others] = adapter.auth;
  const schemes = [first.schema, ...others.map(({ schema }) => schema)] as const;
  const least = { id: "test", vendor: adapter.vendor, base_url: "https://vendor.test", ...settings, auth: auth[0] };
  return connectionConfiguration({ ...adapter, auth: schemes }).parse({ ...least, ...members });
}

/** A connection's plan; every secret is the canary. */
export function planOf(sample: Sample, members: Members = {}): Plan {
  const compiled = compilePlan(sample.adapter, configure(sample, members), () => canary);
  if ("faults" in compiled) throw new Error(`Does not compile: ${JSON.stringify(compiled.faults)}`);
  return compiled.plan;
}

export function faultsOf(sample: Sample, members: Members): ConfigurationFault[] {
  const compiled = compilePlan(sample.adapter, configure(sample, members), () => canary);
  return "faults" in compiled ? compiled.faults : [];
}
