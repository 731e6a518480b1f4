/** The body of a create: the schema that validates it, and the JSON Schema that describes it for one connection. */
import {
  accountRequest,
  addressPartNames,
  type CanonicalField,
  canonicalFieldNames,
  maxValues,
} from "../../schemas/account.ts";
import { visible } from "../../schemas/text.ts";
import jsonSchemas from "../../schemas/json-schemas.json" with { type: "json" };
import type { Adapter } from "./adapter.ts";
import { notSent } from "./mapping.ts";
import type { Plan } from "./plan.ts";
import { canonicalFieldOf, hasGuaranteedDefault, isCode, nameOf, pathOf, pointerOf, type Row } from "./row.ts";
import { type ValueKind, valueKinds } from "./value-kind.ts";
import * as z from "zod/mini";

/**
 * The schema of the body of a create. `vendor_options` accepts the slots of every registered vendor. It also accepts an empty
 * object for a vendor without slots, so that one body can serve all vendors.
 */
export function accountRequestSchema(adapters: readonly Adapter[]) {
  const options = adapters.map(({ vendor, slots }) => {
    const values = Object.entries(slots).map(([name, { kind }]) => [name, slotSchemas[kind]] as const);
    return [vendor, z.strictObject(Object.fromEntries(values))] as const;
  });
  return accountRequest(Object.fromEntries(options));
}

/** All slots of a kind share one schema. A schema for each slot would slow down the Worker's start. */
const slotSchemas = {
  string: z.nullish(valueKinds.string.schema),
  integer: z.nullish(valueKinds.integer.schema),
  boolean: z.nullish(valueKinds.boolean.schema),
  datetime: z.nullish(valueKinds.datetime.schema),
  uuid: z.nullish(valueKinds.uuid.schema),
} satisfies Record<ValueKind, z.ZodMiniType>;

type JsonSchema = Record<string, unknown>;

/**
 * A JSON Schema 2020-12 that accepts the same bodies as `Prefer: handling=strict`, with one exception: JSON Schema cannot
 * limit the number of values in the whole body, only the number of `custom` fields.
 */
export function connectionSchema(plan: Plan, adapters: readonly Adapter[]): JsonSchema {
  const { adapter, connection } = plan;
  const own = canonicalFieldNames.options.filter((field) => !field.includes("."));
  const properties = own.map((field) => [field, fieldSchema(plan, field)] as const);
  const address = addressPartNames.map((part) => [part, fieldSchema(plan, `address.${part}`)] as const);
  const missing = plan.rows.filter((row) => row.required && row.field !== "/name" && !hasGuaranteedDefault(row));
  const conditions = [...missing.map(presenceCondition), ...plan.rows.flatMap(defaultConditions)];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `An account for ${connection.id} (${adapter.title})`,
    type: "object",
    properties: {
      ...Object.fromEntries(properties),
      address: orNull({ type: "object", properties: Object.fromEntries(address), additionalProperties: false }),
      custom: customSchema(plan),
      vendor_options: vendorOptionsSchema(plan, adapters),
    },
    required: ["name"],
    additionalProperties: false,
    ...(conditions.length > 0 ? { allOf: conditions } : {}),
  };
}

const noValue = { type: "null" };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, noValue] });

function fieldSchema(plan: Plan, field: CanonicalField): JsonSchema {
  const pointer = pointerOf(field);
  const row = plan.byField.get(pointer);
  if (field === "name") return jsonSchemas.fields.name;
  if (row !== undefined) return orNull(rowSchema(row, field));
  if (plan.implied.has(pointer)) return orNull({ const: plan.implied.get(pointer) });
  return { ...noValue, description: notSent(plan.adapter) };
}

/** The values that both the canonical field and the vendor accept. */
function rowSchema(row: Row, field: CanonicalField): JsonSchema {
  const schema = jsonSchemas.fields[field];
  if (row.values !== undefined) return { ...schema, enum: row.values.map(([canonical]) => canonical) };
  return row.kind === "uuid" ? { allOf: [schema, jsonSchemas.kinds.uuid] } : schema;
}

function customSchema({ rows }: Plan): JsonSchema {
  const mapped = rows.flatMap((row) =>
    row.member.kind === "custom" ? [[row.member.key, kindSchema(row)] as const] : [],
  );
  // A custom field that is not mapped can only be `null`.
  return orNull({
    type: "object",
    properties: Object.fromEntries(mapped),
    maxProperties: maxValues,
    propertyNames: jsonSchemas.custom_key,
    additionalProperties: noValue,
  });
}

function vendorOptionsSchema(plan: Plan, adapters: readonly Adapter[]): JsonSchema {
  const options = adapters.map((adapter) => {
    const isOwn = adapter.vendor === plan.adapter.vendor;
    return [adapter.vendor, orNull(isOwn ? ownOptionsSchema(plan) : optionsSchema(adapter))] as const;
  });
  return orNull({ type: "object", properties: Object.fromEntries(options), additionalProperties: false });
}

function optionsSchema({ slots }: Adapter): JsonSchema {
  const properties = Object.entries(slots).map(([name, slot]) => [name, kindSchema(slot)] as const);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

/** A slot that the mapping uses can only be `null`. */
function ownOptionsSchema({ rows, adapter }: Plan): JsonSchema {
  const slots = Object.keys(adapter.slots).map((name) => [name, noValue] as const);
  const free = rows.flatMap((row) =>
    row.member.kind === "option" ? [[row.member.name, kindSchema(row)] as const] : [],
  );
  return { type: "object", properties: Object.fromEntries([...slots, ...free]), additionalProperties: false };
}

function kindSchema({ kind }: { kind: ValueKind }): JsonSchema {
  return orNull(jsonSchemas.kinds[kind]);
}

/** Accepts an account in which the field, if it is there, matches the schema. */
const ifPresent = (name: string, schema: JsonSchema): JsonSchema =>
  pathOf(name).reduceRight(
    // An address can be `null`. Ajv warns of inner objects without a type.
    (inner, member, depth) => ({ ...(depth > 0 && { type: ["object", "null"] }), properties: { [member]: inner } }),
    schema,
  );

/** Accepts an account in which the field is there and matches the schema. */
const isPresent = (name: string, schema: JsonSchema): JsonSchema =>
  pathOf(name).reduceRight(
    (inner, member) => ({ type: "object", required: [member], properties: { [member]: inner } }),
    schema,
  );

/** Accepts an account in which the field has text that is not blank. Only such text can fill another field. */
const hasText = (name: string): JsonSchema => isPresent(name, { type: "string", pattern: visible.source });

/** The required field, or a field that can fill it, must have a value. `null` counts as a value if the vendor accepts `null`. */
function presenceCondition(row: Row): JsonSchema {
  const own = isPresent(nameOf(row), row.nullable ? {} : { not: noValue });
  return { anyOf: [own, ...(row.fieldDefault?.sources ?? []).map(hasText)] };
}

/** If the caller leaves the field out, the first source that has a value must be valid for the field. */
function defaultConditions(row: Row): JsonSchema[] {
  const { fieldDefault } = row;
  const field = canonicalFieldOf(row);
  if (field === undefined || fieldDefault === undefined) return [];
  return fieldDefault.sources.flatMap((source, index) => {
    // A code that the gateway makes from a name is always valid.
    if (source === "name" && isCode(row)) return [];
    const earlier = fieldDefault.sources.slice(0, index).map((each) => ({ not: hasText(each) }));
    const isUsed = { allOf: [ifPresent(field, noValue), ...earlier, hasText(source)] };
    return [{ anyOf: [{ not: isUsed }, ifPresent(source, rowSchema(row, field))] }];
  });
}
