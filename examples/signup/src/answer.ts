import type { AccountGatewayProblem } from "@account-gateway/client";

interface Answer {
  status: 202 | 409 | 422 | 500 | 503;
  text: string;
}

/** The form's labels, by the pointer of the field. */
const labels: Record<string, string> = { "/name": "Company", "/registration_id": "Registration number" };

/** The answer to a visitor if a signup fails. The compiler checks that every problem has an answer. */
export function answerOf(problem: AccountGatewayProblem): Answer {
  switch (problem.code) {
    case "account_exists":
      return { status: 409, text: "Your company has an account already. Please sign in." };
    case "invalid_account":
    case "vendor_rejected": {
      const faults = (problem.errors ?? []).map(({ pointer, detail }) => `${labels[pointer] ?? pointer}: ${detail}`);
      return { status: 422, text: ["Please correct this:", ...faults].join("\n") };
    }
    // An account may exist. If the visitor sends the form again, the gateway looks for it.
    case "operation_in_progress":
    case "operation_needs_review":
    case "outcome_unknown":
    case "vendor_contract_violation":
    case "ledger_unavailable":
    case "no_answer":
    case "aborted":
    case "still_open":
      return { status: 202, text: "We are setting up your account. Send the form again in a minute to see." };
    case "vendor_rate_limited":
    case "queue_full":
    case "too_many_operations":
    case "vendor_unavailable":
    case "vendor_auth_failed":
    case "internal_error":
    case "misconfigured":
      return { status: 503, text: "No account was created. Please try again later." };
    case "body_too_large":
    case "connection_not_found":
    case "connection_required":
    case "idempotency_key_required":
    case "idempotency_key_reused":
    case "invalid_header":
    case "invalid_idempotency_key":
    case "invalid_json":
    case "invalid_query":
    case "invalid_resolution":
    case "method_not_allowed":
    case "missing_field":
    case "not_found":
    case "operation_not_in_review":
    case "operator_required":
    case "unauthenticated":
    case "unreadable_answer":
    case "unrecognized_problem":
    case "unsupported_field":
    case "unsupported_media_type":
      return { status: 500, text: "Something is wrong on our side. We are looking into it." };
    default:
      return problem satisfies never;
  }
}
