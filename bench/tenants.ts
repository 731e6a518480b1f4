// `npm run bench:tenants`: two tenants use one connection. The bench measures how much the attacks of one tenant slow
// down the creates of the other: the time during an attack divided by the time before it, in the same process.
// All traffic stays on this machine, and each attack has limits.
import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { atMost, makeFolder, measure, type Measured, percentile, rounded } from "./results.ts";
import { type AttackName, attackNames } from "./tenants/attacks.ts";
import { variablesFor } from "./tenants/gateway.ts";
import { type Latencies, measureTenant, maxCreateMs } from "./tenants/quiet-tenant.ts";
import { bundleForDeploy, bundleOutside, startVendor, startWorkerd } from "./workerd.ts";

// `npm run bench:tenants -- queue previews --seconds 5` runs only the attacks `queue` and `previews`, for a shorter time.
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "10" } },
});
const durationMs = Number(options.seconds) * 1000;
const warmUpMs = 2000;
/** The time for the attack to take effect. */
const attackLeadMs = 2000;
/** The target: a create takes at most this many times longer during an attack than before. */
const maxRatio = 2;

const folder = makeFolder();
const vendor = await startVendor(folder, bundleOutside(folder, "tenants/vendor-worker.ts"));
const bundle = bundleForDeploy("src/index.ts", join(folder, "bundle"));

try {
  const measures = attackNames.map((attack) => [attack, () => measureUnder(attack)] as const);
  await measure("tenants", Object.fromEntries(measures), positionals, options);
} finally {
  await vendor.stop();
  rmSync(folder, { recursive: true });
}

/** Starts a new gateway and ledger for each attack, so that one attack does not affect the next. */
async function measureUnder(attack: AttackName): Promise<Measured> {
  const gateway = await startWorkerd({
    folder: join(folder, attack),
    workers: [
      {
        name: "gateway",
        bundle,
        ledger: "Ledger",
        variables: variablesFor(vendor.origin),
        sockets: { gateway: undefined },
      },
    ],
  });
  const origin = gateway.origins["gateway"] ?? "";
  try {
    await measureTenant(origin, warmUpMs);
    const quiet = await measureTenant(origin, durationMs);
    const { stop } = await startAttack(attack, origin);
    await pause(attackLeadMs);
    const attacked = await measureTenant(origin, durationMs);
    return compare(attack, quiet, attacked, await stop());
  } finally {
    await gateway.stop();
  }
}

/**
 * Starts an attack in its own process, so that the attacker's work does not slow down the measured tenant. `stop` ends the
 * attack and returns how many calls got each status.
 */
async function startAttack(
  attack: AttackName,
  origin: string,
): Promise<{ stop: () => Promise<Record<string, number>> }> {
  const attacker = fork(join(import.meta.dirname, "tenants/attacker-process.ts"), [attack, origin]);
  const nextMessage = async () => {
    const [message] = (await Promise.race([once(attacker, "message"), failure])) as [Record<string, number>];
    return message;
  };
  const failure = once(attacker, "exit").then(() => {
    throw new Error(`The attack \`${attack}\` ended early`);
  });
  // `nextMessage` reports the failure. Without this handler, an exit between two calls of `nextMessage` would end the bench.
  failure.catch(() => {});
  await nextMessage();
  const stop = async () => {
    attacker.send("stop");
    const answers = await nextMessage();
    attacker.kill();
    return answers;
  };
  return { stop };
}

function compare(attack: AttackName, quiet: Latencies, attacked: Latencies, answers: Record<string, number>): Measured {
  const before = summarise(quiet);
  const during = summarise(attacked);
  const rows = Object.keys(before) as (keyof typeof before)[];
  const figures = Object.fromEntries(
    rows.map((row) => [
      row,
      { "quiet, ms": before[row], "attacked, ms": during[row], ratio: rounded(during[row] / before[row]) },
    ]),
  );
  const missed = { quiet: quiet.missed, attacked: attacked.missed };
  console.log(`During the attack \`${attack}\`, which got these statuses:`, answers);
  console.table(figures);
  if (missed.quiet + missed.attacked > 0)
    console.log(`Creates that failed, counted as ${maxCreateMs} ms each:`, missed);
  return {
    figures: { [attack]: { ...figures, missed, answers } },
    targets: rows.map((row) =>
      atMost(maxRatio, `${attack}: ${row}, attacked / quiet`, figures[row]?.ratio ?? Number.NaN),
    ),
  };
}

function summarise({ createMs, asyncMs }: Latencies) {
  return {
    "create, p50": rounded(percentile(createMs, 0.5)),
    "create, p95": rounded(percentile(createMs, 0.95)),
    "async create, p50": rounded(percentile(asyncMs, 0.5)),
  };
}
