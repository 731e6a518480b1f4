/**
 * Elastic Path Commerce Cloud's wire shapes.
 *
 * The vendor's page, "Create an Account": https://elasticpath.dev/docs/api/accounts/post-v-2-accounts
 */
import * as z from "zod/mini";
import { elasticPathAccount, elasticPathAttributes, elasticPathLinks, elasticPathMeta } from "../elastic-path.ts";
import { nonEmpty } from "../text.ts";
import { jsonApiErrors } from "./json-api-errors.ts";

/** The body of `POST /v2/accounts`. */
export const elasticPathRequest = z.strictObject({
  data: z.extend(z.strictObject(elasticPathAttributes), { type: z.literal("account") }),
});
export type ElasticPathRequest = z.infer<typeof elasticPathRequest>;

/** The reply to a create. In some versions of the page `meta` and `links` are inside `data`, in others beside `data`. */
export const elasticPathReply = z.object({
  data: elasticPathAccount,
  meta: z.nullish(elasticPathMeta),
  links: z.nullish(elasticPathLinks),
});
export type ElasticPathReply = z.infer<typeof elasticPathReply>;

/** `status` is a string in the specification, an integer in the guide, and absent from one of the guide's examples. */
export const elasticPathErrors = jsonApiErrors;

/** The reply to `POST /oauth/access_token`. */
export const elasticPathToken = z.object({
  access_token: nonEmpty,
  token_type: z.nullish(z.string()),
  expires_in: z.nullish(z.number()),
  expires: z.nullish(z.number()),
  identifier: z.nullish(z.string()),
});
export type ElasticPathToken = z.infer<typeof elasticPathToken>;
