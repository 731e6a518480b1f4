// Builds the static pages of the Worker into dist/assets. `wrangler dev` and `wrangler deploy` run it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { buildReference } from "../openapi/build.ts";

const root = join(import.meta.dirname, "..");
const assets = join(root, "dist/assets");

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
cpSync(join(root, "console/public"), assets, { recursive: true });
await buildConsole();
await buildReference(assets);

async function buildConsole(): Promise<void> {
  cpSync(join(root, "console/index.html"), join(assets, "index.html"));
  await build({
    entryPoints: [join(root, "console/main.tsx"), join(root, "console/styles/main.css")],
    entryNames: "[name]",
    outdir: join(assets, "console"),
    tsconfig: join(root, "tsconfig.console.json"),
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    logLevel: "warning",
  });
}
