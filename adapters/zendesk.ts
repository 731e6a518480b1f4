/** Zendesk. The vendor's page, "Create Organization": https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#create-organization */
import { type Json, jsonValue } from "../schemas/json.ts";
import { zendeskError, zendeskList } from "../schemas/zendesk.ts";
import type { ZendeskRequest } from "../schemas/documents/zendesk.ts";
import { type Adapter, defineAdapter, type Lookup, type VendorError } from "./engine/adapter.ts";
import { bearer, clientCredentials } from "./engine/auth.ts";
import { toShortPointer } from "../schemas/json-pointer.ts";
import { readEnglish, hasErrors, readErrors } from "./engine/vendor-errors.ts";

export const zendesk: Adapter = defineAdapter<ZendeskRequest>()({
  vendor: "zendesk",
  title: "Zendesk",
  settings: {},
  headers: () => ({}),
  // https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/: parameters "must be formatted as JSON".
  auth: [clientCredentials({ path: "/oauth/tokens", encoding: "json" }), bearer],
  path: "/api/v2/organizations",
  constants: {},
  fields: {
    // Not `unique`, although the vendor refuses a second organization with the same name: "a race condition can occur if you
    // make two or more identical POSTs".
    name: { to: "/organization/name", required: true },
    external_ref: { to: "/organization/external_id" },
    active: { implied: true },
    type: { implied: "customer" },
    code: "mappable",
    legal_name: "mappable",
    registration_id: "mappable",
    email: "mappable",
    customer_type: "mappable",
    industry: "mappable",
  },
  slots: {
    details: { to: "/organization/details", kind: "string" },
    notes: { to: "/organization/notes", kind: "string" },
    group_id: { to: "/organization/group_id", kind: "integer" },
    shared_comments: { to: "/organization/shared_comments", kind: "boolean" },
    shared_tickets: { to: "/organization/shared_tickets", kind: "boolean" },
  },
  reply: {
    id: "/organization/id",
    repeats: ["name"],
    created_at: ["/organization/created_at"],
    updated_at: ["/organization/updated_at"],
    envelopes: ["/organization"],
  },
  readErrors: readZendeskErrors,
  lookups: [searchBy("external_ref", "external_id"), searchBy("name", "name")],
});

function* readZendeskErrors(body: Json): Generator<VendorError> {
  const { data } = zendeskError.safeParse(body);
  if (data === undefined) return yield* readErrors(body);
  const { error, description, details } = data;
  const faulty = Object.entries(details ?? {}).filter(([, faults]) => faults.length > 0);
  if (faulty.length === 0) yield readEnglish({ title: error, detail: description ?? error });
  for (const [field, faults] of faulty) {
    const pointer = toShortPointer(["organization", field]);
    for (const { error: title, description: detail } of faults) yield readEnglish({ title, detail, pointer });
  }
}

/** "Search Organizations": "by an organization's `external_id` or `name`, but not both"; the search ignores case. */
function searchBy(field: "external_ref" | "name", parameter: "external_id" | "name"): Lookup {
  return {
    by: field,
    request: (value) => ({ method: "GET", path: "/api/v2/organizations/search", query: { [parameter]: value } }),
    read: (body) => {
      const list = zendeskList.safeParse(body);
      if (!list.success || hasErrors(readZendeskErrors(body))) return undefined;
      const { organizations, count, next_page } = list.data;
      const records = organizations.map((organization) => jsonValue.parse({ organization }));
      return { records, isComplete: typeof next_page !== "string" && (count ?? 0) <= organizations.length };
    },
  };
}
