import * as z from "zod/mini";
import { accountRequest } from "../../schemas/account.ts";
import type { Adapter } from "./adapter.ts";
import { type ValueKind, valueKinds } from "./value-kind.ts";

/**
 * The body of a create, for the vendors that exist: their slots are what `vendor_options` takes. A vendor without slots
 * takes no option, but may be named, so that one body can serve all.
 */
export function accountRequestSchema(adapters: readonly Adapter[]) {
  const options = adapters.map((adapter) => [adapter.vendor, optionsSchema(adapter)] as const);
  return accountRequest(Object.fromEntries(options));
}

/** One schema of each kind for all the slots: that of a slot of its own would take a part of the Worker's start. */
const slotSchemas = {
  string: z.nullish(valueKinds.string.schema),
  integer: z.nullish(valueKinds.integer.schema),
  boolean: z.nullish(valueKinds.boolean.schema),
  datetime: z.nullish(valueKinds.datetime.schema),
  uuid: z.nullish(valueKinds.uuid.schema),
} satisfies Record<ValueKind, z.ZodMiniType>;

/** The options of one vendor. */
function optionsSchema(adapter: Adapter) {
  const slots = Object.entries(adapter.slots).map(([name, { kind }]) => [name, slotSchemas[kind]] as const);
  return z.strictObject(Object.fromEntries(slots));
}
