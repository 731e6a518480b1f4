/** Starts an attack in a process of its own, so that what the attacker reads takes no time of the tenant that is measured. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AttackName } from "./attacks.ts";

/** How many of the attack's calls met each status. */
export type Answers = Record<string, number>;

/** Resolves when the attack has begun; `stop` ends it and tells what it met. */
export async function startAttack(attack: AttackName, origin: string): Promise<{ stop: () => Promise<Answers> }> {
  const attacker = fork(join(import.meta.dirname, "attacker-process.ts"), [attack, origin]);
  const told = async () => {
    const [message] = (await Promise.race([once(attacker, "message"), failure])) as [Answers];
    return message;
  };
  const failure = once(attacker, "exit").then(() => {
    throw new Error(`The attack \`${attack}\` ended early`);
  });
  // It is told of where somebody waits.
  failure.catch(() => {});
  await told();
  const stop = async () => {
    attacker.send("stop");
    const answers = await told();
    attacker.kill();
    return answers;
  };
  return { stop };
}
