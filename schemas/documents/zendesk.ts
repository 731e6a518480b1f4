/**
 * Zendesk's wire shapes: an account is an organization of the tenant's Zendesk Support.
 *
 * The vendor's page, "Organizations": https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/
 */
import * as z from "zod/mini";
import { zendeskAttributes, zendeskOrganization } from "../zendesk.ts";

/** The body of `POST /api/v2/organizations`. */
export const zendeskRequest = z.strictObject({ organization: z.strictObject(zendeskAttributes) });
export type ZendeskRequest = z.infer<typeof zendeskRequest>;

/** The reply to a create. */
export const zendeskReply = z.object({ organization: zendeskOrganization });
export type ZendeskReply = z.infer<typeof zendeskReply>;
