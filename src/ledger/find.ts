/** Looks for an operation's account at the vendor. */
import type { TextField } from "../../schemas/account.ts";
import { type AccountLookup, lookupFor, recognise, type LookupEvidence } from "../../adapters/engine/lookup.ts";
import type { Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { lookUp } from "../vendor-client/look-up.ts";
import type { SendContext } from "../vendor-client/context.ts";
import type { LookupAnswer } from "./lookup-result.ts";
import type { Operation, RecordedOutcome } from "./operation.ts";
import { isSameTarget, targetOf } from "./target.ts";
import { notCreated, recordOutcome } from "./verdict.ts";

type Sought = Pick<Operation, "target" | "targetPath" | "sendable" | "createdAtMs" | "state">;

/**
 * Asks the vendor for the account; `plan` is `undefined` where the connection is out of use. `field`: of a suspected
 * duplicate, the value that the vendor holds already, to be asked for as well.
 */
export async function findAccount(
  plan: Plan | undefined,
  operation: Sought,
  context: SendContext,
  field?: TextField,
): Promise<LookupAnswer> {
  if (plan === undefined) return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };
  const { sendable, createdAtMs, state } = operation;
  if (sendable === null) return { kind: "no_lookup" };
  const usual = lookupFor(plan, sendable);
  // Candidates help a person who has an unknown outcome to judge; nothing else can be told by them.
  if (usual === undefined || (!usual.canRecognise && state !== "unknown")) return { kind: "no_lookup" };

  const ask = async (lookup: AccountLookup): Promise<LookupAnswer> => {
    const answer = await lookUp(plan, { ...lookup, sent: sendable }, context, (reply, clean) =>
      recognise(plan, lookup, sendable, reply, { sinceMs: createdAtMs, clean }),
    );
    if (answer.kind === "not_sent") return { ...notCreated(plan, answer), kind: "unreadable" };
    // The vendor has just said that it lets no two accounts have this value.
    return { kind: "sighting", sighting: { ...answer.value, isUnique: answer.value.isUnique || lookup.by === field } };
  };
  const found = await ask(usual);
  const further = field === undefined ? undefined : lookupFor(plan, sendable, field);
  if (found.kind !== "sighting" || further === undefined || further.by === usual.by) return found;
  if (found.sighting.records.some(({ recognition }) => recognition === "ours")) return found;
  const holder = await ask(further);
  return holder.kind === "sighting" ? { kind: "sighting", sighting: merged(found.sighting, holder.sighting) } : holder;
}

function merged(usual: LookupEvidence, further: LookupEvidence): LookupEvidence {
  const isNew = ({ id }: LookupEvidence["records"][number]) =>
    !usual.records.some((seen) => id !== undefined && seen.id === id);
  return {
    records: [...usual.records, ...further.records.filter(isNew)],
    isUnique: usual.isUnique || further.isUnique,
    canRecognise: usual.canRecognise,
    provesAbsence: usual.provesAbsence,
  };
}

/**
 * What a send came to. A proxy may have sent the request twice, so the refusal of the second may hide that the first
 * created the account: a duplicate, or an answer that is not the vendor's own. Then this asks the vendor for the account.
 */
export async function outcomeAfterLookup(
  plan: Plan,
  operation: Sought,
  outcome: Outcome,
  context: SendContext,
): Promise<RecordedOutcome> {
  const verdict = recordOutcome(plan, outcome);
  switch (verdict.kind) {
    case "rejected":
      if (!verdict.mayBeOurs) return verdict;
      return { ...verdict, found: await findAccount(plan, operation, context, verdict.duplicateOf) };
    case "not_created":
      return verdict.cause === "foreign" ? { ...verdict, found: await findAccount(plan, operation, context) } : verdict;
    case "created":
    case "unknown":
      return verdict;
  }
}
