/** A vendor's reply becomes the canonical account. */
import * as z from "zod/mini";
import {
  type Account,
  canonicalFieldNames,
  type ConfirmedFieldEntry,
  reportedFields,
  reportedTimes,
  type Warning,
} from "../../schemas/account.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import type { Row } from "./row.ts";
import { type JsonObject, leaves, setAt, toPath, toShortPointer, valueAt } from "../../schemas/json-pointer.ts";
import { valueKinds } from "./value-kind.ts";

export interface Decoded {
  account: Omit<Account, "operation" | "fields" | "vendor_response">;
  /** What was sent, each leaf with whether the vendor confirmed it. */
  fields: ConfirmedFieldEntry[];
}

/** The vendor's id, as a string; `undefined` where the reply names none. */
export function readId({ adapter }: Plan, reply: Json): string | undefined {
  const id = valueAt(reply, toPath(adapter.reply.id));
  if (typeof id === "number") return Number.isInteger(id) && id > 0 ? String(id) : undefined;
  return typeof id === "string" && isId(id) ? id : undefined;
}

/** What vendors send where they have no id. */
const noId = /^(?:0+|-\d+|null|undefined|nil|none|nan|0{8}-0{4}-0{4}-0{4}-0{12})$/i;
const maxIdLength = 255;

function isId(text: string): boolean {
  return text.length <= maxIdLength && !isBlank(text) && !/\p{Cc}/u.test(text) && !noId.test(text.trim());
}

type ReportedTime = keyof typeof reportedTimes;

/** The first of the places where the vendor reports a time: as it stands there, and whether it is an RFC 3339 time. */
function findTime({ adapter }: Plan, reply: Json, member: ReportedTime) {
  for (const pointer of adapter.reply[member]) {
    const received = valueAt(reply, toPath(pointer));
    if (received === undefined || received === null) continue;
    const checked = reportedTimes[member].safeParse(received);
    return { pointer, received, time: checked.success ? checked.data : undefined };
  }
  return undefined;
}

/** A time that the vendor reports; `undefined` where it reports none that can be read. */
export function readTime(plan: Plan, reply: Json, member: ReportedTime): string | undefined {
  return findTime(plan, reply, member)?.time ?? undefined;
}

/** Reads what the vendor reports; total. What has no canonical home, or cannot be read, stays in `vendor_fields`. */
export function decode(
  plan: Plan,
  id: string,
  reply: JsonObject,
  encoded: Pick<Sendable, "fields" | "warnings">,
): Decoded {
  const { adapter, connection } = plan;
  const placed = new Set<string>([adapter.reply.id]);
  const warnings: Warning[] = [...encoded.warnings];
  const unreadable = (field: Pointer, received: Json) => {
    const detail = `${adapter.title} reports a value that cannot be read; it stands in \`vendor_fields\``;
    warnings.push({ code: "unreadable", field, detail, received });
    return null;
  };

  const custom: Account["custom"] = {};
  const values = new Map<string, Json>();
  for (const row of plan.rows) {
    const received = valueAt(reply, row.path);
    if (row.canonical === undefined) continue;
    const value = received === undefined || received === null ? null : toCanonical(row, received);
    if (value !== undefined) placed.add(row.to);
    const read = value === undefined ? unreadable(row.field, received ?? null) : value;
    if ("field" in row.canonical) values.set(row.canonical.field, read);
    else custom[row.canonical.custom] = read;
  }

  const time = (member: ReportedTime) => {
    const found = findTime(plan, reply, member);
    if (found === undefined) return null;
    if (found.time === undefined) return unreadable(`/${member}`, found.received);
    placed.add(found.pointer);
    return found.time;
  };
  const created_at = time("created_at");
  const updated_at = time("updated_at");
  for (const { to, path, value } of plan.constants) if (valueAt(reply, path) === value) placed.add(to);

  const fields = confirm(plan, reply, encoded, warnings);
  const canonical = Object.fromEntries(canonicalFieldNames.options.map((field) => [field, values.get(field) ?? null]));
  return {
    account: {
      id,
      vendor: adapter.vendor,
      connection: connection.id,
      ...reported.parse(canonical),
      custom,
      created_at,
      updated_at,
      vendor_fields: unmappedMembers(plan, reply, placed),
      warnings,
    },
    fields,
  };
}

const reported = z.object(reportedFields);

function toCanonical(row: Row, received: Json): string | number | boolean | null | undefined {
  if (row.values !== undefined) return row.values.find(([, vendor]) => vendor === received)?.[0];
  const checked = valueKinds[row.kind].schema.safeParse(received);
  if (!checked.success) return undefined;
  if (row.canonical === undefined || !("field" in row.canonical)) return checked.data;
  return reportedFields[row.canonical.field].safeParse(checked.data).data;
}

/** Compares what was sent with what came back, leaf by leaf, and warns of every contradiction. */
function confirm(
  plan: Plan,
  reply: JsonObject,
  encoded: Pick<Sendable, "fields">,
  warnings: Warning[],
): ConfirmedFieldEntry[] {
  return encoded.fields.map((entry) => {
    if (entry.to === null) return { ...entry, confirmed: null };
    const row = plan.byTarget.get(entry.to);
    const received = valueAt(reply, row?.path ?? toPath(entry.to));
    if (received === undefined) return { ...entry, confirmed: null };
    const confirmed =
      row === undefined || entry.value === null
        ? entry.value === received
        : valueKinds[row.kind].same(entry.value, received);
    const field = row?.field ?? entry.to;
    if (!confirmed && !warnings.some((warning) => warning.code === "unreadable" && warning.field === field)) {
      const detail = `${plan.adapter.title} reports another value than the one it was sent`;
      const inCallersTerms = (value: Json) => (row === undefined ? value : (toCanonical(row, value) ?? value));
      const [was, is] = [entry.value, received].map(inCallersTerms);
      warnings.push({ code: "changed_by_vendor", field, detail, sent: was ?? null, received: is ?? null });
    }
    return { ...entry, confirmed };
  });
}

/**
 * Every leaf that was not placed, out of its envelope; under its full pointer where two would share a place, or not at all
 * where that is longer than any that a vendor means.
 */
function unmappedMembers({ adapter }: Plan, reply: JsonObject, placed: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  const envelopes = adapter.reply.envelopes.map(toPath);
  for (const [path, value] of leaves(reply)) {
    const pointer = toShortPointer(path);
    if (pointer !== undefined && placed.has(pointer)) continue;
    const envelope = envelopes.find(
      (each) => each.length < path.length && each.every((member, at) => member === path[at]),
    );
    const isPlaced = setAt(rest, path.slice(envelope?.length ?? 0), value);
    if (!isPlaced && pointer !== undefined) setAt(rest, [pointer], value);
  }
  return rest;
}
