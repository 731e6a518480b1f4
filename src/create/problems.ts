/** The problem of a create that returns no account: from the encoding, from the send, or from the ledger's operation. */
import type { Encoded } from "../../adapters/engine/encode.ts";
import type { Outcome, ReportedError } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { jsonValue } from "../../schemas/json.ts";
import { type ProblemCode, problemKinds } from "../../schemas/problem.ts";
import type { SettledOperation } from "../ledger/rpc.ts";
import { type ProblemDetails, retryAfterHeader } from "../problem.ts";

/**
 * Why an account cannot be sent over a connection; `undefined` if it can. The problem lists all faults. The most serious one
 * decides its code.
 */
export function encodingProblem({ faults }: Encoded): ProblemDetails | undefined {
  const code = (["invalid_account", "missing_field", "unsupported_field"] as const).find((each) =>
    faults.some((fault) => fault.code === each),
  );
  return code === undefined ? undefined : { code, errors: faults.map(({ pointer, detail }) => ({ pointer, detail })) };
}

/** The problem of a send after which the gateway knows of no account. */
export function outcomeProblem(plan: Plan, outcome: Exclude<Outcome, { kind: "created" }>): ProblemDetails {
  const { title, vendor: name } = plan.adapter;
  const connection = plan.connection.id;
  const vendorMember = (status: number, errors: readonly ReportedError[]) => ({
    vendor: { name, connection, status, errors: errors.map((error) => jsonValue.parse(withoutUndefined(error))) },
  });
  switch (outcome.kind) {
    case "rejected": {
      const { reason, status, errors, vendorErrors, retryAfterSeconds } = outcome;
      return {
        code: rejectionCodes[reason],
        detail: `${title} answered ${status} and created no account${vendorErrors.length === 0 ? "; the gateway found no reason in the answer" : ""}`,
        ...(errors.length > 0 ? { errors } : {}),
        ...vendorMember(status, vendorErrors),
        headers: retryAfterOf(rejectionCodes[reason], retryAfterSeconds),
      };
    }
    case "not_sent": {
      const { reason, status, detail, retryAfterSeconds } = outcome;
      return {
        code: notSentCodes[reason],
        detail: `${detail}; the account was not sent`,
        ...(status === undefined ? {} : vendorMember(status, [])),
        headers: retryAfterOf(notSentCodes[reason], retryAfterSeconds),
      };
    }
    case "unknown": {
      const { reason, status, detail, vendorErrors } = outcome;
      return {
        code: reason === "unreadable_success" ? "vendor_contract_violation" : "outcome_unknown",
        detail: `${detail}; an account may exist, and the gateway did not send the request again`,
        ...(status === undefined ? {} : vendorMember(status, vendorErrors)),
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

/** The vendor's `Retry-After`, but only if a later retry helps. */
function retryAfterOf(code: ProblemCode, seconds: number | undefined): Record<string, string> {
  return seconds === undefined || problemKinds[code].retry !== "later" ? {} : retryAfterHeader(seconds * 1000);
}

function withoutUndefined(error: object): object {
  return Object.fromEntries(Object.entries(error).filter(([, value]) => value !== undefined));
}

/** The longest `Retry-After` for an operation in progress. Such an operation usually ends before its due time. */
const maxProgressMs = 5_000;

interface RetryTimes {
  nowMs: number;
  /** The vendor's `Retry-After`, if its answer to this request had one. */
  retryAfterMs: number | undefined;
}

/** The problem of an operation that has no account. */
export function operationProblem(operation: SettledOperation, { nowMs, retryAfterMs }: RetryTimes): ProblemDetails {
  const { id, state, problem, dueAtMs } = operation;
  const untilDueMs = (dueAtMs ?? nowMs) - nowMs;
  switch (state) {
    case "created":
    case "rejected":
    case "not_created":
      return { code: "internal_error", ...problem, operation: id, headers: retryAfterHeader(retryAfterMs) };
    case "unknown":
      return { code: "outcome_unknown", ...problem, operation: id, headers: retryAfterHeader(untilDueMs) };
    case "sending":
    case "queued":
      return {
        code: "operation_in_progress",
        operation: id,
        headers: retryAfterHeader(Math.min(untilDueMs, maxProgressMs)),
      };
    case "needs_review":
      return { code: "operation_needs_review", operation: id };
  }
}
