/** Examples of requests and answers. The examples of problems are in problems.ts. */
import { nothingReported } from "../schemas/account.ts";
import { problemKindOf } from "../schemas/documents/problem-meanings.ts";
import jsonSchemas from "../schemas/json-schemas.json" with { type: "json" };
import { problemExample } from "./problems.ts";

const id = "demo-elastic-path.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37";

const noFields = { ...nothingReported, custom: {} };

const account = {
  id: "b0085d52-dcc4-4312-98ab-f1155683b15d",
  vendor: "elastic_path",
  connection: "demo-elastic-path",
  ...noFields,
  name: "Acme Corporation",
  legal_name: "Acme Corporation Ltd",
  created_at: "2026-11-22T21:59:00.419Z",
  updated_at: "2026-11-22T21:59:00.419Z",
  vendor_fields: {
    relationships: { ancestors: [] },
    links: { self: "https://elastic-path.sandbox.test/v2/accounts/b0085d52-dcc4-4312-98ab-f1155683b15d" },
  },
  warnings: [],
  operation: null,
};

const lenient = {
  id: "5d0c6929-2fd8-48fa-a4b0-af45b4dbe2df",
  vendor: "garmat",
  connection: "demo-garmat",
  ...noFields,
  name: "Acme Corporation",
  active: true,
  type: "customer",
  created_at: null,
  updated_at: null,
  vendor_fields: { users: 0, booths: 0, facilities: 0, regions: 0 },
  warnings: [
    {
      code: "dropped",
      field: "/legal_name",
      detail: "Garmat does not support this field; remove it",
      value: "Acme Corporation Ltd",
    },
  ],
  operation: null,
  fields: [
    {
      field: "/name",
      disposition: "sent",
      to: "/name",
      value: "Acme Corporation",
      reason: null,
      confirmed: true,
    },
    {
      field: "/legal_name",
      disposition: "dropped",
      to: null,
      value: "Acme Corporation Ltd",
      reason: "Garmat does not support this field; remove it",
      confirmed: null,
    },
    {
      field: null,
      disposition: "defaulted",
      to: "/type",
      value: "customer",
      reason: "left out; Garmat requires it, so the gateway fills it in",
      confirmed: true,
    },
  ],
};

const summary = {
  id,
  connection: "demo-elastic-path",
  vendor: "elastic_path",
  state: "created",
  attempt: 1,
  asynchronous: false,
  guarantee: "reconciled",
  created_at: "2026-11-22T21:59:00.102Z",
  updated_at: "2026-11-22T21:59:00.430Z",
  due_at: null,
  expires_at: "2026-11-29T21:59:00.430Z",
};

const at = (time: string, state: string, reason: string, attempt = 1) => ({ at: time, state, attempt, reason });
const claimed = at(summary.created_at, "sending", "claimed");
const noResult = { account: null, problem: null, candidates: [], duplicates: [] };

const created = {
  ...summary,
  history: [claimed, at(summary.updated_at, "created", "vendor_answered")],
  ...noResult,
  account: { ...account, operation: id },
};

const queued = {
  ...summary,
  state: "queued",
  attempt: 0,
  asynchronous: true,
  updated_at: summary.created_at,
  due_at: "2026-11-22T21:59:01.102Z",
  expires_at: null,
  history: [at(summary.created_at, "queued", "received", 0)],
  ...noResult,
};

const inReview = {
  ...summary,
  state: "needs_review",
  expires_at: null,
  history: [
    claimed,
    at("2026-11-22T21:59:02.110Z", "unknown", "no_answer"),
    at(summary.updated_at, "needs_review", "not_distinguishable"),
  ],
  ...noResult,
  problem: problemExample("outcome_unknown"),
  candidates: [{ id: account.id, name: "Acme Corporation", type: "account" }],
};

const resolved = {
  ...created,
  history: [
    ...inReview.history,
    { ...at("2026-11-23T08:12:40.000Z", "created", "resolved"), by: "operator", note: "Found in the vendor's console" },
  ],
};

const capability = {
  max_length: null,
  values: null,
  kind: null,
  format: null,
  fallback: [],
  default: null,
  mappable_to: [],
};

const connections = [
  {
    id: "demo-garmat",
    vendor: "garmat",
    status: "ready",
    handling: "strict",
    require_key: false,
    guarantee: {
      level: "at_most_once",
      assumption:
        "The gateway cannot recognise an account that it created in Garmat. After an unknown outcome, it sends nothing again until an operator has resolved the operation.",
    },
    fields: {
      name: { ...capability, support: "required", to: "/name", max_length: 1024, kind: "string" },
      type: {
        ...capability,
        support: "supported",
        to: "/type",
        values: ["customer", "distributor"],
        kind: "string",
        default: "customer",
      },
      email: { ...capability, support: "unsupported", to: null },
    },
  },
  {
    id: "acme-wms",
    vendor: "clarus",
    status: "misconfigured",
    handling: null,
    require_key: null,
    guarantee: null,
    fields: {},
  },
];

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "An account for demo-garmat (Garmat)",
  type: "object",
  properties: {
    name: jsonSchemas.fields.name,
    email: { type: "null", description: "This connection does not send this field to Garmat" },
    type: { anyOf: [{ type: "string", enum: ["customer", "distributor"] }, { type: "null" }] },
  },
  required: ["name"],
  additionalProperties: false,
};

const preview = {
  connection: "demo-elastic-path",
  vendor: "elastic_path",
  request: {
    method: "POST",
    url: "https://elastic-path.sandbox.test/v2/accounts",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "User-Agent": "account-gateway/0.1.0",
      Authorization: "Bearer [redacted]",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-0d08bea45049b9bd-01",
    },
    body: { data: { type: "account", name: "Acme Corporation" } },
  },
  fields: [
    { field: "/name", disposition: "sent", to: "/data/name", value: "Acme Corporation", reason: null },
    {
      field: "/active",
      disposition: "refused",
      to: null,
      value: false,
      reason:
        "Elastic Path supports only `true` for this field; remove it, or send `Prefer: handling=lenient` to drop it",
    },
    { field: null, disposition: "constant", to: "/data/type", value: "account", reason: "Elastic Path requires it" },
  ],
  problems: [problemExample("unsupported_field", "/v1/accounts/preview")],
};

export const examples = {
  minimal_account: { summary: "Only a name", value: { name: "Acme Corporation" } },
  account: {
    summary: "With optional fields",
    value: { name: "Acme Corporation", legal_name: "Acme Corporation Ltd" },
  },
  account_with_options: {
    summary: "With a custom field and a vendor's options",
    value: {
      name: "Acme Corporation",
      external_ref: "crm-4711",
      active: true,
      custom: { tier: "gold" },
      vendor_options: { clarus: { integer1: 7 } },
    },
  },
  account_with_refused_field: {
    summary: "With a field that a vendor does not support",
    value: { name: "Acme Corporation", active: false },
  },
  resolved_as_created: {
    summary: "The account exists",
    value: { outcome: "created", vendor_id: account.id, reason: "Found in the vendor's console" },
  },
  resolved_as_not_created: {
    summary: "There is no account",
    value: { outcome: "not_created", reason: "The vendor's support team confirmed it" },
  },
  created_account: { summary: "The account as the vendor reports it", value: account },
  created_account_with_fields: {
    summary: "Sent with `handling=lenient` and `?include=fields`",
    value: lenient,
  },
  operation_created: { summary: "Final", value: created },
  operation_queued: { summary: "Not sent yet", value: queued },
  operation_in_review: { summary: "An operator must resolve it", value: inReview },
  operation_resolved: { summary: "Resolved by an operator", value: resolved },
  operations: { summary: "The last page", value: { operations: [summary], next_cursor: null } },
  connections: { summary: "Some of the fields of two connections", value: { connections } },
  connection_check: {
    summary: "No problem found",
    value: { reachable: true, authorized: true, lookup: true, detail: null },
  },
  failed_connection_check: {
    summary: "The vendor refuses the credentials",
    value: {
      reachable: true,
      authorized: false,
      lookup: null,
      detail:
        "Elastic Path answered the token request with 401. Check the secret that `auth` names, and what the credentials may read.",
    },
  },
  connection_schema: { summary: "Some of the fields of a connection", value: schema },
  previews: { summary: "Nothing would be sent", value: { previews: [preview], next_cursor: null } },
  healthy: { summary: "The gateway is running", value: { status: "ok" } },
  openapi: {
    summary: "The beginning",
    value: { openapi: "3.1.1", info: { title: "Account Gateway", version: "0.1.0" }, paths: {} },
  },
  page: { summary: "The beginning", value: '<!doctype html>\n<html lang="en">' },
  problem_kind: { summary: "What a code means", value: problemKindOf("outcome_unknown") },
};
export type ExampleName = keyof typeof examples;
