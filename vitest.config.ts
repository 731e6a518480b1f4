import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Child processes of the tests share a compile cache.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// `--mode long` runs only `*.long.test.ts`, which take minutes. `--mode guide` runs only `*.guide.test.ts`, which follow a guide.
const separateModes = ["long", "guide"];

export default defineConfig(({ mode }) => {
  const isSeparate = separateModes.includes(mode);
  const files = (folder: string, exclude: string[]) => ({
    include: [isSeparate ? `${folder}/**/*.${mode}.test.ts` : `${folder}/**/*.test.ts`],
    exclude: isSeparate ? exclude : [...separateModes.map((kind) => `**/*.${kind}.test.ts`), ...exclude],
  });
  return {
    test: {
      maxWorkers: 2, // all the cores of a small machine; vitest would leave one idle
      testTimeout: 30_000, // long enough for a busy machine
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
              // Not dist/assets, because a test of `npm run dev` may rebuild it at the same time.
              miniflare: { assets: { directory: "./console/public" } },
            }),
          ],
          test: {
            name: "workerd",
            globalSetup: "./test/support/workerd/global-setup.ts",
            // Test files share one workerd process, except long ones, which would fill its heap.
            isolate: mode === "long",
            ...files("test/e2e/{workerd,fuzz}", []),
          },
        },
      ],
    },
  };
});
