/** The suite that every adapter must pass, with the examples of the vendor's page. */
import { testAdapter } from "@account-gateway/adapter-kit";
import { acme, acmeRequest } from "../src/acme.ts";
import { acmeError } from "../src/acme-sandbox.ts";

const created = "2026-11-02T09:30:00Z";

testAdapter(acme, {
  settings: { workspace: "main" },
  auth: [{ type: "bearer", token: { secret: "ACME_TOKEN" } }],
  wireRequest: acmeRequest,
  examples: [
    {
      title: "a company",
      account: { name: "Acme Corporation", external_ref: "crm-4711", registration_id: "DE 123", active: true },
      request: {
        company: { name: "Acme Corporation", reference: "crm-4711", tax_number: "DE 123", status: "open" },
      },
      reply: {
        company: {
          id: "c_7",
          name: "Acme Corporation",
          reference: "crm-4711",
          tax_number: "DE 123",
          status: "open",
          owner: null,
          created,
        },
      },
      reads: {
        id: "c_7",
        name: "Acme Corporation",
        external_ref: "crm-4711",
        registration_id: "DE 123",
        active: true,
        created_at: created,
        vendor_fields: { owner: null },
      },
    },
  ],
  rejection: (detail, pointer) => acmeError(detail, pointer?.split("/").at(-1)),
  found: (records) => ({
    companies: records.map(({ id, name, external_ref, registration_id }) => ({
      id,
      name,
      reference: external_ref,
      tax_number: registration_id,
      status: "open",
    })),
    next: null,
  }),
});
