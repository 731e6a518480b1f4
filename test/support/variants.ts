/** Variants of one made-up vendor. Each has one way to send or to answer that no table can say. */
import * as z from "zod/mini";
import type { AdapterFixtures, Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { defineAdapter } from "../../adapters/engine/adapter.ts";
import { bearer, clientCredentials } from "../../adapters/engine/auth.ts";
import { arrayAt, bracketForm, join, split } from "../../adapters/engine/shapes.ts";
import { readErrors } from "../../adapters/engine/vendor-errors.ts";

type Definition = Parameters<ReturnType<typeof defineAdapter>>[0];
const ourFields = { name: { to: "/name", required: true }, external_ref: { to: "/ref" } } as const;
const reply = { id: "/id", repeats: ["name"], created_at: [], updated_at: [], envelopes: [] } as const;

interface Variant extends Partial<Omit<Definition, "vendor" | "reply">> {
  reply?: Partial<Definition["reply"]>;
}

/** A vendor that answers a create with the account, or with these changes. */
function variant(vendor: string, changes: Variant, fixtures: Partial<AdapterFixtures> = {}): Sample {
  const adapter = defineAdapter()({
    title: "Variant",
    settings: {},
    headers: () => ({}),
    auth: [bearer],
    path: "/accounts",
    constants: {},
    fields: ourFields,
    slots: {},
    readErrors,
    lookups: [],
    ...changes,
    vendor,
    reply: { ...reply, ...changes.reply },
  });
  return {
    adapter,
    settings: {},
    auth: [{ type: "bearer", token: { secret: "VENDOR_SECRET" } }],
    wireRequest: z.strictObject({ name: z.string(), ref: z.optional(z.string()) }),
    examples: [
      {
        title: "an account",
        account: { name: "Acme Ltd", external_ref: "r-1" },
        request: { name: "Acme Ltd", ref: "r-1" },
        reply: { id: "7", name: "Acme Ltd", ref: "r-1" },
        reads: { id: "7", name: "Acme Ltd", external_ref: "r-1" },
      },
    ],
    rejection: (detail, pointer) => ({ errors: [{ detail, ...(pointer ? { source: { pointer } } : {}) }] }),
    ...fixtures,
  };
}

const location = /^\/accounts\/([^/]+)$/;
const job = z.object({ job: z.string().check(z.regex(/^\w+$/)) });
const finished = z.strictObject({ status: z.literal("done"), account: z.record(z.string(), z.json()) });
const failed = z.object({ status: z.literal("failed"), errors: z.array(z.json()) });
const noSuchAccount = z.object({ code: z.literal("no_such_account") });
const storedAccount = z.looseObject({ id: z.string(), properties: z.looseObject({ name: z.string() }) });

/** How the request is written: PUT to a path with the tenant, a form, the vendor's own idempotency key, a partial value map. */
export const written = variant(
  "written",
  {
    method: "PUT",
    path: "/tenants/{tenant}/accounts",
    settings: { tenant: z.string() },
    encoding: bracketForm,
    idempotencyKey: { header: "Vendor-Key", lifetimeMs: 86_400_000, inProgressStatuses: [409] },
    fields: {
      name: { to: "/name", required: true },
      external_ref: { to: "/metadata/ref" },
      industry: { to: "/sector", values: [["automotive", "AUTO"]] },
    },
  },
  {
    settings: { tenant: "a/b c" },
    wireRequest: z.strictObject({
      name: z.string(),
      metadata: z.optional(z.strictObject({ ref: z.string() })),
      sector: z.optional(z.literal("AUTO")),
    }),
    examples: [
      {
        title: "an account",
        account: { name: "Acme & Co", external_ref: "r-1" },
        request: { name: "Acme & Co", metadata: { ref: "r-1" } },
        wireText: "name=Acme+%26+Co&metadata%5Bref%5D=r-1",
        reply: { id: "7", name: "Acme & Co", metadata: { ref: "r-1" } },
        reads: { id: "7", name: "Acme & Co", external_ref: "r-1" },
      },
    ],
  },
);

/** Shapes: an array, one field that the vendor splits in two, two fields that it joins to one. */
export const shaped = variant(
  "shaped",
  {
    shapes: [
      arrayAt("/emails"),
      split({ whole: "/name", first: "/first_name", rest: "/last_name", separator: " " }),
      join({ whole: "/key", first: "/parts/code", rest: "/parts/ref", separator: ":" }),
    ],
    constants: { "/emails/0/kind": "work" },
    fields: {
      name: { to: "/name", required: true },
      email: { to: "/emails/0/address" },
      code: { to: "/parts/code" },
      external_ref: { to: "/parts/ref" },
    },
  },
  {
    wireRequest: z.strictObject({
      first_name: z.string(),
      last_name: z.optional(z.string()),
      key: z.optional(z.string()),
      emails: z.array(z.strictObject({ kind: z.literal("work"), address: z.optional(z.string()) })),
    }),
    examples: [
      {
        title: "an account",
        account: { name: "Ada King Lovelace", email: "ada@acme.example", code: "A1", external_ref: "crm:4711" },
        request: {
          first_name: "Ada",
          last_name: "King Lovelace",
          key: "A1:crm:4711",
          emails: [{ kind: "work", address: "ada@acme.example" }],
        },
        reply: {
          id: "7",
          first_name: "Ada",
          last_name: "King Lovelace",
          key: "A1:crm:4711",
          emails: [{ kind: "work", address: "ada@acme.example" }, { kind: "home" }],
        },
        reads: {
          id: "7",
          name: "Ada King Lovelace",
          email: "ada@acme.example",
          code: "A1",
          external_ref: "crm:4711",
          vendor_fields: { emails: { "1": { kind: "home" } } },
        },
      },
    ],
  },
);

/**
 * The tenant names the reference's property, and any other property. One constant is a list. A 404 of the vendor's own to a
 * lookup means that there is no account.
 */
export const named = variant(
  "named",
  {
    settings: { property: z.string() },
    constants: { "/labels": ["customer"] },
    fields: {
      name: { to: "/properties/name", required: true },
      external_ref: { to: "/properties/{property}" },
      legal_name: "mappable",
    },
    openSlot: (name) => (/^tenant_\w+$/.test(name) ? { to: `/properties/${name}`, kind: "string" } : undefined),
    reply: { envelopes: ["/properties"] },
    lookups: [
      {
        by: "external_ref",
        request: (value, { property }) => ({ method: "GET", path: "/accounts", query: { [String(property)]: value } }),
        read: (body) => (storedAccount.safeParse(body).success ? { records: [body], isComplete: true } : undefined),
        isAbsent: ({ status, body }) => status === 404 && noSuchAccount.safeParse(body).success,
      },
    ],
  },
  {
    settings: { property: "crm_key" },
    wireRequest: z.strictObject({
      labels: z.tuple([z.literal("customer")]),
      properties: z.strictObject({ name: z.string(), crm_key: z.optional(z.string()) }),
    }),
    examples: [
      {
        title: "an account",
        account: { name: "Acme", external_ref: "r-1" },
        request: { labels: ["customer"], properties: { name: "Acme", crm_key: "r-1" } },
        reply: { id: "7", labels: ["customer"], properties: { name: "Acme", crm_key: "r-1", tier: "gold" } },
        reads: { id: "7", name: "Acme", external_ref: "r-1", vendor_fields: { tier: "gold" } },
      },
    ],
    found: (records) => {
      const [record] = records;
      return record === undefined
        ? { code: "no_such_account" }
        : { id: record.id, properties: { name: record.name, crm_key: record.external_ref } };
    },
    absent: { status: 404, body: { code: "no_such_account" } },
  },
);

/** The answer has no body, and the id is in `Location`. */
export const located = variant(
  "located",
  {
    reply: {
      repeats: [],
      normalise: (answer) => {
        const [, id] = location.exec(answer.headers["location"] ?? "") ?? [];
        return answer.status === 204 && id !== undefined ? { ...answer, status: 201, body: { id } } : answer;
      },
    },
  },
  {
    created: (_, id) => ({ status: 204, headers: { location: `/accounts/${id}` } }),
    examples: [
      {
        title: "an account",
        account: { name: "Acme", external_ref: "r-1" },
        request: { name: "Acme", ref: "r-1" },
        answer: { status: 204, headers: { location: "/accounts/7" } },
        reads: { id: "7" },
      },
    ],
  },
);

/** The answer is 202 with a job to ask for. The vendor needs a token. */
export const followed = variant(
  "followed",
  {
    auth: [clientCredentials({ path: "/token", encoding: "json" })],
    reply: {
      follow: ({ status, body }) => {
        const { data } = job.safeParse(body);
        return (status === 202 || status === 200) && data ? { method: "GET", path: `/jobs/${data.job}` } : undefined;
      },
      normalise: (answer) => {
        const { data } = finished.safeParse(answer.body);
        if (answer.status !== 200) return answer;
        if (data !== undefined) return { ...answer, status: 201, body: data.account };
        return failed.safeParse(answer.body).success ? { ...answer, status: 422 } : answer;
      },
    },
  },
  {
    auth: [{ type: "client_credentials", client_id: "gateway", client_secret: { secret: "VENDOR_SECRET" } }],
    created: (account) => ({ status: 200, body: { status: "done", account } }),
    accepted: { status: 202, body: { job: "j1" } },
  },
);

export const variants: readonly Sample[] = [written, shaped, named, located, followed];
