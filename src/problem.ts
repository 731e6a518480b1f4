/** Every failure that an app can be told of, and its answer (RFC 9457). */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnvironment } from "./http/app-environment.ts";
import type { Problem } from "../schemas/documents/problem.ts";
import { type ProblemCode, type ProblemKind, problemKinds } from "../schemas/problem.ts";

export interface ProblemDetails {
  code: ProblemCode;
  /** What happened here, as a sentence without its full stop; what to do next is added from the kind. */
  detail?: string | undefined;
  errors?: Problem["errors"] | undefined;
  vendor?: Problem["vendor"] | undefined;
  /** The id of the operation that it is about. */
  operation?: string | undefined;
  headers?: Record<string, string>;
}

/** Thrown to end a request with a problem. */
export class ProblemException extends Error {
  override readonly name = "ProblemException";
  readonly details: ProblemDetails;

  /** `cause`: a fault of the gateway's own, for the log. */
  constructor(details: ProblemDetails, cause?: unknown) {
    super(details.code, { cause });
    this.details = details;
  }
}

interface RequestInfo {
  url: string;
  requestId: string;
  /** Whether it came with an Idempotency-Key; what is about an operation began with one in any case. */
  isKeyed?: boolean;
}

/** Where a request came to whose `Host` names no host, which workerd lets pass: it has to be answered all the same. */
const fallbackUrl = new URL("https://gateway.invalid/");

/** The problem's members, for the request that met it. */
export function toProblem(details: ProblemDetails, { url, requestId, isKeyed = false }: RequestInfo): Problem {
  const { code, errors, vendor, operation } = details;
  const kind: ProblemKind = problemKinds[code];
  const { status, title, origin, effect } = kind;
  const { retry, remedy } = isKeyed || operation !== undefined ? kind : (kind.unkeyed ?? kind);
  const { origin: base, pathname } = URL.canParse(url) ? new URL(url) : fallbackUrl;
  return {
    type: `${base}/problems/${code}`,
    title,
    status,
    detail: details.detail === undefined ? remedy : `${details.detail}. ${remedy}`,
    // What an operation met is the same for every request that is told of it.
    instance: operation === undefined ? `${pathname}#${requestId}` : `/v1/operations/${operation}`,
    code,
    origin,
    effect,
    retry,
    ...(errors === undefined ? {} : { errors }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(operation === undefined ? {} : { operation }),
  };
}

export function problemResponse(c: Context<AppEnvironment>, details: ProblemDetails): Response {
  c.var.log.problem = details.code;
  const { requestId, idempotencyKey } = c.var;
  const problem = toProblem(details, { url: c.req.url, requestId, isKeyed: idempotencyKey !== undefined });
  const status = problem.status as ContentfulStatusCode;
  return c.body(JSON.stringify(problem), status, { ...details.headers, "Content-Type": "application/problem+json" });
}

/** In whole seconds, and at least one (RFC 9110 §10.2.3). */
export function retryAfter(waitMs: number | undefined): Record<string, string> {
  return waitMs === undefined ? {} : { "Retry-After": String(Math.max(1, Math.ceil(waitMs / 1000))) };
}
