/**
 * Clarus's wire shapes: a JSON:API envelope sent as plain `application/json`.
 *
 * The vendor's page, "Create an account": https://clarus-api.com/api/accounts
 */
import * as z from "zod/mini";
import { nonEmpty } from "../text.ts";
import { jsonApiErrors } from "./json-api-errors.ts";

const slots = z.partial(
  z.strictObject({
    external_system_reference1: z.string(),
    external_system_reference2: z.string(),
    external_system_reference3: z.string(),
    string1: z.string(),
    string2: z.string(),
    string3: z.string(),
    string4: z.string(),
    string5: z.string(),
    integer1: z.int(),
    integer2: z.int(),
    integer3: z.int(),
    integer4: z.int(),
    integer5: z.int(),
    datetime1: z.iso.datetime({ offset: true }),
    datetime2: z.iso.datetime({ offset: true }),
    datetime3: z.iso.datetime({ offset: true }),
    datetime4: z.iso.datetime({ offset: true }),
    datetime5: z.iso.datetime({ offset: true }),
    boolean1: z.boolean(),
    boolean2: z.boolean(),
    boolean3: z.boolean(),
    boolean4: z.boolean(),
    boolean5: z.boolean(),
  }),
);

/** The body of `POST /api/accounts`. */
export const clarusRequest = z.strictObject({
  data: z.strictObject({
    type: z.literal("accounts"),
    attributes: z.extend(slots, {
      code: nonEmpty,
      name: nonEmpty,
      // Only the page's field table has `email`. The page's schema and examples do not.
      email: z.optional(z.string()),
      is_active: z.optional(z.boolean()),
    }),
  }),
});
export type ClarusRequest = z.infer<typeof clarusRequest>;

/** The reply to a create. `id` is an integer on this page, and a string on the vendor's other pages. */
export const clarusReply = z.object({
  data: z.object({
    id: z.union([z.int(), z.string()]),
    type: z.literal("accounts"),
    attributes: z.extend(z.object(slots.def.shape), {
      code: z.string(),
      name: z.string(),
      is_active: z.boolean(),
    }),
  }),
});
export type ClarusReply = z.infer<typeof clarusReply>;

/** The page documents no error bodies, so the gateway expects JSON:API errors (https://jsonapi.org/format/#errors). */
export const clarusErrors = jsonApiErrors;
