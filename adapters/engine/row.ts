/** One row of a connection's table. */
import type { CanonicalField, Scalar, TextField } from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import type { FieldRule, Destination } from "./adapter.ts";
import { toPointer } from "../../schemas/json-pointer.ts";
import { type ValueKind, valueKinds } from "./value-kind.ts";

/** A leaf of the caller's body and its home in the vendor's. */
export interface Row {
  field: Pointer;
  to: Pointer;
  path: readonly string[];
  disposition: "sent" | "mapped";
  /** Where a reply's value belongs in the canonical account; a row of `vendor_options` has no such place. */
  canonical: { field: CanonicalField } | { custom: string } | undefined;
  kind: ValueKind;
  values: Destination["values"];
  required: boolean;
  nullable: boolean;
  unique: boolean;
  fieldDefault: FieldDefault | undefined;
}

/** What fills a leaf where the caller left it out: the first source that has a value, else the value. */
export interface FieldDefault {
  sources: readonly TextField[];
  value: Scalar | undefined;
  because: string;
}

export const kindOfField = (field: CanonicalField): ValueKind => (field === "active" ? "boolean" : "string");

export const isDestination = (rule: FieldRule | undefined): rule is Destination =>
  typeof rule === "object" && "to" in rule;

/** Whether the vendor lets a value of it stand only once. */
export const isUnique = (rule: FieldRule | undefined): boolean => isDestination(rule) && rule.unique === true;

/** The length up to which the vendor stores a field's text whole: as its page says, or what every system is taken to store. */
export const storedLengthOf = (rule: FieldRule | undefined): number => (isDestination(rule) && rule.storedLength) || 32;

/** The caller's pointer to a field or, for `custom.<key>`, to a custom field. */
export function pointerOf(name: string): Pointer {
  return toPointer(name.startsWith("custom.") ? ["custom", name.slice("custom.".length)] : [name]);
}

/** What is the same of every row that leads to a slot. */
export const slotRow = { required: false, nullable: false, unique: false, values: undefined, fieldDefault: undefined };

/** The vendor's value for a canonical one, or why it takes none such. */
export function toVendor(row: Row, value: Json): { value: Json } | { detail: string } {
  if (row.values !== undefined) {
    const pair = row.values.find(([canonical]) => canonical === value);
    if (pair !== undefined) return { value: pair[1] };
    return {
      detail: `Must be one of ${row.values.map(([canonical]) => String(canonical)).join(", ")} on this connection`,
    };
  }
  const { schema, noun } = valueKinds[row.kind];
  return schema.safeParse(value).success ? { value } : { detail: `Must be ${noun} on this connection` };
}

/** Every account has a name, so what is filled from it, or from a value of the configuration, is never missing. */
export function hasGuaranteedDefault({ fieldDefault }: Row): boolean {
  return fieldDefault !== undefined && (fieldDefault.value !== undefined || fieldDefault.sources.includes("name"));
}

export function isCode(row: Row): boolean {
  return row.canonical !== undefined && "field" in row.canonical && row.canonical.field === "code";
}

/** The stamp goes to the vendor's own place for a reference, and to no slot that a mapping gave it. */
export function isStampable(row: Row): boolean {
  return row.field === "/external_ref" && row.disposition === "sent";
}
