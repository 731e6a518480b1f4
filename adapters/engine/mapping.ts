/** The rows that a connection's mapping adds, and the mapping's faults. */
import { canonicalFieldNames, customKey } from "../../schemas/account.ts";
import type { Connection } from "../../schemas/connection.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import type { Adapter, ConfigurationFault } from "./adapter.ts";
import { kindOfField, pointerOf, type Row, slotRow } from "./row.ts";
import { valueKinds } from "./value-kind.ts";

export const notAField = "Must be a canonical field or `custom.<key>`";

export const notSent = ({ title }: Adapter): string => `This connection does not send this field to ${title}`;

export function isCustom(name: string): boolean {
  return name.startsWith("custom.") && customKey.safeParse(name.slice("custom.".length)).success;
}

/** A row for each valid entry of the mapping, and a fault for each invalid entry. */
export function mappedRows(
  adapter: Adapter,
  mapping: Connection["mapping"],
): { rows: Row[]; faults: ConfigurationFault[] } {
  const entries = Object.entries(mapping);
  const read = entries.map(([name, slotName], index) => {
    const [earlier] = entries.slice(0, index).find(([, slot]) => slot === slotName) ?? [];
    return mappedRow(adapter, name, slotName, earlier);
  });
  return {
    rows: read.flatMap((each) => (each.kind === "row" ? each.row : [])),
    faults: read.flatMap((each) => (each.kind === "fault" ? each.fault : [])),
  };
}

type MappedRow = { kind: "row"; row: Row } | { kind: "fault"; fault: ConfigurationFault };

function mappedRow(adapter: Adapter, name: string, slotName: string, earlier: string | undefined): MappedRow {
  const fault = (detail: string): MappedRow => ({ kind: "fault", fault: { path: `mapping.${name}`, detail } });
  const { data: field } = canonicalFieldNames.safeParse(name);
  if (field === undefined && !isCustom(name)) return fault(notAField);
  const support = field === undefined ? "mappable" : adapter.fields[field].kind;
  if (support === "destination") return fault(`${adapter.title} has its own field for \`${name}\`; remove the mapping`);
  if (support !== "mappable") return fault(`${adapter.title} does not support this field`);

  const slot = Object.hasOwn(adapter.slots, slotName) ? adapter.slots[slotName] : adapter.openSlot?.(slotName);
  if (slot === undefined) {
    const known = Object.keys(adapter.slots).join(", ");
    return fault(`${adapter.title} has no slot \`${slotName}\`${known === "" ? "" : `; it has ${known}`}`);
  }
  if (earlier !== undefined) return fault(`The mapping of \`${earlier}\` already uses the slot \`${slotName}\``);
  if (field !== undefined && kindOfField(field) !== slot.kind) {
    const [held, mapped] = [slot.kind, kindOfField(field)].map((kind) => valueKinds[kind].noun);
    return fault(`The slot \`${slotName}\` holds ${held}; \`${name}\` is ${mapped}`);
  }
  const row: Row = {
    ...slotRow,
    field: pointerOf(name),
    member: field === undefined ? { kind: "custom", key: name.slice("custom.".length) } : { kind: "field", field },
    to: slot.to,
    path: toPath(slot.to),
    disposition: "mapped",
    kind: slot.kind,
  };
  return { kind: "row", row };
}
