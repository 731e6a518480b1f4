// Builds the pages that are served beside the Worker, into dist/assets: `wrangler dev` and `wrangler deploy` run it.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const assets = join(root, "dist/assets");

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
await buildConsole();

async function buildConsole(): Promise<void> {
  for (const name of ["index.html", "_headers"]) cpSync(join(root, "console", name), join(assets, name));
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
