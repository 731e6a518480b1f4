import { readId } from "../../adapters/engine/decode.ts";
import { accountOfId, readRecord } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { type CreatedAccount, type Operation, isSameTarget, targetOf } from "../ledger/operation.ts";

const nothingKept = { body: {}, fields: [], warnings: [], sources: {} };

/** The account that a person says was created: as the vendor showed it, where it is among the candidates. */
export function resolvedAccount(plan: Plan, operation: Operation, vendorId: string): CreatedAccount {
  const { vendor, candidates, sendable } = operation;
  // Where the connection leads elsewhere by now, its plan reads another vendor's records.
  const isReadable = isSameTarget(targetOf(plan), operation);
  const candidate = isReadable ? candidates.find((each) => readId(plan, each) === vendorId) : undefined;
  const sent = sendable ?? nothingKept;
  const recognised = candidate === undefined ? undefined : readRecord(plan, candidate, sent);
  const { account, fields } = recognised ?? accountOfId(plan, vendorId, sent);
  return { account: { ...account, vendor }, fields };
}
