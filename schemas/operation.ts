/** A keyed create as the ledger remembers it. */
import * as z from "zod";
import { account } from "./account.ts";
import { guaranteeLevel } from "./capability.ts";
import { jsonSchema } from "./json.ts";
import { problem } from "./problem.ts";

export const operationState = z.enum([
  "queued",
  "sending",
  "unknown",
  "needs_review",
  "created",
  "rejected",
  "not_created",
]);
export type OperationState = z.infer<typeof operationState>;

/** Why an operation came into a state. */
export const transitionReason = z.enum([
  "received",
  "claimed",
  "vendor_answered",
  "not_sent",
  "no_answer",
  "lease_expired",
  "found",
  "absent",
  "taken",
  "not_distinguishable",
  "no_verdict",
  "target_changed",
  "gave_up",
  "resolved",
]);
export type TransitionReason = z.infer<typeof transitionReason>;

export const transition = z.object({
  at: z.iso.datetime(),
  state: operationState,
  attempt: z.int().meta({ description: "How often the create had been begun." }),
  reason: transitionReason,
  by: z.string().optional().meta({ description: "Of `resolved`: the operator's gateway key, by name." }),
  note: z.string().optional().meta({ description: "Of `resolved`: the operator's own reason." }),
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
    expires_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: "When it is forgotten; `null` while it is open, which it may be for ever." }),
  })
  .meta({ title: "OperationSummary" });
export type OperationSummary = z.infer<typeof operationSummary>;

export const operation = operationSummary
  .extend({
    history: z.array(transition).meta({ description: "The latest 100 transitions, oldest first." }),
    account: account.nullable().meta({ description: "Of `created`." }),
    problem: problem
      .nullable()
      .meta({ description: "Of `rejected` and `not_created`; of an open one, the last that it met." }),
    candidates: z
      .array(jsonSchema)
      .meta({ description: "Of `needs_review`: what the vendor holds under the same name, in the vendor's words." }),
    duplicates: z
      .array(z.string())
      .meta({ description: "Ids of further accounts that the vendor reported for the same operation." }),
  })
  .meta({ title: "Operation" });
export type OperationDocument = z.infer<typeof operation>;

export const operationList = z.object({
  operations: z.array(operationSummary),
  next_cursor: z.string().nullable().meta({ description: "`null` on the last page." }),
});

const reason = z
  .string()
  .regex(/\S/u, { error: "Must not be blank" })
  .max(1024, { error: "Too long: at most 1024 characters" });

/** What a person says became of an operation. */
export const resolution = z.discriminatedUnion(
  "outcome",
  [
    z.strictObject({ outcome: z.literal("created"), vendor_id: z.string().regex(/\S/u).max(255), reason }),
    z.strictObject({ outcome: z.literal("not_created"), reason }),
  ],
  { error: ({ code }) => (code === "invalid_union" ? "Must be `created` or `not_created`" : undefined) },
);
