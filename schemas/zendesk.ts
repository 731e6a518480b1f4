/** Zendesk's replies that the adapter reads. The shapes of a create are in documents/zendesk.ts. */
import * as z from "zod/mini";

const textOrNone = z.nullish(z.string());
const switchOrNone = z.nullish(z.boolean());

export const zendeskAttributes = {
  name: z.string(),
  details: textOrNone,
  notes: textOrNone,
  external_id: textOrNone,
  group_id: z.nullish(z.int()),
  shared_comments: switchOrNone,
  shared_tickets: switchOrNone,
  domain_names: z.nullish(z.array(z.string())),
  tags: z.nullish(z.array(z.string())),
  /** The tenant's own fields, by name. */
  organization_fields: z.nullish(z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()])))),
};

/** An organization as the vendor reports it. */
export const zendeskOrganization = z.object({
  ...zendeskAttributes,
  /** An integer, or the string of its digits if a double cannot represent it. */
  id: z.union([z.number(), z.string()]),
  url: textOrNone,
  created_at: textOrNone,
  updated_at: textOrNone,
});

/** The reply to `GET /api/v2/organizations/search`. */
export const zendeskList = z.object({
  organizations: z.array(zendeskOrganization),
  count: z.nullish(z.number()),
  next_page: textOrNone,
  previous_page: textOrNone,
});
export type ZendeskList = z.infer<typeof zendeskList>;

const fault = z.object({ error: textOrNone, description: textOrNone });

/**
 * https://developer.zendesk.com/api-reference/introduction/requests/#400-range. `details` lists the faults of each field of a
 * record. Other failures have a `description`, or only an `error`.
 */
export const zendeskError = z.object({
  error: z.string(),
  description: textOrNone,
  details: z.nullish(z.record(z.string(), z.array(fault))),
});
export type ZendeskError = z.infer<typeof zendeskError>;
