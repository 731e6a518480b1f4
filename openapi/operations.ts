/** The operations of the API, with the problems that each can return. */
import type { ProblemCode } from "../schemas/problem.ts";
import type { ExampleName } from "./examples.ts";
import type { AnswerHeader, RequestHeader } from "./headers.ts";
import type { ParameterName } from "./parameters.ts";
import type { SchemaName } from "./schemas.ts";

export const tags = {
  Accounts: "Create customer accounts, or preview the vendor's request.",
  Connections: "See which fields each connection supports.",
  Operations: "Account creations with an Idempotency-Key, as the ledger records them.",
  Service: "The state of the gateway, and its pages.",
} as const;

export interface Content {
  /** Pages have no schema. */
  schema?: SchemaName;
  examples?: readonly ExampleName[];
  /** By default `application/json`. */
  type?: string;
}

export interface Reply {
  description: string;
  contents: readonly Content[];
  headers?: readonly AnswerHeader[];
}

export interface Operation {
  method: "get" | "post";
  path: string;
  id: string;
  tag: keyof typeof tags;
  summary: string;
  description: string;
  /** Cloudflare serves this path as a static file and does not run the Worker. */
  isStatic?: boolean;
  /** The operation needs no gateway key. */
  isOpen?: boolean;
  parameters: readonly ParameterName[];
  requestHeaders: readonly RequestHeader[];
  body?: Content;
  replies: Readonly<Record<number, Reply>>;
  problems: readonly ProblemCode[];
  /** The headers of the answers, except those of every answer: `X-Request-Id` and, under `/v1`, `Cache-Control`. */
  headers: readonly AnswerHeader[];
}

const always = ["internal_error", "method_not_allowed"] as const;
const withKey = ["unauthenticated", "invalid_query", ...always] as const;
const withBody = ["unsupported_media_type", "body_too_large", "invalid_json"] as const;
const withAccount = [...withKey, ...withBody, "invalid_account", "invalid_header", "invalid_idempotency_key"] as const;
const withOperation = [...withKey, "not_found", "ledger_unavailable"] as const;

const html = { type: "text/html", examples: ["page"] } as const;
const page = (path: string, id: string, summary: string) =>
  ({
    method: "get",
    path,
    id,
    tag: "Service",
    summary,
    description: "A static file.",
    isStatic: true,
    isOpen: true,
    parameters: [],
    requestHeaders: [],
    problems: [],
    headers: [],
  }) as const;

export const operations: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/accounts",
    id: "createAccount",
    tag: "Accounts",
    summary: "Create an account",
    description:
      "Translates the account for the vendor, sends it, and answers with the account that the vendor reports. After a failure, `effect` says whether an account may exist. With an `Idempotency-Key`, retry with the same key until `effect` is not `unknown`.",
    parameters: ["include"],
    requestHeaders: ["Gateway-Connection", "Idempotency-Key", "Prefer", "traceparent", "X-Request-Id"],
    body: { schema: "AccountRequest", examples: ["minimal_account", "account", "account_with_options"] },
    replies: {
      201: {
        description: "The account exists.",
        contents: [{ schema: "Account", examples: ["created_account", "created_account_with_fields"] }],
      },
      202: {
        description: "The create is queued, because this request or an earlier one had `Prefer: respond-async`.",
        contents: [{ schema: "Operation", examples: ["operation_queued"] }],
        headers: ["Location"],
      },
    },
    problems: [
      ...withAccount,
      "connection_required",
      "connection_not_found",
      "idempotency_key_required",
      "idempotency_key_reused",
      "misconfigured",
      "missing_field",
      "unsupported_field",
      "account_exists",
      "vendor_rejected",
      "vendor_rate_limited",
      "queue_full",
      "too_many_operations",
      "vendor_auth_failed",
      "vendor_contract_violation",
      "vendor_unavailable",
      "ledger_unavailable",
      "operation_in_progress",
      "operation_needs_review",
      "outcome_unknown",
    ],
    headers: ["Idempotent-Replayed", "Preference-Applied", "Retry-After", "Server-Timing"],
  },
  {
    method: "post",
    path: "/v1/accounts/preview",
    id: "previewAccount",
    tag: "Accounts",
    summary: "Preview the vendor's request",
    description:
      "Shows the exact request to the vendor, with secrets redacted, and what happens to each field. The gateway sends nothing. Without `Gateway-Connection`, the answer has one preview for each of the key's connections. An answer has at most 100 previews or 512 KiB; read the rest with `next_cursor`.",
    parameters: ["cursor"],
    requestHeaders: ["Gateway-Connection", "Idempotency-Key", "Prefer", "traceparent", "X-Request-Id"],
    body: {
      schema: "AccountRequest",
      examples: ["account_with_refused_field", "minimal_account", "account_with_options"],
    },
    replies: {
      200: {
        description: "The request of each connection, or why the gateway would not send it.",
        contents: [{ schema: "Previews", examples: ["previews"] }],
      },
    },
    problems: [...withAccount, "connection_not_found"],
    headers: ["Preference-Applied"],
  },
  {
    method: "get",
    path: "/v1/connections",
    id: "listConnections",
    tag: "Connections",
    summary: "List the key's connections",
    description: "Shows for each connection the guarantee of a keyed create, and the support for each canonical field.",
    parameters: [],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "The connections, in the order of the configuration.",
        contents: [{ schema: "ConnectionList", examples: ["connections"] }],
      },
    },
    problems: withKey,
    headers: [],
  },
  {
    method: "get",
    path: "/v1/connections/{id}/schema",
    id: "readConnectionSchema",
    tag: "Connections",
    summary: "Read what a connection accepts",
    description:
      "The JSON Schema of the account that the connection accepts with `handling=strict`, even if the connection's own handling is lenient.",
    parameters: ["connectionId"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "A JSON Schema of draft 2020-12.",
        contents: [{ type: "application/schema+json", schema: "JsonSchema", examples: ["connection_schema"] }],
      },
    },
    problems: [...withKey, "connection_not_found", "misconfigured"],
    headers: [],
  },
  {
    method: "post",
    path: "/v1/connections/{id}/check",
    id: "checkConnection",
    tag: "Connections",
    summary: "Check a connection",
    description:
      "For operators. Checks whether the vendor answers, accepts the connection's credentials, and allows lookups of accounts. It only reads; it creates nothing. The gateway reuses a result for 10 seconds, because each check fetches a new token, which may invalidate the token in use.",
    parameters: ["connectionId"],
    requestHeaders: ["traceparent", "X-Request-Id"],
    replies: {
      200: {
        description: "The result of the check.",
        contents: [{ schema: "ConnectionCheck", examples: ["connection_check", "failed_connection_check"] }],
      },
    },
    problems: [...withKey, "connection_not_found", "misconfigured", "operator_required"],
    headers: [],
  },
  {
    method: "get",
    path: "/v1/operations",
    id: "listOperations",
    tag: "Operations",
    summary: "List a connection's operations",
    description:
      "Newest first. A key can read its own operations. An operator's key can read all operations on its connections.",
    parameters: ["connection", "state", "cursor"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: { description: "A page of operations.", contents: [{ schema: "OperationList", examples: ["operations"] }] },
    },
    problems: [...withKey, "connection_required", "connection_not_found", "ledger_unavailable"],
    headers: [],
  },
  {
    method: "get",
    path: "/v1/operations/{id}",
    id: "readOperation",
    tag: "Operations",
    summary: "Read an operation",
    description:
      "Shows a keyed create: its state, its history, when the ledger deletes it, and its account or problem.",
    parameters: ["operationId"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "The operation in its current state.",
        contents: [{ schema: "Operation", examples: ["operation_created", "operation_queued", "operation_in_review"] }],
      },
    },
    problems: withOperation,
    headers: [],
  },
  {
    method: "post",
    path: "/v1/operations/{id}/resolve",
    id: "resolveOperation",
    tag: "Operations",
    summary: "Resolve an operation in review",
    description:
      "For operators. Reports whether an operation in the state `needs_review` created an account. Look in the vendor's system first.",
    parameters: ["operationId"],
    requestHeaders: ["X-Request-Id"],
    body: { schema: "Resolution", examples: ["resolved_as_created", "resolved_as_not_created"] },
    replies: {
      200: {
        description: "The resolved operation, which is now final.",
        contents: [{ schema: "Operation", examples: ["operation_resolved"] }],
      },
    },
    problems: [
      ...withOperation,
      ...withBody,
      "invalid_resolution",
      "misconfigured",
      "operator_required",
      "operation_in_progress",
      "operation_not_in_review",
    ],
    headers: ["Retry-After"],
  },
  {
    method: "get",
    path: "/problems/{code}",
    isOpen: true,
    id: "readProblemKind",
    tag: "Service",
    summary: "Read the explanation of a problem",
    description: "The address in a problem's `type`. Answers with a page or with JSON, depending on `Accept`.",
    parameters: ["code"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "What the problem means, whether an account may exist, and what to do.",
        contents: [{ schema: "ProblemKind", examples: ["problem_kind"] }, html],
        headers: ["Vary"],
      },
    },
    problems: ["not_found", ...always],
    headers: [],
  },
  {
    method: "get",
    path: "/healthz",
    isOpen: true,
    id: "readHealth",
    tag: "Service",
    summary: "Check that the gateway is running",
    description: "Does not contact a vendor or a ledger.",
    parameters: [],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: { description: "The gateway is running.", contents: [{ schema: "Health", examples: ["healthy"] }] },
    },
    problems: always,
    headers: [],
  },
  {
    ...page("/", "openConsole", "Open the console"),
    replies: { 200: { description: "A page for trying out this API.", contents: [html] } },
  },
  {
    ...page("/docs", "openReference", "Open the reference"),
    replies: { 200: { description: "A page that shows this document.", contents: [html] } },
  },
  {
    ...page("/openapi.json", "readReference", "Read the reference"),
    replies: { 200: { description: "This document.", contents: [{ schema: "OpenApi", examples: ["openapi"] }] } },
  },
  {
    ...page("/problems", "openProblems", "Open the list of problems"),
    replies: { 200: { description: "Every problem, each with a link to its page.", contents: [html] } },
  },
];
