// `npm run package` builds and checks the published packages. The build makes one module of each package. The module
// contains the files that it uses from this repository, and imports npm packages.
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
    // The client's declarations do not use zod: see packages/client/src/documents.ts.
    dts: { neverBundle: [/^zod\//] },
  },
  // Leave out imports without names, such as `import "ky";`, from the declarations.
  treeshake: { moduleSideEffects: "no-external" },
  copy: "../../LICENSE",
  publint: { strict: true },
  attw: { profile: "esm-only", level: "error" },
  checks: { bundlerTimings: false },
  failOnWarn: true,
  // The plugin for declarations prefers TypeScript 7.1 and later.
  suppressWarnings: [/TypeScript 7\.0 is deprecated/],
});
