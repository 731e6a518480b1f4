/**
 * Zendesk's wire shapes: an account is an organization of the tenant's Zendesk Support.
 *
 * The vendor's page, "Organizations": https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
 */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";

const textOrNone = z.nullish(z.string());
const switchOrNone = z.nullish(z.boolean());

const attributes = {
  name: z.string(),
  details: textOrNone,
  notes: textOrNone,
  external_id: textOrNone,
  group_id: z.nullish(z.int()),
  shared_comments: switchOrNone,
  shared_tickets: switchOrNone,
  domain_names: z.nullish(z.array(z.string())),
  tags: z.nullish(z.array(z.string())),
  /** By names that the tenant gives. */
  organization_fields: z.nullish(z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()])))),
};

/** The body of `POST /api/v2/organizations`. */
export const zendeskRequest = /* @__PURE__ */ droppable(() =>
  z.strictObject({ organization: z.strictObject(attributes) }),
);
export type ZendeskRequest = z.infer<typeof zendeskRequest>;

/** An organization as the vendor reports it. */
export const zendeskOrganization = z.object({
  ...attributes,
  /** An integer; its digits where no double holds it. */
  id: z.union([z.number(), z.string()]),
  url: textOrNone,
  created_at: textOrNone,
  updated_at: textOrNone,
});

/** The reply to a create. */
export const zendeskReply = /* @__PURE__ */ droppable(() => z.object({ organization: zendeskOrganization }));
export type ZendeskReply = z.infer<typeof zendeskReply>;

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
 * https://developer.zendesk.com/api-reference/introduction/requests/#400-range. What is wrong with a record stands in
 * `details`, by field; other failures have a `description` or no more than their `error`.
 */
export const zendeskError = z.object({
  error: z.string(),
  description: textOrNone,
  details: z.nullish(z.record(z.string(), z.array(fault))),
});
export type ZendeskError = z.infer<typeof zendeskError>;
