// Writes down the JSON Schemas of single values, so that the Worker need not carry what makes them of the zod schemas:
// `npm run json-schemas`, after a change of theirs. A test compares the two.
import { writeFileSync } from "node:fs";
import { jsonSchemasOfValues } from "../test/support/json-schemas.ts";

writeFileSync("schemas/values.json", `${JSON.stringify(jsonSchemasOfValues(), null, 2)}\n`);
