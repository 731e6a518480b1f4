/** The failures that the API reports, and their answers (RFC 9457). */
import type * as z from "zod/mini";
import { toPointer } from "../schemas/json-pointer.ts";
import { type ProblemCode, type ProblemKind, problemKinds } from "../schemas/problem.ts";
import type { Problem, ProblemError } from "../schemas/documents/problem.ts";

export interface ProblemDetails {
  code: ProblemCode;
  /** What happened, as a sentence without its full stop. The answer adds what to do next, from the problem's kind. */
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
  /** Whether it has an Idempotency-Key. A problem about an operation is always a keyed create's. */
  isKeyed?: boolean;
}

/** workerd accepts a `Host` that makes no valid URL. Such a request needs an answer too. */
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
    // Every request about an operation gets the same problem.
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

/** `Retry-After` in whole seconds, at least one (RFC 9110 §10.2.3). */
export function retryAfter(waitMs: number | undefined): Record<string, string> {
  return waitMs === undefined ? {} : { "Retry-After": String(Math.max(1, Math.ceil(waitMs / 1000))) };
}

/** An account has no more values than this. It keeps the answer to a body that is wrong throughout small. */
const maxErrors = 200;

/** A schema's issues as the errors of a problem, each with its pointer. They repeat no value. */
export function issueErrors(issues: readonly z.core.$ZodIssue[]): ProblemError[] {
  const errors = issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        pointer: toPointer([...issue.path, key]),
        detail: "Is unknown; remove it",
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
