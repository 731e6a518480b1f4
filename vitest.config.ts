import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// What the tests' own processes load is compiled once.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// `vitest --mode long` runs what takes minutes, and `--mode guide` what walks through a guide, and only that.
const apart = ["long", "guide"];

export default defineConfig(({ mode }) => {
  const isApart = apart.includes(mode);
  const files = (folder: string, exclude: string[]) => ({
    include: [isApart ? `${folder}/**/*.${mode}.test.ts` : `${folder}/**/*.test.ts`],
    exclude: isApart ? exclude : [...apart.map((kind) => `**/*.${kind}.test.ts`), ...exclude],
  });
  return {
    test: {
      maxWorkers: 2, // all the cores of a small machine; vitest would leave one idle
      testTimeout: 30_000, // a busy machine is no fault
      globalSetup: "./test/support/memory-folder.ts",
      projects: [
        {
          test: {
            name: "node",
            globalSetup: "./test/support/global-setup.ts",
            ...files("test", ["test/e2e/workerd/**", "test/e2e/fuzz/**", "test/e2e/browser/**"]),
          },
        },
        {
          plugins: [
            cloudflareTest({
              main: "./test/support/workerd/worker.ts",
              wrangler: { configPath: "./wrangler.toml" },
              // Not the pages that are built, which a test of `npm run dev` builds anew at any moment.
              miniflare: { assets: { directory: "./console/public" } },
            }),
          ],
          test: {
            name: "workerd",
            globalSetup: "./test/support/workerd/global-setup.ts",
            // Files share a workerd, and each test starts with empty ledgers; what the long ones leave would fill its heap.
            isolate: mode === "long",
            ...files("test/e2e/{workerd,fuzz}", []),
          },
        },
      ],
    },
  };
});
