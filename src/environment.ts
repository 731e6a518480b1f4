/** What the Worker is given: its connections and keys by variable, and, where it is bound, the sandbox. */
export interface Environment {
  /** Origins that browsers may call from, separated by commas; none by default. */
  ALLOWED_ORIGINS?: unknown;
  /** Serves `*.sandbox.test` in place of the network. */
  SANDBOX?: { fetch: typeof fetch };
  [variable: string]: unknown;
}
