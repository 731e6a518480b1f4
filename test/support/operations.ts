/** Operations in each state, and outcomes and lookup results to apply to them. */
import { nothingReported } from "../../packages/adapter-kit/src/fixtures.ts";
import type { CreatedAccount, StoredProblem, Operation, RecordedOutcome } from "../../src/ledger/operation.ts";
import { type LookupResult, reconcile } from "../../src/ledger/reconcile.ts";
import { day } from "./time.ts";
import {
  asRepeat,
  claim,
  graceMs,
  type Now,
  queue,
  receive,
  repeat,
  review,
  settle,
} from "../../src/ledger/transitions.ts";

export const leaseMs = 10_000;
export const at = (nowMs: number, jitter = 0): Now => ({ nowMs, jitter });

export const problem: StoredProblem = { code: "vendor_rejected" };
export const account = (id: string): CreatedAccount => ({
  account: { ...nothingReported, id, vendor: "clarus", connection: "clarus" },
  fields: [],
});
export const outcomes = {
  created: { kind: "created", ...account("1") },
  rejected: { kind: "rejected", problem, duplicateOf: undefined, mayBeOurs: false },
  duplicate: { kind: "rejected", problem, duplicateOf: "code", mayBeOurs: true },
  "not sent": { kind: "not_created", problem, cause: "not_sent", retryAfterMs: undefined },
  refused: { kind: "not_created", problem, cause: "refused", retryAfterMs: undefined },
  foreign: { kind: "not_created", problem, cause: "foreign", retryAfterMs: undefined },
  unknown: { kind: "unknown", problem },
} as const satisfies Record<string, RecordedOutcome>;
export const results = {
  ours: { kind: "ours", created: account("1"), duplicates: [] },
  taken: { kind: "taken", problem },
  absent: { kind: "absent", isProof: true },
  candidates: { kind: "candidates", records: [{ id: "9" }], canRecognise: true },
  no_lookup: { kind: "no_lookup" },
  unreadable: { kind: "unreadable", problem, retryAfterMs: undefined },
  target_changed: { kind: "target_changed" },
} as const satisfies { [Kind in LookupResult["kind"]]: LookupResult & { kind: Kind } };

export const requestInfo = { keyDigest: "digest", keyName: "demo", fingerprint: "f", target: "t" };
export const newOperation = {
  id: "clarus.1",
  vendor: "clarus",
  sendable: { body: { name: "Acme" }, fields: [], warnings: [], sources: {} },
  guarantee: "reconciled" as const,
  retentionMs: 7 * day,
};

const received = (isAsync: boolean, repeatableMs = 0) =>
  receive({ ...requestInfo, isAsync }, { ...newOperation, repeatableForMs: repeatableMs }, at(0));
const sending = (isAsync = false, repeatableMs = 0) => {
  const operation = received(isAsync, repeatableMs);
  return claim(isAsync ? queue(operation, at(0)) : operation, "first", leaseMs, at(0));
};
const settled = (outcome: RecordedOutcome) => settle(sending(), "first", outcome, at(0));
const settleWindowMs = 60_000;
const absentAt = (operation: Operation, atMs: number) =>
  reconcile(operation, { result: results.absent, beganAtMs: atMs, settleWindowMs }, at(atMs));
/** The operation after two lookups without a record, both after the lease. */
export const absentTwice = (operation: Operation, fromMs = leaseMs + graceMs) =>
  absentAt(absentAt(operation, fromMs), fromMs + settleWindowMs);

/** One operation in each state. The first attempt starts at 0. */
export const inState = {
  queued: queue(received(true), at(0)),
  sending: sending(),
  "sending, async": sending(true),
  unknown: settled(outcomes.unknown),
  "unknown, async": settle(sending(true), "first", outcomes.unknown, at(0)),
  needs_review: review(settled(outcomes.unknown), "not_distinguishable", at(0)),
  created: settled(outcomes.created),
  rejected: settled(outcomes.rejected),
  not_created: settled(outcomes["not sent"]),
  "not_created, refused": settled(outcomes.refused),
  "not_created, looked for": absentTwice(settled(outcomes.unknown)),
} satisfies Record<string, Operation>;
export type StateName = keyof typeof inState;

/** For how long the vendor with an idempotency key of its own answers a repeat with its first answer. */
export const repeatableForMs = 20 * 60 * 60 * 1000;
const unknownAt = (isAsync: boolean) => settle(sending(isAsync, repeatableForMs), "first", outcomes.unknown, at(0));
const repeating = (isAsync: boolean) => claim(asRepeat(unknownAt(isAsync)), "second", leaseMs, at(1000));
/** Operations at a vendor with an idempotency key of its own. The first attempt of each starts at 0, the second at 1000. */
export const repeatable = {
  sending: sending(false, repeatableForMs),
  unknown: unknownAt(false),
  "unknown, async": unknownAt(true),
  queued: repeat(unknownAt(false), at(1000)),
  "queued, async": repeat(unknownAt(true), at(1000)),
  repeating: repeating(false),
  "repeating, async": repeating(true),
} satisfies Record<string, Operation>;
export const everyState = Object.keys(inState) as StateName[];
