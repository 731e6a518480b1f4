/**
 * Clarus's wire shapes: a JSON:API envelope sent as plain `application/json`.
 *
 * The vendor's page, "Create an account": https://clarus-api.com/api/accounts
 */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";
import { jsonApiErrors } from "./json-api-errors.ts";

const slots = /* @__PURE__ */ droppable(() => ({
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
}));

/** The body of `POST /api/accounts`. */
export const clarusRequest = /* @__PURE__ */ droppable(() =>
  z.strictObject({
    data: z.strictObject({
      type: z.literal("accounts"),
      attributes: z.strictObject({
        code: z.string().check(z.minLength(1)),
        name: z.string().check(z.minLength(1)),
        // In the page's field table, though in neither its schema nor its examples.
        email: z.optional(z.string()),
        is_active: z.optional(z.boolean()),
        ...z.partial(z.object(slots)).shape,
      }),
    }),
  }),
);
export type ClarusRequest = z.infer<typeof clarusRequest>;

/** The reply to a create. `id` is an integer on this page and a string on the vendor's others. */
export const clarusReply = /* @__PURE__ */ droppable(() =>
  z.object({
    data: z.object({
      id: z.union([z.int(), z.string()]),
      type: z.literal("accounts"),
      attributes: z.object({
        code: z.string(),
        name: z.string(),
        is_active: z.boolean(),
        ...z.partial(z.object(slots)).shape,
      }),
    }),
  }),
);
export type ClarusReply = z.infer<typeof clarusReply>;

/** Error bodies are not documented: read as JSON:API errors (https://jsonapi.org/format/#errors), every member optional. */
export const clarusErrors = jsonApiErrors;

/** The reply to the account query of `POST /graphql`, the only documented way to read accounts. Its node ids are strings. */
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
