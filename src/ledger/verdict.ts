/** What a send came to, as the ledger is told of it. */
import type { Plan } from "../../adapters/engine/plan.ts";
import { outcomeProblem } from "../outcome-problem.ts";
import type { ProblemDetails } from "../problem.ts";
import type { NotSent } from "../vendor/not-sent.ts";
import type { Sent } from "../vendor/send.ts";
import type { KeptProblem, Verdict } from "./operation.ts";

export function verdictOf(plan: Plan, { outcome, attempts }: Sent): Verdict {
  switch (outcome.kind) {
    case "created": {
      const { account, fields } = outcome;
      return { kind: "created", account, fields };
    }
    case "unknown":
      return { kind: "unknown", problem: kept(outcomeProblem(plan, outcome)) };
    case "not_sent":
      return { ...notCreated(plan, outcome), wasSent: false };
    case "rejected": {
      const problem = kept(outcomeProblem(plan, outcome));
      const { reason, retryAfterSeconds } = outcome;
      return reason === "rate_limited" || reason === "unauthorized"
        ? { kind: "not_created", problem, wasSent: attempts > 0, retryAfterMs: inMs(retryAfterSeconds) }
        : { kind: "rejected", problem, isDuplicate: reason === "duplicate" };
    }
  }
}

/** A failure before anything was sent. */
export function notCreated(plan: Plan, failure: NotSent) {
  const problem = kept(outcomeProblem(plan, failure));
  return { kind: "not_created" as const, problem, retryAfterMs: inMs(failure.retryAfterSeconds) };
}

function kept({ code, detail, errors, vendor }: ProblemDetails): KeptProblem {
  return { code, detail, errors, vendor };
}

const inMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
