/** One create, from the canonical account to the vendor's answer. */
import { encode, type Handling } from "../adapters/engine/encode.ts";
import type { Plan } from "../adapters/engine/plan.ts";
import type { Account, AccountRequest } from "../schemas/account.ts";
import { renderAccount } from "./account-response.ts";
import { encodingProblem } from "./encoding-problem.ts";
import { describeError, type LogEntry } from "./log.ts";
import { outcomeProblem } from "./outcome-problem.ts";
import { ProblemException } from "./problem.ts";
import type { Included } from "./middleware/query.ts";
import { send, type Sent } from "./vendor/send.ts";
import type { SendContext } from "./vendor/send-context.ts";

export interface Create {
  plan: Plan;
  account: AccountRequest;
  handling: Handling;
  include: readonly Included[];
}

/** Creates an account, or throws the problem that says what became of it. */
export async function createAccount(
  { plan, account, handling, include }: Create,
  context: SendContext,
  log: Partial<LogEntry>,
): Promise<Account> {
  const encoded = encode(plan, account, handling);
  const fault = encodingProblem(encoded);
  if (fault !== undefined) throw new ProblemException(fault);

  const sent = await send(plan, encoded, context);
  describeSent(sent, log);
  const { outcome } = sent;
  if (outcome.kind !== "created") throw new ProblemException(outcomeProblem(plan, outcome));
  return renderAccount(outcome, include);
}

function describeSent({ outcome, attempts, tokenMs, vendorMs, fault }: Sent, log: Partial<LogEntry>): void {
  Object.assign(log, { outcome: outcome.kind, attempts, token_ms: tokenMs, vendor_ms: vendorMs });
  if (fault !== undefined) log.error = describeError(fault);
  if (outcome.status !== undefined) log.vendor_status = outcome.status;
}
