/** Sends a call to the gateway, and retries it while its problem allows a retry and time is left. */
import { type KyInstance, KyError, TimeoutError } from "ky";
import { parseJson } from "../../../schemas/parse-json.ts";
import { retryAfterSeconds } from "../../../schemas/retry-after.ts";
import { sleep } from "../../../schemas/sleep.ts";
import { type Assumption, type Guard, readProblem } from "./answer.ts";
import { checkedTimeoutMs } from "./options.ts";
import { AccountGatewayError, type Failure, isAboutOperation } from "./problem.ts";

export interface CallOptions {
  /** Ends the call. The call then throws `aborted`. The gateway still finishes a request that it has received. */
  signal?: AbortSignal | undefined;
  /** The longest time for the call, retries included. */
  timeoutMs?: number | undefined;
  /** The highest number of attempts; 1 means no retry. By default, only the problem and `timeoutMs` limit it. */
  maxAttempts?: number | undefined;
  /**
   * The wait before a retry, in milliseconds, if the gateway sends no `Retry-After`. `attempts` counts the attempts so far. By
   * default 250 ms, doubled each time up to 5 s, and reduced at random by up to one half.
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
  /** The JSON text to send. */
  body?: string;
  isExpected: Guard<Body>;
  /** With a key, a create is safe to send again. */
  idempotencyKey?: string;
  /** Set for calls that may create an account. By default, the client assumes that nothing was created. */
  ifUnanswered?: Assumption;
}

export interface Answer<Body> {
  kind: "answer";
  body: Body;
  status: number;
  headers: Headers;
  /** From `Retry-After`. */
  retryAfterMs: number | null;
}

/** What all calls of a client share. */
export interface Client extends Pick<CallOptions, "retryDelayMs"> {
  http: KyInstance;
  /** The connection of calls that do not name one. */
  connection: string | undefined;
  timeoutMs: number;
}

/** The gateway answers even the longest create within 25 seconds. */
const maxAttemptMs = 30_000;
/**
 * If less time is left, the client does not retry. The retry could time out, and its `no_answer` would replace the last
 * answer, which is more useful.
 */
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

/** `earlier`: the failure of an earlier call, after which an account may exist. */
export async function send<Body>(
  client: Client,
  call: Call<Body>,
  options: CallOptions,
  earlier?: Failure,
): Promise<Answer<Body>> {
  const { signal, timeoutMs = client.timeoutMs, maxAttempts = Infinity, onResponse } = options;
  const { retryDelayMs = client.retryDelayMs ?? backoffMs } = options;
  const { idempotencyKey = null, ifUnanswered = nothingCreated } = call;
  const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
  /** The latest failure after which an account may exist. */
  let unresolved = earlier;
  for (let attempts = 1; ; attempts += 1) {
    const leftMs = deadlineMs - Date.now();
    const result = await attempt(client.http, call, { signal, timeoutMs: Math.min(maxAttemptMs, leftMs), onResponse });
    if (result.kind === "answer") return result;
    const mayHaveCreated = result.problem.effect !== "none" && ifUnanswered.effect === "unknown";
    if (unresolved === undefined || isAboutOperation(result.problem)) unresolved = mayHaveCreated ? result : undefined;
    const failure = unresolved === undefined ? result : withUnresolved(result, unresolved);
    const error = new AccountGatewayError(failure, idempotencyKey);
    const { retry } = result.problem;
    const waitMs = result.retryAfterMs ?? retryDelayMs(attempts);
    const mayRepeat = attempts < maxAttempts && (retry === "later" || retry === "same_key");
    if (!mayRepeat || !hasTimeLeft(deadlineMs, waitMs)) throw error;
    await pause(waitMs, signal, call);
    // If the computer sleeps, the pause takes longer than `waitMs`.
    if (!hasTimeLeft(deadlineMs)) throw error;
  }
}

/** Keeps the unresolved problem: only an answer about the operation can show that no account exists. */
function withUnresolved(failure: Failure, unresolved: Failure): Failure {
  if (unresolved === failure) return failure;
  const { problem, cause } = unresolved;
  const detail = `${problem.detail}. A later attempt failed with ${failure.problem.code}: ${failure.problem.detail}`;
  return { ...failure, problem: { ...problem, detail }, cause };
}

/** Waits; throws `aborted` if the caller's signal ends the wait. */
export async function pause(durationMs: number, signal: AbortSignal | undefined, call: Call<unknown>): Promise<void> {
  await sleep(durationMs, signal);
  if (signal?.aborted === true) throw aborted(call, signal.reason);
}

async function attempt<Body>(
  http: KyInstance,
  call: Call<Body>,
  { signal, timeoutMs, onResponse }: Pick<CallOptions, "signal" | "onResponse"> & { timeoutMs: number },
): Promise<Answer<Body> | Failure> {
  const { method, path, search = {}, headers: ownHeaders = {}, body, isExpected, ifUnanswered = nothingCreated } = call;
  try {
    signal?.throwIfAborted();
    const response = http(path, {
      method,
      searchParams: search,
      headers: { ...ownHeaders, ...(body !== undefined && { "Content-Type": "application/json" }) },
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
    if (ok && isExpected(answer, status)) return { kind: "answer", status, body: answer, headers, retryAfterMs };
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
