/** Problems: the failures that the API reports (RFC 9457). */
import type * as z from "zod/mini";
import { toPointer } from "../schemas/json-pointer.ts";
import { type ProblemCode, type ProblemKind, problemKinds } from "../schemas/problem.ts";
import type { Problem, ProblemError } from "../schemas/documents/problem.ts";

export interface ProblemDetails {
  code: ProblemCode;
  /** What happened, without a full stop at the end. The answer appends the remedy of the problem's code. */
  detail?: string | undefined;
  errors?: Problem["errors"] | undefined;
  vendor?: Problem["vendor"] | undefined;
  /** The id of the operation that the problem is about. */
  operation?: string | undefined;
  headers?: Record<string, string>;
}

/** Thrown to end a request with a problem. */
export class ProblemException extends Error {
  override readonly name = "ProblemException";
  readonly details: ProblemDetails;

  /** `cause`: the gateway's own error, for the log. */
  constructor(details: ProblemDetails, cause?: unknown) {
    super(details.code, { cause });
    this.details = details;
  }
}

interface RequestInfo {
  url: string;
  requestId: string;
  /** Whether the request has an Idempotency-Key. A problem with an `operation` is always treated as keyed. */
  isKeyed?: boolean;
}

/** Replaces the request's URL if it is not valid: workerd accepts every `Host` header. */
const fallbackUrl = new URL("https://gateway.invalid/");

/** The body of the answer to a request. */
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
    // Requests about the same operation get the same `instance`.
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

/** The header `Retry-After` in whole seconds, at least one (RFC 9110 §10.2.3); no header if `waitMs` is `undefined`. */
export function retryAfterHeader(waitMs: number | undefined): Record<string, string> {
  return waitMs === undefined ? {} : { "Retry-After": String(Math.max(1, Math.ceil(waitMs / 1000))) };
}

/** Limits the size of the answer to a body with many faults. */
const maxErrors = 200;

/** The schema's issues as the errors of a problem. Each has a pointer, and none contains a value of the body. */
export function errorsFromIssues(issues: readonly z.core.$ZodIssue[]): ProblemError[] {
  const errors = issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        pointer: toPointer([...issue.path, key]),
        detail: "Unknown name; remove it",
      }));
    }
    const inner = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    const detail = issue.message.endsWith("received undefined")
      ? "Is required"
      : (inner ?? issue.message.replace(/^Invalid input: e/, "E"));
    return { pointer: toPointer(issue.path), detail };
  });
  return errors.slice(0, maxErrors);
}
