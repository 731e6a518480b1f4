/** Where each leaf of the account goes, and where each leaf of the vendor's body comes from. */
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import type { FieldEntry } from "../../schemas/documents/account.ts";
import type { Pointer } from "../../schemas/json.ts";
import type { Preview } from "../../schemas/documents/preview.ts";

export interface Trace extends FieldEntry {
  /** The leaf of the account that it is about; for one that the gateway fills, the field that has its home there. */
  source: Pointer | null;
  /** Names the place where it ends, across all connections. */
  place: string;
}

export function traceOf({ connection, fields }: Preview, description: ConnectionDescription | undefined): Trace[] {
  return fields.map((entry) => {
    const source = entry.field ?? homeAt(entry.to, description);
    return { ...entry, source, place: `${connection} ${entry.to ?? `not sent ${source}`}` };
  });
}

/** The canonical field that lives there. */
function homeAt(to: Pointer | null, description: ConnectionDescription | undefined): Pointer | null {
  const [name] = Object.entries(description?.fields ?? {}).find(([, field]) => to !== null && field.to === to) ?? [];
  return name === undefined ? null : `/${name.replace(/^custom\./, "custom/")}`;
}

/** `/custom/tier` → `custom.tier`. */
export const nameOf = (pointer: Pointer): string => pointer.slice(1).replaceAll("/", ".");
