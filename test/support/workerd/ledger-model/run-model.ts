/** Runs random commands against the gateway and its ledger, and checks the model after each command. */
import { reset } from "cloudflare:test";
import fc from "fast-check";
import { vi } from "vitest";
import { pausesMs } from "../../../../src/ledger/rpc.ts";
import { interceptVendors, nowMs, resetVendors, restoreLedgerCalls } from "../ledger.ts";
import { type BodyKind, Model } from "./model.ts";
import { modelCommands, type Real, release } from "./commands.ts";
import { type modelledVendors, type Rewriting, rewritingNames } from "./vendor.ts";

const maxCommands = 12;

/** The parameters that a failure prints, such as `{ seed: 1, path: "7:2", replayPath: "AB:C" }`. */
export interface ReplayOptions {
  seed?: number;
  path?: string;
  replayPath?: string;
  /** Stops at the first failure, without shrinking it. */
  endOnFailure?: boolean;
}

export async function runModel(
  vendor: (typeof modelledVendors)[number],
  runs: number,
  replay: ReplayOptions,
): Promise<void> {
  const beganMs = nowMs();
  // Retries of ledger calls need no pause here.
  const { setTimeout: later } = globalThis;
  vi.stubGlobal("setTimeout", (work: () => void, delayMs: number) =>
    later(work, pausesMs.includes(delayMs) ? 0 : delayMs),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        bodyKind: fc.constantFrom<BodyKind>("plain", "plain", "referenced", "odd", "registered"),
        storing: fc.record({
          rewriting: fc.constantFrom<Rewriting>("as sent", ...rewritingNames),
          isTolerant: fc.boolean(),
        }),
        jitter: fc.constantFrom(0, 0.5, 0.999),
        ending: fc.constantFrom("original", "original", "elsewhere" as const),
      }),
      fc.commands(modelCommands, {
        maxCommands,
        ...(replay.replayPath === undefined ? {} : { replayPath: replay.replayPath }),
        size: "max",
      }),
      async ({ bodyKind, jitter, ending, storing }, commands) => {
        await reset();
        vi.setSystemTime(beganMs);
        vi.spyOn(Math, "random").mockReturnValue(jitter);
        // If a vendor changes letter case, its lookups ignore case, because the gateway cannot try every spelling.
        const isTolerant = storing.isTolerant || storing.rewriting === "upper case";
        const model = new Model(vendor, bodyKind, { ...storing, isTolerant });
        const real: Real = { held: [] };
        resetVendors({ changes: model.changes() });
        interceptVendors(model.vendorState.answer);
        try {
          await fc.asyncModelRun(() => ({ model, real }), commands);
          restoreLedgerCalls();
          if (model.configuration !== ending) await model.configure(ending);
          while (real.held.length > 0) await release(model, real);
          await model.checkEnd();
        } finally {
          // No request of this run may continue in the next run.
          for (const { open, answer } of real.held) {
            open();
            await answer.catch(() => {});
          }
        }
      },
    ),
    { numRuns: runs, ...replay },
  );
}
