import * as z from "zod";

const text = z.string().nullish().catch(undefined);

/**
 * Errors in the manner of JSON:API (https://jsonapi.org/format/#errors). Every member is optional,
 * and one that is not as it should be does not hide the others.
 */
export const jsonApiErrors = z.object({
  errors: z.array(
    z
      .object({
        status: z.union([z.string(), z.number()]).nullish().catch(undefined),
        code: text,
        title: text,
        detail: text,
        request_id: text,
        source: z.object({ pointer: text }).nullish().catch(undefined),
      })
      .catch({}),
  ),
});
