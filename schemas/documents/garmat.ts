/** Garmat's (GDX) wire shapes. The vendor's page, "Create an account": `POST /api/accounts`. Only administrators can call it. */
import * as z from "zod/mini";
import { nonEmpty } from "../text.ts";

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
export const garmatRequest = z.strictObject({
  name: nonEmpty,
  // The vendor also has the type `garmat`, for its own staff. The gateway never creates such an account.
  type: z.enum(["customer", "distributor"]),
  status: z.optional(z.enum(["active", "deactivated"])),
  customer_type: z.optional(z.enum(customerTypes)),
  primary_industry: z.optional(z.enum(industries)),
});
export type GarmatRequest = z.infer<typeof garmatRequest>;

/** The body of every 400, 401 and 404. */
export const garmatError = z.object({ error: z.string() });
export type GarmatError = z.infer<typeof garmatError>;

/** The reply to `POST /api/authenticate`. */
export const garmatSession = z.object({ session_token: nonEmpty });
