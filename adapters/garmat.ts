/** Garmat (GDX). The vendor's page, "Create an account": `POST /api/accounts`, administrators only. */
import { type GarmatRequest, garmatList } from "../schemas/garmat.ts";
import { jsonSchema } from "../schemas/json.ts";
import { type Adapter, defineAdapter } from "./engine/adapter.ts";
import { bearer, clientCredentials, rawKey, session } from "./engine/auth.ts";
import { readErrors } from "./engine/read-errors.ts";

export const garmat: Adapter = defineAdapter<GarmatRequest>()({
  vendor: "garmat",
  title: "Garmat",
  settings: {},
  headers: () => ({}),
  // The page's example sends the key itself; other descriptions exchange it, or Auth0 client credentials, for a token.
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
    type: { to: "/type", required: true, otherwise: "customer" },
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
  reply: { id: "/id", created_at: [], updated_at: [], envelopes: [] },
  readErrors,
  // Nothing in an account tells whose it is: accounts of the same name are candidates for a person, not proof.
  lookup: ({ name }) => ({
    finds: "candidates",
    by: "name",
    method: "GET",
    path: "/api/accounts",
    query: { limit: "100", sort: "name" },
    read: (body) => {
      const list = garmatList.safeParse(body);
      if (!list.success) return { verdict: "unreadable" };
      // Of many accounts this is but a page, and a help to whoever looks at the rest.
      const records = list.data.data.filter((each) => each.name === name).map((each) => jsonSchema.parse(each));
      return { verdict: "candidates", records };
    },
  }),
});
