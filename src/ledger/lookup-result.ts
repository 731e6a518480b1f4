/** What a lookup came to, and what the ledger may conclude from it. Pure. */
import { readRecord, type LookupEvidence } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Json } from "../../schemas/json.ts";
import type { CreatedAccount, StoredProblem, Operation } from "./operation.ts";

/** What a lookup came to, before the ledger compares it with its own operations. Plain data. */
export type LookupAnswer =
  | { kind: "sighting"; sighting: LookupEvidence }
  /** The vendor has no way to tell. */
  | { kind: "no_lookup" }
  /** It proves nothing. */
  | { kind: "unreadable"; problem: StoredProblem; retryAfterMs: number | undefined }
  /** The connection leads somewhere else by now. */
  | { kind: "target_changed" };

/** What the ledger may conclude from a lookup. */
export type LookupResult =
  /** Ours; further ones where the request was repeated on its way to the vendor. */
  | { kind: "ours"; created: CreatedAccount; duplicates: string[] }
  /** Another account holds a value that no two accounts of the vendor can have. */
  | { kind: "taken"; problem: StoredProblem }
  /** No record at all. `isProof`: the vendor would have found the account by what it was asked for. */
  | { kind: "absent"; isProof: boolean }
  /** For a person. `canRecognise`: a later lookup may still show ours. */
  | { kind: "candidates"; records: Json[]; canRecognise: boolean }
  | Exclude<LookupAnswer, { kind: "sighting" }>;

type SeenRecord = LookupEvidence["records"][number];

/** Whether another operation of the ledger ended with the account of this id. */
export type IsHeld = (id: string) => boolean;

/**
 * Only a complete reply without any record shows that there is no account. A record that is not recognised is for a
 * person, until that person has ruled it out.
 */
export function conclude(
  plan: Plan | undefined,
  { sendable, ruledOut }: Pick<Operation, "sendable" | "ruledOut">,
  found: LookupAnswer,
  isHeld: IsHeld,
): LookupResult {
  if (found.kind !== "sighting") return found;
  if (plan === undefined || sendable === null)
    return { kind: "unreadable", problem: { code: "misconfigured" }, retryAfterMs: undefined };
  const { isUnique, canRecognise, provesAbsence } = found.sighting;
  const records = found.sighting.records.filter((seen) => !ruledOut.includes(keyOf(seen)));
  const ours = records.filter((seen) => seen.recognition === "ours" && !isHeldRecord(seen, isHeld));
  const accounts = ours.flatMap(({ record }) => readRecord(plan, record, sendable) ?? []);
  const [created, ...others] = accounts;
  if (created !== undefined) return { kind: "ours", created, duplicates: others.map(({ account }) => account.id) };
  if (records.length === 0 && canRecognise) return { kind: "absent", isProof: provesAbsence };
  const isAnother = (seen: SeenRecord) =>
    seen.recognition === "another" || (seen.recognition !== "ours" && isHeldRecord(seen, isHeld));
  if (isUnique && canRecognise && records.every(isAnother)) return { kind: "taken", problem: takenBy(plan) };
  const candidates = records.filter((seen) => !isHeldRecord(seen, isHeld)).map(({ record }) => record);
  return { kind: "candidates", records: candidates, canRecognise };
}

/** Whether a lookup just after a duplicate shows the account that the vendor speaks of, and nothing that may be ours. */
export function showsAnother(found: LookupAnswer, isHeld: IsHeld): boolean {
  if (found.kind === "no_lookup") return true;
  if (found.kind !== "sighting") return false;
  const { records } = found.sighting;
  const isAnother = (seen: SeenRecord) =>
    seen.recognition === "another" || seen.recognition === "probably_another" || isHeldRecord(seen, isHeld);
  return records.length > 0 && records.every(isAnother);
}

const isHeldRecord = ({ id }: SeenRecord, isHeld: IsHeld): boolean => id !== undefined && isHeld(id);

/** What a record is ruled out by: its id or, where it has none, all of it. */
export const keyOf = ({ id, record }: Pick<SeenRecord, "id" | "record">): string => id ?? JSON.stringify(record);

function takenBy({ adapter, connection }: Plan): StoredProblem {
  return {
    code: "account_exists",
    detail: `Another account of ${adapter.title} holds a value that no two accounts can have`,
    vendor: { name: adapter.vendor, connection: connection.id, status: 200, errors: [] },
  };
}
