/** The console's calls of the gateway. No call throws: each returns the body or a failure. */
import {
  type Accepted,
  AccountGatewayError,
  type CallOptions,
  createAccountGateway,
  type Created,
  type CreatedWithoutKey,
  type OperationState,
  type Resolution,
} from "../../packages/client/src/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import * as shapes from "./shapes.ts";

export type Failure =
  | { kind: "problem"; problem: Problem; retryAfterMs: number | null }
  /** A header cannot hold the value, so the client sent nothing. */
  | { kind: "not_sendable"; what: "gateway key" | "Idempotency-Key" }
  | { kind: "no_answer" }
  /** Not an answer of the gateway, or not in a shape that the views know. */
  | { kind: "unreadable_answer"; status: number };

export type Answer<Body> = ({ kind: "success"; body: Body } | { kind: "failure"; failure: Failure }) & {
  serverTiming: string | null;
};

/** Whether the same request can succeed later. */
export const canRepeat = (failure: Failure): boolean =>
  failure.kind === "problem" ? failure.problem.retry !== "never" : failure.kind !== "not_sendable";

export interface CreateRequest {
  connection: string;
  /** The account as the user wrote it. */
  json: string;
  handling: "strict" | "lenient";
  /** `null`: a create without a key. */
  idempotencyKey: string | null;
  isAsync: boolean;
}

export type CreateResult = Created | CreatedWithoutKey | Accepted;

interface PreviewRequest {
  /** `null`: every connection. */
  connection: string | null;
  json: string;
  handling: "strict" | "lenient";
  isKeyed: boolean;
  signal: AbortSignal;
}

/** Throws a `TypeError` if a header cannot hold the key. */
export function gatewayFor(key: string, onUnauthenticated: (failure: Failure) => void) {
  const { accounts, connections, operations } = createAccountGateway({
    baseUrl: location.origin,
    key,
    fetch: (input, init) => fetch(input, { ...init, cache: "no-store", credentials: "omit" }),
  });

  async function answerTo<Body>(
    shape: shapes.Shape<Body>,
    call: (options: CallOptions) => Promise<unknown>,
  ): Promise<Answer<Body>> {
    let status = 0;
    let serverTiming: string | null = null;
    try {
      const body = await call({
        // The views show each answer and offer the next step themselves.
        maxAttempts: 1,
        onResponse: (response) => {
          status = response.status;
          serverTiming = response.headers.get("Server-Timing");
        },
      });
      if (shape(body)) return { kind: "success", body, serverTiming };
      return { kind: "failure", failure: { kind: "unreadable_answer", status }, serverTiming };
    } catch (error) {
      const failure = failureOf(error, status);
      if (failure.kind === "problem" && failure.problem.code === "unauthenticated") onUnauthenticated(failure);
      return { kind: "failure", failure, serverTiming };
    }
  }

  return {
    connections: () => answerTo(shapes.connections, (options) => connections.list(options)),
    schema: (id: string) => answerTo(shapes.jsonSchema, (options) => connections.schema(id, options)),
    check: (id: string) => answerTo(shapes.connectionCheck, (options) => connections.check(id, options)),
    preview: ({ json, isKeyed, ...request }: PreviewRequest) =>
      answerTo(shapes.previews, (options) => accounts.preview(json, { ...options, ...request, withoutKey: !isKeyed })),
    create: ({ json, idempotencyKey, isAsync, ...request }: CreateRequest) =>
      answerTo(shapes.createResult, (options) => {
        const common = { ...options, ...request, include: ["fields", "vendor_response"] } as const;
        return idempotencyKey === null
          ? accounts.createWithoutKey(json, common)
          : accounts.create(json, { ...common, idempotencyKey, respondAsync: isAsync });
      }),
    operation: (id: string, signal: AbortSignal) =>
      answerTo(shapes.operation, (options) => operations.get(id, { ...options, signal })),
    operations: (request: { connection: string; state: OperationState | undefined; cursor: string | undefined }) =>
      answerTo(shapes.operationPage, (options) => operations.list({ ...options, ...request })),
    resolve: (id: string, resolution: Resolution) =>
      answerTo(shapes.operation, (options) => operations.resolve(id, resolution, options)),
  };
}
export type Gateway = ReturnType<typeof gatewayFor>;

function failureOf(error: unknown, status: number): Failure {
  // The client checks its arguments before it sends anything. Of those, the user types only the Idempotency-Key.
  if (error instanceof TypeError) return { kind: "not_sendable", what: "Idempotency-Key" };
  if (!(error instanceof AccountGatewayError)) throw error;
  const { problem, retryAfterMs } = error;
  if (problem.code === "no_answer" || problem.code === "aborted") return { kind: "no_answer" };
  const answered = problem.code === "unrecognized_problem" ? problem.received : problem;
  return shapes.problem(answered)
    ? { kind: "problem", problem: answered, retryAfterMs }
    : { kind: "unreadable_answer", status };
}
