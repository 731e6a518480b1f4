import * as z from "zod/mini";
import { accountRequest } from "../../schemas/account.ts";
import type { Adapter } from "./adapter.ts";
import { valueKinds } from "./value-kind.ts";

/**
 * The body of a create, for the vendors that exist: their slots are what `vendor_options` takes. A vendor without slots
 * takes no option, but may be named, so that one body can serve all.
 */
export function accountRequestSchema(adapters: readonly Adapter[]) {
  const options = adapters.map((adapter) => [adapter.vendor, optionsSchema(adapter)] as const);
  return accountRequest(Object.fromEntries(options));
}

/** The options of one vendor. */
function optionsSchema(adapter: Adapter) {
  const slots = Object.entries(adapter.slots).map(
    ([name, { kind }]) => [name, z.nullish(valueKinds[kind].schema)] as const,
  );
  return z.strictObject(Object.fromEntries(slots));
}
