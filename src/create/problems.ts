/** The problem of a create without an account: one function for each way in which it can end. */
import type { Encoded } from "../../adapters/engine/encode.ts";
import type { Outcome, ReportedError } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { jsonValue } from "../../schemas/json.ts";
import { type ProblemCode, problemKinds } from "../../schemas/problem.ts";
import type { Operation } from "../ledger/operation.ts";
import { type ProblemDetails, retryAfter } from "../problem.ts";

/**
 * Why an account cannot be sent over a connection; `undefined` if it can. One problem lists all faults, and the gravest
 * fault decides its code.
 */
export function encodingProblem({ faults }: Encoded): ProblemDetails | undefined {
  const code = (["invalid_account", "missing_field", "unsupported_field"] as const).find((each) =>
    faults.some((fault) => fault.code === each),
  );
  return code === undefined ? undefined : { code, errors: faults.map(({ pointer, detail }) => ({ pointer, detail })) };
}

type Failure = Exclude<Outcome, { kind: "created" }>;

export function outcomeProblem(plan: Plan, outcome: Failure): ProblemDetails {
  const { title, vendor: name } = plan.adapter;
  const connection = plan.connection.id;
  const answered = (status: number, errors: readonly ReportedError[]) => ({
    vendor: { name, connection, status, errors: errors.map((error) => jsonValue.parse(withoutUndefined(error))) },
  });
  switch (outcome.kind) {
    case "rejected": {
      const { reason, status, errors, vendorErrors, retryAfterSeconds } = outcome;
      return {
        code: rejectionCodes[reason],
        detail: `${title} answered ${status} and created no account${vendorErrors.length === 0 ? ", without a reason that the gateway can read" : ""}`,
        ...(errors.length > 0 ? { errors } : {}),
        ...answered(status, vendorErrors),
        headers: retryAfterOf(rejectionCodes[reason], retryAfterSeconds),
      };
    }
    case "not_sent": {
      const { reason, status, detail, retryAfterSeconds } = outcome;
      return {
        code: notSentCodes[reason],
        detail: `${detail}; the account was not sent`,
        ...(status === undefined ? {} : answered(status, [])),
        headers: retryAfterOf(notSentCodes[reason], retryAfterSeconds),
      };
    }
    case "unknown": {
      const { reason, status, detail, vendorErrors } = outcome;
      return {
        code: reason === "unreadable_success" ? "vendor_contract_violation" : "outcome_unknown",
        detail: `${detail}; an account may exist, and it was not sent again`,
        ...(status === undefined ? {} : answered(status, vendorErrors)),
      };
    }
  }
}

const rejectionCodes = {
  duplicate: "account_exists",
  invalid: "vendor_rejected",
  rate_limited: "vendor_rate_limited",
  unauthorized: "vendor_auth_failed",
  not_processed: "vendor_unavailable",
} as const satisfies Record<Extract<Outcome, { kind: "rejected" }>["reason"], ProblemCode>;

const notSentCodes = {
  unavailable: "vendor_unavailable",
  rate_limited: "vendor_rate_limited",
  unauthorized: "vendor_auth_failed",
} as const satisfies Record<Extract<Outcome, { kind: "not_sent" }>["reason"], ProblemCode>;

/** The vendor's `Retry-After`, only if a later retry helps. */
function retryAfterOf(code: ProblemCode, seconds: number | undefined): Record<string, string> {
  return seconds === undefined || problemKinds[code].retry !== "later" ? {} : retryAfter(seconds * 1000);
}

function withoutUndefined(error: object): object {
  return Object.fromEntries(Object.entries(error).filter(([, value]) => value !== undefined));
}

/** The longest wait for an operation in progress: it usually ends sooner than it is due. */
const maxProgressMs = 5_000;

interface Now {
  nowMs: number;
  /** How long the vendor asked to wait in its answer to this request, if it did. */
  retryAfterMs: number | undefined;
}

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
