/** How an account that was sent is looked for again, and how a record of it is read. */
import type { FieldEntry, TextField } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import { isBlank } from "../../schemas/text.ts";
import type { Lookup, LookupKeys } from "./adapter.ts";
import { decode, type Decoded, readId } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { isObject, type JsonObject } from "./pointer.ts";
import { isHome } from "./row.ts";

interface Sent {
  fields: readonly FieldEntry[];
}

/** How the vendor is asked for what was sent; `undefined` where it cannot be. */
export function lookupFor(plan: Plan, { fields }: Sent): Lookup | undefined {
  return plan.adapter.lookup({
    name: sentText(plan, fields, "name") ?? "",
    code: sentText(plan, fields, "code"),
    external_ref: sentText(plan, fields, "external_ref"),
    registration_id: sentText(plan, fields, "registration_id"),
    isStamped: fields.some(({ disposition }) => disposition === "stamped"),
  } satisfies LookupKeys);
}

/** What stands in the vendor's own home of a field, unless it is blank. */
export function sentText({ adapter }: Plan, fields: readonly FieldEntry[], field: TextField): string | undefined {
  const rule = adapter.fields[field];
  const entry = isHome(rule) ? fields.find(({ to }) => to === rule.to) : undefined;
  return typeof entry?.value === "string" && !isBlank(entry.value) ? entry.value : undefined;
}

/** The account that a lookup's record tells of, with a warning that says so; `undefined` where it names none. */
export function recognise(plan: Plan, record: Json, sent: Sendable): Decoded | undefined {
  const id = readId(plan, record);
  return id === undefined || !isObject(record) ? undefined : reconciled(plan, id, record, sent, "found by a lookup");
}

/** An account of which no more is known than its id. */
export function accountOfId(plan: Plan, id: string, sent: Sendable): Decoded {
  return reconciled(plan, id, {}, sent, "told by a person");
}

function reconciled(plan: Plan, id: string, record: JsonObject, sent: Sendable, how: string): Decoded {
  const { account, fields } = decode(plan, id, record, sent);
  const detail = `The answer to the create was lost; the account was ${how}, and what that does not tell is \`null\``;
  return {
    account: { ...account, warnings: [...account.warnings, { code: "reconciled", field: null, detail }] },
    fields,
  };
}
