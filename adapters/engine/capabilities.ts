/** What a connection supports for each field, derived from its table. */
import * as z from "zod/mini";
import { type CanonicalField, canonicalFieldNames } from "../../schemas/account.ts";
import type { FieldCapability } from "../../schemas/documents/capability.ts";
import jsonSchemas from "../../schemas/json-schemas.json" with { type: "json" };
import type { Plan } from "./plan.ts";
import { hasGuaranteedDefault, kindOfField, pointerOf, type Row } from "./row.ts";

const limits = z.looseObject({
  maxLength: z.optional(z.number()),
  enum: z.optional(z.array(z.string())),
  format: z.optional(z.string()),
});

/** One entry per canonical field, and one per mapped custom field. */
export function capabilities(plan: Plan): Record<string, FieldCapability> {
  const canonical = canonicalFieldNames.options.map((field) => [field, capability(plan, field)] as const);
  const custom = plan.rows.flatMap((row) =>
    row.member.kind === "custom"
      ? [[`custom.${row.member.key}`, { ...unsupported, ...rowCapability(row) }] as const]
      : [],
  );
  return Object.fromEntries([...canonical, ...custom]);
}

const unsupported: FieldCapability = {
  support: "unsupported",
  to: null,
  max_length: null,
  values: null,
  kind: null,
  format: null,
  fallback: [],
  default: null,
  mappable_to: [],
};

function capability(plan: Plan, field: CanonicalField): FieldCapability {
  const pointer = pointerOf(field);
  const row = plan.byField.get(pointer);
  const implied = plan.implied.get(pointer);
  if (row !== undefined) return { ...unsupported, ...canonicalLimits(field), ...rowCapability(row) };
  if (typeof implied === "string" || typeof implied === "boolean")
    return { ...unsupported, support: "implied", values: [implied] };
  return { ...unsupported, mappable_to: freeSlotsFor(plan, field) };
}

function canonicalLimits(field: CanonicalField): Partial<FieldCapability> {
  const { maxLength = null, enum: values = null, format = null } = limits.parse(jsonSchemas.fields[field]);
  return { max_length: maxLength, values, format };
}

function rowCapability(row: Row): Partial<FieldCapability> {
  const { fieldDefault, kind } = row;
  const isRequired = row.required && !hasGuaranteedDefault(row);
  const support = isRequired ? "required" : row.disposition === "mapped" ? "mapped" : "supported";
  const values = row.values
    ?.map(([canonical]) => canonical)
    .filter((value) => value !== null && typeof value !== "number");
  return {
    support,
    to: row.to,
    kind,
    fallback: [...(fieldDefault?.sources ?? [])],
    default: fieldDefault?.value ?? null,
    ...(values === undefined ? {} : { values }),
    ...(kind === "uuid" ? { format: kind } : {}),
  };
}

function freeSlotsFor({ adapter, byTarget }: Plan, field: CanonicalField): string[] {
  if (adapter.fields[field].kind !== "mappable") return [];
  const isFree = (to: string) => byTarget.get(to)?.member.kind === "option";
  return Object.entries(adapter.slots).flatMap(([name, slot]) =>
    slot.kind === kindOfField(field) && isFree(slot.to) ? [name] : [],
  );
}
