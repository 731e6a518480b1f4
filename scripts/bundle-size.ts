// Holds the size of the bundle that a deploy would upload, built into dist/ just before: a larger Worker starts later.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 75;

const bundle = readFileSync("dist/index.js");
const gzippedKb = gzipSync(bundle, { level: 9 }).length / 1000;
console.log(`Gateway bundle: ${gzippedKb.toFixed(1)} kB gzipped of ${LIMIT_KB} kB allowed`);
if (gzippedKb > LIMIT_KB) process.exitCode = 1;
