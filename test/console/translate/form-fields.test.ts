import { expect, test } from "vitest";
import { connectionSchema } from "../../../adapters/engine/connection-schema.ts";
import { type JsonSchema, mergeSchemas } from "../../../console/translate/form-fields.ts";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { madeUpVendor } from "../../support/made-up-vendor.ts";
import { demoConnections, openGateway, useVendors } from "../../support/gateway.ts";

useVendors();
const gateway = openGateway();

async function schemasOf(connections: readonly string[]) {
  const answers = await Promise.all(connections.map((id) => gateway.call(`/v1/connections/${id}/schema`)));
  return answers.map(({ json }): JsonSchema => Object(json));
}

const fieldsOf = async (connections: readonly string[]) => mergeSchemas(await schemasOf(connections));

test("the form has every field that one of the connections supports", async () => {
  const fields = new Map((await fieldsOf(demoConnections)).map((field) => [field.pointer, field]));
  expect([...fields.keys()].slice(0, 4)).toEqual(["/name", "/code", "/external_ref", "/legal_name"]);
  expect(fields.get("/name")).toMatchObject({
    kind: "text",
    isRequired: true,
    description: expect.stringMatching(/./),
  });
  expect(fields.get("/active")).toMatchObject({ kind: "boolean", choices: [], isRequired: false });
  expect(fields.get("/type")).toMatchObject({ kind: "choice", choices: ["customer", "distributor"] });
  expect(fields.get("/parent_id")).toMatchObject({ kind: "text", format: "uuid" });
  expect(fields.get("/custom/tier")).toMatchObject({ group: "custom", name: "tier" });
  expect(fields.get("/vendor_options/clarus/integer1")).toMatchObject({ group: "clarus", kind: "integer" });
  expect(fields.get("/vendor_options/clarus/datetime2")).toMatchObject({ kind: "text", format: "date-time" });
});

test("the form leaves out a field that no connection supports", async () => {
  const pointers = (await fieldsOf(["demo-garmat"])).map(({ pointer }) => pointer);
  expect(pointers).toContain("/industry");
  expect(pointers).not.toContain("/legal_name");
});

test("the parts of an address are a group", async () => {
  const plan = planOf(madeUpVendor);
  const fields = mergeSchemas([...(await schemasOf(["demo-garmat"])), Object(connectionSchema(plan, [plan.adapter]))]);
  expect(fields.filter(({ group }) => group === "address").map(({ pointer, name }) => [pointer, name])).toEqual([
    ["/address/line1", "line1"],
    ["/address/city", "city"],
    ["/address/postal_code", "postal_code"],
    ["/address/country", "country"],
  ]);
  expect(fields.find(({ pointer }) => pointer === "/phone")).toMatchObject({ kind: "text", group: null });
  expect(fields.some(({ name }) => name === "address")).toBe(false);
});
