/** Prepares an attack and tells that it begins; attacks until it is told to stop, and then tells what it met. */
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import * as z from "zod/mini";
import type { Answers } from "./attacker.ts";
import { type Attack, attackNames, attacks } from "./attacks.ts";
import { type Call, callAs } from "./gateway.ts";

/** The attack ends after this, even if nobody stops it. */
const longestMs = 60_000;

const [, , attackName, origin = ""] = process.argv;
const { loops, perSecond, most, begin }: Attack = attacks[z.enum(attackNames).parse(attackName)];
const pool = new Pool(origin, { connections: 32, pipelining: 1 });
let answers: Answers = {};

const ask = async (call: Call) => {
  const { statusCode: status, body } = await callAs(pool, "attacker", call);
  answers[status] = (answers[status] ?? 0) + 1;
  return { status, body };
};
const attackOnce = await begin({
  async send(call) {
    const { status, body } = await ask(call);
    for await (const _ of body);
    return status;
  },
  async read(call) {
    const { status, body } = await ask(call);
    return { status, text: await body.text() };
  },
});
// What was met while it was prepared does not count.
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
  while (!stopping.signal.aborted && made < most && performance.now() - beganMs < longestMs) {
    const index = made++;
    const aheadMs = (index * 1000) / perSecond - (performance.now() - beganMs);
    if (aheadMs > 0) await pause(aheadMs);
    await attackOnce(index);
  }
};
await Promise.all(Array.from({ length: loops }, attackOn));
