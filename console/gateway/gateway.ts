/** What the console asks of the gateway, with the key that is signed in. */
import type { OperationState } from "../../schemas/operation.ts";
import { type Answer, type Failure, type Question, request } from "./request.ts";
import * as shapes from "./shapes.ts";

export type Handling = "strict" | "lenient";

export interface Create {
  connection: string;
  body: string;
  handling: Handling;
  /** `null`: a create without a key. */
  idempotencyKey: string | null;
  isAsync: boolean;
}

interface PreviewOptions {
  cursor: string | null;
  handling: Handling;
  isKeyed: boolean;
  signal: AbortSignal;
}

export interface Resolution {
  outcome: "created" | "not_created";
  vendor_id?: string;
  reason: string;
}

export function gatewayFor(key: string, onUnauthenticated: (failure: Failure) => void) {
  const ask = async <Body>(shape: shapes.Shape<Body>, path: string, question?: Question): Promise<Answer<Body>> => {
    const answer = await request(key, shape, path, question);
    if (!answer.ok && answer.failure.kind === "problem" && answer.failure.problem.code === "unauthenticated")
      onUnauthenticated(answer.failure);
    return answer;
  };
  return {
    connections: () => ask(shapes.connections, "/v1/connections"),
    schema: (connection: string) => ask(shapes.jsonSchema, `/v1/connections/${connection}/schema`),
    check: (connection: string) =>
      ask(shapes.connectionCheck, `/v1/connections/${connection}/check`, { method: "POST" }),
    preview: (connection: string | null, body: string, { cursor, ...options }: PreviewOptions) =>
      ask(shapes.previews, `/v1/accounts/preview${search({ cursor })}`, {
        method: "POST",
        body,
        signal: options.signal,
        headers: {
          Prefer: `handling=${options.handling}`,
          ...(connection === null ? {} : { "Gateway-Connection": connection }),
          // Its value does not show in a preview.
          ...(options.isKeyed ? { "Idempotency-Key": "preview" } : {}),
        },
      }),
    create: (create: Create) =>
      ask(shapes.created, "/v1/accounts?include=fields,vendor_response", {
        method: "POST",
        body: create.body,
        headers: createHeaders(create),
      }),
    operation: (id: string, signal?: AbortSignal) =>
      ask(shapes.operation, `/v1/operations/${encodeURIComponent(id)}`, { signal }),
    operations: (query: { connection: string; state: OperationState | null; cursor: string | null }) =>
      ask(shapes.operationPage, `/v1/operations${search(query)}`),
    resolve: (id: string, resolution: Resolution) =>
      ask(shapes.operation, `/v1/operations/${encodeURIComponent(id)}/resolve`, {
        method: "POST",
        body: JSON.stringify(resolution),
      }),
  };
}
export type Gateway = ReturnType<typeof gatewayFor>;

/** The headers of a create, but for the gateway key. */
export function createHeaders({ connection, handling, idempotencyKey, isAsync }: Omit<Create, "body">) {
  const preferences = [`handling=${handling}`, ...(isAsync ? ["respond-async"] : [])];
  return {
    "Gateway-Connection": connection,
    ...(idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey }),
    Prefer: preferences.join(", "),
  };
}

/** The query of a URL with its `?`; `""` if no parameter has a value. */
function search(query: Record<string, string | null>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
