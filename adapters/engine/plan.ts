/** Compiles a connection: the vendor's table, with the connection's mapping, defaults and fallback. */
import { canonicalFieldNames, type Scalar } from "../../schemas/account.ts";
import type { Connection, SecretReference } from "../../schemas/connection.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { toPath, toPointer } from "../../schemas/json-pointer.ts";
import { type Adapter, type ConfigurationFault, destinationOf } from "./adapter.ts";
import type { Auth } from "./auth.ts";
import { fieldDefaultsOf } from "./field-defaults.ts";
import { mappedRows } from "./mapping.ts";
import { kindOfField, pointerOf, type Row, slotRow } from "./row.ts";

/** A compiled connection: everything that the engine needs to translate its requests and replies. */
export interface Plan extends Table {
  adapter: Adapter;
  connection: Connection;
  constants: readonly { to: Pointer; path: readonly string[]; value: Json }[];
  url: string;
  headers: Readonly<Record<string, string>>;
  auth: Auth;
}

export interface Table {
  /** The vendor's own fields, then the mapped slots, then the free slots. */
  rows: readonly Row[];
  byField: ReadonlyMap<string, Row>;
  byTarget: ReadonlyMap<string, Row>;
  /** The first free slot of each kind of value. */
  firstFreeSlots: readonly Row[];
  /** The value of each implied field, by the field's pointer. The vendor supports no other value for the field. */
  implied: ReadonlyMap<string, Scalar>;
}

export type CompiledPlan = { kind: "plan"; plan: Plan } | { kind: "faulty"; faults: ConfigurationFault[] };

/** Compiles a connection, or reports every fault in its mapping, defaults and fallback. */
export function compilePlan(
  definition: Adapter,
  connection: Connection,
  reveal: (secret: SecretReference) => string,
): CompiledPlan {
  const adapter = withSettings(definition, connection);
  const { table, faults } = compileTable(adapter, connection);
  if (faults.length > 0) return { kind: "faulty", faults };
  const scheme = adapter.auth.find(({ schema }) => schema.safeParse(connection.auth).success);
  if (scheme === undefined) {
    const detail = `${adapter.title} does not support this way of authenticating`;
    return { kind: "faulty", faults: [{ path: "auth", detail }] };
  }
  const url = `${connection.base_url}${adapter.path}`;
  if (new URL(url).href !== url)
    return { kind: "faulty", faults: [{ path: "", detail: `A setting makes the invalid path ${adapter.path}` }] };
  const plan: Plan = {
    adapter,
    connection,
    ...table,
    constants: Object.entries(adapter.constants).map(([pointer, value]) => {
      const to: Pointer = `/${pointer.slice(1)}`;
      return { to, path: toPath(to), value };
    }),
    url,
    headers: adapter.headers(connection),
    auth: scheme.authenticate(connection.auth, { baseUrl: connection.base_url, reveal }),
  };
  return { kind: "plan", plan };
}

/** The adapter with the connection's settings in place of each `{name}` in its path and destinations. */
function withSettings(adapter: Adapter, connection: Connection): Adapter {
  const fill = (text: string, escape: (value: string) => string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => escape(String(connection[name]).toWellFormed()));
  const fields = Object.entries(adapter.fields).map(([field, support]) => {
    if (support.kind !== "destination") return [field, support];
    const to = fill(support.destination.to, (value) => toPointer([value]).slice(1));
    return [field, { ...support, destination: { ...support.destination, to } }];
  });
  return { ...adapter, path: fill(adapter.path, encodeURIComponent), fields: Object.fromEntries(fields) };
}

/** Compiles the table, and reports every fault in the connection's mapping, defaults and fallback. */
export function compileTable(
  adapter: Adapter,
  configuration: Pick<Connection, "mapping" | "defaults" | "fallback">,
): { table: Table; faults: ConfigurationFault[] } {
  const mapped = mappedRows(adapter, configuration.mapping);
  const fieldRows = [...destinationRows(adapter), ...mapped.rows];
  const withoutDefaults = [...fieldRows, ...optionRows(adapter, new Set(fieldRows.map(({ to }) => to)))];
  const implied = impliedFields(adapter);
  const { fieldDefaults, faults } = fieldDefaultsOf(
    { adapter, byField: byKey(withoutDefaults, "field"), implied },
    configuration,
  );
  const rows = withoutDefaults.map((row) => ({
    ...row,
    fieldDefault: fieldDefaults.get(row.field) ?? row.fieldDefault,
  }));
  const byTarget = byKey(rows, "to");
  return {
    table: {
      rows,
      byField: byKey(rows, "field"),
      byTarget,
      firstFreeSlots: firstFreeSlotsIn(rows),
      implied,
    },
    faults: [...mapped.faults, ...faults, ...sharedTargets(rows, byTarget)],
  };
}

/** A fault for each row whose member another row takes too, because a setting or a slot has the name of another member. */
function sharedTargets(rows: readonly Row[], byTarget: Table["byTarget"]): ConfigurationFault[] {
  return rows.flatMap(({ field, to }) => {
    const other = byTarget.get(to);
    if (other === undefined || other.field === field) return [];
    const path = other.disposition === "mapped" ? `mapping.${toPath(other.field).join(".")}` : "vendor";
    return [{ path, detail: `\`${field}\` and \`${other.field}\` both go to \`${to}\`` }];
  });
}

function byKey(rows: readonly Row[], key: "field" | "to"): Map<string, Row> {
  return new Map(rows.map((row) => [row[key], row]));
}

function firstFreeSlotsIn(rows: readonly Row[]): Row[] {
  const free = rows.filter(({ member }) => member.kind === "option");
  return free.filter((row, index) => free.findIndex(({ kind }) => kind === row.kind) === index);
}

function destinationRows(adapter: Adapter): Row[] {
  return canonicalFieldNames.options.flatMap((field) => {
    const destination = destinationOf(adapter, field);
    if (destination === undefined) return [];
    const { to, kind, values, required = false, nullable = false, unique = false, default: value } = destination;
    const reason = `left out; ${adapter.title} requires it, so the gateway fills it in`;
    return {
      field: pointerOf(field),
      member: { kind: "field" as const, field },
      to,
      path: toPath(to),
      disposition: "sent" as const,
      kind: kind ?? kindOfField(field),
      values,
      required,
      nullable,
      unique,
      fieldDefault: value === undefined ? undefined : { sources: [], value, reason },
    };
  });
}

/** The rows of the slots that the mapping does not use. `vendor_options` can fill them. */
function optionRows(adapter: Adapter, used: ReadonlySet<string>): Row[] {
  return Object.entries(adapter.slots)
    .filter(([, { to }]) => !used.has(to))
    .map(([name, { to, kind }]) => ({
      ...slotRow,
      field: toPointer(["vendor_options", adapter.vendor, name]),
      member: { kind: "option" as const, name },
      to,
      path: toPath(to),
      disposition: "sent" as const,
      kind,
    }));
}

function impliedFields({ fields }: Adapter): Map<string, Scalar> {
  return new Map(
    canonicalFieldNames.options.flatMap((field) => {
      const support = fields[field];
      return support.kind === "implied" ? [[pointerOf(field), support.value] as const] : [];
    }),
  );
}
