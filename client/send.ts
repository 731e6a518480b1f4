/** One call of the gateway: sent, and sent again for as long as its problem allows and its time lasts. */
import { type KyInstance, KyError, TimeoutError } from "ky";
import { retryAfterSeconds } from "../src/vendor/retry-after.ts";
import { backoffMs, delay } from "./delay.ts";
import { checkedTimeoutMs } from "./check-options.ts";
import { AccountGatewayError, type AccountGatewayProblem, type Failure } from "./problem.ts";
import { type Doubt, parseJson, type Reader, readProblem } from "./read-answer.ts";

export interface CallOptions {
  /** Ends the call, which then throws `aborted`. What the gateway has begun goes on there. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, repetitions included. */
  timeoutMs?: number | undefined;
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
  /** Of what is not sent again by itself: it has no key, and changes something. */
  isOnce?: true;
}

export interface Answer<Body> {
  body: Body;
  headers: Headers;
  /** How long the gateway asks to wait, where it asks. */
  retryAfterMs: number | null;
}

/** What the calls have in common. */
export interface Client {
  http: KyInstance;
  /** Of calls that name none. */
  connection: string | undefined;
  timeoutMs: number;
}

/** The gateway ends the longest create after 25 seconds. */
const attemptMs = 30_000;

export async function send<Body>(
  client: Client,
  question: Question<Body>,
  { signal, timeoutMs = client.timeoutMs }: CallOptions,
): Promise<Answer<Body>> {
  const { idempotencyKey = null, isOnce = false } = question;
  const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
  let doubtful: Failure | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const leftMs = deadlineMs - Date.now();
    const met = await attempt(client.http, question, { signal, timeoutMs: Math.min(attemptMs, leftMs) });
    if (!("problem" in met)) return met;
    const { retry, effect } = met.problem;
    if (effect === "unknown") doubtful = met;
    else if (!isBlind(met)) doubtful = undefined;
    const failure = new AccountGatewayError(doubtful === undefined ? met : inDoubt(doubtful, met), idempotencyKey);
    const waitMs = met.retryAfterMs ?? backoffMs(attempts);
    const mayRepeat = !isOnce && (retry === "later" || retry === "same_key") && signal?.aborted !== true;
    if (!mayRepeat || Date.now() + waitMs >= deadlineMs) throw failure;
    await pause(waitMs, { signal, question });
    // A machine that slept has waited for longer.
    if (Date.now() >= deadlineMs) throw failure;
  }
}

/** What is answered before the ledger is asked: that it created nothing tells nothing of an earlier attempt. */
const blindCodes: ReadonlySet<string> = new Set([
  "unauthenticated",
  "connection_not_found",
  "misconfigured",
  "internal_error",
  "not_found",
  "method_not_allowed",
] satisfies AccountGatewayProblem["code"][]);

const isBlind = ({ problem }: Failure): boolean => blindCodes.has(problem.code) && !("operation" in problem);

/** An account may exist for as long as nobody who knows has said otherwise. */
function inDoubt(doubtful: Failure, met: Failure): Failure {
  if (doubtful === met) return met;
  const detail = `${doubtful.problem.detail}. Asked again, it answered ${met.problem.code}: ${met.problem.detail}`;
  return { ...met, problem: { ...doubtful.problem, detail }, cause: doubtful.cause };
}

/** Waits; throws `aborted` where the caller ends that. */
export async function pause(
  durationMs: number,
  { signal, question }: { signal: AbortSignal | undefined; question: Question<unknown> },
): Promise<void> {
  try {
    await delay(durationMs, signal);
  } catch (reason) {
    throw new AccountGatewayError(aborted(question, reason), question.idempotencyKey ?? null);
  }
}

async function attempt<Body>(
  http: KyInstance,
  question: Question<Body>,
  { signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<Answer<Body> | Failure> {
  const { method, path, search = {}, headers: own = {}, body, reads } = question;
  try {
    signal?.throwIfAborted();
    const asked = http(path, {
      method,
      searchParams: search,
      headers: { ...own, ...(body !== undefined && { "Content-Type": "application/json" }) },
      totalTimeout: timeoutMs,
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    const { ok, status, headers } = await asked;
    const answer = parseJson(await asked.text());
    const waitSeconds = retryAfterSeconds(headers.get("Retry-After"), Date.now()) ?? 0;
    // Who asks for no wait at all would be asked without end.
    const retryAfterMs = waitSeconds === 0 ? null : waitSeconds * 1000;
    if (ok && reads(answer)) return { body: answer, headers, retryAfterMs };
    const problem = readProblem(answer, status, doubtOf(question));
    return { problem, retryAfterMs, requestId: headers.get("X-Request-Id") };
  } catch (error) {
    if (signal?.aborted === true) return aborted(question, signal.reason);
    const detail =
      error instanceof TimeoutError
        ? `The gateway did not answer in full within ${timeoutMs} ms`
        : "The gateway cannot be reached, or the connection broke";
    // ky's own errors hold the request, and with it the gateway key.
    const cause = error instanceof KyError ? error.cause : error;
    return { problem: { code: "no_answer", detail, ...doubtOf(question) }, retryAfterMs: null, requestId: null, cause };
  }
}

/** What may have become of a call that nobody answered. */
const doubtOf = ({ idempotencyKey }: Question<unknown>): Doubt =>
  idempotencyKey === undefined ? { effect: "none", retry: "later" } : { effect: "unknown", retry: "same_key" };

const aborted = (question: Question<unknown>, cause: unknown): Failure => ({
  problem: { code: "aborted", detail: "The call was ended by its signal", ...doubtOf(question) },
  retryAfterMs: null,
  requestId: null,
  cause,
});
