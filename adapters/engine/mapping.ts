/** The rows that a connection's mapping adds, and its faults. */
import { canonicalFieldNames, customKey } from "../../schemas/account.ts";
import type { Connection } from "../../schemas/connection.ts";
import type { Adapter, ConfigurationFault } from "./adapter.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import { isDestination, kindOfField, pointerOf, type Row, slotRow } from "./row.ts";
import { valueKinds } from "./value-kind.ts";

export const notAField = "Is neither a canonical field nor `custom.<key>`";

export function isCustom(name: string): boolean {
  return name.startsWith("custom.") && customKey.safeParse(name.slice("custom.".length)).success;
}

/** A row for each entry that is sound, a fault for each that is not. */
export function mappedRows(
  adapter: Adapter,
  mapping: Connection["mapping"],
): { rows: Row[]; faults: ConfigurationFault[] } {
  const entries = Object.entries(mapping);
  const rows: Row[] = [];
  const faults: ConfigurationFault[] = [];
  entries.forEach(([name, slotName], index) => {
    const [earlier] = entries.slice(0, index).find(([, slot]) => slot === slotName) ?? [];
    const read = mappedRow(adapter, name, slotName, earlier);
    if (typeof read === "string") faults.push({ path: `mapping.${name}`, detail: read });
    else rows.push(read);
  });
  return { rows, faults };
}

/** The row, or what is wrong with it. */
function mappedRow(adapter: Adapter, name: string, slotName: string, earlier: string | undefined): Row | string {
  const { data: field } = canonicalFieldNames.safeParse(name);
  const rule = field === undefined ? "mappable" : adapter.fields[field];
  if (field === undefined && !isCustom(name)) return notAField;
  if (isDestination(rule)) return `${adapter.title} has a field of its own for it`;
  if (rule !== "mappable") return `${adapter.title} cannot be given it`;

  const slot = Object.hasOwn(adapter.slots, slotName) ? adapter.slots[slotName] : undefined;
  if (slot === undefined) {
    const known = Object.keys(adapter.slots).join(", ");
    return `${adapter.title} has no free slot \`${slotName}\`${known === "" ? "" : `; it has ${known}`}`;
  }
  if (earlier !== undefined) return `The slot \`${slotName}\` is used twice: also by \`${earlier}\``;
  if (field !== undefined && kindOfField(field) !== slot.kind) {
    const [held, given] = [slot.kind, kindOfField(field)].map((kind) => valueKinds[kind].noun);
    return `The slot \`${slotName}\` holds ${held}; \`${name}\` is ${given}`;
  }
  return {
    ...slotRow,
    field: pointerOf(name),
    to: slot.to,
    path: toPath(slot.to),
    disposition: "mapped",
    canonical: field === undefined ? { custom: name.slice("custom.".length) } : { field },
    kind: slot.kind,
  };
}
