/** The table of all problems that the gateway reports (RFC 9457). */
import * as z from "zod/mini";
import { type ProblemCode, problemCodeNames } from "./problem-codes.ts";

export type { ProblemCode };

export const origins = ["client", "gateway", "vendor"] as const;
/** Whether an account may exist after this answer. */
export const effects = ["none", "unknown"] as const;
/** `same_key`: retry with the same Idempotency-Key until the effect is no longer `unknown`. */
export const retries = ["never", "later", "same_key"] as const;

export interface ProblemKind {
  status: number;
  title: string;
  origin: (typeof origins)[number];
  effect: (typeof effects)[number];
  retry: (typeof retries)[number];
  /** What the caller does next. */
  remedy: string;
  /** Replaces `retry` and `remedy` if the request had no Idempotency-Key. */
  unkeyed?: { retry: "never" | "later"; remedy: string };
}

/** The request has a fault, and nothing was created. */
const clientFault = { origin: "client", effect: "none", retry: "never" } as const;

/** The gateway could not process the request, and nothing was created. */
const gatewayFault = { origin: "gateway", effect: "none", retry: "later" } as const;

const unknownOutcome = {
  remedy:
    "Send the request again with the same Idempotency-Key until `effect` is no longer `unknown` or `retry` is `never`.",
  unkeyed: {
    retry: "never",
    remedy: "Check the vendor's system before you create the account again.",
  },
} as const;

export const problemKinds = {
  invalid_json: {
    status: 400,
    title: "The body is not valid JSON",
    ...clientFault,
    remedy: "Send valid JSON.",
  },
  connection_required: {
    status: 400,
    title: "The request must name a connection",
    ...clientFault,
    remedy: "Send the header `Gateway-Connection` with one of the ids that `detail` lists.",
  },
  idempotency_key_required: {
    status: 400,
    title: "An Idempotency-Key is required",
    ...clientFault,
    remedy: "Generate one key for each account, and send the same key when you repeat the request.",
  },
  invalid_idempotency_key: {
    status: 400,
    title: "The Idempotency-Key is not valid",
    ...clientFault,
    remedy: 'Send a key such as `Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324"`.',
  },
  invalid_header: {
    status: 400,
    title: "A header is not valid",
    ...clientFault,
    remedy: "Correct or remove the header that `detail` names.",
  },
  invalid_query: {
    status: 400,
    title: "A query parameter is not valid",
    ...clientFault,
    remedy: "Correct or remove the parameter that `detail` names.",
  },
  unauthenticated: {
    status: 401,
    title: "A gateway key is required",
    ...clientFault,
    remedy: "Send `Authorization: Bearer <gateway key>`.",
  },
  operator_required: {
    status: 403,
    title: "Only an operator may do this",
    ...clientFault,
    remedy: "Send a gateway key that has `operator = true`.",
  },
  connection_not_found: {
    status: 404,
    title: "No such connection",
    ...clientFault,
    remedy: "Use one of the ids that `GET /v1/connections` lists.",
  },
  not_found: {
    status: 404,
    title: "No such resource",
    ...clientFault,
    remedy: "Check the path. The gateway's page `/docs` lists every route.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    ...clientFault,
    remedy: "Use one of the methods in the `Allow` header.",
  },
  account_exists: {
    status: 409,
    title: "The vendor already has this account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    remedy: "Use the existing account, or change the field that `errors` points at.",
  },
  operation_in_progress: {
    status: 409,
    title: "The operation is in progress",
    origin: "client",
    effect: "unknown",
    retry: "same_key",
    remedy: "Send the request again, with the same key, after the time in `Retry-After`.",
  },
  operation_needs_review: {
    status: 409,
    title: "The operation needs review",
    origin: "gateway",
    effect: "unknown",
    retry: "never",
    remedy:
      "Ask an operator to check the vendor's system and to resolve the operation with a gateway key that has `operator = true`.",
  },
  operation_not_in_review: {
    status: 409,
    title: "The operation is not in review",
    ...clientFault,
    remedy: "Read the operation. Its `state` shows what happened.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    ...clientFault,
    remedy: "Send a smaller body.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body must be JSON",
    ...clientFault,
    remedy: "Send `Content-Type: application/json`.",
  },
  invalid_account: {
    status: 422,
    title: "The account is not valid",
    ...clientFault,
    remedy: "Correct every member that `errors` points at.",
  },
  unsupported_field: {
    status: 422,
    title: "The connection does not support a field",
    ...clientFault,
    remedy: "Remove the field, map it in the connection, or send `Prefer: handling=lenient` to drop it with a warning.",
  },
  missing_field: {
    status: 422,
    title: "A field that the vendor requires is missing",
    ...clientFault,
    remedy: "Send the field that `errors` points at, or configure a default or fallback for it on the connection.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key was used for another request",
    ...clientFault,
    remedy: "Send a new key for a new account. To repeat the first request, send exactly the same body.",
  },
  invalid_resolution: {
    status: 422,
    title: "The resolution is not valid",
    ...clientFault,
    remedy: "Correct every member that `errors` points at.",
  },
  vendor_rejected: {
    status: 422,
    title: "The vendor rejected the account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    remedy: "Correct the faults that `errors` and `vendor.errors` report.",
  },
  vendor_rate_limited: {
    status: 429,
    title: "The vendor's rate limit was reached",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Send the request again after the time in `Retry-After`.",
  },
  queue_full: {
    status: 429,
    title: "Your queue on this connection is full",
    ...gatewayFault,
    remedy: "Send the request again after the time in `Retry-After`, or send it without `respond-async`.",
  },
  too_many_operations: {
    status: 429,
    title: "The ledger stores too many of your operations",
    ...gatewayFault,
    remedy:
      "Send the request again when older operations have expired, or ask the gateway's operator to raise `operations_per_key` or lower `retention_days`.",
  },
  internal_error: {
    status: 500,
    title: "The gateway failed",
    ...gatewayFault,
    remedy: "Send the request again. If it fails again, report the `X-Request-Id`.",
  },
  misconfigured: {
    status: 500,
    title: "The connection is misconfigured",
    ...gatewayFault,
    remedy: "Ask the gateway's operator to run `npm run check` and to correct the faults that it reports.",
  },
  vendor_auth_failed: {
    status: 502,
    title: "The vendor refused the gateway's credentials",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Ask the gateway's operator to check the connection's credentials.",
  },
  vendor_contract_violation: {
    status: 502,
    title: "The gateway cannot read the vendor's answer",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    ...unknownOutcome,
  },
  vendor_unavailable: {
    status: 503,
    title: "The vendor did not create the account",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Send the request again later.",
  },
  ledger_unavailable: {
    status: 503,
    title: "The ledger is not available",
    origin: "gateway",
    effect: "unknown",
    retry: "same_key",
    remedy: "Send the request again later, with the same Idempotency-Key.",
    unkeyed: { retry: "later", remedy: "Send the request again later." },
  },
  outcome_unknown: {
    status: 504,
    title: "The gateway does not know whether the account was created",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    ...unknownOutcome,
  },
} as const satisfies Record<ProblemCode, ProblemKind>;

export const problemCodes = z.enum(problemCodeNames);
