/** A caller as the contract wants it: the same key, until the answer's effect is not `unknown`. */
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod/mini";
import { problem } from "../../../schemas/documents/problem.ts";

export interface Create {
  connection: string;
  key: string;
  /** No other create has it, so that it tells the key at the vendor. */
  name: string;
  isAsync: boolean;
}

export interface Answer {
  create: Create;
  status: number;
  operation: string | null;
  /** The account's id, where one was told. */
  created: string | null;
  isReplay: boolean;
  code: string | null;
}

const accountAnswer = z.object({ id: z.string(), operation: z.string() });
const operationAnswer = z.object({ id: z.string() });

/** How long a caller goes on without any answer. */
const patienceMs = 60_000;
/** How many answers it takes that leave it in the dark, before it leaves the rest to the ledger. */
const maxAnswers = 6;
/** How often a caller who knows that there is no account tries again. */
const triesForNone = 2;
const callTimeoutMs = 20_000;
const pauseMs = 200;

export type Told = { answer: Answer; next: { isOver: boolean; afterMs: number; isNone: boolean } };

export async function post(url: string, create: Create): Promise<Told> {
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
  const told = { ...answer, isReplay: headers.get("Idempotent-Replayed") === "true" };
  if (status === 201) {
    const { id, operation } = accountAnswer.parse(body);
    return { answer: { ...told, operation, created: id }, next: { isOver: true, afterMs: 0, isNone: false } };
  }
  const afterMs = Number(headers.get("Retry-After") ?? "0") * 1000 || pauseMs;
  if (status === 202)
    return {
      answer: { ...told, operation: operationAnswer.parse(body).id },
      next: { isOver: false, afterMs, isNone: false },
    };
  const { code, effect, retry, operation = null } = problem.parse(body);
  return {
    answer: { ...told, operation, code },
    next: { isOver: retry === "never", afterMs, isNone: effect === "none" },
  };
}

/** Goes on over any number of crashes. */
export async function persist(gateway: { url: string }, create: Create, tell: (answer: Answer) => void): Promise<void> {
  let endMs = Date.now() + patienceMs;
  let answers = 0;
  let nones = 0;
  while (Date.now() < endMs) {
    let told: Told;
    try {
      told = await post(gateway.url, create);
    } catch {
      // The gateway is dead, or the dev server answered in its place.
      await pause(pauseMs);
      continue;
    }
    const { answer, next } = told;
    tell(answer);
    answers += 1;
    nones += next.isNone ? 1 : 0;
    if (next.isOver || nones > triesForNone || answers === maxAnswers) return;
    endMs = Date.now() + patienceMs;
    await pause(next.afterMs);
  }
  throw new Error(`${create.connection} told nothing of ${create.key} (${create.name}) within ${patienceMs} ms`);
}
