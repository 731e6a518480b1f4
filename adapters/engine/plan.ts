import { canonicalFieldNames, type Scalar } from "../../schemas/account.ts";
import type { Connection, SecretReference } from "../../schemas/connection.ts";
import { type Pointer, pointerSchema } from "../../schemas/json.ts";
import type { Adapter, ConfigurationFault } from "./adapter.ts";
import type { Auth } from "./auth.ts";
import { toPath, toPointer } from "../../schemas/json-pointer.ts";
import { fieldDefaultsOf } from "./field-defaults.ts";
import { mappedRows } from "./mapping.ts";
import { isDestination, kindOfField, pointerOf, type Row, slotRow } from "./row.ts";

/** All that is needed to translate for one connection. */
export interface Plan extends Table {
  adapter: Adapter;
  connection: Connection;
  constants: readonly { to: Pointer; path: readonly string[]; value: Scalar }[];
  url: string;
  headers: Readonly<Record<string, string>>;
  auth: Auth;
}

/** Compiles a connection, or names every fault in its mapping, defaults and fallback. */
export function compilePlan(
  adapter: Adapter,
  connection: Connection,
  reveal: (secret: SecretReference) => string,
): { plan: Plan } | { faults: ConfigurationFault[] } {
  const { table, faults } = compileTable(adapter, connection);
  if (faults.length > 0) return { faults };

  const scheme = adapter.auth.find(({ schema }) => schema.safeParse(connection.auth).success);
  if (scheme === undefined) return { faults: [{ path: "auth", detail: "Is none that the vendor knows" }] };
  return {
    plan: {
      adapter,
      connection,
      ...table,
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

export interface Table {
  /** The vendor's own fields, then what is mapped, then the free slots. */
  rows: readonly Row[];
  byField: ReadonlyMap<string, Row>;
  byTarget: ReadonlyMap<string, Row>;
  /** The first free slot of each kind. */
  openSlots: readonly Row[];
  /** The only value of fields that the vendor does not know. */
  implied: ReadonlyMap<string, Scalar>;
}

/** Compiles the table, and names every fault in what the connection adds. */
export function compileTable(
  adapter: Adapter,
  configuration: Pick<Connection, "mapping" | "defaults" | "fallback">,
): { table: Table; faults: ConfigurationFault[] } {
  const mapped = mappedRows(adapter, configuration.mapping);
  const carried = [...destinationRows(adapter), ...mapped.rows];
  const unfilled = [...carried, ...optionRows(adapter, new Set(carried.map((row) => row.to)))];
  const implied = impliedFields(adapter);
  const { fieldDefaults, faults } = fieldDefaultsOf(
    { adapter, byField: byKey(unfilled, "field"), implied },
    configuration,
  );
  const rows = unfilled.map((row) => ({ ...row, fieldDefault: fieldDefaults.get(row.field) ?? row.fieldDefault }));
  return {
    table: { rows, byField: byKey(rows, "field"), byTarget: byKey(rows, "to"), openSlots: openSlots(rows), implied },
    faults: [...mapped.faults, ...faults],
  };
}

function byKey(rows: readonly Row[], key: "field" | "to"): Map<string, Row> {
  return new Map(rows.map((row) => [row[key], row]));
}

function openSlots(rows: readonly Row[]): Row[] {
  const free = rows.filter((row) => row.canonical === undefined);
  return free.filter((row, index) => free.findIndex(({ kind }) => kind === row.kind) === index);
}

function destinationRows(adapter: Adapter): Row[] {
  return canonicalFieldNames.options.flatMap((field) => {
    const rule = adapter.fields[field];
    if (!isDestination(rule)) return [];
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
      fieldDefault:
        rule.default === undefined
          ? undefined
          : {
              sources: [],
              value: rule.default,
              because: `${adapter.title} requires it; this is what the gateway fills in`,
            },
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
