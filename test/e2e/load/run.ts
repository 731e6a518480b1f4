/** Keyed creates by callers who do not wait for one another, for as long as is asked; and what became of them. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { Agent, setGlobalDispatcher } from "undici";
import { bundleForDeploy, startWorkerd } from "../../../bench/workerd.ts";
import { connection, variablesFor } from "../../../bench/create-request.ts";
import { makeFolder, percentile } from "../../../bench/results.ts";
import { operationList } from "../../../schemas/operation.ts";
import { type Create, type Told, post } from "../crash/client.ts";
import { randomFrom } from "../crash/random.ts";
import { startVendor, type Vendor } from "./vendor.ts";

export interface LoadOptions {
  minutes: number;
  /** Of what the gateway and its callers can do together on this machine. */
  shareOfCapacity: number;
  faultShare: number;
  /** How many times as many callers come while the burst lasts. */
  burst: number;
}

export interface Minute {
  created: number;
  /** Of the creates that were answered at the first try. */
  p99Ms: number;
  /** The resident memory of workerd. */
  memoryMiB: number;
}

export interface Evidence {
  capacityPerS: number;
  minutes: Minute[];
  creates: number;
  faulty: number;
  /** Callers who were told of an account that is not there, or of none where there is one. */
  wrong: string[];
  /** Callers who never got an answer that they could rely on, with the last of those that they got. */
  inTheDark: string[];
  /** The names of accounts that were created more than once. */
  twice: string[];
  /** How many operations are in a state that is not final, or in review, long after the last caller has gone. */
  open: number;
}

const calibrationS = 20;
/** So many that those who wait for what a fault came to leave the gateway no rest. */
const calibrationCallers = 256;
const burstS = 5;
const settlingMs = 120_000;
/** A caller's patience with an outage, which the burst may be to it. */
const patienceMs = 180_000;
/** Of all callers together: workerd ends where it may open no more files. */
const maxConnections = 400;

/** Of callers who would rather be told soon. */
function gatewayVariables(vendor: Vendor) {
  const variables = variablesFor(vendor.origin);
  return {
    ...variables,
    CONNECTION_BENCH: { ...variables.CONNECTION_BENCH, timeout_ms: 2_000, settle_window_ms: 1_000 },
  };
}

export async function load({ minutes, shareOfCapacity, faultShare, burst }: LoadOptions): Promise<Evidence> {
  setGlobalDispatcher(new Agent({ connections: maxConnections, pipelining: 1 }));
  const folder = makeFolder();
  const vendor = await startVendor(randomFrom(1), faultShare);
  const gateway = await startWorkerd({
    folder: join(folder, "gateway"),
    workers: [
      {
        name: "gateway",
        bundle: bundleForDeploy("src/index.ts", join(folder, "bundle")),
        ledger: "Ledger",
        variables: gatewayVariables(vendor),
        sockets: { gateway: undefined },
      },
    ],
  });
  const url = gateway.origins["gateway"] ?? "";
  const wrong: string[] = [];
  const inTheDark: string[] = [];
  const firstTriesMs: number[] = [];
  let count = 0;
  let answered = 0;

  async function call(): Promise<void> {
    count += 1;
    const create: Create = { connection, key: `key-${count}`, name: `Load ${count}`, isAsync: false };
    const endMs = Date.now() + patienceMs;
    let last: unknown;
    for (let tries = 1; Date.now() < endMs; tries += 1) {
      const beganMs = performance.now();
      const told = await post(url, create).catch((error: unknown) => void (last = error));
      if (told !== undefined) last = told.answer;
      if (tries === 1 && told?.answer.status === 201) firstTriesMs.push(performance.now() - beganMs);
      const fault = told && faultIn(told, create);
      if (fault !== undefined) wrong.push(fault);
      if (told?.next.isOver) return void (answered += 1);
      await pause(told?.next.afterMs ?? 1_000);
    }
    inTheDark.push(`${create.key}: ${inspect(last)}`);
  }

  function faultIn({ answer, next }: Told, { key, name }: Create): string | undefined {
    const ids = vendor.idsOf(name);
    if (answer.created !== null && !ids.includes(answer.created)) return `${key}: ${answer.created} is not there`;
    if (next.isNone && ids.length > 0) return `${key}: ${answer.code} denies ${ids.join()}`;
    return undefined;
  }

  /** Calls at so many a second, whatever becomes of those before. */
  async function callFor(seconds: number, perSecond: number, calls: Set<Promise<void>>): Promise<void> {
    const beganMs = performance.now();
    for (let made = 0; made < seconds * perSecond; made += 1) {
      const underWay = call().finally(() => calls.delete(underWay));
      calls.add(underWay);
      const aheadMs = (made * 1000) / perSecond - (performance.now() - beganMs);
      if (aheadMs > 1) await pause(aheadMs);
    }
  }

  try {
    const capacityPerS = await calibrate(call, () => answered);
    const perSecond = capacityPerS * shareOfCapacity;
    const calls = new Set<Promise<void>>();
    const seen: Minute[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      firstTriesMs.length = 0;
      await callFor(60, perSecond, calls);
      seen.push({
        created: firstTriesMs.length,
        p99Ms: percentile(firstTriesMs, 0.99),
        memoryMiB: gateway.memoryMiB(),
      });
    }
    await callFor(burstS, perSecond * burst, calls);
    await Promise.all(calls);
    vendor.heal();
    return {
      capacityPerS,
      minutes: seen,
      creates: count,
      faulty: vendor.faulty(),
      wrong,
      inTheDark,
      twice: vendor.twice(),
      open: await openIn(url),
    };
  } finally {
    await Promise.all([gateway.stop(), vendor.stop()]);
    rmSync(folder, { recursive: true });
  }
}

/** How many creates a second are answered to callers who send one after the other, once they are warm. */
async function calibrate(call: () => Promise<void>, answered: () => number): Promise<number> {
  const endMs = performance.now() + calibrationS * 1000;
  const work = async () => {
    while (performance.now() < endMs) await call();
  };
  const works = Promise.all(Array.from({ length: calibrationCallers }, work));
  await pause((calibrationS * 1000) / 2);
  const before = answered();
  await works;
  return Math.round((answered() - before) / (calibrationS / 2));
}

/** Of the first page of each state, which is all there is where nothing is stuck. */
async function openIn(url: string): Promise<number> {
  const endMs = Date.now() + settlingMs;
  for (;;) {
    let open = 0;
    for (const state of ["queued", "sending", "unknown", "needs_review"]) {
      const query = new URLSearchParams({ connection, state });
      const response = await fetch(`${url}/v1/operations?${query.toString()}`, {
        headers: { Authorization: "Bearer demo-key" },
      });
      open += operationList.parse(await response.json()).operations.length;
    }
    if (open === 0 || Date.now() > endMs) return open;
    await pause(1_000);
  }
}
