// `npm run package` builds and checks what is published. Each package becomes one module, which holds what it uses of this
// repository; npm packages stay imports.
import { defineConfig } from "tsdown";

export default defineConfig({
  workspace: "packages/*",
  entry: "src/index.ts",
  platform: "node",
  target: "es2024",
  fixedExtension: false,
  dts: true,
  deps: {
    // Bundling an npm package that package.json does not list is an error.
    onlyBundle: [],
    // The client's declarations name nothing of zod: see packages/client/src/documents.ts.
    dts: { neverBundle: [/^zod\//] },
  },
  // Without `import "ky";` and the like in declarations, which need nothing of it.
  treeshake: { moduleSideEffects: "no-external" },
  copy: "../../LICENSE",
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
  checks: { bundlerTimings: false },
  failOnWarn: true,
  // The plugin for declarations prefers TypeScript 7.1 and later.
  suppressWarnings: [/TypeScript 7\.0 is deprecated/],
});
