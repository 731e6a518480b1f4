/** An operation (a keyed create) as the API shows it. */
import * as z from "zod/mini";
import { jsonValue } from "../json.ts";
import { operationState, transitionReason } from "../operation.ts";
import { account } from "./account.ts";
import { guaranteeLevel } from "./capability.ts";
import { problem } from "./problem.ts";

export const transition = z.object({
  at: z.iso.datetime(),
  state: operationState,
  attempt: z.int().check(z.describe("How many times the gateway had started the create by then.")),
  reason: transitionReason,
  by: z.optional(z.string()).check(z.describe("For `resolved`: the name of the operator's gateway key.")),
  note: z.optional(z.string()).check(z.describe("For `resolved`: the operator's reason.")),
});

/** One operation as a list shows it. */
export const operationSummary = z
  .object({
    id: z.string(),
    connection: z.string(),
    vendor: z.string(),
    state: operationState,
    attempt: z.int(),
    asynchronous: z.boolean(),
    guarantee: guaranteeLevel,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    due_at: z
      .nullable(z.iso.datetime())
      .check(
        z.describe(
          "When the ledger next acts on the operation; `null` if the operation waits for a request or an operator.",
        ),
      ),
    expires_at: z
      .nullable(z.iso.datetime())
      .check(z.describe("When the ledger deletes the operation; `null` while the operation is open.")),
  })
  .register(z.globalRegistry, { title: "OperationSummary" });
export type OperationSummary = z.infer<typeof operationSummary>;

export const operation = z
  .extend(operationSummary, {
    history: z.array(transition).check(z.describe("The latest 100 transitions, oldest first.")),
    account: z.nullable(account).check(z.describe("For `created`.")),
    problem: z
      .nullable(problem)
      .check(z.describe("For `rejected` and `not_created`; for an open operation, the latest problem.")),
    candidates: z
      .array(jsonValue)
      .check(
        z.describe("For `needs_review`: the vendor's records that may be the account, as the vendor returned them."),
      ),
    duplicates: z
      .array(z.string())
      .check(z.describe("The ids of further accounts that the vendor reported for the operation.")),
  })
  .register(z.globalRegistry, { title: "Operation" });
export type OperationDocument = z.infer<typeof operation>;

export const operationList = z.object({
  operations: z.array(operationSummary),
  next_cursor: z.nullable(z.string()).check(z.describe("`null` on the last page.")),
});
export type OperationList = z.infer<typeof operationList>;
