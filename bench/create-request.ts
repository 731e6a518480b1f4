/** The create that is measured: the fields that an app fills as a rule, to a connection of the vendor with the largest reply. */
export const account = {
  name: "Acme Corporation",
  legal_name: "Acme Corporation Holdings Limited",
  external_ref: "crm-0000471100",
  registration_id: "GB-09876543",
};

/** What a bare Worker is sent instead, to pass through as it is. */
export const vendorAccount = { data: { type: "account", ...account } };

export const connection = "bench";
export const gatewayKey = "demo-key";
export const gatewayKeySha256 = "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c";

export const headers = {
  authorization: `Bearer ${gatewayKey}`,
  "content-type": "application/json",
  "gateway-connection": connection,
};
