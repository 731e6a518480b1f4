/** Everything that can go wrong, in one table (RFC 9457). */
import * as z from "zod/mini";
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
  /** What happened, for the problem's page. */
  meaning: string;
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
    meaning:
      "The body is not JSON in UTF-8 (RFC 8259), or breaks a rule of I-JSON (RFC 7493): a member stands twice, a string is not valid Unicode, or values are nested too deeply. Nothing was sent to a vendor.",
    remedy: "Correct what `detail` names, and send the body again.",
  },
  connection_required: {
    status: 400,
    title: "Several connections to choose from",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "Your gateway key opens more than one connection, or none, and the request does not name one.",
    remedy: "Send the header `Gateway-Connection` with one of the ids that `detail` lists.",
  },
  idempotency_key_required: {
    status: 400,
    title: "An Idempotency-Key is required",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "This connection creates accounts only with an Idempotency-Key, so that a retry cannot create a second one.",
    remedy: "Send a key of your own making, one for each account, and the same one when you repeat the request.",
  },
  invalid_idempotency_key: {
    status: 400,
    title: "The Idempotency-Key cannot be read",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "An Idempotency-Key is 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 9651 §3.3.3).",
    remedy: 'Send a key such as `Idempotency-Key: "8e03978e-40d5-43dd-bc93-6894a57f9324"`.',
  },
  invalid_header: {
    status: 400,
    title: "A header cannot be read",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "A header has a value that the gateway does not know how to honour.",
    remedy: "Correct the header that `detail` names, or leave it out.",
  },
  invalid_query: {
    status: 400,
    title: "A query parameter is not accepted",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The query has a parameter, or a value of one, that this route does not know.",
    remedy: "Correct the parameter that `detail` names, or leave it out.",
  },
  unauthenticated: {
    status: 401,
    title: "A gateway key is required",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The request has no gateway key, or one that is not known here.",
    remedy: "Send `Authorization: Bearer <gateway key>`; ask whoever runs the gateway for a key.",
  },
  operator_required: {
    status: 403,
    title: "Only an operator may do this",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The operation is yours to read, but only a gateway key with `operator = true` may settle it.",
    remedy: "Ask an operator to look into the vendor's system and to resolve the operation.",
  },
  connection_not_found: {
    status: 404,
    title: "No such connection",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "No connection of that id is open to your gateway key. Whether another key may use it is not told.",
    remedy: "Use one of the ids that `GET /v1/connections` lists.",
  },
  not_found: {
    status: 404,
    title: "No such resource",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "Nothing is served at this path; or it names an operation that is not yours, that never was, or that is remembered no longer.",
    remedy: 'Check the path: the routes stand in the README, under "The contract".',
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The path exists, but not for this method.",
    remedy: "Use one of the methods in the `Allow` header.",
  },
  account_exists: {
    status: 409,
    title: "The vendor already holds such an account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    meaning: "The vendor refused the account as a duplicate of one that it holds. This request created nothing.",
    remedy: "Change the field that `errors` points at, or use the account that exists.",
  },
  operation_in_progress: {
    status: 409,
    title: "The operation is in progress",
    origin: "client",
    effect: "unknown",
    retry: "same_key",
    meaning:
      "A request with the same Idempotency-Key is being carried out, or is queued. This one sent nothing; the other may create the account.",
    remedy: "Send the request again, with the same key, after the time in `Retry-After`.",
  },
  operation_needs_review: {
    status: 409,
    title: "The operation needs a person's review",
    origin: "gateway",
    effect: "unknown",
    retry: "never",
    meaning:
      "An earlier request with the same Idempotency-Key may have created an account, and the vendor cannot be asked whether it did. It is not sent again until a person has looked.",
    remedy: "Look into the vendor's system and resolve the operation, with a gateway key that has `operator = true`.",
  },
  operation_not_in_review: {
    status: 409,
    title: "The operation awaits no review",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "Only an operation whose state is `needs_review` can be resolved. Nothing was changed.",
    remedy: "Read the operation's state; another person, or the vendor's late answer, may have settled it.",
  },
  body_too_large: {
    status: 413,
    title: "The body is too large",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "A body may have at most 64 KiB.",
    remedy: "Send a smaller body.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body must be JSON",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The gateway reads `application/json` in UTF-8 and nothing else.",
    remedy: "Send `Content-Type: application/json`.",
  },
  invalid_account: {
    status: 422,
    title: "The account is not valid",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "Members of the body are unknown, missing, or hold values that cannot be accepted. Nothing was sent to the vendor.",
    remedy: "Correct every member that `errors` points at.",
  },
  unsupported_field: {
    status: 422,
    title: "The connection cannot carry every field",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "The vendor has no place for a field of the body, and the connection's mapping gives it none. Nothing was sent.",
    remedy:
      "Leave the field out, map it in the connection, or send `Prefer: handling=lenient` to have it dropped with a warning.",
  },
  missing_field: {
    status: 422,
    title: "The vendor requires a field that is missing",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "The vendor requires a field that neither the body nor the connection's defaults and fallback fill. Nothing was sent.",
    remedy: "Send the field that `errors` points at, or give the connection a default or fallback for it.",
  },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key stands for another request",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning:
      "The key was used on this connection for a body that differs, or before the connection led to another tenant. This request sent nothing; what became of the first one is not told.",
    remedy: "Send a new key for a new account; for the first one, repeat its body exactly.",
  },
  invalid_resolution: {
    status: 422,
    title: "The resolution is not valid",
    origin: "client",
    effect: "none",
    retry: "never",
    meaning: "The body does not say what became of the operation. Nothing was changed.",
    remedy: "Correct every member that `errors` points at.",
  },
  vendor_rejected: {
    status: 422,
    title: "The vendor rejected the account",
    origin: "vendor",
    effect: "none",
    retry: "never",
    meaning: "The vendor read the request and refused it. No account was created.",
    remedy: "Correct what `errors` and `vendor.errors` say.",
  },
  vendor_rate_limited: {
    status: 429,
    title: "The vendor asks for patience",
    origin: "vendor",
    effect: "none",
    retry: "later",
    meaning: "The vendor refused the request because there were too many. No account was created.",
    remedy: "Send the request again after the time in `Retry-After`.",
  },
  internal_error: {
    status: 500,
    title: "The gateway failed",
    origin: "gateway",
    effect: "none",
    retry: "later",
    meaning: "The gateway met a fault of its own before anything was sent to the vendor.",
    remedy: "Try again; if it happens again, report it with the `X-Request-Id`.",
  },
  misconfigured: {
    status: 500,
    title: "The connection is misconfigured",
    origin: "gateway",
    effect: "none",
    retry: "later",
    meaning: "The connection's configuration has faults, so it is out of use. Other connections are not affected.",
    remedy: "Ask whoever runs the gateway to run `npm run check` and correct what it names.",
  },
  vendor_auth_failed: {
    status: 502,
    title: "The vendor refused the gateway's credentials",
    origin: "vendor",
    effect: "none",
    retry: "later",
    meaning:
      "The vendor does not accept the connection's credentials, or they lack a permission. Your gateway key is fine; no account was created.",
    remedy: "Ask whoever runs the gateway to check the connection's credentials.",
  },
  vendor_contract_violation: {
    status: 502,
    title: "The vendor's answer cannot be read",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    meaning: "The vendor answered with success, but with a body that names no account. An account may exist.",
    ...ofUnknown,
  },
  vendor_unavailable: {
    status: 503,
    title: "The vendor has not taken the account",
    origin: "vendor",
    effect: "none",
    retry: "later",
    meaning:
      "The vendor failed before the account was sent; or it was asked afterwards, twice, and has no such account. None was created.",
    remedy: "Send the request again later.",
  },
  ledger_unavailable: {
    status: 503,
    title: "The ledger cannot be reached",
    origin: "gateway",
    effect: "unknown",
    retry: "same_key",
    meaning:
      "The gateway could not read what it has written down, or write down what it was to do. This request sent nothing to the vendor; what became of an earlier one with the same Idempotency-Key cannot be told.",
    remedy: "Send the request again later, with the same Idempotency-Key.",
    unkeyed: { retry: "later", remedy: "Send the request again later." },
  },
  outcome_unknown: {
    status: 504,
    title: "Whether the account was created is unknown",
    origin: "vendor",
    effect: "unknown",
    retry: "same_key",
    meaning:
      "The account was handed to the vendor and no answer came that tells what became of it. An account may exist; the gateway did not send it again.",
    ...ofUnknown,
  },
} as const satisfies Record<ProblemCode, ProblemKind>;

export const problemCodes = z.enum(problemCodeNames);

/** One fault, with a JSON Pointer into the caller's body; `""` is the whole body (RFC 6901 §5). */
export const problemError = z.object({ pointer: z.string(), detail: z.string() });
export type ProblemError = z.infer<typeof problemError>;

/** An answer of `application/problem+json`. */
export const problem = z
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
  .register(z.globalRegistry, { title: "Problem" });
export type Problem = z.infer<typeof problem>;

/** What a code means, as `/problems/{code}` tells it. */
export const problemKind = z.object({
  code: problemCodes,
  status: z.int(),
  title: z.string(),
  origin: z.enum(origins),
  effect: z.enum(effects).check(z.describe("Whether an account may exist.")),
  retry: z.enum(retries),
  meaning: z.string().check(z.describe("What happened.")),
  remedy: z.string().check(z.describe("What to do next.")),
  unkeyed: z
    .optional(z.object({ retry: z.enum(retries), remedy: z.string() }))
    .check(z.describe("What holds instead where the request had no Idempotency-Key.")),
});
