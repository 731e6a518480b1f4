/** The model of `model-runs.ts`, in 320 runs. */
import { describe, test } from "vitest";
import { useLedgers } from "./ledger.ts";
import { type Again, runModel } from "./model-runs.ts";
import { modelledVendors } from "./model-vendor.ts";

/** To repeat a failure, put here what it prints: `{ seed: 1, path: "7:2", replayPath: "AB:C" }`. */
const again: Again = { endOnFailure: false };

const runs = 80;

useLedgers();

describe.each(modelledVendors)("%s", (vendor) => {
  test("an account is created once, and what is told of it holds", { timeout: 300_000 }, async () => {
    await runModel(vendor, runs, again);
  });
});
