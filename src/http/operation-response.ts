/** An operation as its readers see it. */
import type { OperationDocument, OperationSummary } from "../../schemas/documents/operation.ts";
import { renderAccount } from "./account-response.ts";
import { type Operation, type OperationOutline, connectionOfOperation } from "../ledger/operation.ts";
import { isFinal } from "../ledger/transitions.ts";
import { toProblem } from "../problem.ts";

export function summariseOperation(operation: OperationOutline): OperationSummary {
  const { id, vendor, state, attempt, isAsync, guarantee, createdAtMs, updatedAtMs, dueAtMs } = operation;
  const dueAt = dueAtMs === null ? null : inRfc3339(dueAtMs);
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
    due_at: isFinal(operation) ? null : dueAt,
    expires_at: isFinal(operation) ? dueAt : null,
  };
}

interface Reader {
  url: string;
  requestId: string;
  /** Candidates may be anybody's accounts: they are for whoever may resolve. */
  isOperator: boolean;
}

export function renderOperation(operation: Operation, reader: Reader): OperationDocument {
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
    problem: problem === null ? null : toProblem({ ...problem, operation: id }, reader),
    candidates: reader.isOperator ? candidates : [],
    duplicates,
  };
}

function inRfc3339(atMs: number): string {
  return new Date(atMs).toISOString();
}
