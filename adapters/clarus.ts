/** Clarus WMS. The vendor's page, "Create an account": https://clarus-api.com/api/accounts */
import * as z from "zod/mini";
import { clarusLookupReply } from "../schemas/clarus.ts";
import type { ClarusRequest } from "../schemas/documents/clarus.ts";
import { jsonValue } from "../schemas/json.ts";
import { type Adapter, defineAdapter, type Lookup, type Slot } from "./engine/adapter.ts";
import { bearer, clientCredentials } from "./engine/auth.ts";
import { readErrors } from "./engine/vendor-errors.ts";
import type { ValueKind } from "./engine/value-kind.ts";

const numbered = (name: string, kind: ValueKind, from: number, to: number): [string, Slot][] =>
  Array.from({ length: to - from + 1 }, (_, index) => [
    `${name}${from + index}`,
    { to: `/data/attributes/${name}${from + index}`, kind },
  ]);

export const clarus: Adapter = defineAdapter<ClarusRequest>()({
  vendor: "clarus",
  title: "Clarus",
  settings: {
    subdomain: z.string().check(z.regex(/^[A-Za-z0-9-]{1,63}$/, { error: "Must be the tenant's subdomain" })),
  },
  headers: ({ subdomain }) => ({ "X-Clarus-Subdomain": subdomain }),
  auth: [clientCredentials({ path: "/oauth/token", encoding: "form" }), bearer],
  path: "/api/accounts",
  constants: { "/data/type": "accounts" },
  fields: {
    code: { to: "/data/attributes/code", required: true, unique: true },
    name: { to: "/data/attributes/name", required: true },
    email: { to: "/data/attributes/email" },
    active: { to: "/data/attributes/is_active" },
    external_ref: { to: "/data/attributes/external_system_reference1" },
    type: { implied: "customer" },
    legal_name: "mappable",
    registration_id: "mappable",
    customer_type: "mappable",
    industry: "mappable",
  },
  slots: Object.fromEntries([
    ...numbered("external_system_reference", "string", 2, 3),
    ...numbered("string", "string", 1, 5),
    ...numbered("integer", "integer", 1, 5),
    ...numbered("datetime", "datetime", 1, 5),
    ...numbered("boolean", "boolean", 1, 5),
  ]),
  reply: {
    id: "/data/id",
    repeats: ["name", "code"],
    // The vendor reports no times.
    created_at: [],
    updated_at: [],
    envelopes: ["/data/attributes", "/data"],
  },
  readErrors,
  lookups: [byCode()],
});

/** The vendor reads accounts only through GraphQL. GraphQL can search by `code` or `name`, but not by reference. */
function byCode(): Lookup {
  return {
    by: "code",
    request: (code) => ({
      method: "POST",
      path: "/graphql",
      body: {
        query:
          "query($filter: AccountFilterType){accounts{all(filter:$filter){edges{node{id code name external_system_reference1}}}}}",
        variables: { filter: { code: { eq: code } } },
      },
    }),
    read: (body) => {
      const reply = clarusLookupReply.safeParse(body);
      // A failed GraphQL query can have status 200 and return part of the data.
      if (!reply.success || (reply.data.errors ?? []).length > 0) return undefined;
      const { edges } = reply.data.data.accounts.all;
      const records = edges.map(({ node: { id, ...attributes } }) => jsonValue.parse({ data: { id, attributes } }));
      return { records, isComplete: true };
    },
  };
}
