/** One connection's table: the vendor's homes and the rows that the connection's mapping adds, compiled once. */
import {
  type CanonicalField,
  canonicalFieldNames,
  canonicalFields,
  customKey,
  type Scalar,
  type TextField,
  textFields,
} from "../../schemas/account.ts";
import type { Connection, SecretReference } from "../../schemas/connection.ts";
import { type Json, type Pointer, pointerSchema } from "../../schemas/json.ts";
import type { Adapter, FieldRule, Home } from "./adapter.ts";
import type { Auth } from "./auth.ts";
import { toPath, toPointer } from "./pointer.ts";
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
  values: Home["values"];
  required: boolean;
  nullable: boolean;
  unique: boolean;
  /** What fills the leaf where the caller left it out: the first source that has a value, else the value. */
  filler: { sources: readonly TextField[]; value: Scalar | undefined; because: string } | undefined;
}

/** All that is needed to translate for one connection. */
export interface Plan {
  adapter: Adapter;
  connection: Connection;
  /** In the order of the vendor's body. */
  rows: readonly Row[];
  byField: ReadonlyMap<string, Row>;
  byTarget: ReadonlyMap<string, Row>;
  implied: ReadonlyMap<string, Scalar>;
  constants: readonly { to: Pointer; path: readonly string[]; value: Scalar }[];
  url: string;
  headers: Readonly<Record<string, string>>;
  auth: Auth;
}

/** One thing that is wrong with a configuration: where, and what. */
export interface ConfigurationFault {
  path: string;
  detail: string;
}

export const kindOfField = (field: CanonicalField): ValueKind => (field === "active" ? "boolean" : "string");

export const isHome = (rule: FieldRule | undefined): rule is Home => typeof rule === "object" && "to" in rule;

/** The caller's pointer to a field or, for `custom.<key>`, to a custom field. */
export function pointerOf(name: string): Pointer {
  return toPointer(name.startsWith("custom.") ? ["custom", name.slice("custom.".length)] : [name]);
}

/** The part of a connection that shapes its table. */
export type TableConfiguration = Pick<Connection, "mapping" | "defaults" | "fallback">;

interface Table {
  rows: Row[];
  byField: Map<string, Row>;
  implied: Map<string, Scalar>;
  faults: ConfigurationFault[];
}

/** The vendor's table with the rows and fillers that a connection adds, and every fault in these. */
export function compileTable(adapter: Adapter, configuration: TableConfiguration): Table {
  const faults: ConfigurationFault[] = [];
  const rows = [...homeRows(adapter), ...mappedRows(adapter, configuration, faults)];
  rows.push(...optionRows(adapter, new Set(rows.map((row) => row.to))));
  const byField = new Map<string, Row>(rows.map((row) => [row.field, row]));
  const implied = impliedFields(adapter);
  addFillers(adapter, configuration, byField, implied, faults);
  return { rows, byField, implied, faults };
}

/** Compiles a connection, or names every fault in its mapping, defaults and fallback. */
export function compilePlan(
  adapter: Adapter,
  connection: Connection,
  reveal: (secret: SecretReference) => string,
): { plan: Plan } | { faults: ConfigurationFault[] } {
  const { rows, byField, implied, faults } = compileTable(adapter, connection);
  if (faults.length > 0) return { faults };

  const scheme = adapter.auth.find(({ schema }) => schema.safeParse(connection.auth).success);
  if (scheme === undefined) return { faults: [{ path: "auth", detail: "Is none that the vendor knows" }] };
  return {
    plan: {
      adapter,
      connection,
      rows,
      byField,
      byTarget: new Map(rows.map((row) => [row.to, row])),
      implied,
      constants: Object.entries(adapter.constants).map(([to, value]) => {
        const pointer = pointerSchema.parse(to);
        return { to: pointer, path: toPath(pointer), value };
      }),
      url: `${connection.base_url}${adapter.path}`,
      headers: adapter.headers(connection),
      auth: scheme.authenticate(connection.auth, { baseUrl: connection.base_url, reveal }),
    },
  };
}

function homeRows(adapter: Adapter): Row[] {
  return canonicalFieldNames.options.flatMap((field) => {
    const rule = adapter.fields[field];
    if (!isHome(rule)) return [];
    return {
      field: pointerOf(field),
      to: rule.to,
      path: toPath(rule.to),
      disposition: "sent" as const,
      canonical: { field },
      kind: rule.kind ?? kindOfField(field),
      values: rule.values,
      required: rule.required ?? false,
      nullable: rule.nullable ?? false,
      unique: rule.unique ?? false,
      filler:
        rule.otherwise === undefined
          ? undefined
          : {
              sources: [],
              value: rule.otherwise,
              because: `${adapter.title} requires it; this is what the gateway fills in`,
            },
    };
  });
}

const notAField = "Is neither a canonical field nor `custom.<key>`";

function isCustom(name: string): boolean {
  return name.startsWith("custom.") && customKey.safeParse(name.slice("custom.".length)).success;
}

const slotRow = { required: false, nullable: false, unique: false, values: undefined, filler: undefined };

function mappedRows(adapter: Adapter, connection: TableConfiguration, faults: ConfigurationFault[]): Row[] {
  const usedBy = new Map<string, string>();
  return Object.entries(connection.mapping).flatMap(([name, slotName]) => {
    const fault = (detail: string) => {
      faults.push({ path: `mapping.${name}`, detail });
      return [];
    };
    const canonicalField = canonicalFieldNames.safeParse(name);
    const slot = Object.hasOwn(adapter.slots, slotName) ? adapter.slots[slotName] : undefined;
    const custom = name.slice("custom.".length);
    if (canonicalField.success && adapter.fields[canonicalField.data] !== "mappable") {
      return fault(
        `${adapter.title} ${isHome(adapter.fields[canonicalField.data]) ? "has a field of its own for it" : "cannot be given it"}`,
      );
    }
    if (!canonicalField.success && !isCustom(name)) return fault(notAField);
    if (slot === undefined) {
      const known = Object.keys(adapter.slots);
      return fault(
        `${adapter.title} has no free slot \`${slotName}\`${known.length > 0 ? `; it has ${known.join(", ")}` : ""}`,
      );
    }
    const earlier = usedBy.get(slotName);
    if (earlier !== undefined) return fault(`The slot \`${slotName}\` is used twice: also by \`${earlier}\``);
    usedBy.set(slotName, name);
    if (canonicalField.success && kindOfField(canonicalField.data) !== slot.kind) {
      return fault(
        `The slot \`${slotName}\` holds ${valueKinds[slot.kind].noun}; \`${name}\` is ${valueKinds[kindOfField(canonicalField.data)].noun}`,
      );
    }
    return {
      ...slotRow,
      field: pointerOf(name),
      to: slot.to,
      path: toPath(slot.to),
      disposition: "mapped" as const,
      canonical: canonicalField.success ? { field: canonicalField.data } : { custom },
      kind: slot.kind,
    };
  });
}

/** A slot that no mapping uses is open to `vendor_options`. */
function optionRows(adapter: Adapter, used: ReadonlySet<string>): Row[] {
  return Object.entries(adapter.slots)
    .filter(([, slot]) => !used.has(slot.to))
    .map(([name, slot]) => ({
      ...slotRow,
      field: toPointer(["vendor_options", adapter.vendor, name]),
      to: slot.to,
      path: toPath(slot.to),
      disposition: "sent" as const,
      canonical: undefined,
      kind: slot.kind,
    }));
}

function impliedFields(adapter: Adapter): Map<string, Scalar> {
  return new Map(
    canonicalFieldNames.options.flatMap((field) => {
      const rule = adapter.fields[field];
      return typeof rule === "object" && "implied" in rule ? [[pointerOf(field), rule.implied] as const] : [];
    }),
  );
}

function addFillers(
  adapter: Adapter,
  connection: TableConfiguration,
  byField: ReadonlyMap<string, Row>,
  implied: ReadonlyMap<string, Scalar>,
  faults: ConfigurationFault[],
): void {
  const cannotCarry = `This connection cannot carry it to ${adapter.title}`;
  for (const [name, value] of Object.entries(connection.defaults)) {
    const path = `defaults.${name}`;
    const pointer = pointerOf(name);
    const row = byField.get(pointer);
    const canonicalField = canonicalFieldNames.safeParse(name);
    const schema = canonicalField.success
      ? canonicalFields[canonicalField.data]
      : valueKinds[row?.kind ?? "string"].schema;
    const checked = schema.safeParse(value);
    if (!canonicalField.success && !isCustom(name)) faults.push({ path, detail: notAField });
    else if (name === "name") faults.push({ path, detail: "Every request has a name; a default would never be used" });
    else if (row === undefined && implied.get(pointer) !== value) faults.push({ path, detail: cannotCarry });
    else if (!checked.success)
      faults.push({ path, detail: checked.error.issues.map((issue) => issue.message).join("; ") });
    else if (row !== undefined) {
      const carried = toVendor(row, value);
      if ("detail" in carried) faults.push({ path, detail: carried.detail });
      else row.filler = { sources: [], value, because: "left out; filled by the connection's default" };
    }
  }
  for (const [name, sources] of Object.entries(connection.fallback)) {
    const path = `fallback.${name}`;
    const row = byField.get(pointerOf(name));
    const field = textFields.safeParse(name);
    if (!field.success || name === "name") faults.push({ path, detail: "Is no text field that a fallback can fill" });
    else if (row === undefined) faults.push({ path, detail: cannotCarry });
    else if (sources.includes(field.data)) faults.push({ path, detail: "A field cannot fill itself" });
    else {
      row.filler = {
        because: "left out; filled by the connection's default",
        value: undefined,
        ...row.filler,
        sources,
      };
      // A request that has such a source is refused for it, before it could fill anything.
      const notCarried = sources.filter((source) => !byField.has(pointerOf(source)));
      const detail = (source: string) =>
        `This connection does not carry \`${source}\`, which is to fill it: map it too`;
      faults.push(...notCarried.map((source) => ({ path, detail: detail(source) })));
    }
  }
}

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
export function isAlwaysFilled({ filler }: Row): boolean {
  return filler !== undefined && (filler.value !== undefined || filler.sources.includes("name"));
}

export function isCode(row: Row): boolean {
  return row.canonical !== undefined && "field" in row.canonical && row.canonical.field === "code";
}
