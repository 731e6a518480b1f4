import type { Moment } from "./transitions.ts";

/** Now, by the ledger's own clock. */
export function moment(): Moment {
  return { nowMs: Date.now(), jitter: Math.random() };
}
