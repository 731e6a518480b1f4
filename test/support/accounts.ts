import type { DemoConnection } from "./gateway.ts";

/** The parent that the Elastic Path sandbox has from the start. */
const parentId = "96b1f750-55d3-4768-a3f8-adffba694a2c";

/** For each demo connection, an account with every field that the connection can send. */
export const fullAccounts = {
  "demo-clarus": {
    name: "Acme Corporation",
    code: "ACME",
    external_ref: "crm-4711",
    legal_name: "Acme Corporation GmbH & Co. KG",
    registration_id: "HRB 12345",
    email: "info@acme.example",
    active: false,
    type: "customer",
    customer_type: "mso",
    industry: "aerospace",
    custom: { tier: "gold" },
    vendor_options: {
      clarus: {
        integer1: 7,
        datetime1: "2026-05-06T07:08:09+02:00",
        boolean5: true,
        external_system_reference2: "erp-1",
      },
    },
  },
  "demo-elastic-path": {
    name: "Acme Corporation",
    legal_name: "Acme Corporation GmbH & Co. KG",
    registration_id: "HRB 12345",
    external_ref: "crm-4711",
    parent_id: parentId,
    active: true,
    type: "customer",
  },
  "demo-garmat": {
    name: "Acme Corporation",
    type: "distributor",
    active: false,
    customer_type: "mso",
    industry: "aerospace",
  },
  "demo-zendesk": {
    name: "Acme Corporation",
    external_ref: "crm-4711",
    legal_name: "Acme Corporation GmbH & Co. KG",
    active: true,
    type: "customer",
    vendor_options: { zendesk: { notes: "Pays late", group_id: 7, shared_tickets: true } },
  },
} as const satisfies Record<DemoConnection, object>;
