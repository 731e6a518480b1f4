/** Garmat (GDX). The vendor's page, "Create an account": `POST /api/accounts`. Only administrators can call it. */
import { garmatList } from "../schemas/garmat.ts";
import type { GarmatRequest } from "../schemas/documents/garmat.ts";
import { jsonValue } from "../schemas/json.ts";
import { type Adapter, defineAdapter, type Lookup } from "./engine/adapter.ts";
import { bearer, clientCredentials, rawKey, session } from "./engine/auth.ts";
import { isShown, textComparer } from "./engine/compare-text.ts";
import { readErrors } from "./engine/vendor-errors.ts";

export const garmat: Adapter = defineAdapter<GarmatRequest>()({
  vendor: "garmat",
  title: "Garmat",
  settings: {},
  headers: () => ({}),
  // The page's example sends the key itself. The vendor's other pages request a token with the key, or with Auth0 client credentials.
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
 * Accounts have no reference, so an operator picks the right one of the accounts with this name. The vendor does not document
 * the grammar of `filter`, so this lookup reads the first page of all accounts.
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
      return { records: named.map((account) => jsonValue.parse(account)), isComplete: (pages ?? 1) <= 1 };
    },
  };
}
