/**
 * HubSpot's wire shapes: an account is a company.
 *
 * The vendor's page, "Companies": https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/companies/guide
 */
import * as z from "zod/mini";
import { hubspotCompany } from "../hubspot.ts";

const text = z.optional(z.string());

/** The properties that every HubSpot account has, without HubSpot's own (`hs_…`). Every value is a string. */
export const hubspotProperties = {
  name: text,
  domain: text,
  description: text,
  phone: text,
  website: text,
  address: text,
  address2: text,
  city: text,
  state: text,
  zip: text,
  country: text,
  industry: text,
  type: text,
  lifecyclestage: text,
  hubspot_owner_id: text,
  numberofemployees: text,
  annualrevenue: text,
};

/** The body of `POST /crm/v3/objects/companies` in an account that also has these properties of its own. */
export const hubspotRequestWith = <Name extends string>(...ownProperties: Name[]) => {
  const own = Object.fromEntries(ownProperties.map((name) => [name, text])) as Record<Name, typeof text>;
  return z.strictObject({
    properties: z.strictObject({ ...hubspotProperties, ...own }),
    associations: z.optional(z.array(z.unknown())),
  });
};

/** The members that the adapter's table can name. The connection's setting takes the place of `{external_ref_property}`. */
export interface HubspotBody {
  properties: Record<keyof typeof hubspotProperties | "{external_ref_property}", string>;
}

/** The reply to a create, as newer versions of the page show it. Older versions show the company alone. */
export const hubspotCreated = z.object({ createdResourceId: z.string(), location: z.string(), entity: hubspotCompany });
