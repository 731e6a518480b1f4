/** The account that the benches create. It has the usual fields. */
export const account = {
  name: "Acme Corporation",
  legal_name: "Acme Corporation Holdings Limited",
  external_ref: "crm-0000471100",
  registration_id: "GB-09876543",
};

/** The longest values that these fields accept. */
export const longAccount = {
  name: "n".repeat(1024),
  legal_name: "l".repeat(1024),
  external_ref: "e".repeat(2048),
  registration_id: "r".repeat(63),
};

/** The same account in the vendor's format. The bare Worker forwards it unchanged. */
export const vendorAccount = { data: { type: "account", ...account } };

export const connection = "bench";
const gatewayKey = "demo-key";
const gatewayKeySha256 = "c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c";

/** The variables of a gateway with one connection to a vendor at this origin. */
export function variablesFor(vendorOrigin: string) {
  return {
    VENDOR_TOKEN: "token-0123456789",
    CONNECTION_BENCH: {
      id: connection,
      vendor: "elastic_path",
      base_url: vendorOrigin,
      auth: { type: "bearer", token: { secret: "VENDOR_TOKEN" } },
      require_key: false,
    },
    KEY_BENCH: { name: "bench", sha256: [gatewayKeySha256], connections: ["*"] },
  };
}

export const headers = {
  authorization: `Bearer ${gatewayKey}`,
  "content-type": "application/json",
  "gateway-connection": connection,
};
