import { expect, test } from "vitest";
import written from "../../schemas/json-schemas.json" with { type: "json" };
import { jsonSchemasOfValues } from "../support/json-schemas.ts";

test("values.json is up to date with the zod schemas; `npm run json-schemas` updates it", () => {
  expect(written).toEqual(jsonSchemasOfValues());
});
