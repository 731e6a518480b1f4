/**
 * Settles as `work` does, or rejects with a `TimeoutError` when it has not after `durationMs`. The signal aborts then,
 * so that the work can let go of what it holds; work that does not heed it is waited for no longer.
 */
export async function within<Result>(
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

/** Whether work ended because its deadline passed. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
