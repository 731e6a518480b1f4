/** The one way from an outcome that is no account to the problem that says so. */
import type { VendorError } from "../../adapters/engine/adapter.ts";
import type { Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { jsonSchema } from "../../schemas/json.ts";
import { type ProblemCode, problemKinds } from "../../schemas/problem.ts";
import { type ProblemDetails, retryAfter } from "../problem.ts";

type Failure = Exclude<Outcome, { kind: "created" }>;

export function outcomeProblem(plan: Plan, outcome: Failure): ProblemDetails {
  const { title, vendor: name } = plan.adapter;
  const connection = plan.connection.id;
  const answered = (status: number, errors: readonly VendorError[]) => ({
    vendor: { name, connection, status, errors: errors.map((error) => jsonSchema.parse(withoutGaps(error))) },
  });
  switch (outcome.kind) {
    case "rejected": {
      const { reason, status, errors, vendorErrors, retryAfterSeconds } = outcome;
      return {
        code: rejectionCodes[reason],
        detail: `${title} answered ${status} and created no account${vendorErrors.length === 0 ? ", with no reason that can be read" : ""}`,
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

/** Said only where a retry is of use. */
function retryAfterOf(code: ProblemCode, seconds: number | undefined): Record<string, string> {
  return seconds === undefined || problemKinds[code].retry !== "later" ? {} : retryAfter(seconds * 1000);
}

function withoutGaps(error: object): object {
  return Object.fromEntries(Object.entries(error).filter(([, value]) => value !== undefined));
}
