import type { Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";

/** Provably nothing was created. */
export type NotSent = Extract<Outcome, { kind: "not_sent" }>;

/** The vendor did not do what comes before a send. */
export function unavailable({ adapter }: Plan, what: string): NotSent {
  const detail = `${adapter.title} ${what}`;
  return { kind: "not_sent", reason: "unavailable", detail, status: undefined, retryAfterSeconds: undefined };
}
