/** The headers of requests and answers. */

/** The API page sends these examples when a reader tries a request. */
export const requestHeaders = {
  "Gateway-Connection": {
    description: "The id of the connection. Optional if your gateway key can use only one connection.",
    schema: { type: "string" },
    example: "demo-elastic-path",
  },
  "Idempotency-Key": {
    description:
      "A unique value that you choose for each account: 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 9651). Required unless the connection has `require_key = false`. If you send the same request again with the same key, the gateway answers from the ledger and creates no second account.",
    schema: { type: "string", minLength: 1 },
    example: "8e03978e-40d5-43dd-bc93-6894a57f9324",
  },
  Prefer: {
    description:
      "RFC 7240. `handling=strict`: the gateway refuses a field that the connection does not support. `handling=lenient`: it drops the field and adds a warning to `warnings`. `respond-async`: it queues the create and answers 202.",
    schema: { type: "string" },
    example: "handling=strict",
  },
  traceparent: {
    description: "W3C Trace Context. The gateway sends the vendor a `traceparent` of the same trace with a new span.",
    schema: { type: "string" },
  },
  "X-Request-Id": {
    description:
      "The id of the request: 16 to 64 hexadecimal digits and hyphens, such as a UUID. The gateway replaces any other value with a new id.",
    schema: { type: "string" },
  },
} as const;
export type RequestHeader = keyof typeof requestHeaders;

export const answerHeaders = {
  Allow: {
    description: "The methods that the path supports.",
    required: true,
    schema: { type: "string" },
    example: "GET, HEAD",
  },
  "Cache-Control": {
    description: "Caches must not store the answer.",
    required: true,
    schema: { const: "no-store" },
    example: "no-store",
  },
  "Idempotent-Replayed": {
    description: "The operation was final before this request, so this request sent nothing to the vendor.",
    schema: { const: "true" },
    example: "true",
  },
  Location: {
    description: "The path of the operation.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
    example: "/v1/operations/demo-elastic-path.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37",
  },
  "Preference-Applied": {
    description: "The preferences from `Prefer` that the gateway applied.",
    schema: { type: "string" },
    example: "handling=lenient",
  },
  "Retry-After": {
    description:
      "The seconds to wait before the next request: the vendor's own value, at most 3600, or the time until the ledger's next attempt.",
    schema: { type: "string", pattern: "^\\d{1,4}$" },
    example: "2",
  },
  "Server-Timing": {
    description:
      "The milliseconds that the request took in the `gateway`, waited for the `vendor` (including its token), and waited for the `ledger` (W3C Server Timing).",
    schema: { type: "string" },
    example: "gateway;dur=3, vendor;dur=120, ledger;dur=9",
  },
  Vary: {
    description: "The answer is a page or JSON, depending on `Accept`.",
    required: true,
    schema: { type: "string" },
    example: "Accept",
  },
  "WWW-Authenticate": {
    description: "The authentication scheme, and the error if the request has a key (RFC 6750).",
    required: true,
    schema: { type: "string" },
    example: 'Bearer realm="account-gateway", error="invalid_token"',
  },
  "X-Request-Id": {
    description: "The id of the request, from the caller or new. The gateway's log has the same id.",
    required: true,
    schema: { type: "string" },
    example: "5b0c4d8e-2f3a-4a51-9c7e-6d1b8f0a2e94",
  },
} as const;
export type AnswerHeader = keyof typeof answerHeaders;
