/** The JSON Schema of the body as one connection accepts it, read off its table. */
import * as z from "zod";
import { canonicalFieldNames, canonicalFields } from "../../schemas/account.ts";
import type { Plan, Row } from "./plan.ts";
import { pointerOf } from "./plan.ts";
import { valueKinds } from "./value-kind.ts";

type JsonSchema = Record<string, unknown>;

/**
 * JSON Schema 2020-12. What it accepts, `Prefer: handling=strict` accepts, and what it refuses that refuses; options
 * for other vendors are left open here, and checked by the gateway.
 */
export function connectionSchema(plan: Plan): JsonSchema {
  const { adapter, connection } = plan;
  const properties = canonicalFieldNames.options.map((field) => [field, fieldSchema(plan, field)] as const);
  const missing = plan.rows.filter((row) => row.required && row.field !== "/name" && !alwaysFilled(row));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `An account for ${connection.id} (${adapter.title})`,
    type: "object",
    properties: { ...Object.fromEntries(properties), custom: customSchema(plan), vendor_options: optionsSchema(plan) },
    required: ["name"],
    additionalProperties: false,
    ...(missing.length > 0 ? { allOf: missing.map(presence) } : {}),
  };
}

const nothing = { type: "null" };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, nothing] });

/** Without the draft's name, which stands once at the top. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}

function fieldSchema(plan: Plan, field: keyof typeof canonicalFields): JsonSchema {
  const pointer = pointerOf(field);
  const row = plan.byField.get(pointer);
  const schema = jsonSchemaOf(canonicalFields[field]);
  if (field === "name") return schema;
  if (row !== undefined)
    return orNull(row.kind === "uuid" ? { allOf: [schema, jsonSchemaOf(valueKinds.uuid.schema)] } : schema);
  if (plan.implied.has(pointer)) return orNull({ const: plan.implied.get(pointer) });
  return { ...nothing, description: `Not carried to ${plan.adapter.title} by this connection` };
}

function customSchema({ rows }: Plan): JsonSchema {
  const carried = rows.flatMap((row) =>
    row.canonical !== undefined && "custom" in row.canonical ? [[row.canonical.custom, kindSchema(row)] as const] : [],
  );
  // A custom field that is not mapped may still be named, as having no value.
  return orNull({ type: "object", properties: Object.fromEntries(carried), additionalProperties: nothing });
}

function optionsSchema({ rows, adapter }: Plan): JsonSchema {
  const slots = Object.keys(adapter.slots);
  if (slots.length === 0) return orNull({ type: "object" });
  const open = rows
    .filter((row) => row.canonical === undefined)
    .map((row) => [row.field.split("/").at(-1) ?? "", kindSchema(row)] as const);
  const taken = slots.map((name) => [name, nothing] as const);
  const own = { type: "object", properties: Object.fromEntries([...taken, ...open]), additionalProperties: false };
  return orNull({ type: "object", properties: { [adapter.vendor]: orNull(own) } });
}

function kindSchema(row: Row): JsonSchema {
  return orNull(jsonSchemaOf(valueKinds[row.kind].schema));
}

/** Every account has a name, so what is filled from it, or from a value of the configuration, is never missing. */
function alwaysFilled({ filler }: Row): boolean {
  return filler !== undefined && (filler.value !== undefined || filler.sources.includes("name"));
}

/** A required field, or one that fills it, must be there and hold a value. */
function presence(row: Row): JsonSchema {
  const names = [row.field.slice(1), ...(row.filler?.sources ?? [])];
  return {
    anyOf: names.map((name) => ({ required: [name], properties: { [name]: { type: "string", pattern: "\\S" } } })),
  };
}
