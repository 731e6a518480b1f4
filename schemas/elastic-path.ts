/** Elastic Path Commerce Cloud's replies that the adapter reads. The shapes of a create are in documents/elastic-path.ts. */
import * as z from "zod/mini";

const textOrNone = z.nullish(z.string());

export const elasticPathAttributes = {
  name: z.string(),
  legal_name: textOrNone,
  registration_id: textOrNone,
  external_ref: textOrNone,
  parent_id: z.nullish(z.guid()),
};

export const elasticPathLinks = z.partial(z.object({ self: z.string() }));
export const elasticPathMeta = z.object({
  timestamps: z.nullish(z.partial(z.object({ created_at: z.string(), updated_at: z.string() }))),
});

/** An account as the vendor reports it. */
export const elasticPathAccount = z.object({
  type: z.literal("account"),
  ...elasticPathAttributes,
  id: z.string(),
  meta: z.nullish(elasticPathMeta),
  links: z.nullish(elasticPathLinks),
  relationships: z.nullish(z.record(z.string(), z.unknown())),
});

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
