import type { LedgerService } from "./ledger/rpc.ts";

/** What the Worker is given: its connections and keys by variable, their ledgers and, where it is bound, the sandbox. */
export interface Environment {
  /** Origins that browsers may call from, separated by commas; none by default. */
  ALLOWED_ORIGINS?: unknown;
  /** One ledger for each connection, by its id. */
  LEDGERS?: { getByName: (connection: string) => LedgerService };
  /** Serves `*.sandbox.test` in place of the network. */
  SANDBOX?: { fetch: typeof fetch };
  /** The pages that are served beside the Worker. */
  ASSETS?: { fetch: typeof fetch };
  [variable: string]: unknown;
}
