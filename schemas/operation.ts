/** A keyed create as the ledger remembers it. */
import * as z from "zod/mini";
import { account } from "./account.ts";
import { notBlank, oneLine, text } from "./text.ts";
import { guaranteeLevel } from "./capability.ts";
import { droppable } from "./droppable.ts";
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
  "resend_limit",
  "no_verdict",
  "target_changed",
  "gave_up",
  "resolved",
]);
export type TransitionReason = z.infer<typeof transitionReason>;

export const transition = /* @__PURE__ */ droppable(() =>
  z.object({
    at: z.iso.datetime(),
    state: operationState,
    attempt: z.int().check(z.describe("How often the create had been begun.")),
    reason: transitionReason,
    by: z.optional(z.string()).check(z.describe("Of `resolved`: the operator's gateway key, by name.")),
    note: z.optional(z.string()).check(z.describe("Of `resolved`: the operator's own reason.")),
  }),
);

/** One operation as a list shows it. */
export const operationSummary = /* @__PURE__ */ droppable(() =>
  z
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
        .check(z.describe("When the ledger acts on it next of its own accord; `null` where it does not.")),
      expires_at: z
        .nullable(z.iso.datetime())
        .check(z.describe("When it is forgotten; `null` while it is open, which it may be for ever.")),
    })
    .register(z.globalRegistry, { title: "OperationSummary" }),
);
export type OperationSummary = z.infer<typeof operationSummary>;

export const operation = /* @__PURE__ */ droppable(() =>
  z
    .extend(operationSummary, {
      history: z.array(transition).check(z.describe("The latest 100 transitions, oldest first.")),
      account: z.nullable(account).check(z.describe("Of `created`.")),
      problem: z
        .nullable(problem)
        .check(z.describe("Of `rejected` and `not_created`; of an open one, the last that it met.")),
      candidates: z
        .array(jsonSchema)
        .check(z.describe("Of `needs_review`: what the vendor holds under the same name, in the vendor's words.")),
      duplicates: z
        .array(z.string())
        .check(z.describe("Ids of further accounts that the vendor reported for the same operation.")),
    })
    .register(z.globalRegistry, { title: "Operation" }),
);
export type OperationDocument = z.infer<typeof operation>;

export const operationList = /* @__PURE__ */ droppable(() =>
  z.object({
    operations: z.array(operationSummary),
    next_cursor: z.nullable(z.string()).check(z.describe("`null` on the last page.")),
  }),
);
export type OperationList = z.infer<typeof operationList>;

const reason = text(1024, notBlank);

/** What a person says became of an operation. */
export const resolution = z.discriminatedUnion(
  "outcome",
  [
    z.strictObject({
      outcome: z.literal("created"),
      vendor_id: text(255, notBlank, oneLine),
      reason,
    }),
    z.strictObject({ outcome: z.literal("not_created"), reason }),
  ],
  { error: ({ code }) => (code === "invalid_union" ? "Must be `created` or `not_created`" : undefined) },
);
export type Resolution = z.infer<typeof resolution>;
