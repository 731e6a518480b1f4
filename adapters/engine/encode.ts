/** Makes the vendor's body from a canonical account, and reports what happened to every leaf of both bodies. */
import { type AccountRequest, canonicalFields, type Scalar } from "../../schemas/account.ts";
import type { FieldEntry, Warning } from "../../schemas/documents/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { type JsonObject, leaves, type Path, setAt, toPointer } from "../../schemas/json-pointer.ts";
import { messages } from "../../schemas/messages.ts";
import { isBlank } from "../../schemas/text.ts";
import { type ApplyDefault, defaultsFor } from "./field-defaults.ts";
import type { Plan } from "./plan.ts";
import { canonicalFieldOf, isStampable, nameOf, type Row, toVendorValue, type VendorValue } from "./row.ts";

export type Handling = "strict" | "lenient";

/** Why the gateway cannot send an account over a connection, with a pointer into the caller's body. */
export interface Fault {
  code: "invalid_account" | "missing_field" | "unsupported_field";
  pointer: Pointer;
  detail: string;
}

/** The body to send, and what the gateway needs to read the answer. This is plain data, so that the ledger can store it. */
export interface Sendable {
  body: JsonObject;
  fields: FieldEntry[];
  warnings: Warning[];
  /** The headers that carry the vendor's own idempotency key. */
  headers?: Readonly<Record<string, string>>;
  /** Maps a pointer into the vendor's body to the pointer into the caller's body that the value comes from. */
  sources: Readonly<Record<Pointer, Pointer>>;
}

export interface Encoded extends Sendable {
  /** If there are faults, the body has only the supported fields, and the gateway must not send it. */
  faults: Fault[];
}

/** A pure function. The stamp fills `external_ref` if the caller, the fallback and the default give no value. */
export function encode(plan: Plan, account: AccountRequest, handling: Handling, stamp?: string): Encoded {
  const applyDefault = defaultsFor(account, plan.connection.stamp ? stamp : undefined);
  const fields: FieldEntry[] = [];
  const faults: Fault[] = [];
  const sources: Record<Pointer, Pointer> = {};
  const values = new Map<string, Json>();
  const report = ({ entry, fault, source }: EncodedLeaf) => {
    if (fault !== undefined) faults.push(fault);
    if (entry === undefined) return;
    fields.push(entry);
    if (entry.to === null) return;
    values.set(entry.to, entry.value);
    if (source !== undefined) sources[entry.to] = source;
  };
  for (const [path, value] of leaves(account as JsonObject)) {
    // An empty object, such as `"custom": {}`, has no value.
    if (typeof value !== "object" || value === null) report(encodeLeaf(plan, applyDefault, [path, value], handling));
  }
  // Decide before the defaults add values and faults.
  const leftOut = plan.rows.filter(
    ({ to, field }) => !values.has(to) && !faults.some(({ pointer }) => pointer === field),
  );
  for (const row of leftOut) report(encodeDefault(plan, applyDefault, row));
  const reason = `${plan.adapter.title} requires it`;
  for (const { to, value } of plan.constants)
    report({ entry: { field: null, disposition: "constant", to, value, reason } });
  const { shapes = [], idempotencyKey } = plan.adapter;
  return {
    body: shapes.reduce((body, { toWire }) => toWire(body), bodyOf(plan, values)),
    ...(idempotencyKey === undefined || stamp === undefined ? {} : { headers: { [idempotencyKey.header]: stamp } }),
    fields,
    faults,
    warnings: droppedWarnings(fields),
    sources,
  };
}

const forAnotherVendor = "for another vendor";

/** A warning for each dropped leaf, except for the options of other vendors. */
export function droppedWarnings(fields: readonly FieldEntry[]): Warning[] {
  return fields.flatMap(({ field, disposition, value, reason }) =>
    field === null || disposition !== "dropped" || reason === forAnotherVendor
      ? []
      : { code: "dropped" as const, field, detail: reason ?? "", value },
  );
}

/** The result for one leaf of the caller's body or of the vendor's body. */
interface EncodedLeaf {
  entry?: FieldEntry;
  fault?: Fault;
  /** The pointer into the caller's body that the vendor's value comes from. */
  source?: Pointer;
}

type ScalarLeaf = readonly [path: Path, value: Scalar];

/** Encodes a leaf of the caller's body. The result is `sent`, `mapped`, `implied`, `dropped` or `refused`. */
function encodeLeaf(
  plan: Plan,
  applyDefault: ApplyDefault,
  [path, value]: ScalarLeaf,
  handling: Handling,
): EncodedLeaf {
  const field = toPointer(path);
  const row = plan.byField.get(field);
  const notSent = { field, to: null, value };
  const isForAnotherVendor = path[0] === "vendor_options" && path.length > 1 && path[1] !== plan.adapter.vendor;
  if (isForAnotherVendor) return { entry: { ...notSent, disposition: "dropped", reason: forAnotherVendor } };

  // A default may replace `null`, and the stamp may replace a blank reference.
  const isBlankReference = typeof value === "string" && isBlank(value) && isStamped(applyDefault, row);
  const hasNoValue = value === null ? !row?.nullable || applyDefault(row) !== undefined : isBlankReference;
  if (hasNoValue) return { entry: { ...notSent, disposition: "implied", reason: "no value" } };

  if (row !== undefined) {
    const converted: VendorValue = value === null ? { kind: "value", value } : toVendorValue(row, value);
    if (converted.kind === "refused") return refuse(notSent, { code: "invalid_account", detail: converted.detail });
    const { to, disposition } = row;
    return { entry: { field, disposition, to, value: converted.value, reason: null }, source: field };
  }
  if (plan.implied.has(field) && plan.implied.get(field) === value) {
    const reason = `every account of ${plan.adapter.title} has this value`;
    return { entry: { ...notSent, disposition: "implied", reason } };
  }
  const detail = whyUnsupported(plan, path, field, value);
  if (handling === "lenient") return { entry: { ...notSent, disposition: "dropped", reason: detail } };
  return refuse(notSent, {
    code: "unsupported_field",
    detail: `${detail}, or send \`Prefer: handling=lenient\` to drop it`,
  });
}

function refuse(notSent: { field: Pointer; to: null; value: Scalar }, fault: Omit<Fault, "pointer">): EncodedLeaf {
  const entry: FieldEntry = { ...notSent, disposition: "refused", reason: fault.detail };
  return { entry, fault: { ...fault, pointer: notSent.field } };
}

/** Fills a row that the caller left out with the row's default. A required row without a default is a fault. */
function encodeDefault(plan: Plan, applyDefault: ApplyDefault, row: Row): EncodedLeaf {
  const applied = applyDefault(row);
  if (applied === undefined) {
    if (!row.required) return {};
    return { fault: { code: "missing_field", pointer: row.field, detail: whyRequired(plan, row) } };
  }
  const { disposition, source = row.field, reason } = applied;
  const checked = checkedDefault(row, applied.value);
  if (checked.kind === "refused")
    return { fault: { code: "invalid_account", pointer: source, detail: checked.detail } };
  return { entry: { field: null, disposition, to: row.to, value: checked.value, reason }, source };
}

/** The vendor's body, with its members in the table's order. */
function bodyOf(plan: Plan, values: ReadonlyMap<string, Json>): JsonObject {
  const body: JsonObject = {};
  for (const { to, path } of [...plan.constants, ...plan.rows]) {
    const value = values.get(to);
    if (value !== undefined) setAt(body, path, value);
  }
  return body;
}

/** Whether the stamp fills the row if the caller's reference is blank or missing. */
function isStamped(applyDefault: ApplyDefault, row: Row | undefined): boolean {
  return row !== undefined && isStampable(row) && applyDefault(row)?.disposition === "stamped";
}

/** A default must also fit the canonical field that it fills. */
function checkedDefault(row: Row, value: Json): VendorValue {
  const field = canonicalFieldOf(row);
  const message = field && canonicalFields[field].safeParse(value, messages).error?.issues[0]?.message;
  if (message !== undefined) return { kind: "refused", detail: `The value cannot fill \`${field}\`: ${message}` };
  return toVendorValue(row, value);
}

function whyRequired({ adapter }: Plan, row: Row): string {
  const { fieldDefault } = row;
  const names = [nameOf(row), ...(fieldDefault?.sources ?? [])].map((name) => `\`${name}\``).join(" or ");
  const others = fieldDefault === undefined ? ", or configure a default or fallback for it on the connection" : "";
  return `${adapter.title} requires this field; send ${names}${others}`;
}

/** The text ends with the caller's remedy, so that {@link encodeLeaf} can append another one: ", or …". */
function whyUnsupported(plan: Plan, path: readonly string[], pointer: Pointer, value: Json): string {
  const { adapter, implied, byTarget } = plan;
  const [member, , option = ""] = path;
  const only = implied.get(pointer);
  if (only !== undefined) return `${adapter.title} supports only \`${String(only)}\` for this field; remove it`;
  if (member === "vendor_options") {
    const slot = adapter.slots[option];
    const mapped = slot && byTarget.get(slot.to)?.field;
    return mapped === undefined
      ? `${adapter.title} has no such option; remove it`
      : `The connection maps \`${mapped}\` to this slot; send that field instead`;
  }
  const name = path.join(".");
  const isMappable =
    member === "custom" ||
    Object.entries(adapter.fields).some(([field, { kind }]) => field === name && kind === "mappable");
  const slot = isMappable ? freeSlotFor(plan, value) : undefined;
  return slot === undefined
    ? `${adapter.title} does not support this field; remove it`
    : `The connection does not map this field; remove it, or map it with \`mapping = { ${JSON.stringify(name)} = "${slot}" }\``;
}

/** The name of the first free slot that accepts the value. */
function freeSlotFor({ firstFreeSlots: freeSlots }: Plan, value: Json): string | undefined {
  const slot = freeSlots.find((row) => toVendorValue(row, value).kind === "value");
  return slot?.member.kind === "option" ? slot.member.name : undefined;
}
