/** Makes the canonical account from a vendor's reply. */
import type { Account, ConfirmedFieldEntry, Warning } from "../../schemas/documents/account.ts";
import {
  addressPartNames,
  nothingReported,
  reportedFields,
  reportedTimes,
  type Scalar,
  textFields,
} from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { canonicalFieldOf, type Row } from "./row.ts";
import {
  isObject,
  isSameJson,
  type JsonObject,
  leaves,
  setAt,
  toPath,
  toShortPointer,
  valueAt,
} from "../../schemas/json-pointer.ts";
import { isOfKind, valueKinds } from "./value-kind.ts";

export interface Decoded {
  account: Omit<Account, "operation" | "fields" | "vendor_response">;
  /** The field report of the create. Each entry says whether the vendor confirmed the leaf. */
  fields: ConfirmedFieldEntry[];
}

/** The vendor's id, as a string; `undefined` if the reply has none. */
export function readId({ adapter }: Plan, reply: Json): string | undefined {
  const id = valueAt(reply, toPath(adapter.reply.id));
  if (typeof id === "number") return Number.isInteger(id) && id > 0 ? String(id) : undefined;
  return typeof id === "string" && isId(id) ? id : undefined;
}

/** Values that vendors send instead of an id. */
const noId = /^(?:0+|-\d+|null|undefined|nil|none|nan|0{8}-0{4}-0{4}-0{4}-0{12})$/i;
const maxIdLength = 255;

function isId(text: string): boolean {
  return text.length <= maxIdLength && !isBlank(text) && !/\p{Cc}/u.test(text) && !noId.test(text.trim());
}

type ReportedTime = keyof typeof reportedTimes;

/** Finds the first of the member's pointers that has a value. `time` is set if that value is an RFC 3339 time. */
function findTime({ adapter }: Plan, reply: Json, member: ReportedTime) {
  for (const pointer of adapter.reply[member]) {
    const received = valueAt(reply, toPath(pointer));
    if (received === undefined || received === null) continue;
    return { pointer, received, time: reportedTimes[member].safeParse(received).data };
  }
  return undefined;
}

/** The time that the vendor reports; `undefined` if the time is missing or unreadable. */
export function readTime(plan: Plan, reply: Json, member: ReportedTime): string | undefined {
  return findTime(plan, reply, member)?.time ?? undefined;
}

/** Accepts any reply and never throws. Unreadable leaves, and leaves without a canonical field, go to `vendor_fields`. */
export function decode(
  plan: Plan,
  id: string,
  reply: JsonObject,
  sendable: Pick<Sendable, "fields" | "warnings">,
): Decoded {
  const { adapter, connection } = plan;
  const readPointers = new Set<string>([adapter.reply.id]);
  const warnings: Warning[] = [...sendable.warnings];
  const unreadable = (field: Pointer, received: Json) => {
    const detail = `${adapter.title} reports a value that the gateway cannot read; see \`vendor_fields\``;
    warnings.push({ code: "unreadable", field, detail, received });
    return null;
  };

  const custom: Account["custom"] = {};
  const values = new Map<string, Json>();
  for (const row of plan.rows) {
    const { member } = row;
    if (member.kind === "option") continue;
    const received = valueAt(reply, row.path) ?? null;
    const value = received === null ? null : toCanonical(row, received);
    if (value !== undefined) readPointers.add(row.to);
    const read = value === undefined ? unreadable(row.field, received) : value;
    if (member.kind === "field") values.set(member.field, read);
    else custom[member.key] = read;
  }
  values.set("address", addressOf(values));

  const time = (member: ReportedTime) => {
    const found = findTime(plan, reply, member);
    if (found === undefined) return null;
    if (found.time === undefined) return unreadable(`/${member}`, found.received);
    readPointers.add(found.pointer);
    return found.time;
  };
  const created_at = time("created_at");
  const updated_at = time("updated_at");
  for (const { to, path, value } of plan.constants) if (isSameJson(valueAt(reply, path), value)) readPointers.add(to);

  const fields = confirm(plan, reply, sendable, warnings);
  return {
    account: {
      id,
      vendor: adapter.vendor,
      connection: connection.id,
      ...canonicalMembers(values),
      custom,
      created_at,
      updated_at,
      vendor_fields: remainingFields(plan, reply, readPointers),
      warnings,
    },
    fields,
  };
}

/** The account's members for the canonical fields. */
function canonicalMembers(values: ReadonlyMap<string, Json>): Pick<Account, keyof typeof nothingReported> {
  const members: JsonObject = { ...nothingReported };
  for (const [name, value] of values) if (Object.hasOwn(members, name)) members[name] = value;
  // {@link toCanonical} has checked each value; a second check by the schema would cost a create three percent.
  return members as Pick<Account, keyof typeof nothingReported>;
}

const addressFields = addressPartNames.map((part) => [part, `address.${part}`] as const);

/** The address, or `null` if the vendor reports no part of it. */
function addressOf(values: ReadonlyMap<string, Json>): JsonObject | null {
  const parts = addressFields.map(([part, field]) => [part, values.get(field) ?? null] as const);
  return parts.some(([, value]) => value !== null) ? Object.fromEntries(parts) : null;
}

const isTextField: ReadonlySet<string> = new Set(textFields.options);

function toCanonical(row: Row, received: Json): Scalar | undefined {
  if (row.values !== undefined) return row.values.find(([, vendor]) => vendor === received)?.[0];
  if (!isOfKind(row.kind, received)) return undefined;
  const field = canonicalFieldOf(row);
  if (field === undefined) return received;
  if (isTextField.has(field)) return typeof received === "string" ? received : undefined;
  return reportedFields[field].safeParse(received).data;
}

/** Compares each sent leaf with the reply, and adds a warning for each difference. */
function confirm(
  plan: Plan,
  reply: JsonObject,
  sendable: Pick<Sendable, "fields">,
  warnings: Warning[],
): ConfirmedFieldEntry[] {
  return sendable.fields.map((entry) => {
    if (entry.to === null) return { ...entry, confirmed: null };
    const row = plan.byTarget.get(entry.to);
    const received = valueAt(reply, row?.path ?? toPath(entry.to));
    if (received === undefined) return { ...entry, confirmed: null };
    const confirmed =
      row === undefined || entry.value === null
        ? isSameJson(entry.value, received)
        : valueKinds[row.kind].same(entry.value, received);
    const field = row?.field ?? entry.to;
    if (!confirmed && !warnings.some((warning) => warning.code === "unreadable" && warning.field === field)) {
      const detail = `${plan.adapter.title} reports a different value than the gateway sent`;
      const canonical = (value: Json) => (row === undefined ? value : (toCanonical(row, value) ?? value));
      const [sent, reported] = [canonical(entry.value), canonical(received)];
      warnings.push({ code: "changed_by_vendor", field, detail, sent, received: reported });
    }
    return { ...entry, confirmed };
  });
}

/**
 * The leaves that the engine did not read, without their envelope. If two leaves would have the same name, the second leaf's
 * name is its full pointer. If that pointer is too long, the second leaf is left out.
 */
function remainingFields({ adapter }: Plan, reply: JsonObject, readPointers: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  const envelopes = adapter.reply.envelopes.map(toPath);
  for (const [path, value] of leaves(reply)) {
    const pointer = toShortPointer(path);
    if (pointer !== undefined && readPointers.has(pointer)) continue;
    const envelope = envelopes.find(
      (each) => each.length < path.length && each.every((member, at) => member === path[at]),
    );
    // A copy, because a later leaf may go into the empty object.
    const leaf = isObject(value) ? {} : value;
    const isSet = setAt(rest, path.slice(envelope?.length ?? 0), leaf);
    if (!isSet && pointer !== undefined) setAt(rest, [pointer], leaf);
  }
  return rest;
}
