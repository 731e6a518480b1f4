/** Sends one call to the gateway, and sends it again while its problem allows that and time is left. */
import { type KyInstance, KyError, TimeoutError } from "ky";
import { retryAfterSeconds } from "../../../schemas/retry-after.ts";
import { type Assumption, type Guard, parseJson, readProblem } from "./answer.ts";
import { checkedTimeoutMs } from "./options.ts";
import { AccountGatewayError, type Failure, isAboutOperation } from "./problem.ts";

export interface CallOptions {
  /** Ends the call, which then throws `aborted`. The gateway finishes what it has begun. */
  signal?: AbortSignal | undefined;
  /** The longest time for the call, with all attempts. */
  timeoutMs?: number | undefined;
  /** The highest number of attempts. By default it is limited only by the problem and the time; 1 sends the request once. */
  maxAttempts?: number | undefined;
  /**
   * The wait before another attempt, in milliseconds, if the gateway sends no `Retry-After`. `attempts` counts the attempts so
   * far. By default 250 ms, doubled each time up to 5 s, and reduced at random by up to one half.
   */
  retryDelayMs?: ((attempts: number) => number) | undefined;
  /** Called with the status and headers of each answer, such as `Server-Timing`. */
  onResponse?: ((response: Pick<Response, "status" | "headers">) => void) | undefined;
}

export interface Call<Body> {
  method: "get" | "post";
  path: string;
  search?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** JSON. */
  body?: string;
  isExpected: Guard<Body>;
  /** A create that has one is safe to send again. */
  idempotencyKey?: string;
  /** For calls that may create an account. */
  ifUnanswered?: Assumption;
}

export interface Answer<Body> {
  kind: "answer";
  body: Body;
  headers: Headers;
  /** From `Retry-After`. */
  retryAfterMs: number | null;
}

/** What all calls of a client share. */
export interface Client extends Pick<CallOptions, "retryDelayMs"> {
  http: KyInstance;
  /** For calls that name none. */
  connection: string | undefined;
  timeoutMs: number;
}

/** The gateway ends the longest create after 25 seconds. */
const attemptMs = 30_000;
/** An attempt needs this much time. If it was cut off, `no_answer` would replace the more useful last answer. */
const minAttemptMs = 2_000;

/** Whether an attempt that starts in `waitMs` can end before the deadline. */
export const hasTimeLeft = (deadlineMs: number, waitMs = 0): boolean =>
  Date.now() + waitMs + minAttemptMs <= deadlineMs;

const firstDelayMs = 250;
const maxDelayMs = 5_000;

export function backoffMs(attempts: number): number {
  const fullMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempts - 1));
  return fullMs / 2 + Math.random() * (fullMs / 2);
}

/** `earlierDoubt`: why an account may exist before this call sends anything. */
export async function send<Body>(
  client: Client,
  call: Call<Body>,
  options: CallOptions,
  earlierDoubt?: Failure,
): Promise<Answer<Body>> {
  const { signal, timeoutMs = client.timeoutMs, maxAttempts = Infinity, onResponse } = options;
  const { retryDelayMs = client.retryDelayMs ?? backoffMs } = options;
  const { idempotencyKey = null, ifUnanswered = nothingCreated } = call;
  const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
  let doubt = earlierDoubt;
  for (let attempts = 1; ; attempts += 1) {
    const leftMs = deadlineMs - Date.now();
    const result = await attempt(client.http, call, { signal, timeoutMs: Math.min(attemptMs, leftMs), onResponse });
    if (result.kind === "answer") return result;
    const mayHaveCreated = result.problem.effect !== "none" && ifUnanswered.effect === "unknown";
    if (doubt === undefined || isAboutOperation(result.problem)) doubt = mayHaveCreated ? result : undefined;
    const failure = doubt === undefined ? result : withDoubt(result, doubt);
    const error = new AccountGatewayError(failure, idempotencyKey);
    const { retry } = result.problem;
    const waitMs = result.retryAfterMs ?? retryDelayMs(attempts);
    const mayRepeat = attempts < maxAttempts && (retry === "later" || retry === "same_key");
    if (!mayRepeat || !hasTimeLeft(deadlineMs, waitMs)) throw error;
    await pause(waitMs, signal, call);
    // If the machine slept, the pause took longer.
    if (!hasTimeLeft(deadlineMs)) throw error;
  }
}

/** Once an account may exist, only an answer about the operation can say otherwise. Other answers do not know the operation. */
function withDoubt(failure: Failure, doubt: Failure): Failure {
  if (doubt === failure) return failure;
  const detail = `${doubt.problem.detail}. A later attempt failed with ${failure.problem.code}: ${failure.problem.detail}`;
  return { ...failure, problem: { ...doubt.problem, detail }, cause: doubt.cause };
}

/** Waits; throws `aborted` if the caller's signal ends the wait. */
export async function pause(durationMs: number, signal: AbortSignal | undefined, call: Call<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, signal?.aborted === true ? 0 : durationMs);
  signal?.addEventListener("abort", end);
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  if (signal?.aborted === true) throw aborted(call, signal.reason);
}

async function attempt<Body>(
  http: KyInstance,
  call: Call<Body>,
  { signal, timeoutMs, onResponse }: Pick<CallOptions, "signal" | "onResponse"> & { timeoutMs: number },
): Promise<Answer<Body> | Failure> {
  const { method, path, search = {}, headers: own = {}, body, isExpected, ifUnanswered = nothingCreated } = call;
  try {
    signal?.throwIfAborted();
    const response = http(path, {
      method,
      searchParams: search,
      headers: { ...own, ...(body !== undefined && { "Content-Type": "application/json" }) },
      totalTimeout: timeoutMs,
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    const { ok, status, headers } = await response;
    onResponse?.({ status, headers });
    const answer = parseJson(await response.text());
    const waitSeconds = retryAfterSeconds(headers.get("Retry-After"), Date.now()) ?? 0;
    // `Retry-After: 0` would cause a tight loop.
    const retryAfterMs = waitSeconds === 0 ? null : waitSeconds * 1000;
    if (ok && isExpected(answer)) return { kind: "answer", body: answer, headers, retryAfterMs };
    const problem = readProblem(answer, status, ifUnanswered);
    return { kind: "failure", problem, retryAfterMs, requestId: headers.get("X-Request-Id") };
  } catch (error) {
    if (signal?.aborted === true) throw aborted(call, signal.reason);
    const detail =
      error instanceof TimeoutError
        ? `The gateway gave no complete answer within ${timeoutMs} ms`
        : "The gateway cannot be reached, or the connection broke";
    // ky's own errors contain the request, and with it the gateway key.
    const cause = error instanceof KyError ? error.cause : error;
    const problem = { code: "no_answer", detail, ...ifUnanswered } as const;
    return { kind: "failure", problem, retryAfterMs: null, requestId: null, cause };
  }
}

const nothingCreated: Assumption = { effect: "none", retry: "later" };

function aborted(
  { idempotencyKey, ifUnanswered = nothingCreated }: Call<unknown>,
  cause: unknown,
): AccountGatewayError {
  const problem = { code: "aborted", detail: "The caller's signal ended the call", ...ifUnanswered } as const;
  const failure = { kind: "failure", problem, retryAfterMs: null, requestId: null, cause } as const;
  return new AccountGatewayError(failure, idempotencyKey ?? null);
}
