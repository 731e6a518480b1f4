// What npm would publish, built just before: its manifest, what every kind of TypeScript makes of it, and what each entry
// costs an app that bundles it, its packages included.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
/** By entry; what runs in Node alone is nobody's download. */
const limitsKb = { client: 20 };

const run = (tool: string, ...flags: string[]) => execFileSync(tool, flags, { cwd: root, stdio: "inherit" });
run("publint", "--strict");
run("attw", "--pack", "--profile", "esm-only");

for (const [entry, limitKb] of Object.entries(limitsKb)) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "account-gateway/${entry}";`, resolveDir: root },
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "warning",
  });
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  console.log(`account-gateway/${entry}: ${(bytes / 1000).toFixed(1)} kB gzipped of ${limitKb} kB allowed`);
  if (bytes > limitKb * 1000) process.exitCode = 1;
}
