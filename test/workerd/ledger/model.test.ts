/** Everything that can go wrong, in any order, against a model. A failure prints its seed and path: put them into `again`. */
import { reset } from "cloudflare:test";
import fc from "fast-check";
import { describe, test, vi } from "vitest";
import { pausesMs } from "../../../src/ledger-access.ts";
import { begin, ledgerCallsGo, nowMs, useLedgers, vendorsAnswer } from "./ledger.ts";
import { type BodyKind, Model } from "./model.ts";
import { happenings, type Real, release } from "./model-commands.ts";
import { modelledVendors, type Rewriting, rewritingNames } from "./model-vendor.ts";

/** Such as `{ seed: 1, path: "7:2", endOnFailure: true, replayPath: "AB:C" }`; the last is printed with the commands. */
const again: { seed?: number; path?: string; endOnFailure?: boolean; replayPath?: string } = { endOnFailure: false };

const runs = 100;
const maxCommands = 12;

useLedgers();

describe.each(modelledVendors)("%s", (vendor) => {
  test("an account is created once, and what is told of it holds", { timeout: 300_000 }, async () => {
    const beganMs = nowMs();
    // Repeated calls of the ledger need no pause here.
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
        fc.commands(happenings, {
          maxCommands,
          ...(again.replayPath === undefined ? {} : { replayPath: again.replayPath }),
          size: "max",
        }),
        async ({ bodyKind, jitter, ending, storing }, commands) => {
          await reset();
          vi.setSystemTime(beganMs);
          vi.spyOn(Math, "random").mockReturnValue(jitter);
          // A vendor that writes letters otherwise finds them so: the gateway can't ask in every case.
          const isTolerant = storing.isTolerant || storing.rewriting === "upper case";
          const model = new Model(vendor, bodyKind, { ...storing, isTolerant });
          const real: Real = { held: [] };
          begin({ changes: model.changes() });
          vendorsAnswer(model.at.answer);
          try {
            await fc.asyncModelRun(() => ({ model, real }), commands);
            ledgerCallsGo((_method, call) => call());
            if (model.configuration !== ending) await model.configure(ending);
            while (real.held.length > 0) await release(model, real);
            await model.checkEnd();
          } finally {
            // Nothing of this run is to go on in the next.
            for (const { open, answer } of real.held) {
              open();
              await answer.catch(() => {});
            }
          }
        },
      ),
      { numRuns: runs, ...again },
    );
  });
});
