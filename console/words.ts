/** What the gateway's codes mean, in words. */
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
  sent: { label: "Sent", meaning: "as the vendor's own field" },
  mapped: { label: "Mapped", meaning: "into a free slot, by the connection's mapping" },
  defaulted: { label: "Defaulted", meaning: "left out, and filled by the gateway" },
  stamped: { label: "Stamped", meaning: "carries the operation's id, to know the account again" },
  constant: { label: "Constant", meaning: "what the vendor always requires" },
  implied: { label: "Implied", meaning: "true of every account there, so not sent" },
  dropped: { label: "Dropped", meaning: "not carried, and said so" },
  refused: { label: "Refused", meaning: "not carried, so nothing is sent" },
};

export const supports: Record<FieldCapability["support"], string> = {
  required: "Required",
  supported: "Supported",
  mapped: "Mapped",
  implied: "Implied",
  unsupported: "Not carried",
};

export const states: Record<OperationState, { label: string; meaning: string }> = {
  queued: { label: "Queued", meaning: "Waits for the ledger to send it." },
  sending: { label: "Sending", meaning: "Is being sent." },
  unknown: { label: "Unknown", meaning: "Was sent, and no answer tells what became of it. The gateway looks it up." },
  needs_review: { label: "Needs review", meaning: "Only a person can tell what became of it." },
  created: { label: "Created", meaning: "The account exists. Final." },
  rejected: { label: "Rejected", meaning: "The vendor refused it. Final." },
  not_created: { label: "Not created", meaning: "Provably no account. The same key sends it again." },
};

export const openStates: ReadonlySet<OperationState> = new Set(["queued", "sending", "unknown"]);

export const reasons: Record<TransitionReason, string> = {
  received: "Received, to be sent later",
  claimed: "Handed to the vendor",
  vendor_answered: "The vendor answered",
  not_sent: "Failed before anything was sent",
  no_answer: "No answer that can be read",
  lease_expired: "Whoever sent it was not heard of again",
  found: "Looked up, and found at the vendor",
  absent: "Looked up twice, and not there",
  taken: "Looked up, and somebody else's account stands there",
  not_distinguishable: "No lookup can tell it from another account",
  resend_limit: "Sent again three times, and its outcome was unknown each time",
  no_verdict: "No lookup gave a verdict in time",
  target_changed: "The connection leads somewhere else by now",
  gave_up: "Not sent in time, and given up",
  resolved: "Settled by an operator",
};

export const guarantees: Record<GuaranteeLevel, { label: string; meaning: string }> = {
  exactly_once: { label: "Exactly once", meaning: "The vendor itself refuses a second account." },
  reconciled: { label: "Reconciled", meaning: "An unknown outcome is looked up before anything is sent again." },
  at_most_once: { label: "At most once", meaning: "An unknown outcome is left to a person." },
};

export const effects: Record<Problem["effect"], string> = {
  none: "No account was created by this.",
  unknown: "An account may exist.",
};

export const retries: Record<Problem["retry"], string> = {
  never: "Not as it stands.",
  later: "Yes, later.",
  same_key: "Yes, with the same key, until the effect is no longer unknown.",
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

/** Why a field is not carried, without the advice that a switch in the same view already offers. */
export const withoutAdvice = (reason: string): string => reason.replace(/; remove it\b.*$/, "");

/** What turns the direction of the text around it, or has no width: a name may look like another's by it. */
const unseen = /[\p{Bidi_Control}\u00AD\u200B\u2060\uFEFF]/gu;

/** Text of others as it is, what does not show written as JSON may write it. */
export const visible = (text: string): string =>
  text.replaceAll(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** What the ledger does next of an operation that waits for it. */
export const nextSteps: Partial<Record<OperationState, string>> = {
  queued: "Next try",
  unknown: "Next lookup",
};
