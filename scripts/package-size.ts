// Limits how much a published entry and its dependencies add to an app. `npm run package` has built the entry into dist/.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The entries that apps bundle. The other entries run only in development. */
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
  console.log(`account-gateway/${entry}: ${gzippedKb.toFixed(1)} kB gzipped, limit ${limitKb} kB`);
  if (gzippedKb > limitKb) process.exitCode = 1;
}
