/** The canonical account: the one shape apps send and receive, whichever vendor stands behind it. */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";
import { type Json, jsonSchema, pointerSchema, recordOf } from "./json.ts";
import { notBlank, oneLine, text } from "./text.ts";

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
  name: text(1024, notBlank, oneLine, z.describe("The account's display name.")),
  code: text(255, notBlank, oneLine, z.describe("A short code, unique in the vendor's system.")),
  external_ref: text(2048, oneLine, z.describe("The account's id in your own system.")),
  legal_name: text(1024, oneLine, z.describe("The registered name of the company.")),
  registration_id: text(63, oneLine, z.describe("The company's registration number.")),
  // RFC 5321, section 4.5.3.1.3, leaves 254 characters for an address.
  email: z
    .email({ error: "Must be an e-mail address" })
    .check(
      z.maxLength(254, { error: "Too long: at most 254 characters" }),
      z.describe("The primary contact's e-mail address."),
    ),
  parent_id: text(255, notBlank, oneLine, z.describe("The vendor's id of the parent account.")),
  active: z.boolean().check(z.describe("Whether the account may be used.")),
  type: oneOf(["customer", "distributor"]).check(z.describe("The business role of the account.")),
  customer_type: oneOf(customerTypes).check(z.describe("What kind of customer it is.")),
  industry: oneOf(industries).check(z.describe("The primary industry.")),
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
export const customKey = z.string().check(
  z.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, {
    error: "Must be a letter, then up to 63 letters, digits, `_`, `.` or `-`",
  }),
);

export const customValue = z.union([z.string(), z.int(), z.boolean(), z.null()], {
  error: "Must be a string, an integer within ±2^53, a boolean, a date-time or null",
});

/** The most values that an account may hold, those of `custom` and `vendor_options` included. */
export const maxValues = 200;

const custom = recordOf(customKey, customValue).check(
  z.meta({ maxProperties: maxValues }),
  z.describe("Fields of your own, by name; each needs a home in the connection's mapping."),
);

/**
 * Refuses a body that holds too many values, before each is checked for itself: each value of an account stands several
 * times in what is sent, reported and kept.
 */
const withFewValues = z.unknown().check(({ value, issues }) => {
  const path = pathBeyond(maxValues, value);
  if (path === undefined) return;
  const message = `Is one value too many: an account holds at most ${maxValues}, in \`custom\` and \`vendor_options\` too`;
  issues.push({ code: "custom", path, message, input: value });
});

/** The path to the value after the first so many. An object counts as a value only where it is empty. */
function pathBeyond(limit: number, document: unknown): string[] | undefined {
  let left = limit;
  const walk = (value: unknown, path: string[]): string[] | undefined => {
    const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (members.length === 0) return (left -= 1) < 0 ? path : undefined;
    for (const [member, child] of members) {
      const found = walk(child, [...path, member]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(document, []);
}

/** The options that vendors take beside the canonical fields, as `{ [vendor]: schema }`. */
export type VendorOptions = Record<string, z.ZodMiniType<Record<string, Json | undefined>>>;

/**
 * The body of `POST /v1/accounts`, for the vendors that exist.
 * Unknown members are refused at every level; every field but `name` takes `null`, which means no value.
 */
export function accountRequest(vendorOptions: VendorOptions) {
  const { name, ...optional } = canonicalFields;
  const request = z.strictObject({
    name,
    ...nullish(optional),
    custom: z.nullish(custom),
    vendor_options: z
      .nullish(z.strictObject(nullish(vendorOptions)))
      .check(z.describe("Options only one vendor knows; those for other vendors are passed over and said so.")),
  });
  return z.pipe(withFewValues, request).register(z.globalRegistry, {
    title: "AccountRequest",
    description: `At most ${maxValues} values, those in \`custom\` and \`vendor_options\` included.`,
  });
}
export type AccountRequest = z.infer<ReturnType<typeof accountRequest>>;

function nullish<Shape extends Record<string, z.ZodMiniType>>(shape: Shape) {
  const entries = Object.entries(shape).map(([key, schema]) => [key, z.nullish(schema)]);
  return Object.fromEntries(entries) as { [Key in keyof Shape]: z.ZodMiniOptional<z.ZodMiniNullable<Shape[Key]>> };
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
export const fieldEntry = /* @__PURE__ */ droppable(() =>
  z.object({
    field: z.nullable(pointerSchema).check(z.describe("The leaf of the request, as a JSON Pointer.")),
    disposition: z.enum(dispositions),
    to: z.nullable(pointerSchema).check(z.describe("The leaf of the vendor's body, as a JSON Pointer.")),
    value: jsonSchema.check(z.describe("The value as it was sent, or as it was given where it was not sent.")),
    reason: z.nullable(z.string()),
  }),
);
export type FieldEntry = z.infer<typeof fieldEntry>;

export const confirmedFieldEntry = /* @__PURE__ */ droppable(() =>
  z.extend(fieldEntry, {
    confirmed: z
      .nullable(z.boolean())
      .check(z.describe("Whether the vendor reported what was sent; `null` where it reported nothing.")),
  }),
);
export type ConfirmedFieldEntry = z.infer<typeof confirmedFieldEntry>;

const warned = /* @__PURE__ */ droppable(() => ({
  field: pointerSchema.check(z.describe("The canonical field, or the vendor's own where it has none.")),
  detail: z.string(),
}));

export const warning = /* @__PURE__ */ droppable(() =>
  z.discriminatedUnion("code", [
    z.object({ code: z.literal("dropped"), ...warned, value: jsonSchema }),
    z.object({ code: z.literal("changed_by_vendor"), ...warned, sent: jsonSchema, received: jsonSchema }),
    z.object({ code: z.literal("unreadable"), ...warned, received: jsonSchema }),
    z.object({
      code: z.enum(["reconciled", "left_out"]),
      field: z.null().check(z.describe("It is about no field in particular.")),
      detail: z.string(),
    }),
  ]),
);
export type Warning = z.infer<typeof warning>;

const textOrNone = z.nullable(z.string());
const timeOrNone = z.nullable(z.iso.datetime({ offset: true }));

/** The canonical fields as a vendor reports them: `null` where it reports nothing. */
export const reportedFields = {
  name: textOrNone,
  code: textOrNone,
  external_ref: textOrNone,
  legal_name: textOrNone,
  registration_id: textOrNone,
  email: textOrNone,
  parent_id: textOrNone,
  active: z.nullable(z.boolean()),
  type: z.nullable(canonicalFields.type),
  customer_type: z.nullable(canonicalFields.customer_type),
  industry: z.nullable(canonicalFields.industry),
};
export const reportedTimes = { created_at: timeOrNone, updated_at: timeOrNone };

/** An account as the vendor reports it, never an echo of the request: `null` where the vendor reports nothing. */
export const account = /* @__PURE__ */ droppable(() =>
  z
    .object({
      id: z.string().check(z.describe("The vendor's id.")),
      vendor: z.string(),
      connection: z.string(),
      ...reportedFields,
      custom: z.record(z.string(), customValue),
      ...reportedTimes,
      vendor_fields: z
        .record(z.string(), jsonSchema)
        .check(z.describe("Every leaf of the reply that has no canonical home.")),
      warnings: z.array(warning),
      operation: z.nullable(z.string()).check(z.describe("The operation of a keyed create.")),
      fields: z.optional(z.array(confirmedFieldEntry)).check(z.describe("With `?include=fields`.")),
      vendor_response: z
        .optional(z.nullable(z.object({ status: z.int(), body: jsonSchema })))
        .check(z.describe("With `?include=vendor_response`: as the vendor sent it, secrets redacted.")),
    })
    .register(z.globalRegistry, { title: "Account" }),
);
export type Account = z.infer<typeof account>;
