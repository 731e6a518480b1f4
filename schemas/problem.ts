/** Everything that can go wrong, in one table (RFC 9457). */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";
import { jsonSchema } from "./json.ts";
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
  /** What the reader does next. */
  remedy: string;
  /** What takes the place of `same_key` where the request had no Idempotency-Key. */
  unkeyed?: { retry: "never" | "later"; remedy: string };
}

const ofUnknown = {
  remedy:
    "Send the request again with the same Idempotency-Key until the effect is no longer `unknown`, or `retry` is `never`.",
  unkeyed: {
    retry: "never",
    remedy: "Look in the vendor's system before you create the account again: a second one could come of it.",
  },
} as const;

export const problemKinds = {
  invalid_json: {
    status: 400,
    title: "The body is not JSON that can be read without loss",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Correct what `detail` names, and send the body again.",
  },
  connection_required: {
    status: 400,
    title: "Several connections to choose from",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send the header `Gateway-Connection` with one of the ids that `detail` lists.",
  },
  idempotency_key_required: {
    status: 400,
    title: "An Idempotency-Key is required",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send a key of your own making, one for each account, and the same one when you repeat the request.",
  },
  invalid_idempotency_key: {
    status: 400,
    title: "The Idempotency-Key cannot be read",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: 'Send a key such as `Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324"`.',
  },
  invalid_header: {
    status: 400,
    title: "A header cannot be read",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Correct the header that `detail` names, or leave it out.",
  },
  invalid_query: {
    status: 400,
    title: "A query parameter is not accepted",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Correct the parameter that `detail` names, or leave it out.",
  },
  unauthenticated: {
    status: 401,
    title: "A gateway key is required",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send `Authorization: Bearer <gateway key>`; ask whoever runs the gateway for a key.",
  },
  operator_required: {
    status: 403,
    title: "Only an operator may do this",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Use a gateway key that has `operator = true`, or ask somebody who has one.",
  },
  connection_not_found: {
    status: 404,
    title: "No such connection",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Use one of the ids that `GET /v1/connections` lists.",
  },
  not_found: {
    status: 404,
    title: "No such resource",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Check the path. The gateway's page `/docs` lists every route.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Use one of the methods in the `Allow` header.",
  },
  account_exists: {
    status: 409,
    title: "The vendor already holds such an account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    remedy: "Change the field that `errors` points at, or use the account that exists.",
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
    title: "The operation needs a person's review",
    origin: "gateway",
    effect: "unknown",
    retry: "never",
    remedy: "Look into the vendor's system and resolve the operation, with a gateway key that has `operator = true`.",
  },
  operation_not_in_review: {
    status: 409,
    title: "The operation awaits no review",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Read the operation's state; another person, or the vendor's late answer, may have settled it.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send a smaller body.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body must be JSON",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send `Content-Type: application/json`.",
  },
  invalid_account: {
    status: 422,
    title: "The account is not valid",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Correct every member that `errors` points at.",
  },
  unsupported_field: {
    status: 422,
    title: "The connection cannot carry every field",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy:
      "Leave the field out, map it in the connection, or send `Prefer: handling=lenient` to have it dropped with a warning.",
  },
  missing_field: {
    status: 422,
    title: "The vendor requires a field that is missing",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send the field that `errors` points at, or give the connection a default or fallback for it.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key stands for another request",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Send a new key for a new account; for the first one, repeat its body exactly.",
  },
  invalid_resolution: {
    status: 422,
    title: "The resolution is not valid",
    origin: "client",
    effect: "none",
    retry: "never",
    remedy: "Correct every member that `errors` points at.",
  },
  vendor_rejected: {
    status: 422,
    title: "The vendor rejected the account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    remedy: "Correct what `errors` and `vendor.errors` say.",
  },
  vendor_rate_limited: {
    status: 429,
    title: "The vendor asks for patience",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Send the request again after the time in `Retry-After`.",
  },
  queue_full: {
    status: 429,
    title: "Your queue on this connection is full",
    origin: "gateway",
    effect: "none",
    retry: "later",
    remedy: "Send the request again after the time in `Retry-After`, or send it without `respond-async`.",
  },
  too_many_operations: {
    status: 429,
    title: "The connection remembers too many of your operations",
    origin: "gateway",
    effect: "none",
    retry: "later",
    remedy:
      "Send the request again when older operations have expired, or ask whoever runs the gateway to raise `operations_per_key` or lower `retention_days`.",
  },
  internal_error: {
    status: 500,
    title: "The gateway failed",
    origin: "gateway",
    effect: "none",
    retry: "later",
    remedy: "Try again; if it happens again, report it with the `X-Request-Id`.",
  },
  misconfigured: {
    status: 500,
    title: "The connection is misconfigured",
    origin: "gateway",
    effect: "none",
    retry: "later",
    remedy: "Ask whoever runs the gateway to run `npm run check` and correct what it names.",
  },
  vendor_auth_failed: {
    status: 502,
    title: "The vendor refused the gateway's credentials",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Ask whoever runs the gateway to check the connection's credentials.",
  },
  vendor_contract_violation: {
    status: 502,
    title: "The vendor's answer cannot be read",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    ...ofUnknown,
  },
  vendor_unavailable: {
    status: 503,
    title: "The vendor has not taken the account",
    origin: "vendor",
    effect: "none",
    retry: "later",
    remedy: "Send the request again later.",
  },
  ledger_unavailable: {
    status: 503,
    title: "The ledger cannot be reached",
    origin: "gateway",
    effect: "unknown",
    retry: "same_key",
    remedy: "Send the request again later, with the same Idempotency-Key.",
    unkeyed: { retry: "later", remedy: "Send the request again later." },
  },
  outcome_unknown: {
    status: 504,
    title: "Whether the account was created is unknown",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    ...ofUnknown,
  },
} as const satisfies Record<ProblemCode, ProblemKind>;

export const problemCodes = z.enum(problemCodeNames);

/** One fault, with a JSON Pointer into the caller's body; `""` is the whole body (RFC 6901 §5). */
export const problemError = /* @__PURE__ */ droppable(() => z.object({ pointer: z.string(), detail: z.string() }));
export type ProblemError = z.infer<typeof problemError>;

/** An answer of `application/problem+json`. */
export const problem = /* @__PURE__ */ droppable(() =>
  z
    .object({
      type: z.url(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      instance: z.string(),
      code: problemCodes,
      origin: z.enum(origins),
      effect: z.enum(effects),
      retry: z.enum(retries),
      errors: z.optional(z.array(problemError)),
      vendor: z.optional(
        z.object({
          name: z.string(),
          connection: z.string(),
          status: z.int(),
          errors: z.array(jsonSchema),
        }),
      ),
      operation: z.optional(z.string()),
    })
    .register(z.globalRegistry, { title: "Problem" }),
);
export type Problem = z.infer<typeof problem>;
