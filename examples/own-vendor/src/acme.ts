/** The adapter for Acme CRM, an invented vendor. It stores an account as a company. */
import {
  bearer,
  defineAdapter,
  type Json,
  jsonSchema,
  readEnglish,
  readErrors,
  type VendorError,
} from "@account-gateway/server/adapter";
import * as z from "zod/mini";

/** The body of `POST /v1/workspaces/{workspace}/companies`. */
export const acmeRequest = z.strictObject({
  company: z.strictObject({
    name: z.string(),
    reference: z.optional(z.string()),
    tax_number: z.optional(z.string()),
    status: z.enum(["open", "closed"]),
  }),
});

/** The reply to a lookup: one page of companies. */
const acmeList = z.object({ companies: z.array(jsonSchema), next: z.nullish(z.string()) });

const acmeError = z.object({ error: z.object({ message: z.string(), field: z.nullish(z.string()) }) });

export const acme = defineAdapter<z.infer<typeof acmeRequest>>()({
  vendor: "acme",
  title: "Acme CRM",
  settings: { workspace: z.string().check(z.minLength(1)) },
  headers: () => ({}),
  auth: [bearer],
  path: "/v1/workspaces/{workspace}/companies",
  constants: {},
  fields: {
    name: { to: "/company/name", required: true },
    external_ref: { to: "/company/reference" },
    registration_id: { to: "/company/tax_number" },
    active: {
      to: "/company/status",
      required: true,
      default: true,
      values: [
        [true, "open"],
        [false, "closed"],
      ],
    },
  },
  slots: {},
  reply: {
    id: "/company/id",
    repeats: ["name"],
    created_at: ["/company/created"],
    updated_at: [],
    envelopes: ["/company"],
  },
  readErrors: readAcmeErrors,
  lookups: [
    {
      by: "external_ref",
      request: (reference, { workspace }) => ({
        method: "GET",
        path: `/v1/workspaces/${encodeURIComponent(String(workspace))}/companies`,
        query: { reference },
      }),
      read: (body) => {
        const list = acmeList.safeParse(body);
        if (!list.success) return undefined;
        const { companies, next } = list.data;
        return { records: companies.map((company) => ({ company })), isComplete: typeof next !== "string" };
      },
    },
  ],
});

function* readAcmeErrors(body: Json): Generator<VendorError> {
  const { data } = acmeError.safeParse(body);
  if (data === undefined) return yield* readErrors(body);
  const { message, field } = data.error;
  yield readEnglish({ detail: message, pointer: typeof field === "string" ? `/company/${field}` : undefined });
}
