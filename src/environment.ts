import type { LedgerBinding } from "./ledger/rpc.ts";

/** The Worker's variables and bindings. Connections and gateway keys are variables, `CONNECTION_*` and `KEY_*`. */
export interface Environment extends LedgerBinding {
  /** The origins that browsers may call from, separated by commas. None by default. */
  ALLOWED_ORIGINS?: unknown;
  /** Answers requests to `*.sandbox.test`. */
  SANDBOX?: { fetch: typeof fetch };
  /** The static assets that are deployed with the Worker. */
  ASSETS?: { fetch: typeof fetch };
  [variable: string]: unknown;
}
