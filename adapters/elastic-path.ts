/** Elastic Path Commerce Cloud. The vendor's page: https://elasticpath.dev/docs/api/accounts/post-v-2-accounts */
import { elasticPathList } from "../schemas/elastic-path.ts";
import type { ElasticPathRequest } from "../schemas/documents/elastic-path.ts";
import { jsonValue } from "../schemas/json.ts";
import { type Adapter, defineAdapter, type Lookup } from "./engine/adapter.ts";
import { bearer, clientCredentials } from "./engine/auth.ts";
import { hasErrors, readErrors } from "./engine/vendor-errors.ts";

export const elasticPath: Adapter = defineAdapter<ElasticPathRequest>()({
  vendor: "elastic_path",
  title: "Elastic Path",
  settings: {},
  headers: () => ({}),
  auth: [clientCredentials({ path: "/oauth/access_token", encoding: "form" }), bearer],
  path: "/v2/accounts",
  constants: { "/data/type": "account" },
  fields: {
    name: { to: "/data/name", required: true },
    legal_name: { to: "/data/legal_name", nullable: true },
    registration_id: { to: "/data/registration_id", nullable: true, unique: true, storedLength: 63 },
    external_ref: { to: "/data/external_ref", nullable: true, storedLength: 2048 },
    parent_id: { to: "/data/parent_id", nullable: true, kind: "uuid" },
    active: { implied: true },
    type: { implied: "customer" },
  },
  slots: {},
  reply: {
    id: "/data/id",
    repeats: ["name"],
    // The vendor's current page shows the times inside `data`. An older version of the page shows them beside `data`.
    created_at: ["/data/meta/timestamps/created_at", "/meta/timestamps/created_at"],
    updated_at: ["/data/meta/timestamps/updated_at", "/meta/timestamps/updated_at"],
    envelopes: ["/data"],
  },
  readErrors,
  // The unique field comes first, because the gateway can recognise an account by this field even without a reference.
  lookups: [searchBy("registration_id"), searchBy("external_ref"), searchBy("name")],
});

/** The largest page that the vendor allows. */
const pageSize = 100;

/** https://elasticpath.dev/guides/Getting-Started/filtering: a value is in quotes, and `\` escapes its quotes and backslashes. */
function searchBy(field: "external_ref" | "registration_id" | "name"): Lookup {
  return {
    by: field,
    request: (value) => ({
      method: "GET",
      path: "/v2/accounts",
      query: { filter: `eq(${field},"${value.replace(/["\\]/g, "\\$&")}")`, "page[limit]": String(pageSize) },
    }),
    read: (body) => {
      const list = elasticPathList.safeParse(body);
      if (!list.success || hasErrors(readErrors(body))) return undefined;
      const { data, meta } = list.data;
      // If the reply has no total, more accounts may follow a full page.
      const total = meta?.results?.total ?? (data.length < pageSize ? data.length : Number.POSITIVE_INFINITY);
      return { records: data.map((account) => jsonValue.parse({ data: account })), isComplete: total <= data.length };
    },
  };
}
