import type { Now } from "./transitions.ts";

/** Now, by the ledger's own clock. */
export function readClock(): Now {
  return { nowMs: Date.now(), jitter: Math.random() };
}
