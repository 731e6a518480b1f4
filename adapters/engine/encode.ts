/** A canonical account becomes the vendor's body, with an entry in the field report for every leaf on either side. */
import {
  type AccountRequest,
  canonicalFields,
  type FieldEntry,
  type Scalar,
  type Warning,
} from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { messages } from "../../schemas/messages.ts";
import { isBlank } from "../../schemas/text.ts";
import { codeFromName } from "./field-defaults.ts";
import type { Plan } from "./plan.ts";
import { isCode, isStampable, pointerOf, type Row, toVendor } from "./row.ts";
import { type JsonObject, leaves, type Path, setAt, toPath, toPointer } from "../../schemas/json-pointer.ts";

export type Handling = "strict" | "lenient";

/** Why an account cannot be sent over a connection, with a pointer into the caller's body. */
export interface Fault {
  code: "invalid_account" | "missing_field" | "unsupported_field";
  pointer: Pointer;
  detail: string;
}

/** What is sent, and all that is needed to read what the vendor says of it. Plain data, which a ledger can keep. */
export interface Sendable {
  body: JsonObject;
  fields: FieldEntry[];
  warnings: Warning[];
  /** For every leaf of the vendor's body that came from the caller's: where from. */
  sources: Readonly<Record<Pointer, Pointer>>;
}

export interface Encoded extends Sendable {
  /** Not empty: nothing may be sent. The body then holds what could be carried. */
  faults: Fault[];
}

/** Pure and deterministic; the account is not changed. A stamp stands in for an `external_ref` that nothing else fills. */
export function encode(plan: Plan, account: AccountRequest, handling: Handling, stamp?: string): Encoded {
  const fill = defaultsFor(account, plan.connection.stamp ? stamp : undefined);
  const given = [...accountLeaves(account)].map((leaf) => encodeGiven(plan, fill, leaf, handling));
  const taken = new Set(given.flatMap(({ entry }) => entry?.to ?? []));
  const refused = new Set(given.flatMap(({ fault }) => fault?.pointer ?? []));
  const open = plan.rows.filter((row) => !taken.has(row.to) && !refused.has(row.field));
  const carried = [
    ...given,
    ...open.map((row) => encodeDefault(plan, fill, row)),
    ...plan.constants.map(encodeConstant(plan)),
  ];
  const fields = carried.flatMap(({ entry }) => entry ?? []);
  return {
    body: bodyOf(plan, fields),
    fields,
    faults: carried.flatMap(({ fault }) => fault ?? []),
    warnings: droppedWarnings(fields),
    sources: Object.fromEntries(
      carried.flatMap(({ entry, source }) => (entry?.to && source ? [[entry.to, source] as const] : [])),
    ),
  };
}

const forAnotherVendor = "for another vendor";

/** A warning of each leaf that was dropped, unless it is for another vendor. */
export function droppedWarnings(fields: readonly FieldEntry[]): Warning[] {
  return fields.flatMap(({ field, disposition, value, reason }) =>
    field === null || disposition !== "dropped" || reason === forAnotherVendor
      ? []
      : { code: "dropped" as const, field, detail: reason ?? "", value },
  );
}

/** What became of one leaf, on either side. */
interface EncodedLeaf {
  entry?: FieldEntry;
  fault?: Fault;
  /** Where in the caller's body the vendor's leaf came from. */
  source?: Pointer;
}

type Leaf = readonly [path: Path, value: Scalar];

/** A leaf of the caller's: sent, implied, dropped or refused. */
function encodeGiven(plan: Plan, fill: ApplyDefault, [path, value]: Leaf, handling: Handling): EncodedLeaf {
  const field = toPointer(path);
  const row = plan.byField.get(field);
  const notSent = { field, to: null, value };
  const isForAnother = path[0] === "vendor_options" && path.length > 1 && path[1] !== plan.adapter.vendor;
  if (isForAnother) return { entry: { ...notSent, disposition: "dropped", reason: forAnotherVendor } };

  const saysNothing = typeof value === "string" && isBlank(value) && isStamped(fill, row);
  const hasNoValue = value === null ? !row?.nullable || fill(row) !== undefined : saysNothing;
  if (hasNoValue) return { entry: { ...notSent, disposition: "implied", reason: "no value" } };

  if (row !== undefined) {
    const vendors = value === null ? { value } : toVendor(row, value);
    if ("detail" in vendors) return refuse(notSent, { code: "invalid_account", detail: vendors.detail });
    const { to, disposition } = row;
    return { entry: { field, disposition, to, value: vendors.value, reason: null }, source: field };
  }
  if (plan.implied.has(field) && plan.implied.get(field) === value) {
    const reason = `every account of ${plan.adapter.title} has this value`;
    return { entry: { ...notSent, disposition: "implied", reason } };
  }
  const detail = whyUnsupported(plan, path, field, value);
  if (handling === "lenient") return { entry: { ...notSent, disposition: "dropped", reason: detail } };
  const remedy = `${detail}, or send \`Prefer: handling=lenient\` to drop it`;
  return refuse(notSent, { code: "unsupported_field", detail: remedy });
}

function refuse(notSent: { field: Pointer; to: null; value: Scalar }, fault: Omit<Fault, "pointer">): EncodedLeaf {
  const entry: FieldEntry = { ...notSent, disposition: "refused", reason: fault.detail };
  return { entry, fault: { ...fault, pointer: notSent.field } };
}

/** A leaf of the vendor's that the caller left open: filled where the connection or the adapter can, missed where it must be there. */
function encodeDefault(plan: Plan, fill: ApplyDefault, row: Row): EncodedLeaf {
  const filled = fill(row);
  if (filled === undefined) {
    if (!row.required) return {};
    return { fault: { code: "missing_field", pointer: row.field, detail: whyRequired(plan, row) } };
  }
  const source = filled.source ?? row.field;
  const vendors = checkedDefault(row, filled.value);
  if ("detail" in vendors) return { fault: { code: "invalid_account", pointer: source, detail: vendors.detail } };
  const entry: FieldEntry = {
    field: null,
    disposition: filled.disposition,
    to: row.to,
    value: vendors.value,
    reason: filled.because,
  };
  return { entry, source };
}

function encodeConstant({ adapter }: Plan) {
  return ({ to, value }: Plan["constants"][number]): EncodedLeaf => ({
    entry: { field: null, disposition: "constant", to, value, reason: `${adapter.title} requires it` },
  });
}

/** The members in the order of the table, whatever the order of the caller's. */
function bodyOf(plan: Plan, fields: readonly FieldEntry[]): JsonObject {
  const values = new Map(fields.map(({ to, value }) => [to, value]));
  const body: JsonObject = {};
  for (const { to, path } of [...plan.constants, ...plan.rows]) {
    const value = values.get(to);
    if (value !== undefined) setAt(body, path, value);
  }
  return body;
}

/** An object without members, such as `"custom": {}`, says nothing: it is no leaf of an account. */
function* accountLeaves(account: AccountRequest): Generator<Leaf> {
  for (const [path, value] of leaves(account as JsonObject)) {
    if (typeof value !== "object" || value === null) yield [path, value];
  }
}

interface AppliedDefault {
  disposition: "defaulted" | "stamped";
  value: string | number | boolean;
  source: Pointer | undefined;
  because: string;
}

type ApplyDefault = (row: Row) => AppliedDefault | undefined;

/** What fills a row that the caller left open: the first source that has a value, a default, and last the stamp. */
function defaultsFor(account: AccountRequest, stamp: string | undefined): ApplyDefault {
  return (row) => {
    for (const source of row.fieldDefault?.sources ?? []) {
      const value = account[source];
      if (typeof value !== "string" || isBlank(value)) continue;
      const because = `left out; filled from /${source} by the connection's fallback`;
      const filled = source === "name" && isCode(row) ? codeFromName(value) : value;
      return { disposition: "defaulted", value: filled, source: pointerOf(source), because };
    }
    const { value, because = "" } = row.fieldDefault ?? {};
    if (value !== undefined && value !== null) return { disposition: "defaulted", value, source: undefined, because };
    if (stamp === undefined || !isStampable(row)) return undefined;
    return { disposition: "stamped", value: stamp, source: undefined, because: whyStamped };
  };
}

/** A reference that says nothing is none: the stamp takes its place. */
function isStamped(fill: ApplyDefault, row: Row | undefined): boolean {
  return row !== undefined && isStampable(row) && fill(row)?.disposition === "stamped";
}

const whyStamped = "left out; carries the UUID of the operation's id, by which the gateway recognises its own account";

/** What fills a leaf is held to the limits of the canonical field it stands for. */
function checkedDefault(row: Row, value: Json): { value: Json } | { detail: string } {
  if (row.canonical !== undefined && "field" in row.canonical) {
    const checked = canonicalFields[row.canonical.field].safeParse(value, messages);
    const message = checked.error?.issues[0]?.message;
    if (message !== undefined) return { detail: `Cannot fill \`${row.canonical.field}\`: ${message}` };
  }
  return toVendor(row, value);
}

function whyRequired({ adapter }: Plan, { field, fieldDefault }: Row): string {
  const names = [field.slice(1), ...(fieldDefault?.sources ?? [])].map((name) => `\`${name}\``).join(" or ");
  const others = fieldDefault === undefined ? ", or give the connection a fallback or default for it" : "";
  return `${adapter.title} requires it: send ${names}${others}`;
}

/** Ends in what the caller can do, so that a further way can be added to it. */
function whyUnsupported(plan: Plan, path: readonly string[], pointer: Pointer, value: Json): string {
  const { adapter, implied, byTarget } = plan;
  const [member = "", key = ""] = path;
  const only = implied.get(pointer);
  if (only !== undefined) return `${adapter.title} knows only ${String(only)} here: leave it out`;
  if (member === "vendor_options") {
    const slot = adapter.slots[path[2] ?? ""];
    const owner = slot === undefined ? undefined : byTarget.get(slot.to)?.field;
    return owner === undefined
      ? `${adapter.title} has no such option: leave it out`
      : `This connection's mapping gives the slot to \`${owner}\`: send that instead`;
  }
  const name = member === "custom" ? `custom.${key}` : member;
  const mappable =
    member === "custom" ||
    Object.entries(adapter.fields).some(([field, rule]) => field === name && rule === "mappable");
  const slot = mappable ? freeSlot(plan, value) : undefined;
  return slot === undefined
    ? `${adapter.title} has no place for it: leave it out`
    : `This connection maps it to no field of ${adapter.title}: give it one (\`mapping = { ${JSON.stringify(name)} = "${slot}" }\`), leave it out`;
}

/** The first slot that no mapping uses and that takes the value. */
function freeSlot({ openSlots }: Plan, value: Json): string | undefined {
  const slot = openSlots.find((row) => "value" in toVendor(row, value));
  return slot === undefined ? undefined : toPath(slot.field).at(-1);
}
