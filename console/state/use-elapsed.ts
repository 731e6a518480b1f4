import { useEffect, useState } from "preact/hooks";

const tickMs = 100;

/** The milliseconds since this was first shown. */
export function useElapsed(): number {
  const [elapsedMs, setElapsedMs] = useState(0);
  useEffect(() => {
    const startedMs = performance.now();
    const timer = setInterval(() => setElapsedMs(performance.now() - startedMs), tickMs);
    return () => clearInterval(timer);
  }, []);
  return elapsedMs;
}
