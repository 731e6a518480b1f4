// `npm run json-schemas`: writes the JSON Schemas of single values to a file, so that the Worker does not need zod's generator.
// Run this script after a change to these zod schemas. A test compares the file with the zod schemas.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemasOfValues } from "../test/support/json-schemas.ts";

writeFileSync(
  join(import.meta.dirname, "../schemas/json-schemas.json"),
  `${JSON.stringify(jsonSchemasOfValues(), null, 2)}\n`,
);
