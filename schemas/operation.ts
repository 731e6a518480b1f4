/** The states and transitions of an operation (a keyed create), and how an operator resolves it. */
import * as z from "zod/mini";
import { notBlank, oneLine, text } from "./text.ts";

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

/** The reason for a transition. */
export const transitionReason = /* @__PURE__ */ z.enum([
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
  "repeated",
]);
export type TransitionReason = z.infer<typeof transitionReason>;

const reason = text(1024, notBlank);

/** The body of a request that resolves an operation. */
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
