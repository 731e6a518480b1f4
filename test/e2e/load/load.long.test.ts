/** Half an hour of load with 5 % failing creates, then a burst of ten times the load. */
import { beforeAll, describe, expect, it } from "vitest";
import { median } from "../../../bench/results.ts";
import { type Evidence, load } from "./run.ts";

const minutes = Number(process.env["LOAD_MINUTES"] ?? 30);
const overheadMs = 15 * 60_000;

describe(`${minutes} minutes at 60 % of capacity`, () => {
  let evidence: Evidence;
  beforeAll(
    async () => {
      evidence = await load({ minutes, shareOfCapacity: 0.6, faultShare: 0.05, burst: 10 });
      const { minutes: each, ...totals } = evidence;
      console.table(each);
      console.log(totals);
    },
    minutes * 60_000 + overheadMs,
  );

  it("reports no account that does not exist, and denies none", () => expect(evidence.wrong).toEqual([]));

  it("creates nothing twice", () => expect(evidence.twice).toEqual([]));

  it("leaves no caller without a final answer", () => {
    expect(evidence.unanswered).toEqual([]);
    expect(evidence.creates).toBeGreaterThan(minutes * 60);
    expect(evidence.faulty).toBeGreaterThan(evidence.creates * 0.03);
  });

  it("leaves no operation open or in review", () => expect(evidence.open).toBe(0));

  /** The medians of the second and the last third of the minutes. The first third is the warm-up. */
  const thirds = (of: "memoryMiB" | "p99Ms") => {
    const each = evidence.minutes.map((minute) => minute[of]);
    const third = Math.ceil(each.length / 3);
    return { earlier: median(each.slice(third, 2 * third)), later: median(each.slice(-third)) };
  };

  it("uses no more memory at the end than in the middle", () => {
    const { earlier, later } = thirds("memoryMiB");
    expect(later).toBeLessThan(earlier * 1.15);
  });

  it("is no slower at the end than in the middle", () => {
    const { earlier, later } = thirds("p99Ms");
    expect(later).toBeLessThan(earlier * 2);
  });
});
