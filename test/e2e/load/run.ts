/** Independent callers create accounts with idempotency keys at a constant rate. The run then checks the results. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { Agent, setGlobalDispatcher } from "undici";
import { bundleForDeploy, startWorkerd } from "../../../bench/workerd.ts";
import { connection, variablesFor } from "../../../bench/create-request.ts";
import { makeFolder, percentile } from "../../../bench/results.ts";
import { operationList } from "../../../schemas/documents/operation.ts";
import { type Create, type CallerAnswer, post } from "../../support/retrying-caller.ts";
import { randomFrom } from "../../support/random.ts";
import { startVendor, type Vendor } from "./vendor.ts";

export interface LoadOptions {
  minutes: number;
  /**
   * The rate of the calls, as a share of the maximum rate that `calibrate` measures on this machine with an empty ledger. The
   * run stores hundreds of thousands of operations, which lowers the maximum (`npm run bench:ledger -- pairs`).
   */
  shareOfCapacity: number;
  faultShare: number;
  /** The burst multiplies the rate by this factor. */
  burst: number;
}

export interface Minute {
  created: number;
  /** The 99th percentile of the latency of creates that succeeded at the first try. */
  p99Ms: number;
  /** The resident memory of workerd. */
  memoryMiB: number;
}

export interface Evidence {
  capacityPerS: number;
  minutes: Minute[];
  creates: number;
  faulty: number;
  /** Answers that report an account that does not exist, or that deny an existing account. */
  wrong: string[];
  /** Callers without a final answer, with their last answer. */
  unanswered: string[];
  /** The names of accounts that were created more than once. */
  twice: string[];
  /** The number of operations that are still open or in review long after the last call. */
  open: number;
}

const calibrationS = 20;
/** Enough callers to keep the gateway busy while some of them wait after a fault. */
const calibrationCallers = 256;
const burstS = 5;
const settlingMs = 120_000;
/** How long a caller retries. The burst leaves thousands of unknown outcomes, and the ledger looks up only a few at a time. */
const giveUpAfterMs = 600_000;
/** The limit for all callers together. workerd exits when it cannot open another file. */
const maxConnections = 400;
/** If other work slows the machine down, the run makes fewer calls, instead of a queue of calls that grows until they time out. */
const maxOpenCalls = 1_000;

/** Short timeouts, so that callers get their answers soon. */
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
  const unanswered: string[] = [];
  const firstTriesMs: number[] = [];
  let count = 0;
  let answered = 0;

  async function call(): Promise<void> {
    count += 1;
    const create: Create = { connection, key: `key-${count}`, name: `Load ${count}`, isAsync: false };
    const endMs = Date.now() + giveUpAfterMs;
    let last: unknown;
    for (let tries = 1; Date.now() < endMs; tries += 1) {
      const beganMs = performance.now();
      const received = await post(url, create).catch((error: unknown) => void (last = error));
      if (received !== undefined) last = received.answer;
      if (tries === 1 && received?.answer.status === 201) firstTriesMs.push(performance.now() - beganMs);
      const fault = received && faultIn(received, create);
      if (fault !== undefined) wrong.push(fault);
      if (received?.next.isOver) return void (answered += 1);
      await pause(received?.next.afterMs ?? 1_000);
    }
    unanswered.push(`${create.key}: ${inspect(last)}`);
  }

  function faultIn({ answer, next }: CallerAnswer, { key, name }: Create): string | undefined {
    const ids = vendor.idsOf(name);
    if (answer.created !== null && !ids.includes(answer.created)) return `${key}: ${answer.created} is not there`;
    if (next.isNone && ids.length > 0) return `${key}: ${answer.code} denies ${ids.join()}`;
    return undefined;
  }

  /** Starts `perSecond` calls a second, without waiting for earlier calls as long as at most `maxOpen` are open. */
  async function callFor(
    seconds: number,
    perSecond: number,
    calls: Set<Promise<void>>,
    maxOpen = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const beganMs = performance.now();
    for (let made = 0; made < seconds * perSecond; made += 1) {
      while (calls.size >= maxOpen) {
        await Promise.race(calls);
        // Leave out the calls that should have started in the meantime.
        made = Math.max(made, Math.floor(((performance.now() - beganMs) / 1000) * perSecond));
      }
      const running = call().finally(() => calls.delete(running));
      calls.add(running);
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
      await callFor(60, perSecond, calls, maxOpenCalls);
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
      unanswered,
      twice: vendor.twice(),
      open: await openIn(url),
    };
  } finally {
    await Promise.all([gateway.stop(), vendor.stop()]);
    rmSync(folder, { recursive: true });
  }
}

/** Measures the answers per second after a warm-up. Each caller sends its next create when it has an answer. */
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

/** Counts the operations on the first page of each open state. One page is enough unless operations are stuck. */
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
