// `npm run new-adapter -- acme-crm`: writes the files of a new vendor, and registers it. The adapter's test names each value to fill in. See
// docs/guides/adding-a-vendor.md.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { filesOf, namesOf, registry, registryLine } from "./new-adapter-files.ts";

const root = join(import.meta.dirname, "..");

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  writeAdapter(positionals);
} catch (error) {
  console.error(`✘ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function writeAdapter(words: string[]): void {
  const names = namesOf(words.join(" "));
  const files = Object.entries(filesOf(names));
  const existing = files.map(([path]) => path).filter((path) => existsSync(join(root, path)));
  if (existing.length > 0)
    throw new Error(`Nothing was written, because these files exist: ${existing.join(", ")}. Choose another name.`);

  const paths = files.map(([path]) => path);
  for (const [path, text] of files) writeFileSync(join(root, path), text);
  appendFileSync(join(root, registry), registryLine(names));
  execFileSync(join(root, "node_modules/.bin/oxfmt"), [...paths, registry], { cwd: root });
  console.log(nextSteps(paths, names.file));
}

function nextSteps(paths: readonly string[], file: string): string {
  return `Wrote
${paths.map((path) => `  ${path}`).join("\n")}

Registered it in
  ${registry}

Next
  npx vitest run test/adapters/${file}.test.ts   names each place to fill in; repeat it until it passes
  docs/guides/adding-a-vendor.md                 explains each step`;
}
