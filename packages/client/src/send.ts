/** One call of the gateway: sent, and sent again for as long as its problem allows and its time lasts. */
import { retryAfterSeconds } from "../../../schemas/retry-after.ts";
import { backoffMs, delay } from "./delay.ts";
import { checkedTimeoutMs } from "./check-options.ts";
import { AccountGatewayError, type Failure, isAboutOperation } from "./problem.ts";
import { type Doubt, parseJson, type Reader, readProblem } from "./read-answer.ts";

export interface CallOptions {
  /** Ends the call, which then throws `aborted`. What the gateway has begun goes on there. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, repetitions included. */
  timeoutMs?: number | undefined;
  /** How often the request may be sent. By default as often as the problem allows and the time lasts; 1 never repeats it. */
  maxAttempts?: number | undefined;
  /** Called with the status and headers of each answer, such as `Server-Timing`: for a log or a display. */
  onResponse?: ((response: Pick<Response, "status" | "headers">) => void) | undefined;
}

export interface Question<Body> {
  method: "get" | "post";
  path: string;
  search?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** As JSON. */
  body?: string;
  reads: Reader<Body>;
  /** Of a create: what makes it safe to send it again. */
  idempotencyKey?: string;
  /** What may be true when no answer comes. A call that can create no account says nothing here. */
  ifUnanswered?: Doubt;
}

export interface Answer<Body> {
  body: Body;
  headers: Headers;
  /** How long the gateway asks to wait, where it asks. */
  retryAfterMs: number | null;
}

/** What the calls have in common. */
export interface Client {
  /** Requests a path of the gateway, with its key. */
  request: (path: string, init: RequestInit & { headers: Record<string, string> }) => Promise<Response>;
  /** Of calls that name none. */
  connection: string | undefined;
  timeoutMs: number;
}

/** The gateway ends the longest create after 25 seconds. */
const attemptMs = 30_000;
/**
 * A repetition needs this much time to end. One that is cut off would replace what the last answer said by `no_answer`.
 */
const minAttemptMs = 2_000;

/** Whether an attempt that starts in `waitMs` can end before the deadline. */
export const hasTimeLeft = (deadlineMs: number, waitMs = 0): boolean =>
  Date.now() + waitMs + minAttemptMs <= deadlineMs;

/** `doubtful`: why an account may exist before this call sends anything. */
export async function send<Body>(
  client: Client,
  question: Question<Body>,
  { signal, timeoutMs = client.timeoutMs, maxAttempts = Infinity, onResponse }: CallOptions,
  doubtful?: Failure,
): Promise<Answer<Body>> {
  const { idempotencyKey = null, ifUnanswered = harmless } = question;
  const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
  let doubt = doubtful;
  for (let attempts = 1; ; attempts += 1) {
    const leftMs = deadlineMs - Date.now();
    const met = await attempt(client, question, {
      signal,
      timeoutMs: Math.min(attemptMs, leftMs),
      onResponse,
    });
    if (!("problem" in met)) return met;
    const isUnknown = met.problem.effect !== "none" && ifUnanswered.effect === "unknown";
    if (doubt === undefined || isAboutOperation(met.problem)) doubt = isUnknown ? met : undefined;
    const failure = new AccountGatewayError(doubt === undefined ? met : inDoubt(doubt, met), idempotencyKey);
    const { retry } = met.problem;
    const waitMs = met.retryAfterMs ?? backoffMs(attempts);
    const mayRepeat = attempts < maxAttempts && (retry === "later" || retry === "same_key");
    if (!mayRepeat || !hasTimeLeft(deadlineMs, waitMs)) throw failure;
    await pause(waitMs, { signal, question });
    // A machine that slept has waited for longer.
    if (!hasTimeLeft(deadlineMs)) throw failure;
  }
}

/** Once an account may exist, only an answer about the operation says otherwise. Other answers do not know of it. */
function inDoubt(doubt: Failure, met: Failure): Failure {
  if (doubt === met) return met;
  const detail = `${doubt.problem.detail}. A later attempt met ${met.problem.code}: ${met.problem.detail}`;
  return { ...met, problem: { ...doubt.problem, detail }, cause: doubt.cause };
}

/** Waits; throws `aborted` where the caller ends that. */
export async function pause(
  durationMs: number,
  { signal, question }: { signal: AbortSignal | undefined; question: Question<unknown> },
): Promise<void> {
  try {
    await delay(durationMs, signal);
  } catch (reason) {
    throw aborted(question, reason);
  }
}

async function attempt<Body>(
  client: Client,
  question: Question<Body>,
  { signal, timeoutMs, onResponse }: Pick<CallOptions, "signal" | "onResponse"> & { timeoutMs: number },
): Promise<Answer<Body> | Failure> {
  const { method, path, search = {}, headers: own = {}, body, reads, ifUnanswered = harmless } = question;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const ended = signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]);
  try {
    ended.throwIfAborted();
    const given = Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const query = given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
    const response = await endedBy(
      ended,
      client.request(path + query, {
        method: method.toUpperCase(),
        headers: { ...own, ...(body !== undefined && { "Content-Type": "application/json" }) },
        signal: ended,
        ...(body !== undefined && { body }),
      }),
    );
    const { ok, status, headers } = response;
    onResponse?.({ status, headers });
    const answer = parseJson(await endedBy(ended, response.text()));
    const waitSeconds = retryAfterSeconds(headers.get("Retry-After"), Date.now()) ?? 0;
    // `Retry-After: 0` would cause a tight loop.
    const retryAfterMs = waitSeconds === 0 ? null : waitSeconds * 1000;
    if (ok && reads(answer)) return { body: answer, headers, retryAfterMs };
    const problem = readProblem(answer, status, ifUnanswered);
    return { problem, retryAfterMs, requestId: headers.get("X-Request-Id") };
  } catch (cause) {
    if (signal?.aborted === true) throw aborted(question, signal.reason);
    const detail = timeout.signal.aborted
      ? `The gateway did not answer in full within ${timeoutMs} ms`
      : "The gateway cannot be reached, or the connection broke";
    return { problem: { code: "no_answer", detail, ...ifUnanswered }, retryAfterMs: null, requestId: null, cause };
  } finally {
    clearTimeout(timer);
  }
}

/** The result of a step, or a rejection as soon as the signal aborts: a `fetch` of the caller's may ignore the signal. */
function endedBy<Result>(signal: AbortSignal, step: Promise<Result>): Promise<Result> {
  const abort = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([step, abort]);
}

const harmless: Doubt = { effect: "none", retry: "later" };

function aborted({ idempotencyKey, ifUnanswered = harmless }: Question<unknown>, cause: unknown): AccountGatewayError {
  const problem = { code: "aborted", detail: "The call was ended by its signal", ...ifUnanswered } as const;
  return new AccountGatewayError({ problem, retryAfterMs: null, requestId: null, cause }, idempotencyKey ?? null);
}
