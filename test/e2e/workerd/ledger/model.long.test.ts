/** Runs the model of ledger-model/model.ts for a long time. More runs would fill the heap of the one isolate that runs all vendors. */
import { describe, test } from "vitest";
import { useLedgers } from "../../../support/workerd/ledger.ts";
import { type ReplayOptions, runModel } from "../../../support/workerd/ledger-model/run-model.ts";
import { modelledVendors } from "../../../support/workerd/ledger-model/vendor.ts";

/** To repeat a failure, add the parameters that it prints: `{ seed: 1, path: "7:2", replayPath: "AB:C" }`. */
const replay: ReplayOptions = { endOnFailure: false };

const runs = 800;

useLedgers();

describe.each(modelledVendors)("%s", (vendor) => {
  test("each key creates at most one account, and every answer stays true", { timeout: 1_800_000 }, async () => {
    await runModel(vendor, runs, replay);
  });
});
