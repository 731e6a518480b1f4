/** A tenant that creates accounts at a low, steady rate, and measures how long each takes. */
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import * as z from "zod/mini";
import { callAs, create } from "./gateway.ts";

export interface Latencies {
  /** The times of creates that the gateway answers with the account. */
  createMs: number[];
  /** The times of creates with `respond-async`, until the operation's state is `created`. */
  asyncMs: number[];
  /** How many creates failed or took too long. Each counts as `maxCreateMs`. */
  missed: number;
}

export const maxCreateMs = 20_000;
const createEveryMs = 100;
const asyncEveryMs = 500;
const pollEveryMs = 25;

const operation = z.object({ state: z.string() });

export async function measureTenant(origin: string, durationMs: number): Promise<Latencies> {
  const pool = new Pool(origin, { connections: 64, pipelining: 1 });
  const latencies: Latencies = { createMs: [], asyncMs: [], missed: 0 };
  const endMs = performance.now() + durationMs;

  /** Measures a create. `make` returns whether it created an account. */
  const time = async (times: number[], make: (signal: AbortSignal) => Promise<boolean>) => {
    const beganMs = performance.now();
    const isCreated = await make(AbortSignal.timeout(maxCreateMs)).catch(() => false);
    if (!isCreated) latencies.missed += 1;
    times.push(isCreated ? performance.now() - beganMs : maxCreateMs);
  };
  /** Starts each create without waiting for the previous one. Otherwise a slow gateway would get fewer creates. */
  const createSteadily = async () => {
    const creates: Promise<void>[] = [];
    for (; performance.now() < endMs; await pause(createEveryMs)) {
      creates.push(time(latencies.createMs, (signal) => createNow(pool, signal)));
    }
    await Promise.all(creates);
  };
  const createAsync = async () => {
    for (; performance.now() < endMs; await pause(asyncEveryMs)) {
      await time(latencies.asyncMs, (signal) => createLater(pool, signal));
    }
  };

  await Promise.all([createSteadily(), createAsync()]);
  await pool.destroy();
  return latencies;
}

const newAccount = () => ({ name: "Quiet Corporation", legal_name: "Quiet Corporation Limited" });

async function createNow(pool: Pool, signal: AbortSignal): Promise<boolean> {
  const { statusCode, body } = await callAs(pool, "quiet", create(crypto.randomUUID(), newAccount()), signal);
  await body.text();
  return statusCode === 201;
}

async function createLater(pool: Pool, signal: AbortSignal): Promise<boolean> {
  const call = create(crypto.randomUUID(), newAccount(), { prefer: "respond-async" });
  const { statusCode, headers, body } = await callAs(pool, "quiet", call, signal);
  await body.text();
  if (statusCode !== 202) return false;
  for (;;) {
    const polled = await callAs(pool, "quiet", { method: "GET", path: String(headers["location"]) }, signal);
    const { state } = operation.parse(await polled.body.json());
    if (state !== "queued" && state !== "sending") return state === "created";
    await pause(pollEveryMs, undefined, { signal });
  }
}
