/** Deadlines. */

/**
 * Settles like `work`, or rejects with a `TimeoutError` after `durationMs`. The signal then aborts too, so that the work
 * can release its resources. The rejection does not wait for work that ignores the signal.
 */
export async function withTimeout<Result>(
  durationMs: number,
  work: (deadline: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const timeout = new DOMException(`No complete answer within ${durationMs} ms`, "TimeoutError");
    reject(timeout);
    controller.abort(timeout);
  }, durationMs);
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether {@link withTimeout} rejected because the deadline passed. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
