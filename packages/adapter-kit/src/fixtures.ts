/** The vendor's facts and examples that the test suite needs besides the adapter. */
import type * as z from "zod/mini";
import type { Adapter, ConfigurationFault } from "../../../adapters/engine/adapter.ts";
import { compilePlan, type Plan } from "../../../adapters/engine/plan.ts";
import { nothingReported as noFields, type TextField } from "../../../schemas/account.ts";
import type { Account } from "../../../schemas/documents/account.ts";
import { type Connection, connectionConfiguration } from "../../../schemas/connection.ts";
import type { Json } from "../../../schemas/json.ts";

export interface AdapterFixtures {
  /** The vendor's own members of a connection, such as a tenant. */
  settings: Record<string, string>;
  /** One example of each authentication method, as in a connection's `auth`. */
  auth: readonly [Record<string, unknown>, ...Record<string, unknown>[]];
  /** A strict schema of the vendor's create: only the members that the vendor's page lists. */
  wireRequest: z.ZodMiniType;
  /** Examples from the vendor's page. */
  examples: readonly [Example, ...Example[]];
  /** A rejection in the vendor's format. A vendor without error pointers ignores `pointer`. */
  rejection: (detail: string, pointer?: string) => Json;
  /** The reply to the lookup by this field that finds these accounts. Left out if the adapter has no lookup. */
  found?: (records: LookupRecord[], by: TextField) => Json;
  /** The answer to a lookup that finds no account. Required if a lookup has `isAbsent`. */
  absent?: Answer;
  /** The answer to a create. `account` is the account as its body would be on the wire. Default: 201 with the account as the body. */
  created?: (account: Json, id: string) => Answer;
  /** The answer to a create whose result follows later. Required if the adapter has `reply.follow`. */
  accepted?: Answer;
}

/** An answer of the vendor. */
export interface Answer {
  /** Default: 201. */
  status?: number;
  /** The names are lower-case. */
  headers?: Record<string, string>;
  /** Left out if the answer has no body. */
  body?: Json;
}

/** An example from the vendor's page: the request, the account that produces it, and the account that its reply becomes. */
export interface Example {
  title: string;
  /** The body of `POST /v1/accounts`. */
  account: Json;
  /** The body on the wire, before its encoding. */
  request: Json;
  /** The encoded body, if the adapter has an `encoding`. */
  wireText?: string;
  /** The body of the reply. Left out if the page has no reply to this request. */
  reply?: Json;
  /** The status and headers of the reply, if it is not a 201, or if the adapter reads them. */
  answer?: Omit<Answer, "body">;
  /** The account's fields from the reply. Every other field of the account must be `null`. */
  reads?: Partial<Account>;
}

/** An account in a lookup's reply. */
export type LookupRecord = { id: string } & Record<"name" | "code" | "external_ref" | "registration_id", string>;

/** An adapter with its fixtures. */
export interface Sample extends AdapterFixtures {
  adapter: Adapter;
}

/** Members to add to a connection that has only the members that the vendor requires. */
export type Members = Record<string, unknown>;

/** The value of every secret. No vendor's format contains this value, so output that contains it has leaked a secret. */
export const canary = "canary-5f0c9e1d7ab3";

/** The plan of a connection in which every secret is the canary. */
export function planOf(sample: Sample, members: Members = {}): Plan {
  const compiled = compile(sample, members);
  if (compiled.kind === "faulty") throw new Error(`The connection has faults: ${JSON.stringify(compiled.faults)}`);
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
  const required = { id: "test", vendor: adapter.vendor, base_url: "https://vendor.test", ...settings, auth: auth[0] };
  return connectionConfiguration({ ...adapter, auth: schemes }).parse({ ...required, ...members });
}

/** An account for which the vendor reports no field. */
export const nothingReported = {
  ...noFields,
  custom: {},
  created_at: null,
  updated_at: null,
  vendor_fields: {},
  warnings: [],
};

/** A placeholder that `npm run new-adapter` wrote, with the instruction to replace it. */
export interface Placeholder {
  at: string;
  instruction: string;
}

/** Finds every value of an adapter and its fixtures that still begins with `Fill in`. */
export function findPlaceholders({ adapter, ...fixtures }: Sample): Placeholder[] {
  const rejected = fixtures.rejection("the vendor's message");
  return [
    ...placeholdersIn("adapter", adapter),
    ...placeholdersIn("fixtures", fixtures),
    ...placeholdersIn("fixtures.rejection()", rejected),
  ];
}

function placeholdersIn(at: string, value: unknown): Placeholder[] {
  if (typeof value === "string") return /^\/?Fill in\b/.test(value) ? [{ at, instruction: value }] : [];
  return isData(value)
    ? Object.entries(value).flatMap(([member, each]) => placeholdersIn(`${at}.${member}`, each))
    : [];
}

/** Whether the value is a plain object or an array. Excludes zod schemas: they refer to themselves, so a walk would not end. */
function isData(value: unknown): value is object {
  return Array.isArray(value) || (typeof value === "object" && value?.constructor === Object);
}
