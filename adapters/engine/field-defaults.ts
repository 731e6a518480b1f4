/** The values for fields that the caller leaves out, and the faults in a connection's defaults and fallback. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  type AccountRequest,
  canonicalFieldNames,
  canonicalFields,
  type Scalar,
  type TextField,
  textFields,
} from "../../schemas/account.ts";
import type { Connection } from "../../schemas/connection.ts";
import type { Pointer } from "../../schemas/json.ts";
import { type JsonObject, valueAt } from "../../schemas/json-pointer.ts";
import { messages } from "../../schemas/messages.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Adapter, ConfigurationFault } from "./adapter.ts";
import { isCustom, notAField, notSent } from "./mapping.ts";
import { type FieldDefault, isCode, isStampable, pathOf, pointerOf, type Row, toVendorValue } from "./row.ts";
import { valueKinds } from "./value-kind.ts";

/** A table without defaults. The engine checks the connection's defaults against this table. */
export interface TableWithoutDefaults {
  adapter: Adapter;
  byField: ReadonlyMap<string, Row>;
  implied: ReadonlyMap<string, Scalar>;
}

/** The fields whose value identifies an account. */
const identifying: ReadonlySet<string> = new Set(["code", "external_ref", "registration_id"]);

/** The field defaults by pointer. The fallback applies first, then the connection's default, then the adapter's own. */
export function fieldDefaultsOf(
  table: TableWithoutDefaults,
  { defaults, fallback }: Pick<Connection, "defaults" | "fallback">,
): { fieldDefaults: Map<string, FieldDefault>; faults: ConfigurationFault[] } {
  const fieldDefaults = new Map<string, FieldDefault>();
  const faults: ConfigurationFault[] = [];
  const reason = "left out; filled by the connection's default";
  for (const [name, value] of Object.entries(defaults)) {
    const detail = defaultFault(table, name, value);
    if (detail !== undefined) faults.push({ path: `defaults.${name}`, detail });
    fieldDefaults.set(pointerOf(name), { sources: [], value, reason });
  }
  for (const [name, sources] of Object.entries(fallback)) {
    const details = fallbackFaults(table, name, sources);
    faults.push(...details.map((detail) => ({ path: `fallback.${name}`, detail })));
    const field = pointerOf(name);
    const current = fieldDefaults.get(field) ?? table.byField.get(field)?.fieldDefault ?? { value: undefined, reason };
    fieldDefaults.set(field, { ...current, sources });
  }
  return { fieldDefaults, faults };
}

function defaultFault(table: TableWithoutDefaults, name: string, value: Exclude<Scalar, null>): string | undefined {
  const { byField, implied } = table;
  const row = byField.get(pointerOf(name));
  const { data: field } = canonicalFieldNames.safeParse(name);
  if (field === undefined && !isCustom(name)) return notAField;
  if (field === "name") return "Every request has a name, so this default would never be used";
  if (identifying.has(name))
    return `Every account would have the same \`${name}\`, so \`${name}\` could not identify an account; remove the default, or use \`fallback\``;
  if (row === undefined && implied.get(pointerOf(name)) !== value) return notSent(table.adapter);
  const schema = field === undefined ? valueKinds[row?.kind ?? "string"].schema : canonicalFields[field];
  const { error } = schema.safeParse(value, messages);
  if (error !== undefined) return error.issues.map((issue) => issue.message).join("; ");
  const converted = row && toVendorValue(row, value);
  return converted?.kind === "refused" ? converted.detail : undefined;
}

function fallbackFaults(table: TableWithoutDefaults, name: string, sources: readonly TextField[]): string[] {
  const { byField } = table;
  const { data: field } = textFields.safeParse(name);
  if (field === undefined || field === "name") return ["A fallback can fill only text fields other than `name`"];
  if (!byField.has(pointerOf(name))) return [notSent(table.adapter)];
  if (sources.includes(field)) return ["A field cannot fill itself"];
  // Several accounts may share a name or an address. A code made from a name has a digest of the name in it.
  const shared = field === "code" ? [] : sources.filter((source) => identifying.has(field) && !identifying.has(source));
  const allowed = [...identifying].map((each) => `\`${each}\``).join(", ");
  if (shared.length > 0)
    return shared.map(
      (source) =>
        `\`${source}\` cannot fill this field, because several accounts may have the same \`${source}\`; use only ${allowed}`,
    );
  // With `strict` handling, the gateway refuses a request with a field that the connection does not send.
  const unsent = sources.filter((source) => !byField.has(pointerOf(source)));
  return unsent.map(
    (source) =>
      `This connection does not send \`${source}\`, so \`${source}\` cannot fill this field; map \`${source}\` too`,
  );
}

/** The value that fills a row, and what the field report says about it. */
export interface AppliedDefault {
  disposition: "defaulted" | "stamped";
  value: string | number | boolean;
  /** The pointer to the caller's field that the value comes from; `undefined` if the value comes from no field. */
  source: Pointer | undefined;
  reason: string;
}

export type ApplyDefault = (row: Row) => AppliedDefault | undefined;

const stampReason = "left out; the gateway sends the operation's UUID, to recognise the account later";

/** Fills a row that the caller left out. Uses the first source that has a value, otherwise the default, otherwise the stamp. */
export function defaultsFor(account: AccountRequest, stamp: string | undefined): ApplyDefault {
  return (row) => {
    for (const source of row.fieldDefault?.sources ?? []) {
      const text = valueAt(account as JsonObject, pathOf(source));
      if (typeof text !== "string" || isBlank(text)) continue;
      const reason = `left out; filled from ${pointerOf(source)} by the connection's fallback`;
      const value = source === "name" && isCode(row) ? codeFromName(text) : text;
      return { disposition: "defaulted", value, source: pointerOf(source), reason };
    }
    const { value, reason = "" } = row.fieldDefault ?? {};
    if (value !== undefined && value !== null) return { disposition: "defaulted", value, source: undefined, reason };
    if (stamp === undefined || !isStampable(row)) return undefined;
    return { disposition: "stamped", value: stamp, source: undefined, reason: stampReason };
  };
}

/**
 * The code for an account if the caller gives none: up to 15 upper-case ASCII letters, digits and hyphens from the
 * name, then `-` and 16 hex digits of the SHA-256 of the NFC name. The code has at most 32 ASCII characters, so vendors
 * store it unchanged.
 *
 * The same name always gives the same code. The probability that any two of n names share a code is at most n^2 / 2^65:
 * 3 in 100 million for a million names. An attacker needs about 2^32 tries to find two names with the same code.
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
  // The readable part of a name without Latin letters and digits is empty.
  return `${readable || "ACCOUNT"}-${digest.slice(0, 16)}`;
}
