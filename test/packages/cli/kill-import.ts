/** Kills an import at random rows, and runs it again until it is done. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../../support/random.ts";
import { start } from "./command.ts";
import type { startGateway } from "./gateway.ts";

interface Options {
  gateway: Awaited<ReturnType<typeof startGateway>>;
  folder: string;
  rows: number;
  kills: number;
  random: Random;
}

const pollMs = 10;

/** Returns the names of the import's accounts at the vendor, and how the command ended. */
export async function killAndContinue({ gateway, folder, rows, kills, random }: Options) {
  const file = join(folder, "killed.csv");
  const lines = Array.from({ length: rows }, (_, index) => `Killed ${index},kill-${index}`);
  writeFileSync(file, `name,external_ref\n${lines.join("\n")}\n`);
  const results = join(folder, "killed.results.ndjson");
  const countResults = () => (existsSync(results) ? readFileSync(results, "utf8").split("\n").length - 2 : 0);
  const args = ["import", file, "--connection", "demo-elastic-path", "--results", results];
  let killed = 0;
  for (;;) {
    const running = start(args, { url: gateway.url });
    if (killed < kills) {
      // Kill the run after a random number of rows. On average, each run gets an equal share of the rows.
      const target = countResults() + Math.max(1, Math.floor((random() * 2 * rows) / (kills + 1)));
      while (countResults() < target && running.process.exitCode === null) await pause(pollMs);
      running.process.kill("SIGKILL");
    }
    const { exitCode, stdout, stderr } = await running.ended;
    if (exitCode === null) {
      killed += 1;
      continue;
    }
    if (exitCode !== 0) throw new Error(`The import ended with ${exitCode}:\n${stdout}${stderr}`);
    const accounts = await gateway.vendors.accountsOf("elastic-path.sandbox.test");
    const names = accounts.map(({ name }) => name).filter((name) => name.startsWith("Killed"));
    return { names, kills: killed, results: countResults(), stdout };
  }
}
