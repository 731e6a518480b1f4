/** Looks for an operation's account at the vendor. */
import { lookupFor, recognise } from "../../adapters/engine/lookup.ts";
import { isUnique } from "../../adapters/engine/row.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { lookUp } from "../vendor/look-up.ts";
import type { SendContext } from "../vendor/send-context.ts";
import type { KeptProblem, Operation } from "./operation.ts";
import { targetOf } from "./target.ts";
import type { Finding } from "./transitions.ts";
import { notCreated } from "./verdict.ts";

/**
 * `plan`: `undefined` where the connection is out of use. Candidates are looked for only where an outcome is unknown:
 * nothing can be told by them before a further send.
 */
export async function find(plan: Plan | undefined, operation: Operation, context: SendContext): Promise<Finding> {
  if (plan === undefined) return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  if (targetOf(plan) !== operation.target) return { kind: "target_changed" };
  const { sendable } = operation;
  if (sendable === null) return { kind: "no_lookup" };
  const lookup = lookupFor(plan, sendable);
  if (lookup === undefined || (lookup.finds === "candidates" && operation.state !== "unknown"))
    return { kind: "no_lookup" };

  const found = await lookUp(plan, lookup, context, sendable);
  if ("kind" in found) return { ...notCreated(plan, found), kind: "unreadable" };
  switch (found.verdict) {
    case "ours": {
      const recognised = recognise(plan, found.record, sendable);
      const detail = `${plan.adapter.title} holds the account, but tells no id of it`;
      return recognised === undefined
        ? { kind: "unreadable", problem: { code: "vendor_contract_violation", detail }, retryAfterMs: undefined }
        : { kind: "ours", ...recognised };
    }
    case "taken":
      return { kind: "taken", problem: takenBy(plan), isUnique: isUnique(plan.adapter.fields[lookup.by]) };
    case "candidates":
      return { kind: "candidates", records: found.records };
    case "absent":
      return { kind: "absent" };
  }
}

function takenBy({ adapter, connection }: Plan): KeptProblem {
  return {
    code: "account_exists",
    detail: `${adapter.title} holds an account in this one's place, which is not this one`,
    vendor: { name: adapter.vendor, connection: connection.id, status: 200, errors: [] },
  };
}
