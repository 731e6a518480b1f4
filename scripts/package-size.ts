// Holds what each published entry costs an app that bundles all of it, its packages included; built into dist/ just before.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What an app downloads or deploys. The other entries run where tests and developers do. */
const limitsKb = { client: 5 };

for (const [entry, limitKb] of Object.entries(limitsKb)) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "account-gateway/${entry}";`, resolveDir: join(import.meta.dirname, "..") },
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "warning",
  });
  const gzippedKb = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000;
  console.log(`account-gateway/${entry}: ${gzippedKb.toFixed(1)} kB gzipped of ${limitKb} kB allowed`);
  if (gzippedKb > limitKb) process.exitCode = 1;
}
