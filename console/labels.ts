/** The console's labels for the gateway's codes, and its formats of times. */
import type { FieldEntry } from "../schemas/documents/account.ts";
import type { FieldCapability, GuaranteeLevel } from "../schemas/documents/capability.ts";
import type { OperationState, TransitionReason } from "../schemas/operation.ts";
import type { Problem } from "../schemas/documents/problem.ts";
import type { View } from "./state/router.ts";

export type Disposition = FieldEntry["disposition"];

export const viewTitles: Record<View, string> = {
  translate: "Translate",
  create: "Create",
  operations: "Operations",
  connections: "Connections",
};

export const dispositions: Record<Disposition, { label: string; meaning: string }> = {
  sent: { label: "Sent", meaning: "in the vendor's own field" },
  mapped: { label: "Mapped", meaning: "sent in the vendor field that the connection's mapping names" },
  defaulted: { label: "Defaulted", meaning: "missing in the account; the gateway sends a default" },
  stamped: { label: "Stamped", meaning: "the operation's id, which the gateway sends to recognize the account later" },
  constant: { label: "Constant", meaning: "the vendor requires this value in every request" },
  implied: {
    label: "Implied",
    meaning: "every account at this vendor has this value, so the gateway does not send it",
  },
  dropped: { label: "Dropped", meaning: "not supported; left out with a warning" },
  refused: { label: "Refused", meaning: "not supported; the gateway does not send the account" },
};

export const supports: Record<FieldCapability["support"], string> = {
  required: "Required",
  supported: "Supported",
  mapped: "Mapped",
  implied: "Implied",
  unsupported: "Not supported",
};

export const states: Record<OperationState, { label: string; meaning: string }> = {
  queued: { label: "Queued", meaning: "The ledger will send the account soon." },
  sending: { label: "Sending", meaning: "The gateway is sending the account." },
  unknown: {
    label: "Unknown",
    meaning: "The account was sent, but no answer shows whether it exists. The gateway looks the account up.",
  },
  needs_review: {
    label: "Needs review",
    meaning: "The gateway cannot find out whether the account exists. A person must decide.",
  },
  created: { label: "Created", meaning: "The account exists. This state is final." },
  rejected: { label: "Rejected", meaning: "The vendor refused the account. This state is final." },
  not_created: {
    label: "Not created",
    meaning: "No account was created. To send the account again, use the same key.",
  },
};

export const openStates: ReadonlySet<OperationState> = new Set(["queued", "sending", "unknown"]);

export const reasons: Record<TransitionReason, string> = {
  received: "Received, to be sent later",
  claimed: "Sending started",
  vendor_answered: "The vendor answered",
  not_sent: "Failed before anything was sent",
  no_answer: "No readable answer",
  lease_expired: "The sender stopped without a result",
  found: "A lookup found the account",
  absent: "Two lookups did not find the account",
  taken: "A lookup found another account with the same unique value",
  not_distinguishable: "A lookup cannot tell this operation's account from another account",
  resend_limit: "Sent again three times, each time with an unknown outcome",
  no_verdict: "No lookup gave a clear result in time",
  target_changed: "The connection's target has changed",
  gave_up: "Not sent in time",
  resolved: "Resolved by an operator",
  repeated: "Queued again, because the vendor answers a repeat with its first answer",
};

/** The ledger's next step for an open operation. */
export const nextSteps: Partial<Record<OperationState, string>> = {
  queued: "Next try",
  unknown: "Next lookup or repeat",
};

export const guarantees: Record<GuaranteeLevel, { label: string; meaning: string }> = {
  exactly_once: { label: "Exactly once", meaning: "The vendor itself prevents a second account." },
  reconciled: { label: "Reconciled", meaning: "The gateway looks up an unknown outcome before it sends again." },
  at_most_once: { label: "At most once", meaning: "A person resolves an unknown outcome." },
};

export const effects: Record<Problem["effect"], string> = {
  none: "No: this request created no account.",
  unknown: "Yes, an account may exist.",
};

export const retries: Record<Problem["retry"], string> = {
  never: "No: the same request fails again.",
  later: "Yes, later.",
  same_key: "Yes, with the same key, until the effect is known.",
};

/** `elastic_path` → `Elastic Path`. */
export const vendorTitle = (vendor: string | null): string =>
  (vendor ?? "Unknown vendor").replaceAll("_", " ").replaceAll(/\b\w/g, (letter) => letter.toUpperCase());

export const timeOf = (iso: string): string => new Date(iso).toLocaleTimeString(undefined, { hour12: false });
export const dateAndTimeOf = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", hour12: false });

/** 850 ms, 2.1 s, 3 min 20 s. */
export function durationOf(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
