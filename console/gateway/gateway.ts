/** The console's calls to the gateway. No call throws: each returns the body or a failure. */
import {
  type Accepted,
  AccountGatewayError,
  type CallOptions,
  createAccountGateway,
  type CreatedWithoutKey,
  type OperationState,
  type Resolution,
} from "../../packages/client/src/index.ts";
import type { Problem } from "../../schemas/documents/problem.ts";
import * as shapes from "./shapes.ts";

export type Failure =
  | { kind: "problem"; problem: Problem; retryAfterMs: number | null }
  /** A header cannot hold the value, so the client sent nothing. */
  | { kind: "not_sendable"; what: "gateway key" | "Idempotency-Key" }
  | { kind: "no_answer" }
  /** The answer is not from the gateway, or has a shape that the views do not know. */
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

export type CreateResult = Accepted | (CreatedWithoutKey & { isReplay: boolean });

const isCreateResult = (value: unknown): value is CreateResult => {
  const { kind, account: created, operation: accepted } = Object(value);
  return kind === "created" ? shapes.account(created) : shapes.operation(accepted);
};

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

  async function callGateway<Body>(
    shape: shapes.Shape<Body>,
    call: (options: CallOptions) => Promise<unknown>,
  ): Promise<Answer<Body>> {
    let status = 0;
    let serverTiming: string | null = null;
    try {
      const body = await call({
        // No retries: the views show each answer and offer the next step.
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
    connections: () => callGateway(shapes.connections, (options) => connections.list(options)),
    schema: (id: string) => callGateway(shapes.jsonSchema, (options) => connections.schema(id, options)),
    check: (id: string) => callGateway(shapes.connectionCheck, (options) => connections.check(id, options)),
    preview: ({ json, isKeyed, ...request }: PreviewRequest) =>
      callGateway(shapes.previews, (options) =>
        accounts.preview(json, { ...options, ...request, withoutKey: !isKeyed }),
      ),
    create: ({ json, idempotencyKey, isAsync, ...request }: CreateRequest) =>
      callGateway(isCreateResult, async (options): Promise<CreateResult> => {
        const common = { ...options, ...request, include: ["fields", "vendor_response"] } as const;
        return idempotencyKey === null
          ? { ...(await accounts.createWithoutKey(json, common)), isReplay: false }
          : accounts.create(json, { ...common, idempotencyKey, respondAsync: isAsync });
      }),
    operation: (id: string, signal: AbortSignal) =>
      callGateway(shapes.operation, (options) => operations.get(id, { ...options, signal })),
    operations: (request: { connection: string; state: OperationState | undefined; cursor: string | undefined }) =>
      callGateway(shapes.operationPage, (options) => operations.list({ ...options, ...request })),
    resolve: (id: string, resolution: Resolution) =>
      callGateway(shapes.operation, (options) => operations.resolve(id, resolution, options)),
  };
}
export type Gateway = ReturnType<typeof gatewayFor>;

function failureOf(error: unknown, status: number): Failure {
  // The client checks its arguments before it sends a request. Only one argument is typed by the user: the Idempotency-Key.
  if (error instanceof TypeError) return { kind: "not_sendable", what: "Idempotency-Key" };
  if (!(error instanceof AccountGatewayError)) throw error;
  const { problem, retryAfterMs } = error;
  if (problem.code === "no_answer" || problem.code === "aborted") return { kind: "no_answer" };
  const answered = problem.code === "unrecognized_problem" ? problem.received : problem;
  return shapes.problem(answered)
    ? { kind: "problem", problem: answered, retryAfterMs }
    : { kind: "unreadable_answer", status };
}
