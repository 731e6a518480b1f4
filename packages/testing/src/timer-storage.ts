/** What a Durable Object's storage gives its ledger, from a timer: one alarm, and nothing to wait for that would be written. */
import type { LedgerPlatform } from "../../../src/ledger/ledger.ts";

/** The most that a timer takes: what is due later is looked at sooner, which does no harm. */
const maxTimerMs = 2 ** 31 - 1;

/** `ring` is called when the alarm's time has come; by then none is set. */
export function createTimerStorage(ring: () => void): LedgerPlatform["storage"] {
  let alarmAtMs: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const setAlarm = (atMs: number | null): void => {
    clearTimeout(timer);
    alarmAtMs = atMs;
    if (atMs === null) return;
    const expired = () => {
      alarmAtMs = null;
      ring();
    };
    timer = setTimeout(expired, Math.min(Math.max(atMs - Date.now(), 0), maxTimerMs));
    // In Node a timer keeps the process alive, which no test means to.
    if (typeof timer === "object" && "unref" in timer) timer.unref();
  };
  return {
    getAlarm: async () => alarmAtMs,
    setAlarm: async (atMs) => setAlarm(atMs),
    deleteAlarm: async () => setAlarm(null),
    sync: async () => {},
  };
}
