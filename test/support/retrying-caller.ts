/** A caller as the documentation describes it: it retries with the same key until the effect is not `unknown`. */
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import { problem } from "../../schemas/documents/problem.ts";

export interface Create {
  connection: string;
  key: string;
  /** Unique, so that it identifies the key at the vendor. */
  name: string;
  isAsync: boolean;
}

export interface Answer {
  create: Create;
  status: number;
  operation: string | null;
  /** The created account's id. */
  created: string | null;
  isReplay: boolean;
  code: string | null;
}

const accountAnswer = z.object({ id: z.string(), operation: z.string() });
const operationAnswer = z.object({ id: z.string() });

/** How long a caller retries while it gets no answer. */
const giveUpAfterMs = 60_000;
/** The caller stops after this many answers if none of them is final. */
const maxAnswers = 6;
/** How often a caller retries after an answer with `effect: none`. */
const maxRetriesAfterNone = 2;
const callTimeoutMs = 20_000;
const pauseMs = 200;

export type CallerAnswer = { answer: Answer; next: { isOver: boolean; afterMs: number; isNone: boolean } };

export async function post(url: string, create: Create): Promise<CallerAnswer> {
  const { connection, key, name, isAsync } = create;
  const response = await fetch(`${url}/v1/accounts`, {
    method: "POST",
    headers: {
      Authorization: "Bearer demo-key",
      "Content-Type": "application/json",
      "Gateway-Connection": connection,
      "Idempotency-Key": key,
      ...(isAsync && { Prefer: "respond-async" }),
    },
    body: JSON.stringify({ name }),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  const { status, headers } = response;
  const body = await response.json();
  const answer = { create, status, operation: null, created: null, code: null };
  const read = { ...answer, isReplay: headers.get("Idempotent-Replayed") === "true" };
  if (status === 201) {
    const { id, operation } = accountAnswer.parse(body);
    return { answer: { ...read, operation, created: id }, next: { isOver: true, afterMs: 0, isNone: false } };
  }
  const afterMs = Number(headers.get("Retry-After") ?? "0") * 1000 || pauseMs;
  if (status === 202)
    return {
      answer: { ...read, operation: operationAnswer.parse(body).id },
      next: { isOver: false, afterMs, isNone: false },
    };
  const { code, effect, retry, operation = null } = problem.parse(body);
  return {
    answer: { ...read, operation, code },
    next: { isOver: retry === "never", afterMs, isNone: effect === "none" },
  };
}

/** Sends the create until an answer is final. Retries through crashes of the gateway. */
export async function createWithRetries(
  gateway: { url: string },
  create: Create,
  record: (answer: Answer) => void,
): Promise<void> {
  let endMs = Date.now() + giveUpAfterMs;
  let answers = 0;
  let nones = 0;
  while (Date.now() < endMs) {
    let read: CallerAnswer;
    try {
      read = await post(gateway.url, create);
    } catch {
      // The gateway is down, or the dev server answered instead.
      await pause(pauseMs);
      continue;
    }
    const { answer, next } = read;
    record(answer);
    answers += 1;
    nones += next.isNone ? 1 : 0;
    if (next.isOver || nones > maxRetriesAfterNone || answers === maxAnswers) return;
    endMs = Date.now() + giveUpAfterMs;
    await pause(next.afterMs);
  }
  throw new Error(`${create.connection} did not answer ${create.key} (${create.name}) within ${giveUpAfterMs} ms`);
}
