/** Looks for an operation's account at the vendor, and converts the outcome of a send for the ledger. */
import { type AccountLookup, type LookupEvidence, lookupFor, recognise } from "../../adapters/engine/lookup.ts";
import type { NotSent, Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { TextField } from "../../schemas/account.ts";
import { outcomeProblem } from "../create/problems.ts";
import type { ProblemDetails } from "../problem.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import { lookUp } from "../vendor-client/look-up.ts";
import {
  type LookupAnswer,
  isSameTarget,
  type Operation,
  type RecordedOutcome,
  type StoredProblem,
  targetOf,
} from "./operation.ts";

type SoughtOperation = Pick<Operation, "target" | "targetPath" | "sendable" | "createdAtMs" | "state">;

/**
 * Looks for the account at the vendor. `plan` is `undefined` if configuration faults disable the connection.
 * `duplicateOf`: the field of a duplicate that the vendor reported. If it is set, the function also looks for accounts
 * with the same value in that field.
 */
export async function findAccount(
  plan: Plan | undefined,
  operation: SoughtOperation,
  context: VendorContext,
  duplicateOf?: TextField,
): Promise<LookupAnswer> {
  if (plan === undefined) return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };
  const { sendable, createdAtMs, state } = operation;
  if (sendable === null) return { kind: "no_lookup" };
  const usual = lookupFor(plan, sendable);
  // If the gateway cannot recognise the account, a lookup finds only candidates. Only an unknown outcome needs candidates.
  if (usual === undefined || (!usual.canRecognise && state !== "unknown")) return { kind: "no_lookup" };

  const ask = async (lookup: AccountLookup): Promise<LookupAnswer> => {
    const answer = await lookUp(plan, { ...lookup, sent: sendable }, context, (reply, redact) =>
      recognise(plan, lookup, sendable, reply, { operationCreatedAtMs: createdAtMs, redact }),
    );
    if (answer.kind === "not_sent") return { kind: "unreadable", ...recordFailure(plan, answer) };
    // The vendor reported a duplicate of this value, so the value must be unique there.
    const isUnique = answer.value.isUnique || lookup.by === duplicateOf;
    return { kind: "evidence", evidence: { ...answer.value, isUnique } };
  };
  const first = await ask(usual);
  const other = duplicateOf === undefined ? undefined : lookupFor(plan, sendable, duplicateOf);
  if (first.kind !== "evidence" || other === undefined || other.by === usual.by) return first;
  if (first.evidence.records.some(({ recognition }) => recognition === "ours")) return first;
  const second = await ask(other);
  return second.kind === "evidence" ? { kind: "evidence", evidence: merged(first.evidence, second.evidence) } : second;
}

function merged(first: LookupEvidence, second: LookupEvidence): LookupEvidence {
  const isNew = ({ id }: LookupEvidence["records"][number]) =>
    !first.records.some((seen) => id !== undefined && seen.id === id);
  return {
    records: [...first.records, ...second.records.filter(isNew)],
    isUnique: first.isUnique || second.isUnique,
    canRecognise: first.canRecognise,
    provesAbsence: first.provesAbsence,
  };
}

/**
 * Converts the outcome of a send into the outcome that the ledger stores. A proxy may have sent the request twice, and the
 * first request may have created an account. So if the vendor reports a duplicate, or another server answers instead of the
 * vendor, this function looks for the account.
 */
export async function recordOutcome(
  plan: Plan,
  operation: SoughtOperation,
  outcome: Outcome,
  context: VendorContext,
): Promise<RecordedOutcome> {
  const recorded = toRecordedOutcome(plan, outcome);
  switch (recorded.kind) {
    case "rejected":
      if (!recorded.mayBeOurs) return recorded;
      return { ...recorded, lookup: await findAccount(plan, operation, context, recorded.duplicateOf) };
    case "not_created":
      if (recorded.cause !== "foreign") return recorded;
      return { ...recorded, lookup: await findAccount(plan, operation, context) };
    case "created":
    case "unknown":
      return recorded;
  }
}

type RejectionReason = Extract<Outcome, { kind: "rejected" }>["reason"];

/** The cause of each rejection after which the same request may succeed. */
const notCreatedCauses: Partial<Record<RejectionReason, "refused" | "foreign">> = {
  unauthorized: "refused",
  rate_limited: "refused",
  not_processed: "foreign",
};

function toRecordedOutcome(plan: Plan, outcome: Outcome): RecordedOutcome {
  switch (outcome.kind) {
    case "created":
      return { kind: "created", account: outcome.account, fields: outcome.fields };
    case "unknown":
      return { kind: "unknown", problem: storedProblem(outcomeProblem(plan, outcome)) };
    case "not_sent":
      return { kind: "not_created", cause: "not_sent", ...recordFailure(plan, outcome) };
    case "rejected": {
      const problem = storedProblem(outcomeProblem(plan, outcome));
      const { reason, retryAfterSeconds, duplicateOf, mayBeOurs } = outcome;
      const cause = notCreatedCauses[reason];
      return cause === undefined
        ? { kind: "rejected", problem, duplicateOf, mayBeOurs }
        : { kind: "not_created", problem, cause, retryAfterMs: toMs(retryAfterSeconds) };
    }
  }
}

/** The problem of a request that failed before the account was sent. */
export function recordFailure(
  plan: Plan,
  failure: NotSent,
): { problem: StoredProblem; retryAfterMs: number | undefined } {
  const problem = storedProblem(outcomeProblem(plan, failure));
  return { problem, retryAfterMs: toMs(failure.retryAfterSeconds) };
}

function storedProblem({ code, detail, errors, vendor }: ProblemDetails): StoredProblem {
  return { code, detail, errors, vendor };
}

const toMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000);
