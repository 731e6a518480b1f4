/** The descriptions of the account's fields. They are apart from the fields, so that the Worker does not bundle them twice. */
import * as z from "zod/mini";
import { type CanonicalField, canonicalFieldNames, canonicalFields } from "../account.ts";

const descriptions = {
  name: "The account's display name.",
  code: "A short code, unique in the vendor's system.",
  external_ref: "The account's id in your own system.",
  legal_name: "The registered name of the company.",
  registration_id: "The company's registration number.",
  email: "The primary contact's e-mail address.",
  parent_id: "The vendor's id of the parent account.",
  phone: "The main phone number.",
  website: "The company's website.",
  tax_id: "The tax number, such as a VAT number.",
  currency: "The account's currency, as an ISO 4217 code.",
  active: "Whether the account may be used.",
  type: "The business role of the account.",
  customer_type: "What kind of customer it is.",
  industry: "The primary industry.",
  "address.line1": "The street and number, or the post office box.",
  "address.line2": "The building, floor or unit.",
  "address.city": "The city or town.",
  "address.region": "The state, province or county.",
  "address.postal_code": "The postal code.",
  "address.country": "The country, as an ISO 3166-1 alpha-2 code.",
} satisfies Record<CanonicalField, string>;

/** Adds the descriptions to the fields' schemas. Call this before you make JSON Schemas. */
export function describeFields(): void {
  for (const field of canonicalFieldNames.options) {
    const schema = canonicalFields[field];
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), description: descriptions[field] });
  }
}
