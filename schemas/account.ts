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

/** JSON Schema's format `uri` would refuse URLs that browsers accept, such as `https://müller.example`. */
export const webUrl = /^https?:\/\/[^\s/?#]+(?:[/?#]\S*)?$/;
export const currencyCode = /^[A-Z]{3}$/;
export const countryCode = /^[A-Z]{2}$/;

/** Text of one line. */
const line = (maxLength: number) => text(maxLength, oneLine);

const texts = {
  name: text(1024, notBlank, oneLine),
  code: text(255, notBlank, oneLine),
  external_ref: line(2048),
  legal_name: line(1024),
  registration_id: line(63),
  // RFC 5321, section 4.5.3.1.3, allows 256 characters for `<address>`, so 254 without the brackets.
  email: z
    .email({ error: "Must be an e-mail address" })
    .check(z.maxLength(254, { error: "Too long: at most 254 characters" })),
  parent_id: text(255, notBlank, oneLine),
  phone: line(50),
  website: line(2048).check(z.regex(webUrl, { error: "Must be a URL that begins with http:// or https://" })),
  tax_id: line(63),
  currency: z.string().check(z.regex(currencyCode, { error: "Must be an ISO 4217 code, such as EUR" })),
};

/** The canonical fields inside `address`. */
const addressParts = {
  line1: line(255),
  line2: line(255),
  city: line(255),
  region: line(255),
  postal_code: line(32),
  country: z.string().check(z.regex(countryCode, { error: "Must be an ISO 3166-1 alpha-2 code, such as DE" })),
};

const choices = {
  active: z.boolean(),
  type: oneOf(["customer", "distributor"]),
  customer_type: oneOf(customerTypes),
  industry: oneOf(industries),
};

/**
 * The canonical fields as an app sends them. Each has one value. The name of a part of the address is `address.city`, and its
 * pointer is `/address/city`.
 *
 * `documents/fields.ts` describes them.
 *
 * These are the fields that Clarus, Elastic Path or Garmat has, and the contact, tax and address fields that most other systems
 * have for a customer.
 */
export const canonicalFields = { ...texts, ...choices, ...inAddress(addressParts) };
export type CanonicalField = keyof typeof canonicalFields;

/** The canonical fields with text. A fallback fills one of these fields with the value of another. */
export const textFields = z.enum(namesOf({ ...texts, ...inAddress(addressParts) }));
export type TextField = z.infer<typeof textFields>;

export const canonicalFieldNames = z.enum(namesOf(canonicalFields));
export const textNames = namesOf(texts);
export const addressPartNames = namesOf(addressParts);

/** The value of one leaf of an account. */
export type Scalar = string | number | boolean | null;

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
  const { name, ...optional } = texts;
  const request = z.strictObject({
    name,
    ...nullish(optional),
    ...nullish(choices),
    address: z.nullish(z.strictObject(nullish(addressParts))),
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

const reportedTexts = allOf(texts, textOrNone);
const reportedParts = allOf(addressParts, textOrNone);
const reportedChoices = {
  active: z.nullable(choices.active),
  type: z.nullable(choices.type),
  customer_type: z.nullable(choices.customer_type),
  industry: z.nullable(choices.industry),
};
/** The value of each canonical field as a vendor reports it. */
export const reportedFields = { ...reportedTexts, ...reportedChoices, ...inAddress(reportedParts) };
/** An account's members for the canonical fields. A member is `null` if the vendor does not report it. */
export const reportedMembers = {
  ...reportedTexts,
  ...reportedChoices,
  address: z.nullable(z.object(reportedParts)),
};
/** The members if the vendor reports no field. */
export const nothingReported = allOf(reportedMembers, null);
export const reportedTimes = { created_at: timeOrNone, updated_at: timeOrNone };

function inAddress<Shape extends object>(parts: Shape) {
  const entries = Object.entries(parts).map(([part, schema]) => [`address.${part}`, schema]);
  return Object.fromEntries(entries) as { [Part in keyof Shape & string as `address.${Part}`]: Shape[Part] };
}

function allOf<Shape extends object, Value>(shape: Shape, value: Value) {
  return Object.fromEntries(Object.keys(shape).map((name) => [name, value])) as Record<keyof Shape, Value>;
}

function namesOf<Shape extends object>(shape: Shape) {
  type Name = keyof Shape & string;
  return Object.keys(shape) as [Name, ...Name[]];
}
