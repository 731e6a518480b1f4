import type { Clock } from "../../sandbox/sandbox.ts";

/** A clock that only `advance` moves. A sleep ends when its time has come or its signal aborts. */
export function createFakeClock(start = Date.parse("2026-01-02T03:04:05.678Z")) {
  let now = start;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  let announce: ((milliseconds: number) => void) | undefined;

  const clock: Clock = {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + milliseconds, wake };
        function wake() {
          sleepers.delete(sleeper);
          resolve();
        }
        if (signal.aborted) return resolve();
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake);
        announce?.(milliseconds);
      }),
  };
  return {
    ...clock,
    advance(milliseconds: number) {
      now += milliseconds;
      for (const { until, wake } of sleepers) if (until <= now) wake();
    },
    /** Resolves when the next sleep begins, with the length of that sleep. */
    nextSleep: () => new Promise<number>((resolve) => (announce = resolve)),
    sleeping: () => sleepers.size,
  };
}
export type FakeClock = ReturnType<typeof createFakeClock>;
