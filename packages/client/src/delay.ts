const firstMs = 250;
const longestMs = 5_000;

/** How long to wait after so many attempts where nobody says: twice as long each time, and never as long as anyone else. */
export function backoffMs(attempts: number): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** (attempts - 1));
  return fullMs / 2 + Math.random() * (fullMs / 2);
}

/** Waits, or rejects with the signal's reason as soon as it aborts. */
export function delay(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, durationMs);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
