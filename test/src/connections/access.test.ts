/** The connections that a gateway key can use. */
import { describe, expect, test } from "vitest";
import { demoVariables, openGateway, useVendors } from "../../support/gateway.ts";

useVendors();

const acme = { name: "Acme" };

describe("the connection", () => {
  const sha256 = ["1abd7d3de9e4e3ee1d1d5cb3ffc1ffe6bb4b9a4ccb5b78ea8ab3c9e09ae3dfb8"];
  const variables = () => {
    const all = demoVariables();
    return {
      ...all,
      KEY_DEMO: { ...(all["KEY_DEMO"] as object), connections: ["demo-clarus", "demo-garmat"] },
      KEY_OTHER: { name: "other", sha256, connections: ["demo-elastic-path"] },
    };
  };

  test.each(["/v1/accounts", "/v1/accounts/preview"])(
    "%s: a connection of another key gets the same answer as one that does not exist",
    async (path) => {
      const gateway = openGateway(variables());
      const [foreign, unknown] = await Promise.all(
        ["demo-elastic-path", "no-such-one"].map((connection) => gateway.call(path, { connection, body: acme })),
      );
      expect(foreign?.status).toBe(404);
      expect(foreign?.json).toMatchObject({ code: "connection_not_found" });
      const withoutInstance = ({ json }: { json?: unknown } = {}) => ({ ...(json as object), instance: "" });
      expect(withoutInstance(foreign)).toEqual(withoutInstance(unknown));
      expect(JSON.stringify(foreign?.json)).not.toContain("elastic");
    },
  );

  test("the schema of another key's connection gets the same answer as one that does not exist", async () => {
    const gateway = openGateway(variables());
    const [foreign, unknown] = await Promise.all(
      ["demo-elastic-path", "no-such-one"].map((id) => gateway.call(`/v1/connections/${id}/schema`)),
    );
    expect(foreign?.status).toBe(404);
    expect({ ...(foreign?.json as object), instance: "" }).toEqual({ ...(unknown?.json as object), instance: "" });
  });

  test("if the key can use several connections, the answer names them", async () => {
    const { problem, status } = await openGateway(variables()).create(undefined, acme);
    expect(status).toBe(400);
    expect(problem?.code).toBe("connection_required");
    expect(problem?.detail).toContain("demo-clarus, demo-garmat");
    expect(problem?.detail).not.toContain("demo-elastic-path");
  });

  test("if the key cannot use any connection, the answer says so", async () => {
    const all = demoVariables();
    const { problem } = await openGateway({
      ...all,
      KEY_DEMO: { ...(all["KEY_DEMO"] as object), connections: [] },
    }).create(undefined, acme);
    expect(problem).toMatchObject({
      code: "connection_required",
      detail: expect.stringContaining("cannot use any connection"),
    });
  });

  test("an empty id is not a connection", async () => {
    const { problem } = await openGateway({ ...demoVariables(), CONNECTION_NAMELESS: {} }).create("", acme);
    expect(problem?.code).toBe("connection_required");
  });
});
