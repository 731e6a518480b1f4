/** An operation as its readers see it. */
import type { OperationDocument, OperationSummary } from "../schemas/operation.ts";
import { renderAccount } from "./account-response.ts";
import type { Operation } from "./ledger/operation.ts";
import { isFinal } from "./ledger/transitions.ts";
import { connectionOfOperation } from "./operation-id.ts";
import { toProblem } from "./problem.ts";

export function summariseOperation(operation: Operation): OperationSummary {
  const { id, vendor, state, attempt, isAsync, guarantee, createdAtMs, updatedAtMs, dueAtMs } = operation;
  return {
    id,
    connection: connectionOfOperation(id) ?? "",
    vendor,
    state,
    attempt,
    asynchronous: isAsync,
    guarantee,
    created_at: inRfc3339(createdAtMs),
    updated_at: inRfc3339(updatedAtMs),
    expires_at: isFinal(operation) && dueAtMs !== null ? inRfc3339(dueAtMs) : null,
  };
}

export function renderOperation(operation: Operation, request: { url: string; requestId: string }): OperationDocument {
  const { id, history, created, problem, candidates, duplicates } = operation;
  return {
    ...summariseOperation(operation),
    history: history.map(({ atMs, state, attempt, reason, by, note }) => ({
      at: inRfc3339(atMs),
      state,
      attempt,
      reason,
      ...(by === undefined ? {} : { by }),
      ...(note === undefined ? {} : { note }),
    })),
    account: created === null ? null : renderAccount(created, { include: [], operation: id, vendorResponse: null }),
    problem: problem === null ? null : toProblem({ ...problem, operation: id }, request),
    candidates,
    duplicates,
  };
}

function inRfc3339(atMs: number): string {
  return new Date(atMs).toISOString();
}
