/**
 * Stripe's wire shapes: an account is a customer.
 *
 * The vendor's page, "Create a customer": https://docs.stripe.com/api/customers/create
 */
import * as z from "zod/mini";
import { unixTime } from "../stripe.ts";

const text = z.optional(z.string());
const textOrNone = z.nullish(z.string());

const address = <Part extends z.ZodMiniType>(part: Part) => ({
  line1: part,
  line2: part,
  city: part,
  state: part,
  postal_code: part,
  country: part,
});

/**
 * The parameters of `POST /v1/customers`, before a form makes texts of them. Without the payment, shipping and invoice settings, which
 * an adapter cannot fill.
 */
export const stripeRequest = z.strictObject({
  name: text,
  email: text,
  phone: text,
  description: text,
  address: z.optional(z.strictObject(address(text))),
  /** https://docs.stripe.com/metadata: up to 50 keys of up to 40 characters, with values of up to 500. */
  metadata: z.optional(z.record(z.string(), z.string())),
  balance: z.optional(z.int()),
  invoice_prefix: text,
  next_invoice_sequence: z.optional(z.int()),
  tax_exempt: text,
});
export type StripeRequest = z.infer<typeof stripeRequest>;

/** A customer as the vendor reports it: https://docs.stripe.com/api/customers/object */
export const stripeCustomer = z.object({
  id: z.string(),
  object: z.literal("customer"),
  address: z.nullish(z.object(address(textOrNone))),
  balance: z.nullish(z.int()),
  created: unixTime,
  currency: textOrNone,
  default_source: textOrNone,
  delinquent: z.nullish(z.boolean()),
  description: textOrNone,
  email: textOrNone,
  invoice_prefix: textOrNone,
  invoice_settings: z.nullish(z.record(z.string(), z.unknown())),
  livemode: z.boolean(),
  metadata: z.record(z.string(), z.string()),
  name: textOrNone,
  next_invoice_sequence: z.nullish(z.int()),
  phone: textOrNone,
  preferred_locales: z.nullish(z.array(z.string())),
  shipping: z.nullish(z.record(z.string(), z.unknown())),
  tax_exempt: textOrNone,
  test_clock: textOrNone,
});
export type StripeCustomer = z.infer<typeof stripeCustomer>;
