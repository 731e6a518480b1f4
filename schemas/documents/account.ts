/** An account as the API shows it, with its field report and warnings. */
import * as z from "zod/mini";
import { customValue, reportedMembers, reportedTimes } from "../account.ts";
import { jsonValue, pointerSchema } from "../json.ts";

/** What the gateway did with a leaf of the request, or where a leaf of the vendor's body comes from. */
export const dispositions = [
  "sent",
  "mapped",
  "implied",
  "dropped",
  "refused",
  "defaulted",
  "stamped",
  "constant",
] as const;

/**
 * One entry of a field report. The report has one entry for each leaf of the request. A leaf of the vendor's body that
 * comes from no leaf of the request also has an entry, in which `field` is `null`.
 */
export const fieldEntry = z.object({
  field: z.nullable(pointerSchema).check(z.describe("The leaf of the request, as a JSON Pointer.")),
  disposition: z.enum(dispositions),
  to: z.nullable(pointerSchema).check(z.describe("The leaf of the vendor's body, as a JSON Pointer.")),
  value: jsonValue.check(z.describe("The value that was sent; if none was sent, the value in the request.")),
  reason: z.nullable(z.string()),
});
export type FieldEntry = z.infer<typeof fieldEntry>;

export const confirmedFieldEntry = z.extend(fieldEntry, {
  confirmed: z
    .nullable(z.boolean())
    .check(z.describe("Whether the vendor reported the value that was sent; `null` if it reported none.")),
});
export type ConfirmedFieldEntry = z.infer<typeof confirmedFieldEntry>;

const aboutField = {
  field: pointerSchema.check(z.describe("The canonical field, or the vendor's own field if there is none.")),
  detail: z.string(),
};

export const warning = z.discriminatedUnion("code", [
  z.object({ code: z.literal("dropped"), ...aboutField, value: jsonValue }),
  z.object({ code: z.literal("changed_by_vendor"), ...aboutField, sent: jsonValue, received: jsonValue }),
  z.object({ code: z.literal("unreadable"), ...aboutField, received: jsonValue }),
  z.object({
    code: z.enum(["reconciled", "left_out"]),
    field: z.null().check(z.describe("The warning is about no particular field.")),
    detail: z.string(),
  }),
]);
export type Warning = z.infer<typeof warning>;

/** An account as the vendor reports it, which may differ from the request. A field is `null` if the vendor does not report it. */
export const account = z
  .object({
    id: z.string().check(z.describe("The vendor's id.")),
    vendor: z.string(),
    connection: z.string(),
    ...reportedMembers,
    custom: z.record(z.string(), customValue),
    ...reportedTimes,
    vendor_fields: z
      .record(z.string(), jsonValue)
      .check(z.describe("Every leaf of the reply that has no canonical field.")),
    warnings: z.array(warning),
    operation: z.nullable(z.string()).check(z.describe("The operation of a keyed create.")),
    fields: z.optional(z.array(confirmedFieldEntry)).check(z.describe("With `?include=fields`.")),
    vendor_response: z
      .optional(z.nullable(z.object({ status: z.int(), body: jsonValue })))
      .check(z.describe("With `?include=vendor_response`: the vendor's answer, with secrets redacted.")),
  })
  .register(z.globalRegistry, { title: "Account" });
export type Account = z.infer<typeof account>;
