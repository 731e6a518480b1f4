/** The canonical account: the one shape apps send and receive, whichever vendor stands behind it. */
import * as z from "zod";
import { type Json, jsonSchema, pointerSchema, recordOf } from "./json.ts";

/** Lengths count Unicode code points, as JSON Schema's `maxLength` does, not UTF-16 units. */
function text(maxLength: number) {
  return z
    .string()
    .check(
      z.refine((value: string) => value.length <= maxLength || [...value].length <= maxLength, {
        error: `Too long: at most ${maxLength} characters`,
      }),
    )
    .meta({ maxLength });
}

function filled(maxLength: number) {
  return text(maxLength).check(z.regex(/\S/u, { error: "Must not be blank" }));
}

export const customerTypes = [
  "consolidator",
  "mso",
  "manufacturer",
  "banner_or_franchise",
  "buying_group",
  "dealer_group",
] as const;

export const industries = ["automotive", "aerospace", "marine", "industrial", "other"] as const;

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `Must be one of ${values.join(", ")}` });
}

/** Every canonical field that holds one value, as an app sends it. */
export const canonicalFields = {
  name: filled(1024).meta({ description: "The account's display name." }),
  code: filled(255).meta({ description: "A short code, unique in the vendor's system." }),
  external_ref: text(2048).meta({ description: "The account's id in your own system." }),
  legal_name: text(1024).meta({ description: "The registered name of the company." }),
  registration_id: text(63).meta({ description: "The company's registration number." }),
  email: z.email({ error: "Must be an e-mail address" }).meta({ description: "The primary contact's e-mail address." }),
  parent_id: filled(255).meta({ description: "The vendor's id of the parent account." }),
  active: z.boolean().meta({ description: "Whether the account may be used." }),
  type: oneOf(["customer", "distributor"]).meta({ description: "The business role of the account." }),
  customer_type: oneOf(customerTypes).meta({ description: "What kind of customer it is." }),
  industry: oneOf(industries).meta({ description: "The primary industry." }),
};
export type CanonicalField = keyof typeof canonicalFields;

/** The canonical fields that hold free text: what a fallback may fill, and fill from. */
export const textFields = z.enum([
  "name",
  "code",
  "external_ref",
  "legal_name",
  "registration_id",
  "email",
  "parent_id",
]);
export type TextField = z.infer<typeof textFields>;

export const canonicalFieldNames = z.enum(Object.keys(canonicalFields) as [CanonicalField, ...CanonicalField[]]);

/** A value that one leaf of an account can hold. */
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof scalar>;

/** The name of a custom field. */
export const customKey = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, {
  error: "Must be a letter, then up to 63 letters, digits, `_`, `.` or `-`",
});

export const customValue = z.union([z.string(), z.int(), z.boolean(), z.null()], {
  error: "Must be a string, an integer within ±2^53, a boolean, a date-time or null",
});

const custom = recordOf(customKey, customValue).meta({
  description: "Fields of your own, by name; each needs a home in the connection's mapping.",
});

/** The options that vendors take beside the canonical fields, as `{ [vendor]: schema }`. */
export type VendorOptions = Record<string, z.ZodType<Record<string, Json | undefined>>>;

/**
 * The body of `POST /v1/accounts`, for the vendors that exist.
 * Unknown members are refused at every level; every field but `name` takes `null`, which means no value.
 */
export function accountRequest(vendorOptions: VendorOptions) {
  const { name, ...optional } = canonicalFields;
  return z
    .strictObject({
      name,
      ...nullish(optional),
      custom: custom.nullish(),
      vendor_options: z
        .strictObject(nullish(vendorOptions))
        .nullish()
        .meta({ description: "Options only one vendor knows; those for other vendors are passed over and said so." }),
    })
    .meta({ title: "AccountRequest" });
}
export type AccountRequest = z.infer<ReturnType<typeof accountRequest>>;

function nullish<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  const entries = Object.entries(shape).map(([key, schema]) => [key, schema.nullish()]);
  return Object.fromEntries(entries) as { [Key in keyof Shape]: z.ZodOptional<z.ZodNullable<Shape[Key]>> };
}

/** Where a leaf of the request went, or which leaf of the vendor's body no request leaf explains. */
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
 * One entry of a field report: one per leaf of the request (`field` points at it),
 * and one per leaf of the vendor's body that no leaf of the request explains (`field` is `null`).
 */
export const fieldEntry = z.object({
  field: pointerSchema.nullable().meta({ description: "The leaf of the request, as a JSON Pointer." }),
  disposition: z.enum(dispositions),
  to: pointerSchema.nullable().meta({ description: "The leaf of the vendor's body, as a JSON Pointer." }),
  value: jsonSchema.meta({ description: "The value as it was sent, or as it was given where it was not sent." }),
  reason: z.string().nullable(),
});
export type FieldEntry = z.infer<typeof fieldEntry>;

export const confirmedFieldEntry = fieldEntry.extend({
  confirmed: z
    .boolean()
    .nullable()
    .meta({ description: "Whether the vendor reported what was sent; `null` where it reported nothing." }),
});
export type ConfirmedFieldEntry = z.infer<typeof confirmedFieldEntry>;

const warned = {
  field: pointerSchema.meta({ description: "The canonical field, or the vendor's own where it has none." }),
  detail: z.string(),
};

export const warning = z.discriminatedUnion("code", [
  z.object({ code: z.literal("dropped"), ...warned, value: jsonSchema }),
  z.object({ code: z.literal("changed_by_vendor"), ...warned, sent: jsonSchema, received: jsonSchema }),
  z.object({ code: z.literal("unreadable"), ...warned, received: jsonSchema }),
  z.object({
    code: z.literal("reconciled"),
    field: z.null().meta({ description: "It is about no field in particular." }),
    detail: z.string(),
  }),
]);
export type Warning = z.infer<typeof warning>;

/** An account as the vendor reports it, never an echo of the request: `null` where the vendor reports nothing. */
export const account = z
  .object({
    id: z.string().meta({ description: "The vendor's id." }),
    vendor: z.string(),
    connection: z.string(),
    name: z.string().nullable(),
    code: z.string().nullable(),
    external_ref: z.string().nullable(),
    legal_name: z.string().nullable(),
    registration_id: z.string().nullable(),
    email: z.string().nullable(),
    parent_id: z.string().nullable(),
    active: z.boolean().nullable(),
    type: canonicalFields.type.nullable(),
    customer_type: canonicalFields.customer_type.nullable(),
    industry: canonicalFields.industry.nullable(),
    custom: z.record(z.string(), customValue),
    created_at: z.iso.datetime({ offset: true }).nullable(),
    updated_at: z.iso.datetime({ offset: true }).nullable(),
    vendor_fields: z
      .record(z.string(), jsonSchema)
      .meta({ description: "Every leaf of the reply that has no canonical home." }),
    warnings: z.array(warning),
    operation: z.string().nullable().meta({ description: "The operation of a keyed create." }),
    fields: z.array(confirmedFieldEntry).optional().meta({ description: "With `?include=fields`." }),
    vendor_response: z
      .object({ status: z.int(), body: jsonSchema })
      .nullable()
      .optional()
      .meta({ description: "With `?include=vendor_response`: as the vendor sent it, secrets redacted." }),
  })
  .meta({ title: "Account" });
export type Account = z.infer<typeof account>;
