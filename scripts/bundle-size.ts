// Holds the sizes of what a deploy would upload, built into dist/ just before: a larger Worker starts later, and a larger
// console is on the way for longer.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limits = [
  { name: "Gateway bundle", file: "dist/index.js", limitKb: 82 },
  { name: "Console's script", file: "dist/assets/console/main.js", limitKb: 43 },
];

for (const { name, file, limitKb } of limits) {
  const gzippedKb = gzipSync(readFileSync(file), { level: 9 }).length / 1000;
  console.log(`${name}: ${gzippedKb.toFixed(2)} kB gzipped of ${limitKb} kB allowed`);
  if (gzippedKb > limitKb) process.exitCode = 1;
}
