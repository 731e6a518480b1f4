/** The ledgers of a gateway that runs in process: the same as in a Durable Object, over a memory and a timer. */
import type { Plan } from "../../../adapters/engine/plan.ts";
import { CommitQueue } from "../../../src/ledger/journal.ts";
import { Ledger, type LedgerPlatform } from "../../../src/ledger/ledger.ts";
import type { LedgerService } from "../../../src/ledger/rpc.ts";
import { createMemoryOperationStore } from "./memory-operation-store.ts";
import { createTimerStorage } from "./timer-storage.ts";

interface LedgersOptions extends Pick<LedgerPlatform, "fetch" | "waitUntil" | "log"> {
  planOf: (connection: string) => Plan | undefined;
}

/** One for each connection, by its id. */
export function createMemoryLedgers({ planOf, ...platform }: LedgersOptions) {
  const ledgers = new Map<string, LedgerService>();
  return {
    getByName(connection: string): LedgerService {
      const ledger = ledgers.get(connection) ?? openLedger({ ...platform, plan: planOf(connection) });
      ledgers.set(connection, ledger);
      return ledger;
    },
  };
}

function openLedger(platform: Omit<LedgerPlatform, "store" | "commits" | "storage">): Ledger {
  let ringing = Promise.resolve();
  // One alarm after the other.
  const ring = () => void (ringing = ringing.then(() => ledger.alarm()));
  const ledger = new Ledger({
    ...platform,
    store: createMemoryOperationStore(),
    commits: new CommitQueue(),
    storage: createTimerStorage(ring),
  });
  return ledger;
}
