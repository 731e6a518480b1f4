/** What can be promised of a create, and what the promise rests on. */
import type { FieldEntry } from "../../schemas/account.ts";
import type { Guarantee, GuaranteeLevel } from "../../schemas/capability.ts";
import { lookupFor } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import { hasGuaranteedDefault, isStampable, type Row, storedLengthOf } from "./row.ts";

/** Of one keyed create, by what it sends. */
export function guaranteeOf(plan: Plan, fields: readonly FieldEntry[]): GuaranteeLevel {
  if (uniqueRow(plan, fields) !== undefined) return "exactly_once";
  const lookup = lookupFor(plan, { fields });
  return lookup?.canRecognise && lookup.provesAbsence ? "reconciled" : "at_most_once";
}

/** Of every keyed create over a connection: what holds when the caller sends no more than it must. */
export function publishedGuarantee(plan: Plan): Guarantee {
  const { adapter, connection } = plan;
  const fields = plan.rows.filter((row) => isAlwaysSent(plan, row)).map(sentEntry);
  const level = guaranteeOf(plan, fields);
  const optional = plan.rows.filter(({ unique, to }) => unique && !fields.some((entry) => entry.to === to));
  const better = optional.map(
    ({ field }) => ` With \`${field.slice(1)}\` in the body it is \`exactly_once\`: the vendor refuses a second one.`,
  );
  switch (level) {
    case "exactly_once": {
      const unique = uniqueRow(plan, fields)?.field.slice(1);
      const assumption = `${adapter.title} refuses a second account with the same \`${unique}\`, which every create sends.`;
      return { level, assumption: `${assumption}${whenUnknown(plan, fields)}` };
    }
    case "reconciled": {
      const assumption = `${adapter.title} shows an account, asked for by the reference that it was sent with, at the latest ${connection.settle_window_ms} ms after it was created.`;
      const length = storedLengthOf(adapter.fields.external_ref);
      const weaker = ` With an \`external_ref\` of your own that it may store otherwise (over ${length} characters, or not plain ASCII) it is \`at_most_once\`.`;
      return { level, assumption: `${assumption}${weaker}${better.join("")}` };
    }
    case "at_most_once": {
      const assumption = `${adapter.title} has nothing by which a create could be told from another's: after an unknown outcome nothing is sent again until a person has said what became of it.`;
      return { level, assumption: `${assumption}${better.join("")}` };
    }
  }
}

function whenUnknown(plan: Plan, fields: readonly FieldEntry[]): string {
  return lookupFor(plan, { fields })?.canRecognise
    ? " An unknown outcome is settled by looking the account up."
    : " An unknown outcome is for a person to settle.";
}

function uniqueRow({ rows }: Plan, fields: readonly FieldEntry[]): Row | undefined {
  const isSent = ({ to }: Row) =>
    fields.some((entry) => entry.to === to && typeof entry.value === "string" && entry.value.trim() !== "");
  return rows.find((row) => row.unique && isSent(row));
}

function isAlwaysSent({ connection }: Plan, row: Row): boolean {
  return row.required || hasGuaranteedDefault(row) || (connection.stamp && isStampable(row));
}

/** Any value stands for those that will be sent. */
function sentEntry(row: Row): FieldEntry {
  return { field: row.field, disposition: row.disposition, to: row.to, value: "sent", reason: null };
}
