/**
 * Elastic Path Commerce Cloud's wire shapes.
 *
 * The vendor's page, "Create an Account": https://elasticpath.dev/docs/api/accounts/post-v-2-accounts
 */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";
import { jsonApiErrors } from "./json-api-errors.ts";

const textOrNone = z.nullish(z.string());

const attributes = {
  name: z.string(),
  legal_name: textOrNone,
  registration_id: textOrNone,
  external_ref: textOrNone,
  parent_id: z.nullish(z.guid()),
};

/** The body of `POST /v2/accounts`. */
export const elasticPathRequest = /* @__PURE__ */ droppable(() =>
  z.strictObject({
    data: z.strictObject({ type: z.literal("account"), ...attributes }),
  }),
);
export type ElasticPathRequest = z.infer<typeof elasticPathRequest>;

const links = z.partial(z.object({ self: z.string() }));
const meta = z.object({
  timestamps: z.nullish(z.partial(z.object({ created_at: z.string(), updated_at: z.string() }))),
});

/** An account as the vendor reports it. */
export const elasticPathAccount = z.object({
  type: z.literal("account"),
  ...attributes,
  id: z.string(),
  meta: z.nullish(meta),
  links: z.nullish(links),
  relationships: z.nullish(z.record(z.string(), z.unknown())),
});

/** The reply to a create: `meta` and `links` stand in `data` or beside it, by the page's age. */
export const elasticPathReply = /* @__PURE__ */ droppable(() =>
  z.object({
    data: elasticPathAccount,
    meta: z.nullish(meta),
    links: z.nullish(links),
  }),
);
export type ElasticPathReply = z.infer<typeof elasticPathReply>;

/** The reply to `GET /v2/accounts`. */
export const elasticPathList = z.object({
  data: z.array(elasticPathAccount),
  meta: z.nullish(
    z.partial(
      z.object({
        page: z.partial(z.object({ limit: z.int(), current: z.int(), offset: z.int(), total: z.int() })),
        results: z.partial(z.object({ total: z.int() })),
      }),
    ),
  ),
  links: z.nullish(z.record(z.string(), z.nullable(z.string()))),
});
export type ElasticPathList = z.infer<typeof elasticPathList>;

/** `status` is a string in the specification, an integer in the guide and absent in one of its examples. */
export const elasticPathErrors = jsonApiErrors;

/** The reply to `POST /oauth/access_token`. */
export const elasticPathToken = /* @__PURE__ */ droppable(() =>
  z.object({
    access_token: z.string().check(z.minLength(1)),
    token_type: textOrNone,
    expires_in: z.nullish(z.number()),
    expires: z.nullish(z.number()),
    identifier: textOrNone,
  }),
);
export type ElasticPathToken = z.infer<typeof elasticPathToken>;
