/** Runs work under a signal that aborts after `durationMs`, and stops the clock when the work has ended. */
export async function within<Result>(
  durationMs: number,
  work: (deadline: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException(`No complete answer within ${durationMs} ms`, "TimeoutError"));
  const timer = setTimeout(expire, durationMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether work ended because its deadline passed. */
export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** Settles as `promise` does, or rejects when the deadline passes first. */
export function raced<Result>(promise: Promise<Result>, deadline: AbortSignal): Promise<Result> {
  const expired = new Promise<never>((_, reject) => {
    if (deadline.aborted) reject(deadline.reason);
    deadline.addEventListener("abort", () => reject(deadline.reason), { once: true });
  });
  return Promise.race([promise, expired]);
}
