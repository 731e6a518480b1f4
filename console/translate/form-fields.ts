/** The fields of the form, merged from the JSON Schemas of the connections. */
import type { Pointer } from "../../schemas/json.ts";

/** The keywords of a connection's JSON Schema that the console reads. */
export interface JsonSchema {
  type?: string;
  enum?: (string | boolean)[];
  const?: string | boolean;
  format?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

export interface FormField {
  pointer: Pointer;
  name: string;
  /** `null` for a field of the account itself, `address`, `custom` for a custom field, or the vendor for a vendor option. */
  group: string | null;
  kind: "text" | "choice" | "boolean" | "integer";
  choices: string[];
  format: string | null;
  description: string;
  isRequired: boolean;
}

/** Keeps the order of the schemas. Leaves out fields that no connection supports: the JSON editor can set them. */
export function mergeSchemas(schemas: readonly JsonSchema[]): FormField[] {
  const own = fieldsOf(schemas, "", null).filter(({ name }) => !["address", "custom", "vendor_options"].includes(name));
  const options = members(schemas, "vendor_options");
  return [
    ...own,
    ...fieldsOf(members(schemas, "address"), "/address", "address"),
    ...fieldsOf(members(schemas, "custom"), "/custom", "custom"),
    ...namesOf(options).flatMap((vendor) => fieldsOf(members(options, vendor), `/vendor_options/${vendor}`, vendor)),
  ];
}

function fieldsOf(schemas: readonly JsonSchema[], path: "" | Pointer, group: string | null): FormField[] {
  return namesOf(schemas).flatMap((name) => {
    const accepted = members(schemas, name);
    if (accepted.length === 0) return [];
    const isRequired = schemas.some(({ required = [] }) => required.includes(name));
    return [{ ...merge(accepted), pointer: `${path}/${name}`, name, group, isRequired }];
  });
}

function merge(accepted: readonly JsonSchema[]) {
  const values = accepted.flatMap(({ enum: choices = [], const: only = [] }) => [...choices, ...[only].flat()]);
  const choices = new Set(values.filter((each) => typeof each === "string"));
  const isBoolean = accepted.some(({ type }) => type === "boolean") || values.some((each) => typeof each === "boolean");
  const isInteger = accepted.some(({ type }) => type === "integer");
  const kind = choices.size > 0 ? "choice" : isBoolean ? "boolean" : isInteger ? "integer" : "text";
  return {
    kind,
    choices: [...choices],
    format: accepted.find(({ format }) => format !== undefined)?.format ?? null,
    description: accepted.find(({ description }) => description !== undefined)?.description ?? "",
  } satisfies Partial<FormField>;
}

const namesOf = (schemas: readonly JsonSchema[]): string[] => [
  ...new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties))),
];

/** The schemas of one member, without `null`, which every optional member accepts. */
const members = (schemas: readonly JsonSchema[], name: string): JsonSchema[] =>
  schemas.flatMap(({ properties = {} }) => branches(properties[name]));

function branches(schema: JsonSchema | undefined): JsonSchema[] {
  if (schema === undefined || schema.type === "null") return [];
  const { anyOf, allOf, ...own } = schema;
  const parts = [...(anyOf ?? []), ...(allOf ?? [])].flatMap(branches);
  return own.type === undefined && own.enum === undefined && own.const === undefined ? parts : [own, ...parts];
}
