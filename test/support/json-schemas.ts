import * as z from "zod/mini";
import { valueKinds } from "../../adapters/engine/value-kind.ts";
import { canonicalFields, customKey } from "../../schemas/account.ts";
import { describeFields } from "../../schemas/documents/fields.ts";

/** The content of `schemas/json-schemas.json`. */
export function jsonSchemasOfValues() {
  describeFields();
  const each = (schemas: Record<string, z.core.$ZodType>) =>
    Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchemaOf(schema)]));
  const kinds = Object.fromEntries(Object.entries(valueKinds).map(([kind, { schema }]) => [kind, schema]));
  return { fields: each(canonicalFields), kinds: each(kinds), custom_key: jsonSchemaOf(customKey) };
}

/** Without `$schema`, which the document has once at its top. */
function jsonSchemaOf(schema: z.core.$ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}
