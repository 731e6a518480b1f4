/** What a send came to, as the ledger is told of it. */
import type { NotSent, Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { outcomeProblem } from "../create/problems.ts";
import type { ProblemDetails } from "../problem.ts";
import type { StoredProblem, RecordedOutcome } from "./operation.ts";

type RejectionReason = Extract<Outcome, { kind: "rejected" }>["reason"];

export function recordOutcome(plan: Plan, outcome: Outcome): RecordedOutcome {
  switch (outcome.kind) {
    case "created": {
      const { account, fields } = outcome;
      return { kind: "created", account, fields };
    }
    case "unknown":
      return { kind: "unknown", problem: kept(outcomeProblem(plan, outcome)) };
    case "not_sent":
      return { ...notCreated(plan, outcome), cause: "not_sent" };
    case "rejected": {
      const problem = kept(outcomeProblem(plan, outcome));
      const { reason, retryAfterSeconds, duplicateOf, mayBeOurs } = outcome;
      const cause = notCreatedCauses[reason];
      return cause === undefined
        ? { kind: "rejected", problem, duplicateOf, isDuplicate: duplicateOf !== undefined, mayBeOurs }
        : { kind: "not_created", problem, cause, wasSent: cause === "foreign", retryAfterMs: inMs(retryAfterSeconds) };
    }
  }
}

/** The rejections after which the same request may succeed. */
const notCreatedCauses: Partial<Record<RejectionReason, "refused" | "foreign">> = {
  unauthorized: "refused",
  rate_limited: "refused",
  not_processed: "foreign",
};

/** A failure before anything was sent. */
export function notCreated(plan: Plan, failure: NotSent) {
  const problem = kept(outcomeProblem(plan, failure));
  return { kind: "not_created" as const, problem, retryAfterMs: inMs(failure.retryAfterSeconds) };
}

function kept({ code, detail, errors, vendor }: ProblemDetails): StoredProblem {
  return { code, detail, errors, vendor };
}

const inMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
