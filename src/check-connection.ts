/** Whether a connection would carry a create now, as far as reads can tell: nothing is created. */
import { guaranteedLookup } from "../adapters/engine/guarantee.ts";
import type { Plan } from "../adapters/engine/plan.ts";
import type { ConnectionCheck } from "../schemas/capability.ts";
import { leaseMsOf } from "./vendor/exchange.ts";
import { lookUp, probe } from "./vendor/look-up.ts";
import type { SendContext } from "./vendor/send-context.ts";

/** Never throws: whatever goes wrong is told. */
export async function checkConnection(plan: Plan, context: Omit<SendContext, "untilMs">): Promise<ConnectionCheck> {
  const withDeadline = { ...context, untilMs: context.now() + leaseMsOf(plan) };
  const failure = await probe(plan, withDeadline);
  if (failure !== undefined) {
    const { status, reason, detail } = failure;
    const authorized = reason === "unauthorized" ? false : null;
    return { reachable: status !== undefined, authorized, lookup: null, detail };
  }
  // No account has the value, and that none is found is an answer.
  const lookup = guaranteedLookup(plan, crypto.randomUUID());
  if (lookup === undefined) return { reachable: true, authorized: true, lookup: null, detail: null };
  const found = await lookUp(plan, lookup, withDeadline);
  const fault = "kind" in found ? found.detail : null;
  return { reachable: true, authorized: true, lookup: fault === null, detail: fault };
}
