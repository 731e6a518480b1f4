/** One create without a key, from the canonical account to the vendor's answer: nothing of it is remembered. */
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Account } from "../../schemas/documents/account.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import { renderAccount } from "../http/account-response.ts";
import { encodingProblem } from "./encoding-problem.ts";
import { describeSent, type LogEntry } from "../log.ts";
import { outcomeProblem } from "./outcome-problem.ts";
import { ProblemException } from "../problem.ts";
import type { Included } from "../http/query.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import type { SendContext } from "../vendor-client/context.ts";

export interface Create {
  plan: Plan;
  account: AccountRequest;
  handling: Handling;
  include: readonly Included[];
}

/** Creates an account, or throws the problem that says what became of it. */
export async function createAccount(
  { plan, account, handling, include }: Create,
  context: Omit<SendContext, "untilMs">,
  log: Partial<LogEntry>,
): Promise<Account> {
  const encoded = encode(plan, account, handling);
  const fault = encodingProblem(encoded);
  if (fault !== undefined) throw new ProblemException(fault);

  const sent = await sendAccount(plan, encoded, { ...context, untilMs: context.now() + leaseMsOf(plan) });
  describeSent(sent, log);
  const { outcome } = sent;
  if (outcome.kind !== "created") throw new ProblemException(outcomeProblem(plan, outcome));
  const { status, body } = outcome;
  return renderAccount(outcome, { include, operation: null, vendorResponse: { status, body } });
}
