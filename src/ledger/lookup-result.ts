/** What a lookup came to, and what the ledger may conclude from it. Pure. */
import { readId } from "../../adapters/engine/decode.ts";
import type { Sighting } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Json } from "../../schemas/json.ts";
import type { CreatedAccount, KeptProblem } from "./operation.ts";

/** What a lookup came to, before the ledger compares it with its own operations. Plain data. */
export type Found =
  | { kind: "sighting"; sighting: Sighting; taken: KeptProblem }
  /** The vendor has no way to tell. */
  | { kind: "no_lookup" }
  /** It proves nothing. */
  | { kind: "unreadable"; problem: KeptProblem; retryAfterMs: number | undefined }
  /** The connection leads somewhere else by now. */
  | { kind: "target_changed" };

/** What the ledger may conclude from a lookup. */
export type LookupResult =
  /** Ours; further ones where the request was repeated on its way to the vendor. */
  | { kind: "ours"; created: CreatedAccount; duplicates: string[] }
  /** Another account holds a value that the vendor lets no two accounts share. */
  | { kind: "taken"; problem: KeptProblem }
  /** `isProof`: a complete reply has no record, and the vendor finds accounts by what it was asked for. */
  | { kind: "absent"; isProof: boolean }
  /** For a person. `canRecognise`: a later lookup may still show ours. */
  | { kind: "candidates"; records: Json[]; ids: string[]; canRecognise: boolean }
  | Exclude<Found, { kind: "sighting" }>;

/** `isOthers`: whether an id belongs to another operation, or a person has ruled it out. */
export function conclude(plan: Plan | undefined, found: Found, isOthers: (id: string) => boolean): LookupResult {
  if (found.kind !== "sighting") return found;
  const { ours, unsure, others, older, isUnique, canRecognise, provesAbsence } = found.sighting;
  const idOf = (record: Json) => (plan === undefined ? undefined : readId(plan, record));
  const isOpen = (record: Json) => {
    const id = idOf(record);
    return id === undefined || !isOthers(id);
  };
  const [first, ...more] = ours.filter(({ created }) => !isOthers(created.account.id));
  if (first !== undefined)
    return { kind: "ours", created: first.created, duplicates: more.map(({ created }) => created.account.id) };
  const records = [...unsure, ...older].filter(isOpen);
  if (records.length > 0 || !canRecognise)
    return { kind: "candidates", records, ids: records.flatMap((record) => idOf(record) ?? []), canRecognise };
  const count = ours.length + unsure.length + others.length + older.length;
  if (count > 0 && isUnique) return { kind: "taken", problem: found.taken };
  return { kind: "absent", isProof: provesAbsence };
}

/** Whether a lookup just after a duplicate shows the other account that the vendor speaks of, and nothing that may be ours. */
export function showsAnother(found: Found, isOthers: (id: string) => boolean): boolean {
  if (found.kind === "no_lookup") return true;
  if (found.kind !== "sighting") return false;
  const { ours, unsure, others, older } = found.sighting;
  const isOurs = ours.some(({ created }) => !isOthers(created.account.id));
  return !isOurs && unsure.length === 0 && ours.length + others.length + older.length > 0;
}
