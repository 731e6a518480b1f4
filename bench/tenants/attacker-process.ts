/**
 * Prepares an attack and reports that the attack begins. Attacks until the bench sends a message, and then reports the
 * statuses of the answers.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import * as z from "zod/mini";
import { type Attack, attackNames, attacks } from "./attacks.ts";
import { type Call, callAs } from "./gateway.ts";

/** The attack ends after this time even without a message. */
const maxDurationMs = 60_000;

const [, , attackName, origin = ""] = process.argv;
const { loops, perSecond, maxCalls, begin }: Attack = attacks[z.enum(attackNames).parse(attackName)];
const pool = new Pool(origin, { connections: 32, pipelining: 1 });
/** How many calls got each status. */
let answers: Record<string, number> = {};

const request = async (call: Call) => {
  const { statusCode: status, body } = await callAs(pool, "attacker", call);
  answers[status] = (answers[status] ?? 0) + 1;
  return { status, body };
};
const attackOnce = await begin({
  async send(call) {
    const { status, body } = await request(call);
    for await (const _ of body);
    return status;
  },
  async read(call) {
    const { status, body } = await request(call);
    return { status, text: await body.text() };
  },
});
// Do not count the answers during the preparation.
answers = {};

const stopping = new AbortController();
process.once("message", () => {
  stopping.abort();
  process.send?.(answers);
});
process.once("disconnect", () => process.exit());
process.send?.("begun");

const beganMs = performance.now();
let made = 0;
const attackOn = async () => {
  while (!stopping.signal.aborted && made < maxCalls && performance.now() - beganMs < maxDurationMs) {
    const index = made++;
    const aheadMs = (index * 1000) / perSecond - (performance.now() - beganMs);
    if (aheadMs > 0) await pause(aheadMs);
    await attackOnce(index);
  }
};
await Promise.all(Array.from({ length: loops }, attackOn));
