/** The canonical account. Apps send and receive this shape for every vendor. */
import * as z from "zod/mini";
import { type Json, recordOf } from "./json.ts";
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

/** The canonical fields as an app sends them. Each has one value. */
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

/** The canonical fields with free text. A fallback fills one of these fields with the value of another. */
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

/** The value of one leaf of an account. */
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

/** The largest number of values in an account, including `custom` and `vendor_options`. */
export const maxValues = 200;

const custom = recordOf(customKey, customValue).check(
  z.meta({ maxProperties: maxValues }),
  z.describe("Fields of your own, by name. The connection's mapping must map each to a slot of the vendor."),
);

/**
 * Refuses a body with too many values before the schema checks each value. The limit exists because the gateway copies every
 * value several times: into the vendor's body, the field report and the ledger.
 */
const withinValueLimit = z.unknown().check(({ value, issues }) => {
  const path = pathBeyond(maxValues, value);
  if (path === undefined) return;
  const message = `Too many values: an account has at most ${maxValues}, including \`custom\` and \`vendor_options\``;
  issues.push({ code: "custom", path, message, input: value });
});

/** The path to the first value beyond the limit. An empty object counts as a value. */
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

/** The schemas of `vendor_options`, by vendor. */
export type VendorOptions = Record<string, z.ZodMiniType<Record<string, Json | undefined>>>;

/**
 * The body of `POST /v1/accounts`. The schema refuses unknown members at every level. Every field except `name` accepts `null`,
 * which means that the field has no value.
 */
export function accountRequest(vendorOptions: VendorOptions) {
  const { name, ...optional } = canonicalFields;
  const request = z.strictObject({
    name,
    ...nullish(optional),
    custom: z.nullish(custom),
    vendor_options: z
      .nullish(z.strictObject(nullish(vendorOptions)))
      .check(z.describe("Options of one vendor. Options for other vendors are dropped, and the field report says so.")),
  });
  return z.pipe(withinValueLimit, request).register(z.globalRegistry, {
    title: "AccountRequest",
    description: `At most ${maxValues} values, including those in \`custom\` and \`vendor_options\`.`,
  });
}
export type AccountRequest = z.infer<ReturnType<typeof accountRequest>>;

function nullish<Shape extends Record<string, z.ZodMiniType>>(shape: Shape) {
  const entries = Object.entries(shape).map(([key, schema]) => [key, z.nullish(schema)]);
  return Object.fromEntries(entries) as { [Key in keyof Shape]: z.ZodMiniOptional<z.ZodMiniNullable<Shape[Key]>> };
}

const textOrNone = z.nullable(z.string());
const timeOrNone = z.nullable(z.iso.datetime({ offset: true }));

/** The canonical fields as a vendor reports them. A field is `null` if the vendor does not report it. */
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
