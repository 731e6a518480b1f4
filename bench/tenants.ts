// `npm run bench:tenants`: how long one tenant's creates take while another attacks the connection that both use, as a
// ratio to the time before the attack, in the same process. Everything stays on this machine and ends by itself.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bundleForDeploy, bundleOutside, compatibilityDate } from "./bundle.ts";
import { atMost, makeFolder, measure, type Measured, rounded } from "./results.ts";
import { percentile } from "./statistics.ts";
import { startAttack } from "./tenants/attacker.ts";
import { type AttackName, attackNames } from "./tenants/attacks.ts";
import { variablesFor } from "./tenants/gateway.ts";
import { type Latencies, measureTenant, patienceMs } from "./tenants/quiet-tenant.ts";
import { startVendor } from "./vendor.ts";
import { startWorkerd } from "./workerd.ts";

// `npm run bench:tenants -- queue previews --seconds 5` measures only these, and less long.
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "10" } },
});
const durationMs = Number(options.seconds) * 1000;
const warmUpMs = 2000;
/** What the attack is given to take effect. */
const leadMs = 2000;
/** How many times as long as before a create may take under an attack. */
const mostTimes = 2;

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

/** Each attack meets a gateway and a ledger of its own, so that none suffers from the one before. */
async function measureUnder(attack: AttackName): Promise<Measured> {
  const gateway = await startWorkerd({
    compatibilityDate,
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
    await pause(leadMs);
    const attacked = await measureTenant(origin, durationMs);
    return compare(attack, quiet, attacked, await stop());
  } finally {
    await gateway.stop();
  }
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
  console.log(`Under \`${attack}\`, whose calls met`, answers);
  console.table(figures);
  if (missed.quiet + missed.attacked > 0) console.log(`Creates that failed, counted as ${patienceMs} ms each:`, missed);
  return {
    figures: { [attack]: { ...figures, missed, answers } },
    targets: rows.map((row) =>
      atMost(mostTimes, `${attack}: ${row}, attacked / quiet`, figures[row]?.ratio ?? Number.NaN),
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
