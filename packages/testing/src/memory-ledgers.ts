/** The ledgers of a gateway in this process. Their operations are in memory, and a timer replaces the alarm. */
import type { Plan } from "../../../adapters/engine/plan.ts";
import { CommitQueue } from "../../../src/ledger/journal.ts";
import { Ledger, type LedgerPlatform } from "../../../src/ledger/ledger.ts";
import type { LedgerService } from "../../../src/ledger/rpc.ts";
import { createMemoryOperationStore } from "./memory-operation-store.ts";

interface LedgersOptions extends Pick<LedgerPlatform, "fetch" | "waitUntil" | "log"> {
  planOf: (connection: string) => Plan | undefined;
}

/** One ledger for each connection id. */
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
  let lastAlarm = Promise.resolve();
  // Run one alarm at a time.
  const onAlarm = () => void (lastAlarm = lastAlarm.then(() => ledger.alarm()));
  const ledger = new Ledger({
    ...platform,
    store: createMemoryOperationStore(),
    commits: new CommitQueue(),
    storage: createTimerStorage(onAlarm),
  });
  return ledger;
}

/** The longest delay of a timer. If an alarm is due later, its timer fires early, and the ledger sets the alarm again. */
const maxTimerMs = 2 ** 31 - 1;

/** The part of a Durable Object's storage that the ledger uses: one alarm, and `sync`, which does nothing here. */
function createTimerStorage(onAlarm: () => void): LedgerPlatform["storage"] {
  let alarmAtMs: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const setAlarm = (atMs: number | null): void => {
    clearTimeout(timer);
    alarmAtMs = atMs;
    if (atMs === null) return;
    const fire = () => {
      alarmAtMs = null;
      onAlarm();
    };
    timer = setTimeout(fire, Math.min(Math.max(atMs - Date.now(), 0), maxTimerMs));
    // In Node, a timer would keep the test's process running.
    if (typeof timer === "object" && "unref" in timer) timer.unref();
  };
  return {
    getAlarm: async () => alarmAtMs,
    setAlarm: async (atMs) => setAlarm(atMs),
    deleteAlarm: async () => setAlarm(null),
    sync: async () => {},
  };
}
