import type { CreatedAccount } from "../ledger/operation.ts";
import type { Account } from "../../schemas/documents/account.ts";
import type { Included } from "./query.ts";

interface Rendering {
  include: readonly Included[];
  /** The operation's id; `null` for a create without a key. */
  operation: string | null;
  /** What the vendor sent; `null` where it is not kept. */
  vendorResponse: Account["vendor_response"];
}

/** An account as the caller asked to see it. */
export function renderAccount({ account, fields }: CreatedAccount, rendering: Rendering): Account {
  const { include, operation, vendorResponse } = rendering;
  return {
    ...account,
    operation,
    ...(include.includes("fields") ? { fields } : {}),
    ...(include.includes("vendor_response") ? { vendor_response: vendorResponse ?? null } : {}),
  };
}
