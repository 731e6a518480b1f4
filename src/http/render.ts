/** Writes answers: accounts, operations, problems, and the result of a create. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { nothingReported } from "../../schemas/account.ts";
import type { Account } from "../../schemas/documents/account.ts";
import type { OperationDocument, OperationSummary } from "../../schemas/documents/operation.ts";
import type { CreateResult } from "../create/create.ts";
import {
  connectionOfOperation,
  type CreatedAccount,
  type Operation,
  type OperationOutline,
} from "../ledger/operation.ts";
import { isFinal } from "../ledger/transitions.ts";
import { type ProblemDetails, toProblem } from "../problem.ts";
import type { AppEnvironment } from "./request-state.ts";
import type { Included } from "./validate.ts";

/** The part of Hono's context that writes an answer. Without `c.var`, which makes a new object each time. */
type AnswerContext = Pick<Context<AppEnvironment>, "body" | "get" | "header" | "json" | "req">;

export function problemResponse(c: AnswerContext, details: ProblemDetails): Response {
  c.get("log").problem = details.code;
  const requestId = c.get("requestId");
  const idempotencyKey = c.get("idempotencyKey");
  const problem = toProblem(details, { url: c.req.url, requestId, isKeyed: idempotencyKey !== undefined });
  const status = problem.status as ContentfulStatusCode;
  return c.body(JSON.stringify(problem), status, { ...details.headers, "Content-Type": "application/problem+json" });
}

/** The answer to a create. The route has already set `Preference-Applied` for the request's `handling`. */
export function createResponse(c: AnswerContext, result: CreateResult, include: readonly Included[]): Response {
  if (result.isReplay) {
    c.get("log").replayed = true;
    c.header("Idempotent-Replayed", "true");
    // The stored answer has the handling of the first request, not of this one.
    c.header("Preference-Applied", undefined);
  }
  switch (result.kind) {
    case "created": {
      const { created, operation, vendorResponse } = result;
      return c.json(renderAccount(created, { include, operation, vendorResponse }), 201);
    }
    case "accepted": {
      const { operation } = result;
      c.header("Location", `/v1/operations/${operation.id}`);
      c.header("Preference-Applied", "respond-async", { append: true });
      const reader = { url: c.req.url, requestId: c.get("requestId"), isOperator: c.get("key").operator };
      return c.json(renderOperation(operation, reader), 202);
    }
    case "failed":
      return problemResponse(c, result.problem);
  }
}

interface AccountView {
  include: readonly Included[];
  /** The operation's id; `null` for a create without a key. */
  operation: string | null;
  /** The vendor's answer; `null` if the gateway no longer has it. */
  vendorResponse: Account["vendor_response"];
}

function renderAccount({ account, fields }: CreatedAccount, view: AccountView): Account {
  const { include, operation, vendorResponse } = view;
  const { id, vendor, connection, ...reported } = account;
  return {
    id,
    vendor,
    connection,
    // A row of an older version lacks the fields that were added later.
    ...nothingReported,
    ...reported,
    operation,
    ...(include.includes("fields") ? { fields } : {}),
    ...(include.includes("vendor_response") ? { vendor_response: vendorResponse ?? null } : {}),
  };
}

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
  /** Only an operator sees the candidates: they may be accounts of other callers. */
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
