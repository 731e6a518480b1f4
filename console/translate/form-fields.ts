/** The fields of the form: what the JSON Schemas of all connections take together. */
import type { Pointer } from "../../schemas/json.ts";
import type { JsonSchema } from "../gateway/json-schema.ts";

export interface FormField {
  pointer: Pointer;
  name: string;
  /** The member of the account that holds it: `null` for the account's own, `custom`, or a vendor's name. */
  group: string | null;
  kind: "text" | "choice" | "boolean" | "integer";
  choices: string[];
  format: string | null;
  description: string;
  isRequired: boolean;
}

/** In the order of the schemas. A field that no connection carries is left to the JSON. */
export function mergeSchemas(schemas: readonly JsonSchema[]): FormField[] {
  const own = fieldsOf(schemas, "", null).filter(({ name }) => name !== "custom" && name !== "vendor_options");
  const options = members(schemas, "vendor_options");
  return [
    ...own,
    ...fieldsOf(members(schemas, "custom"), "/custom", "custom"),
    ...namesOf(options).flatMap((vendor) => fieldsOf(members(options, vendor), `/vendor_options/${vendor}`, vendor)),
  ];
}

function fieldsOf(schemas: readonly JsonSchema[], path: "" | Pointer, group: string | null): FormField[] {
  return namesOf(schemas).flatMap((name) => {
    const taken = members(schemas, name);
    if (taken.length === 0) return [];
    const isRequired = schemas.some(({ required = [] }) => required.includes(name));
    return [{ ...merge(taken), pointer: `${path}/${name}`, name, group, isRequired }];
  });
}

function merge(taken: readonly JsonSchema[]) {
  const values = taken.flatMap(({ enum: several = [], const: only = [] }) => [...several, ...[only].flat()]);
  const choices = new Set(values.filter((each) => typeof each === "string"));
  const isBoolean = taken.some(({ type }) => type === "boolean") || values.some((each) => typeof each === "boolean");
  const isInteger = taken.some(({ type }) => type === "integer");
  const kind = choices.size > 0 ? "choice" : isBoolean ? "boolean" : isInteger ? "integer" : "text";
  return {
    kind,
    choices: [...choices],
    format: taken.find(({ format }) => format !== undefined)?.format ?? null,
    description: taken.find(({ description }) => description !== undefined)?.description ?? "",
  } satisfies Partial<FormField>;
}

const namesOf = (schemas: readonly JsonSchema[]): string[] => [
  ...new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties))),
];

/** What the schemas take for a member, but for `null`, which every optional member takes. */
const members = (schemas: readonly JsonSchema[], name: string): JsonSchema[] =>
  schemas.flatMap(({ properties = {} }) => branches(properties[name]));

function branches(schema: JsonSchema | undefined): JsonSchema[] {
  if (schema === undefined || schema.type === "null") return [];
  const { anyOf, allOf, ...own } = schema;
  const parts = [...(anyOf ?? []), ...(allOf ?? [])].flatMap(branches);
  return own.type === undefined && own.enum === undefined && own.const === undefined ? parts : [own, ...parts];
}
