/** Garmat (GDX). The vendor's page, "Create an account": `POST /api/accounts`, administrators only. */
import { garmatList, type GarmatRequest } from "../schemas/garmat.ts";
import { jsonSchema } from "../schemas/json.ts";
import { type Adapter, defineAdapter, type Lookup } from "./engine/adapter.ts";
import { bearer, clientCredentials, rawKey, session } from "./engine/auth.ts";
import { isShown, textComparer } from "./engine/compare-text.ts";
import { readErrors } from "./engine/vendor-errors.ts";

export const garmat: Adapter = defineAdapter<GarmatRequest>()({
  vendor: "garmat",
  title: "Garmat",
  settings: {},
  headers: () => ({}),
  // The page's example sends the key itself. Other descriptions request a token with it, or with Auth0 client credentials.
  auth: [
    rawKey,
    session({ path: "/api/authenticate" }),
    clientCredentials({ path: "/oauth/token", encoding: "json" }),
    bearer,
  ],
  path: "/api/accounts",
  constants: {},
  fields: {
    name: { to: "/name", required: true },
    type: { to: "/type", required: true, default: "customer" },
    active: {
      to: "/status",
      values: [
        [true, "active"],
        [false, "deactivated"],
      ],
    },
    customer_type: { to: "/customer_type" },
    industry: { to: "/primary_industry" },
  },
  slots: {},
  // The vendor reports no times.
  reply: { id: "/id", repeats: ["name"], created_at: [], updated_at: [], envelopes: [] },
  readErrors,
  lookups: [byName()],
});

/**
 * An account has no reference, so an operator decides which account of the name is the right one. The grammar of `filter`
 * is not documented, so this reads the first page of all accounts.
 */
function byName(): Lookup {
  return {
    by: "name",
    request: () => ({ method: "GET", path: "/api/accounts", query: { limit: "100", sort: "name" } }),
    read: (body, name) => {
      const list = garmatList.safeParse(body);
      if (!list.success) return undefined;
      const { data, pages } = list.data;
      const compare = textComparer(name);
      const named = data.filter((account) => isShown(compare(account.name)));
      return { records: named.map((account) => jsonSchema.parse(account)), isComplete: (pages ?? 1) <= 1 };
    },
  };
}
