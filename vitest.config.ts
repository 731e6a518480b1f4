import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// What the tests' own processes load is compiled once.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// `vitest --mode long` runs what takes minutes, and only that.
export default defineConfig(({ mode }) => {
  const long = "**/*.long.test.ts";
  const files = (folder: string, exclude: string[]) => ({
    include: [mode === "long" ? `${folder}/${long}` : `${folder}/**/*.test.ts`],
    exclude: mode === "long" ? exclude : [long, ...exclude],
  });
  return {
    test: {
      maxWorkers: 2, // all the cores of a small machine; vitest would leave one idle
      testTimeout: 30_000, // a busy machine is no fault
      globalSetup: "./test/memory-folder.ts",
      projects: [
        {
          test: {
            name: "node",
            globalSetup: "./test/gateway/global-setup.ts",
            ...files("test", ["test/workerd/**", "test/browser/**"]),
          },
        },
        {
          plugins: [
            cloudflareTest({
              main: "./test/workerd/worker.ts",
              wrangler: { configPath: "./wrangler.toml" },
              // Not the pages that are built, which a test of `npm run dev` builds anew at any moment.
              miniflare: { assets: { directory: "./static" } },
            }),
          ],
          test: { name: "workerd", globalSetup: "./test/workerd/global-setup.ts", ...files("test/workerd", []) },
        },
      ],
    },
  };
});
