// `npm run bench`: measures the cost of a create through the gateway and, in the same run, through two baseline Workers. One
// baseline only forwards the request; the other only parses and writes it. The bench runs the bundle of a deploy in plain
// workerd, not in the dev server.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { account, longAccount, variablesFor, vendorAccount } from "./create-request.ts";
import { create, type Load } from "./load.ts";
import { profile, stageOf } from "./profile.ts";
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
import { bundleForDeploy, bundleOutside, root, startVendor, startWorkerd, type Worker } from "./workerd.ts";

// `npm run bench -- creates --rounds 3` runs only the measure `creates`, in fewer rounds.
// `npm run bench -- cpu --compare HEAD~1` also measures another commit, in the same run.
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    requests: { type: "string", default: "60000" },
    compare: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const durationMs = Number(options.seconds) * 1000;
const requests = Number(options.requests);

const folder = makeFolder();
const outside = bundleOutside(folder);
const bundle = bundleForDeploy("src/index.ts", join(folder, "bundle"));
const compared = options.compare === undefined ? undefined : bundleOf(options.compare);

const vendor = await startVendor(folder, outside);
const bareWorker = {
  name: "bare",
  bundle: outside,
  variables: { VENDOR_ORIGIN: vendor.origin },
  sockets: { bare: undefined, reading: "reading" },
};
/** The part of the URL, and the id of the connection, for a vendor that does not state the length of its answers. */
const chunks = "chunks";
const chunksWorker = {
  name: "bare-chunks",
  bundle: outside,
  variables: { VENDOR_ORIGIN: `${vendor.origin}/${chunks}` },
  sockets: { "reading, chunks": "reading" },
};
const gatewayWorker = gatewayOf("gateway", bundle);
/** A gateway with 99 more connections. */
const manyWorker = gatewayOf("many", bundle, 99);
const comparedWorkers = compared === undefined ? [] : [gatewayOf("compared", compared)];

const loads = {
  bare: { socket: "bare", body: vendorAccount, isKeyed: false },
  reading: { socket: "reading", body: vendorAccount, isKeyed: false },
  "reading, chunks": { socket: "reading, chunks", body: vendorAccount, isKeyed: false, connection: chunks },
  unkeyed: { socket: "gateway", body: account, isKeyed: false },
  "unkeyed, chunks": { socket: "gateway", body: account, isKeyed: false, connection: chunks },
  keyed: { socket: "gateway", body: account, isKeyed: true },
  "keyed, chunks": { socket: "gateway", body: account, isKeyed: true, connection: chunks },
  "compared, unkeyed": { socket: "compared", body: account, isKeyed: false },
  "compared, keyed": { socket: "compared", body: account, isKeyed: true },
} satisfies Record<string, Pick<Load, "body" | "isKeyed" | "connection"> & { socket: string }>;

const inspector = "127.0.0.1:9339";
let started = 0;

try {
  await measure("gateway", { cpu, creates, scale, start, memory, stages, size }, positionals, options);
} finally {
  await vendor.stop();
  rmSync(folder, { recursive: true });
  if (compared !== undefined) execFileSync("git", ["worktree", "prune"], { cwd: root });
}

function gatewayOf(name: string, file: string, otherConnections = 0): Worker {
  const variables = variablesFor(vendor.origin);
  const others = Array.from({ length: otherConnections }, (_, index) => [
    `CONNECTION_OTHER_${index}`,
    { ...variables.CONNECTION_BENCH, id: `other-${index}` },
  ]);
  return {
    name,
    bundle: file,
    ledger: "Ledger",
    variables: {
      ...variables,
      CONNECTION_CHUNKS: { ...variables.CONNECTION_BENCH, id: chunks, base_url: `${vendor.origin}/${chunks}` },
      ...Object.fromEntries(others),
    },
    sockets: { [name]: undefined },
  };
}

/** Bundles another commit, with the packages of this checkout. */
function bundleOf(commit: string): string {
  const checkout = join(folder, "checkout");
  execFileSync("git", ["worktree", "add", "--detach", checkout, commit], { cwd: root, stdio: "ignore" });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  return bundleForDeploy("src/index.ts", join(folder, "compared"), checkout);
}

/** Starts a new process with these Workers. */
function startProcess(workers: readonly Worker[], inspection: { inspector?: string } = {}) {
  started += 1;
  return startWorkerd({ folder: join(folder, `process-${started}`), workers, ...inspection });
}

type Name = keyof typeof loads;

/** The names of the loads that this process can serve. */
function namesIn(origins: Record<string, string>): Name[] {
  return (Object.keys(loads) as Name[]).filter((name) => loads[name].socket in origins);
}

function loadOf(name: Name, origins: Record<string, string>, connections: number): Load {
  const { socket, ...load } = loads[name];
  return { origin: origins[socket] ?? "", ...load, connections, durationMs };
}

/**
 * The CPU time of workerd per create: over 16 connections, with a key over 64. The vendor and the load generator run in other
 * processes. The main figure is the time of the Worker that only reads and writes, divided by the gateway's.
 */
async function cpu(): Promise<Measured> {
  const { origins, cpuMs, stop } = await startProcess([bareWorker, chunksWorker, gatewayWorker, ...comparedWorkers]);
  const names = namesIn(origins);
  const cpuOf = (name: Name) => async () => {
    const beforeMs = cpuMs();
    const { created, perSecond } = await create(loadOf(name, origins, loads[name].isKeyed ? 64 : 16));
    return { us: ((cpuMs() - beforeMs) * 1000) / created, perSecond };
  };
  let seen: Partial<Record<Name, { us: number; perSecond: number }[]>>;
  try {
    seen = await alternate(rounds, Object.fromEntries(names.map((name) => [name, cpuOf(name)])));
  } finally {
    await stop();
  }
  const of = (name: Name) => (seen[name] ?? []).map(({ us }) => us);
  const readingOver = (name: Name) =>
    ratioOf(of("connection" in loads[name] ? "reading, chunks" : "reading"), of(name));
  const figures = Object.fromEntries(
    names.map((name) => [
      name,
      {
        "CPU, µs / create": Math.round(median(of(name))),
        "reading / it": readingOver(name),
        "creates / s": Math.round(median((seen[name] ?? []).map(({ perSecond }) => perSecond))),
      },
    ]),
  );
  console.log("CPU time of workerd per create, over 16 connections; with a key, over 64");
  console.table(figures);
  const answers = ["", ", chunks"] as const;
  return {
    figures: { cpu: figures },
    targets: [
      ...answers.map((answer) => atLeast(0.65, `reading / unkeyed${answer}, CPU`, readingOver(`unkeyed${answer}`))),
      ...answers.map((answer) => atLeast(0.32, `reading / keyed${answer}, CPU`, readingOver(`keyed${answer}`))),
      ...(["unkeyed", "keyed"] as const)
        .filter(() => compared !== undefined)
        .map((name) => atMost(1.05, `${name} CPU / ${options.compare}`, ratioOf(of(name), of(`compared, ${name}`)))),
    ],
  };
}

/** Throughput and latency, with and without a key, over different numbers of connections. */
async function creates(): Promise<Measured> {
  const workers = [bareWorker, gatewayWorker, ...comparedWorkers];
  const { origins, stop } = await startProcess(workers);
  const names = namesIn(origins).filter((name) => !("connection" in loads[name]));
  const figures: Record<number, Record<string, Record<string, number>>> = {};
  try {
    for (const connections of [1, 16, 64, 128]) {
      const runs = Object.fromEntries(names.map((name) => [name, () => create(loadOf(name, origins, connections))]));
      const seen = await alternate(rounds, runs);
      const perSecondOf = (name: string) => (seen[name] ?? []).map(({ perSecond }) => perSecond);
      const p50 = (name: string) => (seen[name] ?? []).map(({ latenciesMs }) => median(latenciesMs));
      figures[connections] = Object.fromEntries(
        Object.entries(seen).map(([name, each]) => [
          name,
          {
            "creates / s": Math.round(median(perSecondOf(name))),
            "/ bare": ratioOf(perSecondOf(name), perSecondOf("bare")),
            "/ reading": ratioOf(perSecondOf(name), perSecondOf("reading")),
            "p50, ms": rounded(median(p50(name)), 2),
            "added p50, ms": rounded(median(p50(name).map((ms, round) => ms - (p50("bare")[round] ?? Number.NaN))), 2),
            "p99, ms": rounded(
              percentile(
                each.flatMap(({ latenciesMs }) => latenciesMs),
                0.99,
              ),
              2,
            ),
          },
        ]),
      );
      console.log(`Creates over ${connections} connection${connections === 1 ? "" : "s"}`);
      console.table(figures[connections]);
    }
  } finally {
    await stop();
  }
  const figure = (connections: number, name: Name, which: string) =>
    figures[connections]?.[name]?.[which] ?? Number.NaN;
  return {
    figures: { creates: figures },
    targets: [
      atLeast(0.6, "unkeyed throughput at 16 connections / bare", figure(16, "unkeyed", "/ bare")),
      atMost(0.4, "unkeyed added p50 at 1 connection, ms", figure(1, "unkeyed", "added p50, ms")),
      atLeast(0.25, "keyed throughput at 64 connections / bare", figure(64, "keyed", "/ bare")),
    ],
  };
}

/** Throughput with more configured connections, and with a longer body. Each is a ratio to the usual throughput. */
async function scale(): Promise<Measured> {
  const { origins, stop } = await startProcess([gatewayWorker, manyWorker]);
  const figures: Record<string, Record<string, number>> = {};
  try {
    for (const name of ["unkeyed", "keyed"] as const) {
      const load = loadOf(name, origins, 16);
      const rateOf = (changed: Partial<Load>) => async () => (await create({ ...load, ...changed })).perSecond;
      const { usual, many, long } = await alternate(rounds, {
        usual: rateOf({}),
        many: rateOf({ origin: origins["many"] ?? "" }),
        long: rateOf({ body: longAccount }),
      });
      figures[name] = { "100 connections": ratioOf(many, usual), "4 kB": ratioOf(long, usual) };
    }
  } finally {
    await stop();
  }
  console.log("Throughput / throughput with one configured connection and a body of 0.2 kB");
  console.table(figures);
  return { figures: { scale: figures }, targets: [] };
}

/** The time from the start of the process to its first answer. */
async function start(): Promise<Measured> {
  const startTo = (name: Name, worker: Worker) => async () => {
    const beganMs = performance.now();
    const { origins, stop } = await startProcess([worker]);
    await create({ ...loadOf(name, origins, 1), durationMs: 0.001 });
    const tookMs = performance.now() - beganMs;
    await stop();
    return tookMs;
  };
  const { bare, gateway } = await alternate(rounds, {
    bare: startTo("bare", bareWorker),
    gateway: startTo("unkeyed", gatewayWorker),
  });
  const figures = {
    "bare, ms": rounded(median(bare)),
    "gateway, ms": rounded(median(gateway)),
    ratio: ratioOf(gateway, bare),
  };
  console.log("From start to first answer");
  console.table([figures]);
  return { figures: { start: figures }, targets: [atMost(2, "start to first answer / bare", figures.ratio)] };
}

/** The memory of a process after many creates. */
async function memory(): Promise<Measured> {
  const memoryOf = async (name: Name, worker: Worker) => {
    const { origins, memoryMiB, stop } = await startProcess([worker]);
    for (let made = 0; made < requests;) made += (await create(loadOf(name, origins, 16))).created;
    const held = memoryMiB();
    await stop();
    return held;
  };
  const bare = await memoryOf("bare", bareWorker);
  const unkeyed = await memoryOf("unkeyed", gatewayWorker);
  const keyed = await memoryOf("keyed", gatewayWorker);
  const figures = {
    "bare, MiB": bare,
    "unkeyed, MiB": unkeyed,
    "keyed, MiB": keyed,
    "unkeyed / bare": rounded(unkeyed / bare, 2),
  };
  console.log(`Memory after ${requests} creates`);
  console.table([figures]);
  return { figures: { memory: figures }, targets: [] };
}

/** The share of each stage in a create's time on the Worker's thread. */
async function stages(): Promise<Measured> {
  const { origins, stop } = await startProcess([gatewayWorker], { inspector });
  const figures: Record<string, Record<string, number>> = {};
  try {
    for (const name of ["unkeyed", "keyed"] as const) {
      const load = loadOf(name, origins, 16);
      await create(load);
      const shares = await profile(inspector, "gateway", bundle, () => create({ ...load, durationMs: 4 * durationMs }));
      for (const [source, share] of shares) {
        const stage = (figures[stageOf(source)] ??= { unkeyed: 0, keyed: 0 });
        stage[name] = (stage[name] ?? 0) + share * 100;
      }
    }
  } finally {
    await stop();
  }
  const sorted = Object.entries(figures)
    .toSorted(([, left], [, right]) => (right["unkeyed"] ?? 0) - (left["unkeyed"] ?? 0))
    .map(([stage, { unkeyed = 0, keyed = 0 }]) => [stage, { unkeyed: rounded(unkeyed), keyed: rounded(keyed) }]);
  const table = Object.fromEntries(sorted) as typeof figures;
  console.log("Share of each stage in a create's time, in %");
  console.table(table);
  return { figures: { stages: table }, targets: [] };
}

function size(): Promise<Measured> {
  const figures = { "gzipped, kB": rounded(gzipSync(readFileSync(bundle), { level: 9 }).length / 1000) };
  console.log("The bundle");
  console.table([figures]);
  return Promise.resolve({
    figures: { size: figures },
    targets: [atMost(75, "the bundle, gzipped, kB", figures["gzipped, kB"])],
  });
}
