// Fails if a file that `wrangler deploy --dry-run` built into dist/ is too large. A larger Worker starts more slowly, and a
// larger console takes longer to download.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");

const limits = [
  { name: "Gateway bundle", file: "dist/index.js", limitKb: 75 },
  { name: "Console's script", file: "dist/assets/console/main.js", limitKb: 43 },
];

for (const { name, file, limitKb } of limits) {
  const gzippedKb = gzipSync(readFileSync(join(root, file)), { level: 9 }).length / 1000;
  console.log(`${name}: ${gzippedKb.toFixed(2)} kB gzipped, limit ${limitKb} kB`);
  if (gzippedKb > limitKb) process.exitCode = 1;
}
