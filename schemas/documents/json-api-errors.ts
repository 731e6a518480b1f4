import * as z from "zod/mini";

const text = z.catch(z.nullish(z.string()), undefined);

/**
 * JSON:API errors (https://jsonapi.org/format/#errors). Every member is optional, and a member of a wrong type is ignored.
 */
export const jsonApiErrors = z.object({
  errors: z.array(
    z.catch(
      z.object({
        status: z.catch(z.nullish(z.union([z.string(), z.number()])), undefined),
        code: text,
        title: text,
        detail: text,
        request_id: text,
        source: z.catch(z.nullish(z.object({ pointer: text })), undefined),
      }),
      {},
    ),
  ),
});
