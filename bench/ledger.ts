// `npm run bench:ledger`: measures the cost of the ledger, as ratios to baselines in the same run. The rounds alternate between
// the ledger and the baseline, so that other load on the machine affects both alike.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { account, variablesFor } from "./create-request.ts";
import { create, type Load } from "./load.ts";
import {
  alternate,
  atLeast,
  atMost,
  makeFolder,
  measure,
  type Measured,
  median,
  percentile,
  ratioOf,
  rounded,
} from "./results.ts";
import { bundleForDeploy, bundleOutside, startVendor, startWorkerd } from "./workerd.ts";

// `npm run bench:ledger -- commits --rounds 3` runs only the measure `commits`, in fewer rounds.
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    operations: { type: "string", default: "1000000" },
    expired: { type: "string", default: "100000" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "4" },
    version: { type: "string", default: "3" },
  },
});
const operations = Number(options.operations);
const expired = Number(options.expired);
const rounds = Number(options.rounds);
const durationMs = Number(options.seconds) * 1000;

const folder = makeFolder();
const vendor = await startVendor(folder, bundleOutside(folder));
const variables = variablesFor(vendor.origin);
const ledgers = bundleForDeploy(join(import.meta.dirname, "ledger-worker.ts"), join(folder, "bundle"));
const gateway = await startWorkerd({
  folder: join(folder, "gateway"),
  workers: [
    {
      name: "gateway",
      bundle: ledgers,
      ledger: "Ledger",
      variables,
      sockets: { gateway: undefined, driver: "driver" },
    },
    {
      name: "single",
      bundle: ledgers,
      ledger: "LedgerOfSingleCommits",
      variables,
      sockets: { single: undefined, singleDriver: "driver" },
    },
  ],
});

let populated: Promise<object> | undefined;

try {
  await measure("ledger", { commits, rows, pairs, sweep, migration }, positionals, options);
} finally {
  await Promise.all([gateway.stop(), vendor.stop()]);
  rmSync(folder, { recursive: true });
}

function originOf(socket: string): string {
  return gateway.origins[socket] ?? "";
}

function loadOf(socket: string, connections: number, load: Partial<Load> = {}) {
  return create({ origin: originOf(socket), body: account, connections, isKeyed: false, durationMs, ...load });
}

/** Compares shared commits with one commit for each claim and settle. */
async function commits(): Promise<Measured> {
  const perCreate = { shared: [] as number[], single: [] as number[] };
  const counted = (socket: string, driver: string, counts: number[]) => async () => {
    const before = await drive<number>("commits", {}, driver);
    const { created, perSecond } = await loadOf(socket, 64, { isKeyed: true });
    counts.push(((await drive<number>("commits", {}, driver)) - before) / created);
    return perSecond;
  };
  const { shared, single } = await alternate(rounds, {
    shared: counted("gateway", "driver", perCreate.shared),
    single: counted("single", "singleDriver", perCreate.single),
  });
  const figures = {
    shared: Math.round(median(shared)),
    single: Math.round(median(single)),
    ratio: ratioOf(shared, single),
    "shared, commits per create": rounded(median(perCreate.shared), 3),
    "single, commits per create": rounded(median(perCreate.single), 3),
  };
  console.log("Keyed creates per second at 64 connections");
  console.table([figures]);
  const targets = [atLeast(1.8, "keyed creates: shared commits / one each", figures.ratio)];
  return { figures: { commits: figures }, targets };
}

/** Counts the rows that a keyed create reads and writes. Cloudflare bills these rows. */
async function rows(): Promise<Measured> {
  const figures = await drive<Record<string, number>>("rows", { ledger: "rows" });
  console.log("Rows for each keyed create, its deletion included");
  console.table([figures]);
  return { figures: { rows: figures }, targets: [] };
}

/** Fills the ledger that several measures share. */
function populate(): Promise<object> {
  return (populated ??= fill());
}

async function fill(): Promise<object> {
  const beganMs = performance.now();
  const count = Math.min(5000, operations);
  for (let first = 0; first < operations; first += count) {
    await drive("populate", { ledger: "full", first, count, total: operations });
  }
  const filled = await drive<{ operations: number; databaseBytes: number; documentBytes: number }>("size", {
    ledger: "full",
  });
  const figures = {
    operations: filled.operations,
    "seconds to fill": rounded((performance.now() - beganMs) / 1000),
    "document, bytes": Math.round(filled.documentBytes),
    "database, bytes per operation": Math.round(filled.databaseBytes / filled.operations),
    "database, MB": Math.round(filled.databaseBytes / 1e6),
  };
  console.log("The full ledger");
  console.table([figures]);
  return figures;
}

/** Compares claims and settles in a full ledger with claims and settles in an empty ledger. */
async function pairs(): Promise<Measured> {
  const filled = await populate();
  let emptied = 0;
  /** Measures the milliseconds for one claim and settle, and returns the median of the batches. */
  const time = (ledger: () => string, concurrency: number, count: number, batches: number) => async () => {
    const name = ledger();
    const times: number[] = [];
    await drive("pairs", { ledger: name, concurrency, count });
    for (let batch = 0; batch < batches; batch += 1) {
      const beganMs = performance.now();
      await drive("pairs", { ledger: name, concurrency, count });
      times.push((performance.now() - beganMs) / count);
    }
    return median(times);
  };
  const compare = async (concurrency: number, count: number, batches: number) => {
    const { empty, full } = await alternate(rounds, {
      empty: time(() => `empty-${(emptied += 1)}`, concurrency, count, batches),
      full: time(() => "full", concurrency, count, batches),
    });
    return { empty: rounded(median(empty), 3), full: rounded(median(full), 3), ratio: ratioOf(full, empty) };
  };
  const figures = { sequential: await compare(1, 10, 60), concurrent: await compare(64, 640, 6) };
  console.log("Milliseconds for each claim and settle");
  console.table(figures);
  return {
    figures: { full: filled, pairs: figures },
    targets: [
      atMost(1.3, "claim and settle, one at a time: full / empty", figures.sequential.ratio),
      atMost(1.3, "claim and settle, 64 at a time: full / empty", figures.concurrent.ratio),
    ],
  };
}

/** Measures how long a claim takes while the ledger deletes expired operations. */
async function sweep(): Promise<Measured> {
  await populate();
  /** Makes claims in sequence until `isOver`, and returns how long each took. */
  const claimUntil = async (isOver: () => boolean): Promise<number[]> => {
    const times: number[] = [];
    while (!isOver()) {
      const key = crypto.randomUUID();
      const beganMs = performance.now();
      await drive("claim", { ledger: "full", key });
      times.push(performance.now() - beganMs);
      await drive("settle", { ledger: "full", key });
    }
    return times;
  };
  const without: number[][] = [];
  const during: number[][] = [];
  const sweeps: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    await drive("expire", { ledger: "full", count: expired });
    let isSwept = false;
    const beganMs = performance.now();
    const swept = drive("sweep", { ledger: "full" }).finally(() => (isSwept = true));
    during.push(await claimUntil(() => isSwept));
    await swept;
    const tookMs = performance.now() - beganMs;
    sweeps.push(tookMs);
    const endsMs = performance.now() + tookMs;
    without.push(await claimUntil(() => performance.now() > endsMs));
  }
  const summary = (times: readonly number[][]) => ({
    claims: times.flat().length,
    "median, ms": rounded(median(times.flat()), 2),
    "99 % within, ms": rounded(percentile(times.flat(), 0.99), 2),
    "longest, ms": rounded(median(times.map((each) => Math.max(...each)))),
    "longest of all, ms": rounded(Math.max(...times.flat())),
  });
  const figures = {
    without: summary(without),
    during: summary(during),
    sweepMs: sweeps.map(Math.round),
  };
  console.log(`Claims while the ledger deletes ${expired} expired operations in ${figures.sweepMs.join(", ")} ms`);
  console.table({ without: figures.without, during: figures.during });
  return {
    figures: { sweep: figures },
    // SQLite checkpoints its write-ahead log after every thousand pages, so the longest claims always include a
    // checkpoint. The target limits the time that a sweep adds to the longest claim of a round.
    targets: [
      atMost(
        50,
        "time that a sweep adds to the longest claim, ms",
        rounded(figures.during["longest, ms"] - figures.without["longest, ms"]),
      ),
    ],
  };
}

/** Measures the cost to open a ledger with the schema `--version`. This measure rebuilds the ledger, so it runs last. */
async function migration(): Promise<Measured> {
  await populate();
  const cpu: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    await drive("rewind", { ledger: "full", version: options.version });
    const beganMs = gateway.cpuMs();
    await drive("migrate", { ledger: "full" });
    cpu.push(gateway.cpuMs() - beganMs);
  }
  const figures = {
    operations,
    "CPU, s": rounded(median(cpu) / 1000),
    "CPU, s for a million": rounded((median(cpu) * 1000) / operations),
  };
  console.log(`Opening a ledger of schema version ${options.version}`);
  console.table([figures]);
  return { figures: { migration: figures }, targets: [] };
}

async function drive<Answer = null>(
  action: string,
  parameters: Record<string, string | number>,
  socket = "driver",
): Promise<Answer> {
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${originOf(socket)}/${action}?${query.toString()}`, { method: "POST" });
  if (!response.ok) throw new Error(`${action} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
