/** Every operation of the API, and the problems that each can answer with. */
import type { ProblemCode } from "../schemas/problem.ts";
import type { ExampleName } from "./examples.ts";
import type { AnswerHeader, RequestHeader } from "./headers.ts";
import type { ParameterName } from "./parameters.ts";
import type { SchemaName } from "./schemas.ts";

export const tags = {
  Accounts: "Create customer accounts, or see what would be sent.",
  Connections: "What each connection can carry.",
  Operations: "Creates with an Idempotency-Key, as the ledger remembers them.",
  Service: "The gateway itself, and its pages.",
} as const;

export interface Content {
  /** A page has none. */
  schema?: SchemaName;
  examples?: readonly ExampleName[];
  /** `application/json` unless it says otherwise. */
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
  /** Served beside the Worker, which does not see the request. */
  isStatic?: boolean;
  /** Whether it is answered without a gateway key. */
  isOpen?: boolean;
  parameters: readonly ParameterName[];
  requestHeaders: readonly RequestHeader[];
  body?: Content;
  replies: Readonly<Record<number, Reply>>;
  problems: readonly ProblemCode[];
  /** Of all its answers, beside `X-Request-Id` and, under `/v1`, `Cache-Control`. */
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
      "Translates the account into the vendor's dialect, sends it, and answers with the account as the vendor reports it. After a failure, `effect` says whether an account may exist; with an `Idempotency-Key`, retry with the same key until it is no longer `unknown`.",
    parameters: ["include"],
    requestHeaders: ["Gateway-Connection", "Idempotency-Key", "Prefer", "traceparent", "X-Request-Id"],
    body: { schema: "AccountRequest", examples: ["minimal_account", "account", "account_with_options"] },
    replies: {
      201: {
        description: "The account exists.",
        contents: [{ schema: "Account", examples: ["created_account", "created_account_with_fields"] }],
      },
      202: {
        description: "The create is queued, or has been before: `Prefer: respond-async`.",
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
    summary: "See what would be sent",
    description:
      "The exact vendor request, secrets redacted, and where every field went. Nothing is sent. Without a `Gateway-Connection`: one preview for each of the key's connections. An answer ends after 100 of them, or 512 KiB; `next_cursor` then asks for the rest.",
    parameters: ["cursor"],
    requestHeaders: ["Gateway-Connection", "Idempotency-Key", "Prefer", "traceparent", "X-Request-Id"],
    body: {
      schema: "AccountRequest",
      examples: ["account_with_refused_field", "minimal_account", "account_with_options"],
    },
    replies: {
      200: {
        description: "What each connection would send, or why it would not.",
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
    description: "What a keyed create is promised on each, and how far it carries each canonical field.",
    parameters: [],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "In the order of the configuration.",
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
      "The JSON Schema of the body of a create as the connection accepts it with `handling=strict`, also where it is lenient itself.",
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
      "For operators. Asks the vendor, with reads alone: whether it answers, takes the connection's credentials, and lets accounts be looked up. Nothing is created. A result answers further checks for 10 seconds, since each check fetches a new token, which may end the token in use.",
    parameters: ["connectionId"],
    requestHeaders: ["traceparent", "X-Request-Id"],
    replies: {
      200: {
        description: "What was found.",
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
    description: "Newest first. A key reads its own operations; an operator's key reads all of its connections.",
    parameters: ["connection", "state", "cursor"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: { description: "One page.", contents: [{ schema: "OperationList", examples: ["operations"] }] },
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
    description: "A keyed create: its state, its history, when it is forgotten, and its account or problem.",
    parameters: ["operationId"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "The operation as it stands.",
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
    summary: "Settle an operation in review",
    description:
      "An operator, who has looked into the vendor's system, says what became of an operation whose state is `needs_review`.",
    parameters: ["operationId"],
    requestHeaders: ["X-Request-Id"],
    body: { schema: "Resolution", examples: ["resolved_as_created", "resolved_as_not_created"] },
    replies: {
      200: {
        description: "The operation is final.",
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
    summary: "Read what a problem means",
    description: "What a problem's `type` leads to: a page for people, JSON for programs, as `Accept` asks.",
    parameters: ["code"],
    requestHeaders: ["X-Request-Id"],
    replies: {
      200: {
        description: "What happened, whether an account may exist, and what to do.",
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
    summary: "Ask whether the gateway is alive",
    description: "Asks no vendor and no ledger.",
    parameters: [],
    requestHeaders: ["X-Request-Id"],
    replies: { 200: { description: "It is.", contents: [{ schema: "Health", examples: ["healthy"] }] } },
    problems: always,
    headers: [],
  },
  {
    ...page("/", "openConsole", "Open the console"),
    replies: { 200: { description: "A page that calls this API.", contents: [html] } },
  },
  {
    ...page("/docs", "openReference", "Open the reference"),
    replies: { 200: { description: "This document as a page.", contents: [html] } },
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
