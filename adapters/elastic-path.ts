/** Elastic Path Commerce Cloud. The vendor's page: https://elasticpath.dev/docs/api/accounts/post-v-2-accounts */
import { type ElasticPathRequest, elasticPathList } from "../schemas/elastic-path.ts";
import { jsonSchema } from "../schemas/json.ts";
import { type Adapter, defineAdapter, type Lookup } from "./engine/adapter.ts";
import { bearer, clientCredentials } from "./engine/auth.ts";
import { readErrors } from "./engine/read-errors.ts";

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
    registration_id: { to: "/data/registration_id", nullable: true, unique: true },
    external_ref: { to: "/data/external_ref", nullable: true },
    parent_id: { to: "/data/parent_id", nullable: true, kind: "uuid" },
    active: { implied: true },
    type: { implied: "customer" },
  },
  slots: {},
  reply: {
    id: "/data/id",
    // In `data` by today's description, beside it by an older one.
    created_at: ["/data/meta/timestamps/created_at", "/meta/timestamps/created_at"],
    updated_at: ["/data/meta/timestamps/updated_at", "/meta/timestamps/updated_at"],
    envelopes: ["/data"],
  },
  readErrors,
  lookup: ({ external_ref, registration_id, name, isStamped = false }) => {
    if (external_ref !== undefined) return by("external_ref", external_ref, isStamped ? undefined : name);
    return registration_id === undefined ? undefined : by("registration_id", registration_id, name);
  },
});

/**
 * https://elasticpath.dev/guides/Getting-Started/filtering: a value is quoted, with `\` before a quote or a backslash.
 * Without a name the value alone is proof.
 */
function by(field: "external_ref" | "registration_id", value: string, name: string | undefined): Lookup {
  return {
    finds: "account",
    method: "GET",
    path: "/v2/accounts",
    query: { filter: `eq(${field},"${value.replace(/["\\]/g, "\\$&")}")` },
    read: (body) => {
      const list = elasticPathList.safeParse(body);
      if (!list.success || readErrors(body).length > 0) return { verdict: "unreadable" };
      const { data, meta } = list.data;
      const found = data.filter((each) => each[field] === value);
      // The value may stand in somebody else's account, and have stood there before ours was sent.
      const ours = found.find((each) => name === undefined || each.name === name);
      const [account] = ours === undefined ? found : [ours];
      // Of a list that goes on nothing is absent.
      const goesOn = (meta?.results?.total ?? 0) > data.length;
      if (account === undefined) return { verdict: goesOn ? "unreadable" : "absent" };
      return { verdict: ours === undefined ? "taken" : "ours", record: { data: jsonSchema.parse(account) } };
    },
  };
}
