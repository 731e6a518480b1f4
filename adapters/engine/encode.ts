/** A canonical account becomes the vendor's body, with an entry in the field report for every leaf on either side. */
import { type AccountRequest, canonicalFields, type FieldEntry, type Warning } from "../../schemas/account.ts";
import { type Json, type Pointer, pointerSchema } from "../../schemas/json.ts";
import { codeFromName } from "./code-from-name.ts";
import { isCode, type Plan, pointerOf, type Row, toVendor } from "./plan.ts";
import { emptyObject, type JsonObject, leaves, place, toPointer } from "./pointer.ts";

export type Handling = "strict" | "lenient";

/** Why an account cannot be sent over a connection, with a pointer into the caller's body. */
export interface Fault {
  code: "invalid_account" | "missing_field" | "unsupported_field";
  pointer: Pointer;
  detail: string;
}

export interface Encoded {
  body: JsonObject;
  fields: FieldEntry[];
  /** Not empty: nothing may be sent. The body then holds what could be carried. */
  faults: Fault[];
  warnings: Warning[];
  /** For every leaf of the vendor's body that came from the caller's: where from. */
  sources: ReadonlyMap<string, Pointer>;
}

/** Pure and deterministic; the account is not changed. */
export function encode(plan: Plan, account: AccountRequest, handling: Handling): Encoded {
  const fields: FieldEntry[] = [];
  const faults: Fault[] = [];
  const warnings: Warning[] = [];
  const sources = new Map<string, Pointer>();
  const values = new Map<string, Json>();

  const refuse = (pointer: Pointer, value: Json, fault: Omit<Fault, "pointer">) => {
    fields.push({ field: pointer, disposition: "refused", to: null, value, reason: fault.detail });
    faults.push({ pointer, ...fault });
  };

  for (const [path, value] of accountLeaves(account)) {
    const pointer = pointerSchema.parse(toPointer(path));
    const row = plan.byField.get(pointer);
    const otherVendor = path[0] === "vendor_options" && path[1] !== plan.adapter.vendor;
    if (otherVendor && path.length > 1) {
      fields.push({ field: pointer, disposition: "dropped", to: null, value, reason: "for another vendor" });
    } else if (value === null && !(row?.nullable && fill(row, account) === undefined)) {
      fields.push({ field: pointer, disposition: "implied", to: null, value, reason: "no value" });
    } else if (row !== undefined) {
      const carried = value === null ? { value } : toVendor(row, value);
      if ("detail" in carried) {
        refuse(pointer, value, { code: "invalid_account", detail: carried.detail });
        continue;
      }
      fields.push({ field: pointer, disposition: row.disposition, to: row.to, value: carried.value, reason: null });
      values.set(row.to, carried.value);
      sources.set(row.to, pointer);
    } else if (plan.implied.has(pointer) && plan.implied.get(pointer) === value) {
      const reason = `every account of ${plan.adapter.title} has this value`;
      fields.push({ field: pointer, disposition: "implied", to: null, value, reason });
    } else {
      const detail = whyUnsupported(plan, path, pointer, value);
      if (handling === "strict") {
        refuse(pointer, value, {
          code: "unsupported_field",
          detail: `${detail}, or send \`Prefer: handling=lenient\` to drop it`,
        });
      } else {
        fields.push({ field: pointer, disposition: "dropped", to: null, value, reason: detail });
        warnings.push({ code: "dropped", field: pointer, detail, sent: value });
      }
    }
  }

  for (const row of plan.rows) {
    if (values.has(row.to) || faults.some(({ pointer }) => pointer === row.field)) continue;
    const filled = fill(row, account);
    if (filled === undefined) {
      if (row.required) faults.push({ code: "missing_field", pointer: row.field, detail: whyRequired(plan, row) });
      continue;
    }
    const carried = checkedFill(row, filled.value);
    if ("detail" in carried) {
      faults.push({ code: "invalid_account", pointer: filled.source ?? row.field, detail: carried.detail });
      continue;
    }
    fields.push({ field: null, disposition: "defaulted", to: row.to, value: carried.value, reason: filled.because });
    values.set(row.to, carried.value);
    sources.set(row.to, filled.source ?? row.field);
  }

  const body = emptyObject();
  for (const { to, path, value } of plan.constants) {
    place(body, path, value);
    fields.push({ field: null, disposition: "constant", to, value, reason: `${plan.adapter.title} requires it` });
  }
  for (const { to, path } of plan.rows) {
    const value = values.get(to);
    if (value !== undefined) place(body, path, value);
  }
  return { body, fields, faults, warnings, sources };
}

/** An object without members, such as `"custom": {}`, says nothing: it is no leaf of an account. */
function* accountLeaves(
  account: AccountRequest,
): Generator<readonly [readonly string[], string | number | boolean | null]> {
  for (const [path, value] of leaves(account as JsonObject)) {
    if (typeof value !== "object" || value === null) yield [path, value];
  }
}

interface Fill {
  value: string | number | boolean;
  source: Pointer | undefined;
  because: string;
}

function fill(row: Row, account: AccountRequest): Fill | undefined {
  if (row.filler === undefined) return undefined;
  for (const source of row.filler.sources) {
    const value = account[source];
    if (typeof value !== "string" || value.trim() === "") continue;
    const because = `left out; filled from /${source} by the connection's fallback`;
    return {
      value: source === "name" && isCode(row) ? codeFromName(value) : value,
      source: pointerOf(source),
      because,
    };
  }
  const { value, because } = row.filler;
  return value === undefined || value === null ? undefined : { value, source: undefined, because };
}

/** What fills a leaf is held to the limits of the canonical field it stands for. */
function checkedFill(row: Row, value: Json): { value: Json } | { detail: string } {
  if (row.canonical !== undefined && "field" in row.canonical) {
    const checked = canonicalFields[row.canonical.field].safeParse(value);
    const message = checked.error?.issues[0]?.message;
    if (message !== undefined) return { detail: `Cannot fill \`${row.canonical.field}\`: ${message}` };
  }
  return toVendor(row, value);
}

function whyRequired({ adapter }: Plan, { field }: Row): string {
  const name = field.slice(1);
  return `${adapter.title} requires it: send \`${name}\`, or give the connection a fallback or default for it`;
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
function freeSlot({ adapter, byTarget }: Plan, value: Json): string | undefined {
  return Object.keys(adapter.slots).find((name) => {
    const row = byTarget.get(adapter.slots[name]?.to ?? "");
    return row?.disposition === "sent" && "value" in toVendor(row, value);
  });
}
