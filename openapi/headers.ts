/** The headers of requests and answers. */

/** An example is what a reader's first try sends. */
export const requestHeaders = {
  "Gateway-Connection": {
    description: "The id of the connection. May be left out where the key opens one only.",
    schema: { type: "string" },
    example: "demo-elastic-path",
  },
  "Idempotency-Key": {
    description:
      "Of your own making, one for each account: 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 9651). Required unless the connection says `require_key = false`. The same request sent again with the same key is answered from the ledger, and never creates a second account.",
    schema: { type: "string", minLength: 1 },
    example: "8e03978e-40d5-43dd-bc93-6894a57f9324",
  },
  Prefer: {
    description:
      "RFC 7240. `handling=strict`: a field that the connection cannot carry is refused. `handling=lenient`: it is dropped, and said so in `warnings`. `respond-async`: the create is queued, and answered with 202.",
    schema: { type: "string" },
    example: "handling=strict",
  },
  traceparent: {
    description: "W3C Trace Context, sent along to the vendor as a span of the same trace.",
    schema: { type: "string" },
  },
  "X-Request-Id": {
    description:
      "Kept where it is 16 to 64 hexadecimal digits and hyphens, such as a UUID; otherwise a new one is made.",
    schema: { type: "string" },
  },
} as const;
export type RequestHeader = keyof typeof requestHeaders;

export const answerHeaders = {
  Allow: {
    description: "The methods that the path knows.",
    required: true,
    schema: { type: "string" },
    example: "GET, HEAD",
  },
  "Cache-Control": {
    description: "No cache keeps an answer.",
    required: true,
    schema: { const: "no-store" },
    example: "no-store",
  },
  "Idempotent-Replayed": {
    description: "The answer was final before this request, which sent nothing.",
    schema: { const: "true" },
    example: "true",
  },
  Location: {
    description: "The operation.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
    example: "/v1/operations/demo-elastic-path.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37",
  },
  "Preference-Applied": {
    description: "The preferences that `Prefer` asked for and that were applied.",
    schema: { type: "string" },
    example: "handling=lenient",
  },
  "Retry-After": {
    description: "The seconds to wait: the vendor's own, at most 3600, or until the ledger will know more.",
    schema: { type: "string", pattern: "^\\d{1,4}$" },
    example: "2",
  },
  "Server-Timing": {
    description:
      "The milliseconds spent in the `gateway`, on the `vendor`, its token included, and with the `ledger` (W3C Server Timing).",
    schema: { type: "string" },
    example: "gateway;dur=3, vendor;dur=120, ledger;dur=9",
  },
  Vary: {
    description: "The page or the JSON, as `Accept` asks.",
    required: true,
    schema: { type: "string" },
    example: "Accept",
  },
  "WWW-Authenticate": {
    description: "RFC 6750.",
    required: true,
    schema: { type: "string" },
    example: 'Bearer realm="account-gateway", error="invalid_token"',
  },
  "X-Request-Id": {
    description: "The request's own id or a new one; the same stands in the gateway's log.",
    required: true,
    schema: { type: "string" },
    example: "5b0c4d8e-2f3a-4a51-9c7e-6d1b8f0a2e94",
  },
} as const;
export type AnswerHeader = keyof typeof answerHeaders;
