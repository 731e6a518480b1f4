import { defineConfig } from "vitest/config";

// `npm run test:browser`: the tests that need Chromium.
export default defineConfig({
  test: {
    include: ["test/e2e/browser/**/*.test.ts"],
    globalSetup: "./test/e2e/browser/global-setup.ts",
    maxWorkers: 2,
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
