/** Every failure that an app can be told of, and its answer (RFC 9457). */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnvironment } from "./app-environment.ts";
import { type Problem, type ProblemCode, problemKinds } from "../schemas/problem.ts";

export interface ProblemDetails {
  code: ProblemCode;
  /** What happened here, as a sentence without its full stop; what to do next is added from the kind. */
  detail?: string | undefined;
  errors?: Problem["errors"] | undefined;
  vendor?: Problem["vendor"] | undefined;
  headers?: Record<string, string>;
}

/** Thrown to end a request with a problem. */
export class ProblemException extends Error {
  override readonly name = "ProblemException";
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.code);
    this.details = details;
  }
}

/** The problem's members, for the request that met it. */
export function toProblem(details: ProblemDetails, { url, requestId }: { url: string; requestId: string }): Problem {
  const { code, errors, vendor } = details;
  const { status, title, origin, effect, retry, remedy } = problemKinds[code];
  const { origin: base, pathname } = new URL(url);
  return {
    type: `${base}/problems/${code}`,
    title,
    status,
    detail: details.detail === undefined ? remedy : `${details.detail}. ${remedy}`,
    instance: `${pathname}#${requestId}`,
    code,
    origin,
    effect,
    retry,
    ...(errors === undefined ? {} : { errors }),
    ...(vendor === undefined ? {} : { vendor }),
  };
}

export function problemResponse(c: Context<AppEnvironment>, details: ProblemDetails): Response {
  c.var.log.problem = details.code;
  const problem = toProblem(details, { url: c.req.url, requestId: c.var.requestId });
  const status = problem.status as ContentfulStatusCode;
  return c.body(JSON.stringify(problem), status, { ...details.headers, "Content-Type": "application/problem+json" });
}
