/** Garmat's (GDX) wire shapes, from the vendor's page "Create an account": `POST /api/accounts`, administrators only. */
import * as z from "zod/mini";
import { droppable } from "./droppable.ts";

const customerTypes = [
  "consolidator",
  "mso",
  "manufacturer",
  "banner_or_franchise",
  "buying_group",
  "dealer_group",
] as const;
const industries = ["automotive", "aerospace", "marine", "industrial", "other"] as const;

/** The body of `POST /api/accounts`. */
export const garmatRequest = /* @__PURE__ */ droppable(() =>
  z.strictObject({
    name: z.string().check(z.minLength(1)),
    // The vendor also knows `garmat`, its own staff: no gateway creates one.
    type: z.enum(["customer", "distributor"]),
    status: z.optional(z.enum(["active", "deactivated"])),
    customer_type: z.optional(z.enum(customerTypes)),
    primary_industry: z.optional(z.enum(industries)),
  }),
);
export type GarmatRequest = z.infer<typeof garmatRequest>;

const countOrNone = z.nullish(z.number());

/** An account as the vendor reports it; the counts may be missing. */
export const garmatAccount = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  users: countOrNone,
  booths: countOrNone,
  facilities: countOrNone,
  regions: countOrNone,
});

/** The reply to `GET /api/accounts`; the page's example omits `id`. */
export const garmatList = z.object({
  data: z.array(z.partial(garmatAccount)),
  page: countOrNone,
  limit: countOrNone,
  pages: countOrNone,
  total: countOrNone,
});
export type GarmatList = z.infer<typeof garmatList>;

/** 400, 401 and 404 alike. */
export const garmatError = z.object({ error: z.string() });
export type GarmatError = z.infer<typeof garmatError>;

/** The reply to `POST /api/authenticate`. */
export const garmatSession = /* @__PURE__ */ droppable(() =>
  z.object({ session_token: z.string().check(z.minLength(1)) }),
);
