/** A gateway that gives scripted answers in order, with fake timers. */
import { afterEach, beforeEach, expect, vi } from "vitest";
import { AccountGatewayError, createAccountGateway, type CreateOptions } from "../../../packages/client/src/index.ts";
import { type ProblemDetails, toProblem } from "../../../src/problem.ts";

export const key = "secret-gateway-key";
export const idempotencyKey = "signup-4711";

type Script = (request: Request) => Response | Promise<Response>;

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  atMs: number;
}

let script: Script[] = [];
export let received: ReceivedRequest[] = [];

/** Call this at the top of a test file. Each test must use all the answers of its script. */
export function useScriptedGateway(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    script = [];
    received = [];
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(script).toEqual([]);
  });
}

export const gatewayAnswers = (...answers: Script[]): void => void (script = answers);

export const client = (options: { connection?: string; timeoutMs?: number } = {}) =>
  createAccountGateway({
    baseUrl: "https://gateway.test/behind/",
    key,
    ...options,
    async fetch(input, init) {
      const request = new Request(input, init);
      const { method, url, headers } = request;
      const path = url.replace("https://gateway.test/behind", "");
      const body = await request.clone().text();
      received.push({ method, path, headers: Object.fromEntries(headers), body, atMs: Date.now() });
      const answer = script.shift();
      if (answer === undefined) throw new Error(`The script has no answer for ${method} ${path}`);
      return answer(request);
    },
  });

export const account = { id: "a-1", vendor: "garmat", connection: "demo-garmat", name: "Acme" };
export const created: Script = () => Response.json(account, { status: 201, headers: { "X-Request-Id": "request-1" } });
export const lost: Script = () => Promise.reject(new TypeError("fetch failed"));
export const never: Script = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

export const problem =
  (details: ProblemDetails, headers: Record<string, string> = {}): Script =>
  () => {
    const asKeyed = { url: "https://gateway.test/v1/accounts", requestId: "request-1", isKeyed: true };
    const body = toProblem(details, asKeyed);
    const json = { "Content-Type": "application/problem+json", "X-Request-Id": "request-1" };
    return new Response(JSON.stringify(body), { status: body.status, headers: { ...json, ...headers } });
  };

/** Advances the fake timers until the call ends, and returns its result. */
export async function settled<Result>(call: Promise<Result>): Promise<Result> {
  const state = { isOver: false };
  const end = () => void (state.isOver = true);
  call.then(end, end);
  while (!state.isOver) await vi.advanceTimersByTimeAsync(50);
  return call;
}

/** The error that the call throws. */
export async function failureOf(call: Promise<unknown>): Promise<AccountGatewayError> {
  const error = await settled(
    call.then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  if (error instanceof AccountGatewayError) return error;
  throw new Error("The call threw no AccountGatewayError", { cause: error });
}

export const create = (options: CreateOptions = {}) =>
  client().accounts.create({ name: "Acme" }, { idempotencyKey, ...options });
