/** A create without a key: encodes the account, sends it, and keeps nothing. */
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import type { Account } from "../../schemas/documents/account.ts";
import type { CreatedAccount, Operation } from "../ledger/operation.ts";
import type { ProblemDetails } from "../problem.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { sendAccount } from "../vendor-client/send-account.ts";
import { encodingProblem, outcomeProblem } from "./problems.ts";

/** What became of a create, with a key or without. `isReplay`: the operation was final before this request. */
export type CreateResult =
  | {
      kind: "created";
      created: CreatedAccount;
      /** The operation's id; `null` without a key. */
      operation: string | null;
      /** The vendor's answer to this request; `null` if another request got it. */
      vendorResponse: Account["vendor_response"];
      isReplay: boolean;
    }
  /** The operation is queued, as the caller asked. */
  | { kind: "accepted"; operation: Operation; isReplay: boolean }
  | { kind: "failed"; problem: ProblemDetails; isReplay: boolean };

export interface Create {
  plan: Plan;
  account: AccountRequest;
  handling: Handling;
}

export async function createAccount(
  { plan, account, handling }: Create,
  context: Omit<VendorContext, "deadlineMs">,
): Promise<CreateResult> {
  const encoded = encode(plan, account, handling);
  const fault = encodingProblem(encoded);
  if (fault !== undefined) return { kind: "failed", problem: fault, isReplay: false };

  const outcome = await sendAccount(plan, encoded, { ...context, deadlineMs: context.now() + leaseMsOf(plan) });
  if (outcome.kind !== "created") return { kind: "failed", problem: outcomeProblem(plan, outcome), isReplay: false };
  const { status, body } = outcome;
  return { kind: "created", created: outcome, operation: null, vendorResponse: { status, body }, isReplay: false };
}
