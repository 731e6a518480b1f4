/** Looks for an operation's account at the vendor. */
import type { TextField } from "../../schemas/account.ts";
import { lookupFor, recognise } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { lookUp } from "../vendor/look-up.ts";
import type { Sent } from "../vendor/send.ts";
import type { SendContext } from "../vendor/send-context.ts";
import type { Found } from "./lookup-result.ts";
import type { KeptProblem, Operation, Verdict } from "./operation.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { notCreated, verdictOf } from "./verdict.ts";

type Sought = Pick<Operation, "target" | "targetPath" | "sendable" | "createdAtMs" | "state">;

/**
 * Asks the vendor for the account; `plan` is `undefined` where the connection is out of use. `field`: what to ask for where
 * the vendor can be asked for it.
 */
export async function find(
  plan: Plan | undefined,
  operation: Sought,
  context: SendContext,
  field?: TextField,
): Promise<Found> {
  if (plan === undefined) return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };
  const { sendable, createdAtMs, state } = operation;
  if (sendable === null) return { kind: "no_lookup" };
  const lookup = lookupFor(plan, sendable, field);
  // Candidates help a person who has an unknown outcome to judge; nothing else can be told by them.
  if (lookup === undefined || (!lookup.canRecognise && state !== "unknown")) return { kind: "no_lookup" };

  const answer = await lookUp(plan, { ...lookup, sent: sendable }, context, (reply, clean) =>
    recognise(plan, lookup, sendable, reply, { sinceMs: createdAtMs, clean }),
  );
  return answer.kind === "answered"
    ? { kind: "sighting", sighting: answer.value, taken: takenBy(plan) }
    : { ...notCreated(plan, answer), kind: "unreadable" };
}

/**
 * What a send came to. A vendor's word that the account exists already may be about our own, since a proxy may have
 * repeated the request: so this asks the vendor for the account.
 */
export async function verdictAfterLookup(
  plan: Plan,
  operation: Sought,
  { outcome }: Sent,
  context: SendContext,
): Promise<Verdict> {
  const verdict = verdictOf(plan, outcome);
  const isDuplicate = outcome.kind === "rejected" && outcome.duplicateOf !== undefined;
  if (verdict.kind !== "rejected" || !isDuplicate) return verdict;
  return { ...verdict, found: await find(plan, operation, context, outcome.duplicateOf) };
}

function takenBy({ adapter, connection }: Plan): KeptProblem {
  return {
    code: "account_exists",
    detail: `Another account of ${adapter.title} holds a value that no two accounts may share`,
    vendor: { name: adapter.vendor, connection: connection.id, status: 200, errors: [] },
  };
}
