/** Stripe. The vendor's page, "Create a customer": https://docs.stripe.com/api/customers/create */
import type { Json } from "../schemas/json.ts";
import { isObject, type JsonObject, toPointer, toShortPointer } from "../schemas/json-pointer.ts";
import { stripeError, stripeSearchResult, unixTime } from "../schemas/stripe.ts";
import type { StripeRequest } from "../schemas/documents/stripe.ts";
import { type Adapter, defineAdapter, type VendorError, type VendorReply } from "./engine/adapter.ts";
import { basic, bearer } from "./engine/auth.ts";
import { bracketForm } from "./engine/shapes.ts";
import { hasErrors, readEnglish, readErrors } from "./engine/vendor-errors.ts";

const referenceKey = "external_ref";
const keyInUse = 409;

export const stripe: Adapter = defineAdapter<StripeRequest>()({
  vendor: "stripe",
  title: "Stripe",
  settings: {},
  // Without this header, the version that the Stripe account has set decides the form of a reply.
  headers: () => ({ "Stripe-Version": "2026-07-29.dahlia" }),
  // https://docs.stripe.com/api/authentication: "Provide your API key as the basic auth username value", or as a bearer token.
  auth: [basic({ secret: "username" }), bearer],
  path: "/v1/customers",
  encoding: bracketForm,
  // https://docs.stripe.com/api/idempotent_requests: keys can be removed "after they're at least 24 hours old".
  idempotencyKey: { header: "Idempotency-Key", lifetimeMs: 24 * 60 * 60 * 1000, inProgressStatuses: [keyInUse] },
  constants: {},
  fields: {
    name: { to: "/name", required: true },
    // https://docs.stripe.com/metadata: a value has up to 500 characters.
    external_ref: { to: `/metadata/${referenceKey}`, storedLength: 500 },
    email: { to: "/email" },
    phone: { to: "/phone" },
    "address.line1": { to: "/address/line1" },
    "address.line2": { to: "/address/line2" },
    "address.city": { to: "/address/city" },
    "address.region": { to: "/address/state" },
    "address.postal_code": { to: "/address/postal_code" },
    "address.country": { to: "/address/country" },
    active: { implied: true },
    type: { implied: "customer" },
    code: "mappable",
    legal_name: "mappable",
    registration_id: "mappable",
    parent_id: "mappable",
    website: "mappable",
    tax_id: "mappable",
    currency: "mappable",
    customer_type: "mappable",
    industry: "mappable",
  },
  slots: {
    description: { to: "/description", kind: "string" },
    balance: { to: "/balance", kind: "integer" },
    invoice_prefix: { to: "/invoice_prefix", kind: "string" },
    next_invoice_sequence: { to: "/next_invoice_sequence", kind: "integer" },
    tax_exempt: { to: "/tax_exempt", kind: "string" },
  },
  // Any other name is a key of the customer's metadata.
  openSlot: (name) =>
    /^\w{1,40}$/.test(name) && name !== referenceKey
      ? { to: toPointer(["metadata", name]), kind: "string" }
      : undefined,
  reply: {
    normalise,
    id: "/id",
    repeats: ["name"],
    created_at: ["/created"],
    updated_at: [],
    envelopes: [],
  },
  readErrors: readStripeErrors,
  lookups: [
    {
      by: "external_ref",
      request: (value) => ({
        method: "GET",
        path: "/v1/customers/search",
        query: { query: `metadata['${referenceKey}']:'${value.replaceAll(/[\\']/g, "\\$&")}'`, limit: "100" },
      }),
      read: (body) => {
        const result = stripeSearchResult.safeParse(body);
        if (!result.success || hasErrors(readStripeErrors(body))) return undefined;
        const { data, has_more } = result.data;
        return { records: data.map(withTime), isComplete: !has_more };
      },
    },
  ],
});

/** The customer with an RFC 3339 time in `created`, which the vendor reports in seconds since the epoch. */
function withTime(customer: JsonObject): JsonObject {
  const created = unixTime.safeParse(customer["created"]);
  if (!created.success) return customer;
  return { ...customer, created: new Date(created.data * 1000).toISOString().replace(".000", "") };
}

/**
 * "The idempotency layer compares incoming parameters to those of the original request and errors if they're not the same." Such an
 * error does not show the result of the original request, so it counts as a key that is in use.
 */
function normalise({ status, headers, body }: VendorReply): VendorReply {
  const isOfKey = stripeError.safeParse(body).data?.error.type === "idempotency_error";
  return { status: isOfKey ? keyInUse : status, headers, body: isObject(body) ? withTime(body) : body };
}

function* readStripeErrors(body: Json): Generator<VendorError> {
  const { data } = stripeError.safeParse(body);
  if (data === undefined) return yield* readErrors(body);
  const { type, code, message, param } = data.error;
  const [member, ...inner] = param?.split(/[[\]]+/).filter((name) => name !== "") ?? [];
  const pointer = member === undefined ? undefined : toShortPointer([member, ...inner]);
  yield readEnglish({ title: code ?? type, detail: message, pointer });
}
