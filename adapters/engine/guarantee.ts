/** What the gateway guarantees for a create, and the assumption behind it. */
import type { FieldEntry } from "../../schemas/account.ts";
import type { Guarantee, GuaranteeLevel } from "../../schemas/capability.ts";
import { lookupFor } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import { hasGuaranteedDefault, isStampable, type Row, storedLengthOf } from "./row.ts";
import { destinationOf } from "./adapter.ts";

/** The guarantee for one keyed create, by the fields that it sends. */
export function guaranteeOf(plan: Plan, fields: readonly FieldEntry[]): GuaranteeLevel {
  if (uniqueRow(plan, fields) !== undefined) return "exactly_once";
  const lookup = lookupFor(plan, { fields });
  return lookup?.canRecognise && lookup.provesAbsence ? "reconciled" : "at_most_once";
}

/** The guarantee for every keyed create over a connection, even if the caller sends only what is required. */
export function publishedGuarantee(plan: Plan): Guarantee {
  const { adapter, connection } = plan;
  const fields = plan.rows.filter((row) => isAlwaysSent(plan, row)).map(sentEntry);
  const level = guaranteeOf(plan, fields);
  const optional = plan.rows.filter(({ unique, to }) => unique && !fields.some((entry) => entry.to === to));
  const better = optional.map(
    ({ field }) => ` With \`${field.slice(1)}\` in the body it is \`exactly_once\`: the vendor refuses a duplicate.`,
  );
  switch (level) {
    case "exactly_once": {
      const unique = uniqueRow(plan, fields)?.field.slice(1);
      const assumption = `${adapter.title} refuses a second account with the same \`${unique}\`, and every create sends one.`;
      return { level, assumption: `${assumption}${whenUnknown(plan, fields)}` };
    }
    case "reconciled": {
      const assumption = `${adapter.title} finds an account by the reference that was sent, at the latest ${connection.settle_window_ms} ms after it was created.`;
      const length = storedLengthOf(destinationOf(adapter, "external_ref"));
      const weaker = ` With your own \`external_ref\` it is \`at_most_once\` if the vendor may store that value differently: if it is longer than ${length} characters or not plain ASCII.`;
      return { level, assumption: `${assumption}${weaker}${better.join("")}` };
    }
    case "at_most_once": {
      const assumption = `In ${adapter.title} the gateway cannot recognise the account of a create. After an unknown outcome it sends nothing again until an operator has resolved the operation.`;
      return { level, assumption: `${assumption}${better.join("")}` };
    }
  }
}

function whenUnknown(plan: Plan, fields: readonly FieldEntry[]): string {
  return lookupFor(plan, { fields })?.canRecognise
    ? " After an unknown outcome, the gateway looks the account up."
    : " After an unknown outcome, an operator resolves the operation.";
}

function uniqueRow({ rows }: Plan, fields: readonly FieldEntry[]): Row | undefined {
  const isSent = ({ to }: Row) =>
    fields.some((entry) => entry.to === to && typeof entry.value === "string" && entry.value.trim() !== "");
  return rows.find((row) => row.unique && isSent(row));
}

function isAlwaysSent({ connection }: Plan, row: Row): boolean {
  return row.required || hasGuaranteedDefault(row) || (connection.stamp && isStampable(row));
}

/** An entry with a sample value. */
function sentEntry(row: Row): FieldEntry {
  return { field: row.field, disposition: row.disposition, to: row.to, value: "sent", reason: null };
}
