/** A schema and an example for each problem code. */
import type * as z from "zod/mini";
import type { Problem } from "../schemas/documents/problem.ts";
import type { ProblemCode } from "../schemas/problem.ts";
import { type ProblemDetails, toProblem } from "../src/problem.ts";
import { problemKindOf } from "../schemas/documents/problem-meanings.ts";

/** `outcome_unknown` → `OutcomeUnknownProblem` */
export const problemSchemaName = (code: ProblemCode): string =>
  `${code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;

/** The schema of problems with this code. */
export function problemSchema(code: ProblemCode, { properties, ...problem }: z.core.JSONSchema.BaseSchema): object {
  const { status, title, meaning, origin, effect, retry, unkeyed } = problemKindOf(code);
  const constants = Object.entries({ code, title, status, origin, effect }).map(([name, value]) => [
    name,
    { const: value },
  ]);
  const retries = unkeyed === undefined ? [retry] : [retry, unkeyed.retry];
  return {
    ...problem,
    title: code,
    description: `${title}. ${meaning}`,
    properties: { ...properties, ...Object.fromEntries(constants), retry: { enum: retries } },
  };
}

const operation = "demo-elastic-path.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37";
const vendor = { name: "elastic_path", connection: "demo-elastic-path" };
const accounts = "/v1/accounts";
const operations = `/v1/operations/${operation}`;

interface Example extends Omit<ProblemDetails, "code" | "headers"> {
  path: string;
}

/** Details of a typical problem of each code. */
const examples: Record<ProblemCode, Example> = {
  invalid_json: {
    path: accounts,
    detail: "Duplicate member /name (RFC 7493 §2.3)",
    errors: [{ pointer: "/name", detail: "Duplicate member /name (RFC 7493 §2.3)" }],
  },
  connection_required: {
    path: accounts,
    detail: "Name a connection in `Gateway-Connection`: demo-clarus, demo-elastic-path",
  },
  idempotency_key_required: {
    path: accounts,
    detail: "The connection `acme-wms` creates accounts only with an Idempotency-Key",
  },
  invalid_idempotency_key: { path: accounts },
  invalid_header: { path: accounts, detail: "`Prefer: handling` must be `strict` or `lenient`" },
  invalid_query: { path: accounts, detail: "`includes`: Unknown name; remove it" },
  unauthenticated: { path: accounts, detail: "The gateway key is unknown" },
  operator_required: { path: operations, operation },
  connection_not_found: { path: accounts, detail: "The gateway key cannot use a connection with this id" },
  not_found: { path: operations, detail: "There is no such operation" },
  method_not_allowed: { path: accounts, detail: "Method GET is not allowed; use POST" },
  account_exists: {
    path: accounts,
    detail: "Clarus answered 422 and created no account",
    errors: [{ pointer: "/code", detail: "Code has already been taken" }],
    vendor: {
      name: "clarus",
      connection: "demo-clarus",
      status: 422,
      errors: [{ title: "Duplicate", detail: "Code has already been taken", pointer: "/data/attributes/code" }],
    },
  },
  operation_in_progress: { path: accounts, operation },
  operation_needs_review: { path: accounts, operation },
  operation_not_in_review: { path: operations, operation },
  body_too_large: { path: accounts, detail: "The body is larger than 65536 bytes" },
  unsupported_media_type: {
    path: accounts,
    detail: "The Content-Type must be `application/json`, in UTF-8 and without other parameters",
  },
  invalid_account: {
    path: accounts,
    errors: [
      { pointer: "/name", detail: "Must not be blank" },
      { pointer: "/vat_id", detail: "Unknown name; remove it" },
    ],
  },
  unsupported_field: {
    path: accounts,
    errors: [
      {
        pointer: "/active",
        detail:
          "Elastic Path supports only `true` for this field; remove it, or send `Prefer: handling=lenient` to drop it",
      },
    ],
  },
  missing_field: {
    path: accounts,
    errors: [
      {
        pointer: "/code",
        detail: "Clarus requires this field; send `code`, or configure a default or fallback for it on the connection",
      },
    ],
  },
  idempotency_key_reused: { path: accounts },
  invalid_resolution: {
    path: operations,
    errors: [{ pointer: "/outcome", detail: "Must be `created` or `not_created`" }],
  },
  vendor_rejected: {
    path: accounts,
    detail: "Elastic Path answered 404 and created no account",
    errors: [{ pointer: "/parent_id", detail: "parent account not found" }],
    vendor: { ...vendor, status: 404, errors: [{ title: "Not Found", detail: "parent account not found" }] },
  },
  vendor_rate_limited: {
    path: accounts,
    detail: "Elastic Path answered 429 and created no account",
    vendor: { ...vendor, status: 429, errors: [] },
  },
  queue_full: { path: accounts },
  too_many_operations: { path: accounts },
  internal_error: { path: accounts },
  misconfigured: {
    path: accounts,
    detail: "The connection `acme-wms` is disabled: its configuration has faults",
  },
  vendor_auth_failed: {
    path: accounts,
    detail: "Elastic Path answered 403 and created no account",
    vendor: { ...vendor, status: 403, errors: [] },
  },
  vendor_contract_violation: {
    path: accounts,
    detail:
      "Elastic Path answered 201, but its body has no id; an account may exist, and the gateway did not send the request again",
    vendor: { ...vendor, status: 201, errors: [] },
    operation,
  },
  vendor_unavailable: {
    path: accounts,
    detail: "Elastic Path could not be reached at its token endpoint; the account was not sent",
  },
  ledger_unavailable: { path: accounts },
  outcome_unknown: {
    path: accounts,
    detail:
      "Elastic Path gave no complete answer within 2000 ms; an account may exist, and the gateway did not send the request again",
    operation,
  },
};

/** A complete problem document, made by the gateway's own code. `at` replaces the path of the example. */
export function problemExample(code: ProblemCode, at?: string): Problem {
  const { path, ...details } = examples[code];
  const url = `https://gateway.example${at ?? path}`;
  return toProblem({ code, ...details }, { url, requestId: "5b0c4d8e-2f3a-4a51-9c7e-6d1b8f0a2e94" });
}
