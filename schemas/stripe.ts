/** Stripe's replies that the adapter reads. The shapes of a create are in documents/stripe.ts. */
import * as z from "zod/mini";
import { jsonValue } from "./json.ts";

const textOrNone = z.nullish(z.string());

/** A time in seconds since 1970, up to the end of the year 9999: RFC 3339 can represent no later time. */
export const unixTime = z.int().check(z.minimum(0), z.maximum(253_402_300_799));

/** The reply to `GET /v1/customers/search`: https://docs.stripe.com/api/pagination/search */
export const stripeSearchResult = z.object({
  object: z.literal("search_result"),
  url: textOrNone,
  has_more: z.boolean(),
  data: z.array(z.record(z.string(), jsonValue)),
  next_page: textOrNone,
});

/** https://docs.stripe.com/api/errors. `param` is the parameter that the error is about, such as `address[country]`. */
export const stripeError = z.object({
  error: z.object({
    type: z.string(),
    code: textOrNone,
    message: textOrNone,
    param: textOrNone,
    doc_url: textOrNone,
    request_log_url: textOrNone,
  }),
});
export type StripeError = z.infer<typeof stripeError>;
