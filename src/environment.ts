import type { LedgerBinding } from "./ledger/rpc.ts";

/** The Worker's variables and bindings. A `CONNECTION_*` variable is a connection, and a `KEY_*` variable is a gateway key. */
export interface Environment extends LedgerBinding {
  /** The origins of web pages that may call the gateway, separated by commas or in an array. None by default. */
  ALLOWED_ORIGINS?: unknown;
  /** Answers requests to `*.sandbox.test`. */
  SANDBOX?: { fetch: typeof fetch };
  /** The static assets that are deployed with the Worker. */
  ASSETS?: { fetch: typeof fetch };
  [variable: string]: unknown;
}
