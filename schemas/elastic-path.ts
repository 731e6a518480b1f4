/**
 * Elastic Path Commerce Cloud's wire shapes.
 *
 * The vendor's page, "Create an Account": https://elasticpath.dev/docs/api/accounts/post-v-2-accounts
 */
import * as z from "zod";
import { jsonApiErrors } from "./json-api-errors.ts";

const attributes = {
  name: z.string(),
  legal_name: z.string().nullable().optional(),
  registration_id: z.string().nullable().optional(),
  external_ref: z.string().nullable().optional(),
  parent_id: z.guid().nullable().optional(),
};

/** The body of `POST /v2/accounts`. */
export const elasticPathRequest = z.strictObject({
  data: z.strictObject({ type: z.literal("account"), ...attributes }),
});
export type ElasticPathRequest = z.infer<typeof elasticPathRequest>;

const links = z.object({ self: z.string() }).partial();
const meta = z.object({
  timestamps: z.object({ created_at: z.string(), updated_at: z.string() }).partial().nullish(),
});

/** An account as the vendor reports it. */
export const elasticPathAccount = z.object({
  type: z.literal("account"),
  ...attributes,
  id: z.string(),
  meta: meta.nullish(),
  links: links.nullish(),
  relationships: z.record(z.string(), z.unknown()).nullish(),
});

/** The reply to a create: `meta` and `links` stand in `data` or beside it, by the page's age. */
export const elasticPathReply = z.object({
  data: elasticPathAccount,
  meta: meta.nullish(),
  links: links.nullish(),
});
export type ElasticPathReply = z.infer<typeof elasticPathReply>;

/** The reply to `GET /v2/accounts`. */
export const elasticPathList = z.object({
  data: z.array(elasticPathAccount),
  meta: z
    .object({
      page: z.object({ limit: z.int(), current: z.int(), offset: z.int(), total: z.int() }).partial(),
      results: z.object({ total: z.int() }).partial(),
    })
    .partial()
    .nullish(),
  links: z.record(z.string(), z.string().nullable()).nullish(),
});
export type ElasticPathList = z.infer<typeof elasticPathList>;

/** `status` is a string in the specification, an integer in the guide and absent in one of its examples. */
export const elasticPathErrors = jsonApiErrors;

/** The reply to `POST /oauth/access_token`. */
export const elasticPathToken = z.object({
  access_token: z.string().min(1),
  token_type: z.string().nullish(),
  expires_in: z.number().nullish(),
  expires: z.number().nullish(),
  identifier: z.string().nullish(),
});
export type ElasticPathToken = z.infer<typeof elasticPathToken>;
