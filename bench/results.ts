/** The code that all benches share: a working folder, alternating rounds, statistics, and a file with the results. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import workerd from "workerd/package.json" with { type: "json" };

export interface Target {
  target: string;
  bound: string;
  value: number;
  isMet: boolean;
}

export interface Measured {
  figures: Record<string, unknown>;
  targets: Target[];
}

const results = join(import.meta.dirname, "results");

/** Makes a working folder next to the results, because the system's temporary folder may be in memory. */
export function makeFolder(): string {
  mkdirSync(results, { recursive: true });
  return mkdtempSync(join(results, "run-"));
}

/** Runs the chosen measures (by default all), prints their targets, and writes all results to `results/<name>.json`. */
export async function measure(
  name: string,
  measures: Record<string, () => Promise<Measured>>,
  chosen: readonly string[],
  options: object,
): Promise<void> {
  const unknown = chosen.filter((each) => !(each in measures));
  if (unknown.length > 0)
    throw new Error(`Unknown measure: ${unknown.join(", ")}. The measures are ${Object.keys(measures).join(", ")}.`);
  const targets: Target[] = [];
  const figures: Record<string, unknown> = {};
  for (const [each, take] of Object.entries(measures)) {
    if (chosen.length > 0 && !chosen.includes(each)) continue;
    const measured = await take();
    Object.assign(figures, measured.figures);
    targets.push(...measured.targets);
  }
  console.log("Targets");
  console.table(targets);
  const environment = {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    workerd: workerd.version,
    options,
  };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify({ environment, targets, figures }, null, 2)}\n`);
  if (targets.some(({ isMet }) => !isMet)) process.exitCode = 1;
}

export function atMost(bound: number, target: string, value: number): Target {
  return { target, bound: `at most ${bound}`, value, isMet: value <= bound };
}

export function atLeast(bound: number, target: string, value: number): Target {
  return { target, bound: `at least ${bound}`, value, isMet: value >= bound };
}

/**
 * Runs each function once to warm up, then once in each round, and returns the results. Every second round runs in reverse
 * order, so that other load on the machine affects all functions equally.
 */
export async function alternate<Name extends string, Value>(
  rounds: number,
  runs: Record<Name, () => Promise<Value>>,
): Promise<Record<Name, Value[]>> {
  const names = Object.keys(runs) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>;
  for (const name of names) await runs[name]();
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) values[name].push(await runs[name]());
  }
  return values;
}

/** The median over all rounds of value divided by baseline. */
export function ratioOf(values: readonly number[], baselines: readonly number[]): number {
  return rounded(median(values.map((value, round) => value / (baselines[round] ?? Number.NaN))), 2);
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** The nearest-rank percentile: `share` is between 0 and 1, and the result is one of the values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
