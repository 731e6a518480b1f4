/** What is to be done with a row, by what earlier runs have told of it. */
import type { CheckedRow } from "./check-rows.ts";
import type { Result } from "./results-file.ts";
import { nextKey } from "./row-key.ts";

export type RowStep =
  /** `isInDoubt`: an account of it may exist. */
  | { kind: "send"; key: string; isInDoubt: boolean }
  /** Created by an earlier run. */
  | { kind: "skip" }
  /** Its values are others than those that were sent, and an account of those exists or may exist. */
  | { kind: "changed"; state: "failed" | "unknown"; detail: string };

/** The vendor's last word: no account exists under the operation's key, nor ever will. */
const refusedForGood = new Set(["vendor_rejected", "account_exists"]);

export function stepOf({ key, sha256 }: CheckedRow, earlier: Result | undefined): RowStep {
  if (earlier === undefined) return { kind: "send", key, isInDoubt: false };
  const isChanged = earlier.account_sha256 !== sha256;
  switch (earlier.state) {
    case "created":
      if (!isChanged) return { kind: "skip" };
      return {
        kind: "changed",
        state: "failed",
        detail: `Its account ${earlier.id} was created from other values, and an import changes no account: put them back here, and change the account at the vendor's`,
      };
    case "unknown":
      if (!isChanged) return { kind: "send", key: earlier.key, isInDoubt: true };
      return {
        kind: "changed",
        state: "unknown",
        detail: "An account of its former values may exist: put them back until its outcome is known",
      };
    case "failed": {
      const isNew = isChanged && refusedForGood.has(earlier.problem.code);
      return { kind: "send", key: isNew ? nextKey(earlier.key) : earlier.key, isInDoubt: false };
    }
  }
}
