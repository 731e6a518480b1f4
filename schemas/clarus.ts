/** Clarus's replies that the adapter reads. The shapes of a create are in documents/clarus.ts. */
import * as z from "zod/mini";

/** The reply to the account query of `POST /graphql`, the only documented way to read accounts. The ids are strings. */
export const clarusLookupReply = z.object({
  errors: z.nullish(z.array(z.unknown())),
  data: z.object({
    accounts: z.object({
      all: z.object({
        edges: z.array(
          z.object({
            node: z.object({
              id: z.union([z.string(), z.int()]),
              code: z.string(),
              name: z.nullish(z.string()),
              external_system_reference1: z.nullish(z.string()),
            }),
          }),
        ),
      }),
    }),
  }),
});
