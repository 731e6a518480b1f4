// `npm run test:mutants`: breaks one rule at a time, in a copy of the tree, and shows that the model-based test, or the one
// that the mutant names, notices. With arguments, only the mutants whose names contain one of them.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { modelTest, mutants } from "./ledger-mutants.ts";

const copied = [
  "src",
  "adapters",
  "schemas",
  "packages",
  "sandbox",
  "openapi",
  "console/public",
  "test",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  "wrangler.toml",
];

const copy = mkdtempSync(join(tmpdir(), "mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
for (const path of copied) cpSync(path, join(copy, path), { recursive: true });
symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
for (const { file, text, replacement } of mutants)
  writeFileSync(join(copy, file), replaceOnce(file, text, replacement));
// The first failure is enough.
replaceOnce(modelTest, "endOnFailure: false", "endOnFailure: true");
// What is random is given time enough for the same verdict every day.
replaceOnce(modelTest, "const runs = 80;", "const runs = 300;");
replaceOnce(modelTest, "timeout: 300_000", "timeout: 900_000");

const wanted = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const width = Math.max(...chosen.map(({ name }) => name.length));

for (const test of new Set(chosen.map((mutant) => mutant.test ?? modelTest))) {
  const control = runTest(test);
  if (control.status === 0) continue;
  console.error(control.output);
  console.error(`${test} fails without a mutant`);
  process.exit(1);
}
let survivors = 0;
for (const { name, file, text, replacement, test = modelTest } of chosen) {
  const original = replaceOnce(file, text, replacement);
  const caughtBy = whatCaught(test, runTest(test));
  writeFileSync(join(copy, file), original);
  if (caughtBy === undefined) survivors += 1;
  console.log(`${name.padEnd(width)}  ${caughtBy ?? "SURVIVED"}`);
}
console.log(`${chosen.length - survivors} of ${chosen.length} mutants are caught`);
process.exitCode = survivors === 0 ? 0 : 1;

/** Returns what stood there before. */
function replaceOnce(file: string, text: string, replacement: string): string {
  const original = readFileSync(join(copy, file), "utf8");
  const count = original.split(text).length - 1;
  if (count !== 1) throw new Error(`${file} holds this ${count} times, not once:\n${text}`);
  writeFileSync(
    join(copy, file),
    original.replace(text, () => replacement),
  );
  return original;
}

function runTest(test: string): { status: number | null; output: string } {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--bail=1", test], {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    timeout: 1_800_000,
  });
  return { status, output: `${stdout}\n${stderr}` };
}

/** The test and what it says; `undefined` where it passes. A mutant that does not even run proves nothing. */
function whatCaught(test: string, { status, output }: ReturnType<typeof runTest>): string | undefined {
  if (status === 0) return undefined;
  const where = /FAIL .*?\.test\.ts > (.*)/.exec(output)?.[1];
  const failure = /(?:Caused by|AssertionError|Error): (.*)/.exec(output.replace(/Error: Property failed.*/, ""))?.[1];
  if (where === undefined || failure === undefined) throw new Error(`${test} did not run:\n${output}`);
  return `${basename(test)}, ${where}: ${failure}`;
}
