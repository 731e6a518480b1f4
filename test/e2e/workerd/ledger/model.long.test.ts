/** The model of `model-runs.ts`, in 10,000 runs. */
import { describe, test } from "vitest";
import { useLedgers } from "./ledger.ts";
import { type Again, runModel } from "./model-runs.ts";
import { modelledVendors } from "./model-vendor.ts";

/** To repeat a failure, put here what it prints: `{ seed: 1, path: "7:2", replayPath: "AB:C" }`. */
const again: Again = { endOnFailure: false };

const runs = 2_500;

useLedgers();

describe.each(modelledVendors)("%s", (vendor) => {
  test("an account is created once, and what is told of it holds", { timeout: 1_800_000 }, async () => {
    await runModel(vendor, runs, again);
  });
});
