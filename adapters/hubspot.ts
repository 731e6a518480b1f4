/** HubSpot. The vendor's page, "Companies": https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/companies/guide */
import * as z from "zod/mini";
import { canonicalFieldNames } from "../schemas/account.ts";
import type { HubspotBody } from "../schemas/documents/hubspot.ts";
import {
  hubspotCompany,
  hubspotError,
  hubspotInvalidProperties,
  hubspotNoCompany,
  hubspotSearch,
} from "../schemas/hubspot.ts";
import { type Json, jsonValue } from "../schemas/json.ts";
import { isObject, toShortPointer } from "../schemas/json-pointer.ts";
import {
  type Adapter,
  defineAdapter,
  destinationOf,
  type LookupReply,
  type LookupRequest,
  type Slot,
  type VendorError,
} from "./engine/adapter.ts";
import { bearer, refreshToken } from "./engine/auth.ts";
import { hasErrors, readEnglish, readErrors } from "./engine/vendor-errors.ts";
import { readVendorJson } from "./engine/vendor-json.ts";

const path = "/crm/v3/objects/companies";
const propertyName = /^[a-z][a-z0-9_]{0,99}$/;
const slotOf = (name: string): Slot => ({ to: `/properties/${name}`, kind: "string" });

/** HubSpot's own properties that a connection can fill. */
const ownSlots = [
  "domain",
  "description",
  "type",
  "lifecyclestage",
  "hubspot_owner_id",
  "numberofemployees",
  "annualrevenue",
];

export const hubspot: Adapter = defineAdapter<HubspotBody>()({
  vendor: "hubspot",
  title: "HubSpot",
  settings: {
    /** A property of the tenant's own with unique values. HubSpot accepts equal values in each of its own properties. */
    external_ref_property: z.string().check(
      z.refine((name) => propertyName.test(name) && !isInTable(name), {
        error: "Must be the internal name of a property of your own, such as crm_reference",
      }),
    ),
  },
  headers: () => ({}),
  // A refresh token stays valid: https://developers.hubspot.com/docs/api-reference/legacy/authentication/manage-oauth-tokens
  auth: [bearer, refreshToken({ path: "/oauth/v1/token", encoding: "form" })],
  path,
  constants: {},
  fields: {
    name: { to: "/properties/name", required: true },
    // HubSpot enforces it only if the operator created the property with unique values (`hasUniqueValue`).
    external_ref: { to: "/properties/{external_ref_property}", unique: true },
    phone: { to: "/properties/phone" },
    website: { to: "/properties/website" },
    "address.line1": { to: "/properties/address" },
    "address.line2": { to: "/properties/address2" },
    "address.city": { to: "/properties/city" },
    "address.region": { to: "/properties/state" },
    "address.postal_code": { to: "/properties/zip" },
    "address.country": { to: "/properties/country" },
    // HubSpot has about 150 industries, but none that means `industrial` or `other`.
    industry: {
      to: "/properties/industry",
      values: [
        ["automotive", "AUTOMOTIVE"],
        ["aerospace", "AVIATION_AEROSPACE"],
        ["marine", "MARITIME"],
      ],
    },
    active: { implied: true },
    type: { implied: "customer" },
    code: "mappable",
    legal_name: "mappable",
    registration_id: "mappable",
    email: "mappable",
    tax_id: "mappable",
    currency: "mappable",
    customer_type: "mappable",
  },
  slots: Object.fromEntries(ownSlots.map((name) => [name, slotOf(name)])),
  openSlot: (name) => (propertyName.test(name) && !isInTable(name) ? slotOf(name) : undefined),
  reply: {
    normalise: (answer) => {
      if (!isObject(answer.body) || !isObject(answer.body["entity"])) return answer;
      const { entity, ...others } = answer.body;
      return { ...answer, body: { ...others, ...entity } };
    },
    id: "/id",
    repeats: ["name"],
    created_at: ["/createdAt", "/properties/createdate"],
    updated_at: ["/updatedAt", "/properties/hs_lastmodifieddate"],
    envelopes: ["/properties"],
  },
  readErrors: readHubspotErrors,
  lookups: [
    {
      by: "external_ref",
      request: (value, { external_ref_property: property }) =>
        // A URL parser removes these segments of a path.
        value === "." || value === ".."
          ? search(String(property), value, String(property))
          : {
              method: "GET",
              path: `${path}/${encodeURIComponent(value.toWellFormed())}`,
              query: { idProperty: String(property), properties: `name,${String(property)}` },
            },
      read: (body) => {
        const isCompany = hubspotCompany.safeParse(body).success && !hasErrors(readHubspotErrors(body));
        return isCompany ? { records: [body], isComplete: true } : readSearch(body);
      },
      isAbsent: ({ status, body }) => status === 404 && hubspotNoCompany.safeParse(body).success,
    },
    {
      by: "name",
      request: (value, { external_ref_property: property }) => search("name", value, String(property)),
      read: readSearch,
    },
  ],
});

/** A search for companies. The vendor's page shows a new company in it after some seconds. */
function search(by: string, value: string, reference: string): LookupRequest {
  return {
    method: "POST",
    path: `${path}/search`,
    body: {
      filterGroups: [{ filters: [{ propertyName: by, operator: "EQ", value }] }],
      properties: ["name", reference],
      limit: 100,
    },
  };
}

function readSearch(body: Json): LookupReply | undefined {
  const found = hubspotSearch.safeParse(body);
  if (!found.success || hasErrors(readHubspotErrors(body))) return undefined;
  const { total, results, paging } = found.data;
  const records = results.map((company) => jsonValue.parse(company));
  return { records, isComplete: total <= results.length && !paging?.next };
}

/** Whether the table has this property. */
function isInTable(name: string): boolean {
  const { to } = slotOf(name);
  return (
    ownSlots.includes(name) || canonicalFieldNames.options.some((field) => destinationOf(hubspot, field)?.to === to)
  );
}

const invalidProperties = /^Property values were not valid: (\[.*\])$/s;

function* readHubspotErrors(body: Json): Generator<VendorError> {
  const { data } = hubspotError.safeParse(body);
  if (data === undefined) return yield* readErrors(body);
  const { category, message, errors } = data;
  const [, list = ""] = invalidProperties.exec(message ?? "") ?? [];
  const invalid = hubspotInvalidProperties.safeParse(readVendorJson(list)).data ?? [];
  for (const { error, message: detail, name } of invalid) yield readError(error ?? category, detail, name);
  if (invalid.length > 0) return;
  for (const { code, message: detail, context, in: member } of errors ?? [])
    yield readError(code ?? category, detail ?? message, context?.propertyName?.[0] ?? member);
  if (!errors?.length) yield readError(category, message ?? category ?? "error", undefined);
}

type Text = string | null | undefined;

/** "Cannot set PropertyValueCoordinates{…, propertyName=crm_reference, …} on 513. 512 already has that value." is not documented. */
function readError(title: Text, detail: Text, property: Text): VendorError {
  const [, named] = /\bpropertyName=(\w+)/.exec(detail ?? "") ?? [];
  const name = property ?? named;
  const error = readEnglish({ title, detail, pointer: name ? toShortPointer(["properties", name]) : undefined });
  return /already has that value/.test(detail ?? "") ? { ...error, isDuplicate: true, needsField: true } : error;
}
