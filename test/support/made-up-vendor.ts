/**
 * A made-up vendor with features of the engine that no real adapter uses: a deeply nested body, a required boolean that is sent as
 * a number, an enumeration with a single value, an address with a required part, its own error format and its own header.
 */
import * as z from "zod/mini";
import type { Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { defineAdapter } from "../../adapters/engine/adapter.ts";
import { bearer } from "../../adapters/engine/auth.ts";
import { readEnglish } from "../../adapters/engine/vendor-errors.ts";

const fault = z.object({ fault: z.object({ message: z.string(), at: z.nullish(z.string()) }) });

const adapter = defineAdapter()({
  vendor: "made_up",
  title: "Made-up",
  settings: { region: z.string() },
  headers: ({ region }) => ({ "X-Region": region }),
  auth: [bearer],
  path: "/rest/v3/partners",
  constants: { "/schema/version": 3, "/schema/kind": "partner", "/draft": false },
  fields: {
    name: { to: "/partner/names/display", required: true },
    external_ref: { to: "/partner/reference", required: true, nullable: true },
    active: {
      to: "/partner/state",
      required: true,
      values: [
        [true, 1],
        [false, 0],
      ],
    },
    type: { to: "/partner/role", values: [["customer", "CUST"]] },
    code: { to: "/partner/a~1b", unique: true },
    registration_id: { to: "/partner/registration", unique: true },
    industry: { implied: "other" },
    legal_name: "mappable",
    email: "mappable",
    customer_type: "mappable",
    phone: { to: "/partner/contact/phone" },
    website: { to: "/partner/contact/web", nullable: true },
    tax_id: { to: "/partner/tax/number" },
    currency: {
      to: "/partner/tax/currency",
      values: [
        ["EUR", "eur"],
        ["USD", "usd"],
      ],
    },
    "address.line1": { to: "/partner/place/street" },
    "address.line2": "mappable",
    "address.city": { to: "/partner/place/town" },
    "address.region": "mappable",
    "address.postal_code": { to: "/partner/place/zip" },
    "address.country": { to: "/partner/place/country_code", required: true, default: "DE" },
  },
  slots: {
    note: { to: "/extra/note", kind: "string" },
    remark: { to: "/extra/remark", kind: "string" },
    score: { to: "/extra/score", kind: "integer" },
    since: { to: "/extra/since", kind: "datetime" },
    vip: { to: "/extra/vip", kind: "boolean" },
    token: { to: "/extra/token", kind: "uuid" },
  },
  reply: {
    id: "/result/key",
    repeats: ["name"],
    created_at: ["/result/at"],
    updated_at: [],
    envelopes: ["/extra", "/partner", "/result"],
  },
  readErrors: (body) => {
    const read = fault.safeParse(body);
    const { message, at } = read.data?.fault ?? {};
    return read.success ? [readEnglish({ detail: message, pointer: at ?? undefined })] : [];
  },
  lookups: [],
});

export const madeUpVendor: Sample = {
  adapter,
  settings: { region: "north" },
  auth: [{ type: "bearer", token: { secret: "TEST_SECRET" } }],
  wireRequest: z.strictObject({
    schema: z.strictObject({ version: z.literal(3), kind: z.literal("partner") }),
    draft: z.literal(false),
    partner: z.strictObject({
      names: z.strictObject({ display: z.string().check(z.minLength(1)) }),
      reference: z.nullable(z.string()),
      state: z.literal([0, 1]),
      role: z.optional(z.literal("CUST")),
      "a/b": z.optional(z.string()),
      registration: z.optional(z.string()),
      contact: z.optional(z.strictObject({ phone: z.optional(z.string()), web: z.nullish(z.string()) })),
      tax: z.optional(
        z.strictObject({ number: z.optional(z.string()), currency: z.optional(z.literal(["eur", "usd"])) }),
      ),
      place: z.strictObject({
        street: z.optional(z.string()),
        town: z.optional(z.string()),
        zip: z.optional(z.string()),
        country_code: z.string().check(z.regex(/^[A-Z]{2}$/)),
      }),
    }),
    extra: z.optional(
      z.partial(
        z.strictObject({
          note: z.string(),
          remark: z.string(),
          score: z.int(),
          since: z.iso.datetime({ offset: true }),
          vip: z.boolean(),
          token: z.guid(),
        }),
      ),
    ),
  }),
  examples: [
    {
      title: "required members only",
      account: { name: "Acme", external_ref: "ref-1", active: true },
      request: {
        schema: { version: 3, kind: "partner" },
        draft: false,
        partner: { names: { display: "Acme" }, reference: "ref-1", state: 1, place: { country_code: "DE" } },
      },
    },
  ],
  rejection: (message, at) => ({ fault: { message, ...(at === undefined ? {} : { at }) } }),
};
