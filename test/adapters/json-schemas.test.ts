import { expect, test } from "vitest";
import written from "../../schemas/json-schemas.json" with { type: "json" };
import { jsonSchemasOfValues } from "../support/json-schemas.ts";

test("the JSON Schemas that are written down are those of the schemas that validate: `npm run json-schemas`", () => {
  expect(written).toEqual(jsonSchemasOfValues());
});
