/** GET /v1/connections and the JSON Schema of each connection. */
import { describe, expect, test } from "vitest";
import { demoIdOf, sandboxes } from "../../../sandbox/sandboxes.ts";
import { demoVariables, openGateway, useVendors } from "../../support/gateway.ts";

useVendors();

describe("connections", () => {
  test("show their support for each field", async () => {
    const connections = await openGateway().connections();
    expect(connections.map(({ id, vendor, status, require_key }) => ({ id, vendor, status, require_key }))).toEqual(
      sandboxes.map((sandbox) => ({
        id: demoIdOf(sandbox),
        vendor: sandbox.connection.vendor,
        status: "ready",
        require_key: false,
      })),
    );
    expect(connections[0]?.fields).toMatchObject({
      name: { support: "required", to: "/data/attributes/name", max_length: 1024 },
      code: { support: "supported", fallback: ["external_ref", "name"] },
      legal_name: { support: "mapped", to: "/data/attributes/string1" },
      "custom.tier": { support: "mapped", to: "/data/attributes/string5" },
      type: { support: "implied", values: ["customer"] },
      parent_id: { support: "unsupported" },
    });
  });

  test("have a JSON Schema of their accounts", async () => {
    const gateway = openGateway();
    const { status, headers, json } = await gateway.call("/v1/connections/demo-garmat/schema");
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("application/schema+json");
    expect(json).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      required: ["name"],
      additionalProperties: false,
    });
    const unknown = await gateway.call("/v1/connections/none/schema");
    expect(unknown.json).toMatchObject({ code: "connection_not_found" });
  });

  test("are listed if the key can use them", async () => {
    const variables = demoVariables();
    variables["KEY_DEMO"] = { ...(variables["KEY_DEMO"] as object), connections: ["demo-garmat"] };
    const connections = await openGateway(variables).connections();
    expect(connections.map(({ id }) => id)).toEqual(["demo-garmat"]);
  });
});
