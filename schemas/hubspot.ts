/** HubSpot's replies that the adapter reads. The shapes of a create are in documents/hubspot.ts. */
import * as z from "zod/mini";

const textOrNone = z.nullish(z.string());

/** A company as HubSpot reports it. The reply has only some of the properties, or those that the request names. */
export const hubspotCompany = z.object({
  id: z.union([z.string(), z.number()]),
  properties: z.record(z.string(), z.unknown()),
  createdAt: textOrNone,
  updatedAt: textOrNone,
  archived: z.nullish(z.boolean()),
});
export type HubspotCompany = z.infer<typeof hubspotCompany>;

/** The reply to a search. `paging` is missing on the last page. */
export const hubspotSearch = z.object({
  total: z.number(),
  results: z.array(hubspotCompany),
  paging: z.nullish(z.object({ next: z.nullish(z.object({ after: z.string() })) })),
});
export type HubspotSearch = z.infer<typeof hubspotSearch>;

/**
 * https://developers.hubspot.com/docs/api-reference/error-handling: "The fields … should all be treated as optional". An error of
 * `errors` names its property in `context`, or in `in`.
 */
export const hubspotError = z.object({
  status: z.literal("error"),
  message: textOrNone,
  correlationId: textOrNone,
  category: textOrNone,
  errors: z.nullish(
    z.array(
      z.object({
        message: textOrNone,
        code: textOrNone,
        in: textOrNone,
        context: z.nullish(z.object({ propertyName: z.nullish(z.array(z.string())) })),
      }),
    ),
  ),
});
export type HubspotError = z.infer<typeof hubspotError>;

/** The JSON in the message "Property values were not valid: […]". */
export const hubspotInvalidProperties = z.array(z.object({ message: textOrNone, error: textOrNone, name: textOrNone }));

/** The 404 to a read of a company that does not exist. */
export const hubspotNoCompany = z.object({ status: z.literal("error"), category: z.literal("OBJECT_NOT_FOUND") });
