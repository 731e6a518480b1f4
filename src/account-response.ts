import type { Outcome } from "../adapters/engine/outcome.ts";
import type { Account } from "../schemas/account.ts";
import type { Included } from "./middleware/query.ts";

/** An account as the caller asked to see it. */
export function renderAccount(created: Extract<Outcome, { kind: "created" }>, include: readonly Included[]): Account {
  const { account, fields, status, body } = created;
  return {
    ...account,
    operation: null,
    ...(include.includes("fields") ? { fields } : {}),
    ...(include.includes("vendor_response") ? { vendor_response: { status, body } } : {}),
  };
}
