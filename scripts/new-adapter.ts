// `npm run new-adapter -- acme-crm`: writes the files of a new adapter. The adapter's test names each value to fill in. See
// docs/guides/adding-a-vendor.md.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { filesOf, namesOf } from "./new-adapter-files.ts";

const root = join(import.meta.dirname, "..");

try {
  const { positionals } = parseArgs({ allowPositionals: true });
  writeAdapter(positionals);
} catch (error) {
  console.error(`✘ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function writeAdapter([name, ...others]: string[]): void {
  const names = others.length === 0 ? namesOf(name ?? "") : undefined;
  if (names === undefined)
    throw new Error("Name the vendor in lower-case letters, digits and hyphens: npm run new-adapter -- acme-crm");
  const files = Object.entries(filesOf(names));
  const existing = files.map(([path]) => path).filter((path) => existsSync(join(root, path)));
  if (existing.length > 0)
    throw new Error(`Nothing was written, because these files exist: ${existing.join(", ")}. Choose another name.`);

  for (const [path, text] of files) writeFileSync(join(root, path), text);
  execFileSync(
    join(root, "node_modules/.bin/oxfmt"),
    files.map(([path]) => path),
    { cwd: root },
  );
  console.log(
    nextSteps(
      files.map(([path]) => path),
      names.file,
    ),
  );
}

function nextSteps(paths: readonly string[], file: string): string {
  return `Wrote
${paths.map((path) => `  ${path}`).join("\n")}

Next
  npx vitest run test/adapters/${file}.test.ts   names each place to fill in; repeat it until it passes
  docs/guides/adding-a-vendor.md                 explains each step, and how to register the vendor`;
}
