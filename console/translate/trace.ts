/** Traces each leaf of a vendor's body back to its field of the account. */
import { signal } from "@preact/signals";
import type { FieldEntry } from "../../schemas/documents/account.ts";
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import type { Pointer } from "../../schemas/json.ts";
import type { Preview } from "../../schemas/documents/preview.ts";

export interface Trace extends FieldEntry {
  /** The account's field. If the gateway adds the value: the account's field with the same destination. */
  source: Pointer | null;
  /** Identifies the field's destination, across all connections. */
  target: string;
}

export function tracesOf({ connection, fields }: Preview, description: ConnectionDescription | undefined): Trace[] {
  return fields.map((entry) => {
    const source = entry.field ?? fieldAt(entry.to, description);
    return { ...entry, source, target: `${connection} ${entry.to ?? `not sent ${source}`}` };
  });
}

/** The account's field that the connection sends to this destination. */
function fieldAt(to: Pointer | null, description: ConnectionDescription | undefined): Pointer | null {
  const [name] = Object.entries(description?.fields ?? {}).find(([, field]) => to !== null && field.to === to) ?? [];
  return name === undefined ? null : `/${name.replace(/^(address|custom)\./, "$1/")}`;
}

/** `/custom/tier` → `custom.tier`. */
export const nameOf = (pointer: Pointer): string => pointer.slice(1).replaceAll("/", ".");

/** The field whose lines are highlighted, because it has the mouse pointer or the focus. */
export const highlighted = signal<Pointer | null>(null);

export function highlight(pointer: Pointer | null): void {
  highlighted.value = pointer;
}

/** The handlers of an element that shows a field. They highlight the field's lines while the mouse is over the element. */
export const highlightOnHover = (pointer: Pointer | null) => ({
  onMouseEnter: () => highlight(pointer),
  onMouseLeave: () => highlight(null),
});
