/** Operations to begin from, and what may befall them. */
import { nothingReported } from "../../adapter-kit/nothing-reported.ts";
import type { CreatedAccount, KeptProblem, Operation, Verdict } from "../../src/ledger/operation.ts";
import { claim, type Finding, type Moment, queue, receive, review, settle } from "../../src/ledger/transitions.ts";

export const day = 24 * 60 * 60 * 1000;
export const leaseMs = 10_000;
export const at = (nowMs: number, jitter = 0): Moment => ({ nowMs, jitter });

export const problem: KeptProblem = { code: "vendor_rejected" };
export const account = (id: string): CreatedAccount => ({
  account: { ...nothingReported, id, vendor: "clarus", connection: "clarus" },
  fields: [],
});
export const verdicts = {
  created: { kind: "created", ...account("1") },
  rejected: { kind: "rejected", problem, isDuplicate: false },
  duplicate: { kind: "rejected", problem, isDuplicate: true },
  "not sent": { kind: "not_created", problem, wasSent: false, retryAfterMs: undefined },
  refused: { kind: "not_created", problem, wasSent: true, retryAfterMs: undefined },
  unknown: { kind: "unknown", problem },
} as const satisfies Record<string, Verdict>;
export const findings = {
  ours: { kind: "ours", ...account("1") },
  taken: { kind: "taken", problem, isUnique: true },
  absent: { kind: "absent" },
  candidates: { kind: "candidates", records: [{ id: "9" }] },
  no_lookup: { kind: "no_lookup" },
  unreadable: { kind: "unreadable", problem, retryAfterMs: undefined },
  target_changed: { kind: "target_changed" },
} as const satisfies { [Kind in Finding["kind"]]: Finding & { kind: Kind } };

export const asked = { keyDigest: "digest", keyName: "demo", fingerprint: "f", target: "t" };
export const proposal = {
  id: "clarus.1",
  vendor: "clarus",
  sendable: { body: { name: "Acme" }, fields: [], warnings: [], sources: {} },
  guarantee: "reconciled" as const,
  retentionMs: 7 * day,
};

const received = (isAsync: boolean) => receive({ ...asked, isAsync }, proposal, at(0));
const sending = (isAsync = false) =>
  claim(isAsync ? queue(received(true), at(0)) : received(false), "first", leaseMs, at(0));
const settled = (verdict: Verdict) => settle(sending(), "first", verdict, at(0));

/** One in each state, the first attempt begun at 0 where there was one. */
export const inState = {
  queued: queue(received(true), at(0)),
  sending: sending(),
  "sending, async": sending(true),
  unknown: settled(verdicts.unknown),
  "unknown, async": settle(sending(true), "first", verdicts.unknown, at(0)),
  needs_review: review(settled(verdicts.unknown), "not_distinguishable", at(0)),
  created: settled(verdicts.created),
  rejected: settled(verdicts.rejected),
  not_created: settled(verdicts["not sent"]),
  "not_created, sent": settled(verdicts.refused),
} satisfies Record<string, Operation>;
export type Named = keyof typeof inState;
export const everyState = Object.keys(inState) as Named[];
