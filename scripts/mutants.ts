// `npm run test:mutants`: breaks one rule at a time in a copy of the tree, and checks that the mutant's test fails (by
// default the model-based test). Each argument selects the mutants whose names contain it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { modelTest, mutants } from "./ledger-mutants.ts";

const root = join(import.meta.dirname, "..");
const copied = [
  "src",
  "adapters",
  "schemas",
  "packages",
  "sandbox",
  "openapi",
  "scripts",
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
for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
for (const { file, text, replacement } of mutants)
  writeFileSync(join(copy, file), replaceOnce(file, text, replacement));
// Stop at the first failure.
replaceOnce(modelTest, "endOnFailure: false", "endOnFailure: true");
// The test is random. With more runs, the test catches the same mutants each time.
replaceOnce(modelTest, "const runs = 30;", "const runs = 300;");
replaceOnce(modelTest, "timeout: 300_000", "timeout: 900_000");

const wanted = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const width = Math.max(...chosen.map(({ name }) => name.length));

for (const test of new Set(chosen.map((mutant) => mutant.test ?? modelTest))) {
  const control = runTest(test);
  if (control.status === 0) continue;
  console.error(control.output);
  console.error(`${test} fails even without a mutant`);
  process.exit(1);
}
let survivors = 0;
for (const { name, file, text, replacement, test = modelTest } of chosen) {
  const original = replaceOnce(file, text, replacement);
  const caughtBy = failureOf(test, runTest(test));
  writeFileSync(join(copy, file), original);
  if (caughtBy === undefined) survivors += 1;
  console.log(`${name.padEnd(width)}  ${caughtBy ?? "SURVIVED"}`);
}
console.log(`${chosen.length - survivors} of ${chosen.length} mutants were caught`);
process.exitCode = survivors === 0 ? 0 : 1;

/** Replaces a text in the copy, and returns the file's previous content. */
function replaceOnce(file: string, text: string, replacement: string): string {
  const original = readFileSync(join(copy, file), "utf8");
  const count = original.split(text).length - 1;
  if (count !== 1) throw new Error(`${file} has this text ${count} times instead of once:\n${text}`);
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

/** The name and message of the failed test, or `undefined` if it passed. Throws if the test did not run. */
function failureOf(test: string, { status, output }: ReturnType<typeof runTest>): string | undefined {
  if (status === 0) return undefined;
  const testName = /FAIL .*?\.test\.ts > (.*)/.exec(output)?.[1];
  const failure = /(?:Caused by|AssertionError|Error): (.*)/.exec(output.replace(/Error: Property failed.*/, ""))?.[1];
  if (testName === undefined || failure === undefined) throw new Error(`${test} did not run:\n${output}`);
  return `${basename(test)}, ${testName}: ${failure}`;
}
