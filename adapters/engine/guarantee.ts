/** The guarantee of a create, and the assumption that it depends on. */
import type { FieldEntry } from "../../schemas/documents/account.ts";
import type { Guarantee, GuaranteeLevel } from "../../schemas/documents/capability.ts";
import { lookupFor, sentUniqueRows } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import { hasGuaranteedDefault, isStampable, nameOf, type Row, storedLengthOf } from "./row.ts";
import { type Adapter, destinationOf } from "./adapter.ts";

/** A repeat may take as long as a lease to arrive, and the vendor's clock may differ. */
const safetyMs = 10 * 60 * 1000;

/** For how long the gateway may repeat a create, because the vendor then answers with its first answer. 0: never. */
export function repeatableForMs({ adapter }: Plan): number {
  return Math.max((adapter.idempotencyKey?.lifetimeMs ?? 0) - safetyMs, 0);
}

/** The guarantee for one keyed create, which depends on the fields that it sends. */
export function guaranteeOf(plan: Plan, fields: readonly FieldEntry[]): GuaranteeLevel {
  if (repeatableForMs(plan) > 0 || sentUniqueRows(plan, fields).length > 0) return "exactly_once";
  const lookup = lookupFor(plan, { fields });
  return lookup?.canRecognise && lookup.provesAbsence ? "reconciled" : "at_most_once";
}

/** The guarantee for every keyed create over a connection, even if the caller sends only the required fields. */
export function publishedGuarantee(plan: Plan): Guarantee {
  const { adapter, connection } = plan;
  const fields = plan.rows.filter((row) => isAlwaysSent(plan, row)).map(sentEntry);
  const level = guaranteeOf(plan, fields);
  const optional = plan.rows.filter(({ unique, to }) => unique && !fields.some((entry) => entry.to === to));
  const stronger = optional.map(
    (row) => ` With \`${nameOf(row)}\` in the body, the guarantee is \`exactly_once\`: the vendor refuses a duplicate.`,
  );
  switch (level) {
    case "exactly_once": {
      if (repeatableForMs(plan) > 0) return { level, assumption: firstAnswerAgain(adapter) };
      const [unique] = sentUniqueRows(plan, fields);
      const assumption = `${adapter.title} refuses a second account with the same \`${unique && nameOf(unique)}\`, and every create sends one.`;
      return { level, assumption: `${assumption}${whenUnknown(plan, fields)}` };
    }
    case "reconciled": {
      const assumption = `A new account appears in ${adapter.title}'s search by reference within ${connection.settle_window_ms} ms after its creation.`;
      const length = storedLengthOf(destinationOf(adapter, "external_ref"));
      const weaker = ` With your own \`external_ref\`, the guarantee is \`at_most_once\` if that value is longer than ${length} characters, is not printable ASCII, or contains quotes, backticks, extra spaces or any of \`<>&\\%\`.`;
      return { level, assumption: `${assumption}${weaker}${stronger.join("")}` };
    }
    case "at_most_once": {
      const assumption = `The gateway cannot recognise an account that it created in ${adapter.title}. After an unknown outcome, it sends nothing again until an operator has resolved the operation.`;
      return { level, assumption: `${assumption}${stronger.join("")}` };
    }
  }
}

function firstAnswerAgain({ title, idempotencyKey }: Adapter): string {
  const { header, lifetimeMs = 0 } = idempotencyKey ?? {};
  const hours = Math.floor(lifetimeMs / 3_600_000);
  return `${title} answers a repeated create with the same \`${header}\` with its first answer, for ${hours} h. After an unknown outcome, the gateway repeats the create during this time.`;
}

function whenUnknown(plan: Plan, fields: readonly FieldEntry[]): string {
  return lookupFor(plan, { fields })?.canRecognise
    ? " After an unknown outcome, the gateway looks the account up."
    : " After an unknown outcome, an operator resolves the operation.";
}

function isAlwaysSent({ connection }: Plan, row: Row): boolean {
  return row.required || hasGuaranteedDefault(row) || (connection.stamp && isStampable(row));
}

/** The field report's entry for the row, with a sample value. */
function sentEntry(row: Row): FieldEntry {
  return { field: row.field, disposition: row.disposition, to: row.to, value: "sent", reason: null };
}
