// Adds to the configuration in the repository's root. The build keeps each file as a module of its own, so that a Worker's bundle
// contains only the vendors that the Worker imports.
import { join } from "node:path";
import { defineConfig } from "tsdown";
import { buildAssets } from "../../scripts/build-assets.ts";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    adapter: "../adapter-kit/src/tools.ts",
    "vendors/*": ["../../adapters/*.ts", "!../../adapters/index.ts"],
  },
  unbundle: true,
  treeshake: { moduleSideEffects: false },
  root: join(import.meta.dirname, "../.."),
  deps: { neverBundle: ["cloudflare:workers"] },
  hooks: { "build:done": () => buildAssets(join(import.meta.dirname, "dist/assets")) },
});
