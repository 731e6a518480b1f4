/** What a connection's defaults and fallback fill, and their faults. */
import {
  canonicalFieldNames,
  canonicalFields,
  type Scalar,
  type TextField,
  textFields,
} from "../../schemas/account.ts";
import type { Connection } from "../../schemas/connection.ts";
import { messages } from "../../schemas/messages.ts";
import type { Adapter, ConfigurationFault } from "./adapter.ts";
import { isCustom, notAField } from "./mapping.ts";
import { type FieldDefault, pointerOf, type Row, toVendor } from "./row.ts";
import { valueKinds } from "./value-kind.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What a table carries before anything fills it. */
export interface TableWithoutDefaults {
  adapter: Adapter;
  byField: ReadonlyMap<string, Row>;
  implied: ReadonlyMap<string, Scalar>;
}

/** The fields that tell one account from another. */
const identifying: ReadonlySet<string> = new Set(["code", "external_ref", "registration_id"]);

const cannotCarry = ({ adapter }: TableWithoutDefaults) => `This connection cannot carry it to ${adapter.title}`;

/** The fieldDefaults by the row's field; a fallback comes before a default, and a default before the adapter's own. */
export function fieldDefaultsOf(
  table: TableWithoutDefaults,
  { defaults, fallback }: Pick<Connection, "defaults" | "fallback">,
): { fieldDefaults: Map<string, FieldDefault>; faults: ConfigurationFault[] } {
  const fieldDefaults = new Map<string, FieldDefault>();
  const faults: ConfigurationFault[] = [];
  const because = "left out; filled by the connection's default";
  for (const [name, value] of Object.entries(defaults)) {
    const detail = defaultFault(table, name, value);
    if (detail !== undefined) faults.push({ path: `defaults.${name}`, detail });
    fieldDefaults.set(pointerOf(name), { sources: [], value, because });
  }
  for (const [name, sources] of Object.entries(fallback)) {
    const details = fallbackFaults(table, name, sources);
    faults.push(...details.map((detail) => ({ path: `fallback.${name}`, detail })));
    const field = pointerOf(name);
    const last = fieldDefaults.get(field) ?? table.byField.get(field)?.fieldDefault ?? { value: undefined, because };
    fieldDefaults.set(field, { ...last, sources });
  }
  return { fieldDefaults, faults };
}

function defaultFault(table: TableWithoutDefaults, name: string, value: Exclude<Scalar, null>): string | undefined {
  const { byField, implied } = table;
  const row = byField.get(pointerOf(name));
  const { data: field } = canonicalFieldNames.safeParse(name);
  if (field === undefined && !isCustom(name)) return notAField;
  if (field === "name") return "Every request has a name; a default would never be used";
  if (identifying.has(name))
    return `Every account would have the same \`${name}\`, so that none could be recognised by it: remove it, or give \`fallback\``;
  if (row === undefined && implied.get(pointerOf(name)) !== value) return cannotCarry(table);
  const schema = field === undefined ? valueKinds[row?.kind ?? "string"].schema : canonicalFields[field];
  const { error } = schema.safeParse(value, messages);
  if (error !== undefined) return error.issues.map((issue) => issue.message).join("; ");
  const carried = row === undefined ? { value } : toVendor(row, value);
  return "detail" in carried ? carried.detail : undefined;
}

function fallbackFaults(table: TableWithoutDefaults, name: string, sources: readonly TextField[]): string[] {
  const { byField } = table;
  const { data: field } = textFields.safeParse(name);
  if (field === undefined || field === "name") return ["Is no text field that a fallback can fill"];
  if (!byField.has(pointerOf(name))) return [cannotCarry(table)];
  if (sources.includes(field)) return ["A field cannot fill itself"];
  // Several accounts may share a name or an address. A code from a name carries a digest of it.
  const shared = field === "code" ? [] : sources.filter((source) => identifying.has(field) && !identifying.has(source));
  if (shared.length > 0)
    return shared.map(
      (source) =>
        `Several accounts may have the same \`${source}\`: fill it from ${[...identifying].map((each) => `\`${each}\``).join(", ")} alone`,
    );
  // A request that has such a source is refused for it, before it could fill anything.
  const notCarried = sources.filter((source) => !byField.has(pointerOf(source)));
  return notCarried.map((source) => `This connection does not carry \`${source}\`, which is to fill it: map it too`);
}

/**
 * The code that stands for a name where the caller has none: up to 15 upper-case ASCII letters, digits and hyphens, then
 * `-` and 16 hex digits of the SHA-256 of the NFC name. ASCII and 32 characters at most, so that a vendor stores it as it is.
 *
 * The same name always gives the same code. Names of another script have the hash alone to tell them apart, so 64 bits
 * bound the collisions: two given names share a code with a probability of at most 2^-64, and among n names any two do
 * with at most n^2 / 2^65, which is 3 in 100 million for a million names. A deliberate search finds two names that share a
 * code after some 2^32 tries.
 *
 * `Müller & Söhne` → `MULLER-SOHNE-` and 16 digits; `株式会社` → `ACCOUNT-` and 16 digits.
 */
export function codeFromName(name: string): string {
  const readable = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-")
    .slice(0, 15)
    .replace(/^-+|-+$/g, "");
  const digest = bytesToHex(sha256(utf8ToBytes(name.normalize("NFC"))));
  // A name without a Latin letter or digit leaves nothing readable.
  return `${readable || "ACCOUNT"}-${digest.slice(0, 16)}`;
}
