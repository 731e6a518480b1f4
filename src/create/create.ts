/** A create without an Idempotency-Key: encodes the account and sends it. The gateway stores nothing. */
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

/** The result of a create, with or without an Idempotency-Key. `isReplay`: the operation was final before this request. */
export type CreateResult =
  | {
      kind: "created";
      created: CreatedAccount;
      /** The operation's id; `null` without an Idempotency-Key. */
      operation: string | null;
      /** The vendor's answer to this request; `null` if another request created the account. */
      vendorResponse: Account["vendor_response"];
      isReplay: boolean;
    }
  /** The caller asked for `respond-async`, and the operation is queued. */
  | { kind: "accepted"; operation: Operation; isReplay: boolean }
  | { kind: "failed"; problem: ProblemDetails; isReplay: boolean };

export const failed = (problem: ProblemDetails): CreateResult => ({ kind: "failed", problem, isReplay: false });

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
  if (fault !== undefined) return failed(fault);

  const outcome = await sendAccount(plan, encoded, { ...context, deadlineMs: context.now() + leaseMsOf(plan) });
  if (outcome.kind !== "created") return failed(outcomeProblem(plan, outcome));
  const { status, body } = outcome;
  return { kind: "created", created: outcome, operation: null, vendorResponse: { status, body }, isReplay: false };
}
