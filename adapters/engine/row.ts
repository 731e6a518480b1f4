/** One row of a connection's table. */
import type { CanonicalField, Scalar, TextField } from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { type Path, toPath, toPointer } from "../../schemas/json-pointer.ts";
import type { Destination } from "./adapter.ts";
import { isOfKind, type ValueKind, valueKinds } from "./value-kind.ts";

/** One member of the caller's body, and where it goes in the vendor's body. */
export interface Row {
  /** The pointer into the caller's body. */
  field: Pointer;
  member: CallerMember;
  /** The pointer into the vendor's body. */
  to: Pointer;
  /** {@link to} as a path. */
  path: readonly string[];
  disposition: "sent" | "mapped";
  kind: ValueKind;
  values: Destination["values"];
  required: boolean;
  nullable: boolean;
  unique: boolean;
  fieldDefault: FieldDefault | undefined;
}

/** A member of the caller's body: a canonical field, a field of `custom`, or an option of `vendor_options`. */
export type CallerMember =
  | { kind: "field"; field: CanonicalField }
  | { kind: "custom"; key: string }
  | { kind: "option"; name: string };

/** The default of a row that the caller leaves out: the first source that has a value, otherwise `value`. */
export interface FieldDefault {
  sources: readonly TextField[];
  value: Scalar | undefined;
  reason: string;
}

/** The properties that are the same for every slot's row. */
export const slotRow = { required: false, nullable: false, unique: false, values: undefined, fieldDefault: undefined };

export const kindOfField = (field: CanonicalField): ValueKind => (field === "active" ? "boolean" : "string");

/** The vendor stores text of up to this length unchanged. 32 characters are safe for every vendor; a vendor may document more. */
export const storedLengthOf = (destination: Destination | undefined): number => destination?.storedLength ?? 32;

/** The path of a canonical field, such as `address.city`, or of a custom field (`custom.<key>`) in the caller's body. */
export function pathOf(name: string): Path {
  if (name.startsWith("custom.")) return ["custom", name.slice("custom.".length)];
  const [member = "", ...parts] = name.split(".");
  return [member, ...parts];
}

/** The caller's pointer to a field: `/address/city`. */
export const pointerOf = (name: string): Pointer => toPointer(pathOf(name));

/** The name of a row's field: `address.city`. */
export const nameOf = ({ field }: Row): string => toPath(field).join(".");

/** The canonical field of a row, if it has one. */
export function canonicalFieldOf({ member }: Row): CanonicalField | undefined {
  return member.kind === "field" ? member.field : undefined;
}

export type VendorValue = { kind: "value"; value: Json } | { kind: "refused"; detail: string };

/** The vendor's value for a canonical value, or the reason why the vendor refuses the value. */
export function toVendorValue(row: Row, value: Json): VendorValue {
  if (row.values !== undefined) {
    const pair = row.values.find(([canonical]) => canonical === value);
    if (pair !== undefined) return { kind: "value", value: pair[1] };
    const accepted = row.values.map(([canonical]) => String(canonical)).join(", ");
    return { kind: "refused", detail: `Must be one of ${accepted} on this connection` };
  }
  if (isOfKind(row.kind, value)) return { kind: "value", value };
  return { kind: "refused", detail: `Must be ${valueKinds[row.kind].noun} on this connection` };
}

/** Whether the row always has a default: a configured value, or the account's name, which every request has. */
export function hasGuaranteedDefault({ fieldDefault }: Row): boolean {
  return fieldDefault !== undefined && (fieldDefault.value !== undefined || fieldDefault.sources.includes("name"));
}

export const isCode = (row: Row): boolean => canonicalFieldOf(row) === "code";

/** Whether the stamp can fill the row. The stamp fills only the vendor's own reference field, not a mapped slot. */
export function isStampable(row: Row): boolean {
  return row.field === "/external_ref" && row.disposition === "sent";
}
