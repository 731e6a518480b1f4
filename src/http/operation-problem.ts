import type { Operation } from "../ledger/operation.ts";
import { type ProblemDetails, retryAfter } from "../problem.ts";

/** Nobody need wait longer for a request that is being carried out. */
const maxProgressMs = 5_000;

interface Now {
  nowMs: number;
  /** How long the vendor has just asked to wait, where it did. */
  retryAfterMs?: number | undefined;
}

/** What an operation that is no account answers. */
export function operationProblem(operation: Operation, { nowMs, retryAfterMs }: Now): ProblemDetails {
  const { id, state, problem, dueAtMs } = operation;
  const untilDueMs = (dueAtMs ?? nowMs) - nowMs;
  switch (state) {
    case "created":
    case "rejected":
    case "not_created":
      return { code: "internal_error", ...problem, operation: id, headers: retryAfter(retryAfterMs) };
    case "unknown":
      return { code: "outcome_unknown", ...problem, operation: id, headers: retryAfter(untilDueMs) };
    case "sending":
    case "queued":
      return { code: "operation_in_progress", operation: id, headers: retryAfter(Math.min(untilDueMs, maxProgressMs)) };
    case "needs_review":
      return { code: "operation_needs_review", operation: id };
  }
}
