// Builds the static pages of the Worker. `wrangler dev` and `wrangler deploy` build them into dist/assets.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { buildReference } from "../openapi/build.ts";

const root = join(import.meta.dirname, "..");

/** Builds the pages into this folder. */
export async function buildAssets(assets: string): Promise<void> {
  rmSync(assets, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  cpSync(join(root, "console/public"), assets, { recursive: true });
  await buildConsole(assets);
  await buildReference(assets);
}

async function buildConsole(assets: string): Promise<void> {
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

if (import.meta.main) await buildAssets(join(root, "dist/assets"));
