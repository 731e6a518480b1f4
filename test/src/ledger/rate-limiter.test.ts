/** How fast a queue is sent, and when not at all. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace } from "../../../src/ledger/rate-limiter.ts";
import { at } from "../../support/operations.ts";

const second = 1000;
/** What `opensForAtMs` says of a key that does not wait. */
const anyTime = Number.NEGATIVE_INFINITY;

describe("the rate", () => {
  const rate = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 20, noNaN: true }));
  const steps = fc.array(
    fc.record({ waitedMs: fc.nat({ max: 1500 }), queued: fc.nat({ max: 30 }), eachTakesMs: fc.nat({ max: 400 }) }),
    { minLength: 1, maxLength: 30 },
  );

  test("is never passed in any second, however the queue fills and however long a send takes", () => {
    fc.assert(
      fc.property(rate, steps, (ratePerS, all) => {
        const pace = new Pace(ratePerS);
        const begunMs: number[] = [];
        let nowMs = 0;
        for (const { waitedMs, queued, eachTakesMs } of all) {
          nowMs += waitedMs;
          const allowed = Math.min(queued, pace.allowance(nowMs));
          for (let index = 0; index < allowed; index += 1) {
            pace.begin(nowMs);
            begunMs.push(nowMs);
            nowMs += eachTakesMs;
          }
        }
        const windowMs = Math.max(second, second / ratePerS);
        for (const fromMs of begunMs) {
          const begun = begunMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + windowMs).length;
          expect(begun).toBeLessThanOrEqual(Math.max(1, ratePerS));
        }
      }),
    );
  });

  test("is reached: what is allowed at once, and again as soon as it opens", () => {
    const pace = new Pace(3);
    expect(pace.allowance(0)).toBe(3);
    for (const atMs of [0, 100, 200]) pace.begin(atMs);
    expect([pace.allowance(999), pace.opensForAtMs("demo")]).toEqual([0, 1000]);
    expect(pace.allowance(1000)).toBe(1);
    expect(pace.allowance(1200)).toBe(3);
  });

  test("below one a second is one in so many seconds", () => {
    const pace = new Pace(0.01);
    expect(pace.allowance(0)).toBe(1);
    pace.begin(0);
    expect(pace.opensForAtMs("demo")).toBe(100 * second);
    expect(pace.allowance(100 * second - 1)).toBe(0);
    expect(pace.allowance(100 * second)).toBe(1);
  });

  test("that is no whole number is rounded down, so that no second has more", () => {
    expect(new Pace(2.9).allowance(0)).toBe(2);
  });

  test("passed by a resend is made up for", () => {
    const pace = new Pace(2);
    for (const atMs of [0, 10, 500, 510]) pace.begin(atMs);
    expect(pace.opensForAtMs("demo")).toBe(1500);
  });
});

describe("a pause", () => {
  const paused = (retryAfterMs?: number) => {
    const pace = new Pace(10);
    pace.answered(0);
    pace.pause(retryAfterMs, at(0));
    return pace;
  };

  test("closes the queue for the backoff, or for as long as the vendor says", () => {
    expect(paused().opensForAtMs("demo")).toBe(second);
    expect(paused(60 * second).opensForAtMs("demo")).toBe(60 * second);
    const pace = paused();
    pace.answered(999);
    expect([pace.mayBegin("demo", 999), pace.allowance(999)]).toEqual([false, 0]);
    expect(pace.mayBegin("demo", 1000)).toBe(true);
  });

  test("lets one alone try how the vendor is, until it has judged one", () => {
    const pace = paused();
    expect(pace.allowance(1000)).toBe(1);
    pace.answered(1000);
    expect(pace.allowance(1000)).toBe(1);
    pace.judged("demo", 1000);
    expect(pace.allowance(1000)).toBe(10);
  });

  test("is longer each time, but not for those that met the same trouble", () => {
    const pace = paused();
    pace.pause(undefined, at(10));
    pace.pause(undefined, at(20));
    expect(pace.opensForAtMs("demo")).toBe(20 + second);
    pace.pause(undefined, at(2 * second));
    expect(pace.opensForAtMs("demo")).toBe(4 * second);
    pace.judged("demo", 4 * second);
    pace.pause(undefined, at(5 * second));
    expect(pace.opensForAtMs("demo")).toBe(6 * second);
  });

  test("is not ended early by a shorter one", () => {
    const pace = paused(60 * second);
    pace.pause(undefined, at(10));
    expect(pace.opensForAtMs("demo")).toBe(60 * second);
  });
});

describe("failures", () => {
  const maxPauseMs = 30 * second;
  interface Failed {
    keyName?: string;
    operationId: string;
    retryAfterMs?: number;
  }
  const pace = (...failures: Failed[]) => {
    const failing = new Pace(10);
    for (const { keyName = "a", operationId, retryAfterMs } of failures)
      failing.failed(
        { keyName, operationId, failuresBefore: failing.failuresOf(keyName), retryAfterMs, maxPauseMs },
        at(0),
      );
    return failing;
  };

  test("of sends that were under way together count once", () => {
    const failing = new Pace(10);
    const together = { keyName: "a", failuresBefore: 0, retryAfterMs: 3600 * second, maxPauseMs };
    for (const operationId of ["1", "2", "3"]) failing.failed({ ...together, operationId }, at(0));
    expect([failing.failuresOf("a"), failing.opensForAtMs("a")]).toEqual([1, 60 * second]);
  });

  test("of one operation, however many, pause nothing", () => {
    const failing = pace({ operationId: "1" }, { operationId: "1" }, { operationId: "1" });
    expect(failing.opensForAtMs("a")).toBe(0);
    expect([failing.failuresOf("a"), failing.failuresOf("b")]).toEqual([3, 0]);
    expect(failing.allowance(0)).toBe(10);
  });

  test("of several operations pause their key, ever longer up to the most, and no other key", () => {
    const ids = Array.from({ length: 10 }, (_, index) => ({ operationId: `${index}` }));
    const waits = [2, 3, 4, 5, 6, 7, 10].map((count) => pace(...ids.slice(0, count)).opensForAtMs("a") / second);
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect([pace(...ids).opensForAtMs("b"), pace(...ids).allowance(0)]).toEqual([anyTime, 10]);
  });

  const hour = 3600 * second;
  const failuresOf = (ids: readonly string[], retryAfterMs?: number) =>
    ids.map((id) => ({
      keyName: id[0] ?? "",
      operationId: id,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }));

  test("of several keys pause those keys, longer with each operation", () => {
    expect(["a", "b"].map((key) => pace(...failuresOf(["a", "b"])).opensForAtMs(key))).toEqual([second, second]);
    const longer = pace(...failuresOf(["a1", "a2", "b1", "b2", "b3"]));
    expect(["a", "b"].map((key) => longer.opensForAtMs(key))).toEqual([8 * second, 8 * second]);
  });

  test("of several keys let another key send, one operation at a time, until a send succeeds", () => {
    const failing = pace(...failuresOf(["a", "b"]));
    expect([failing.opensForAtMs("c"), failing.allowance(0)]).toEqual([anyTime, 1]);
    failing.answered(0);
    expect([failing.mayBegin("a", 0), failing.mayBegin("c", 0)]).toEqual([false, true]);
    failing.judged("c", 0);
    expect([failing.allowance(0), failing.mayBegin("b", 0)]).toEqual([10, true]);
  });

  test("of several keys pause the other key too, once it fails", () => {
    const failing = pace(...failuresOf(["a", "b", "c"], hour));
    expect(["a", "b", "c"].map((key) => failing.opensForAtMs(key))).toEqual([hour, hour, hour]);
    expect(failing.opensForAtMs("d")).toBe(anyTime);
  });

  test("of one key pause no other key, whatever their Retry-After", () => {
    const one = pace({ operationId: "1", retryAfterMs: hour });
    expect([one.opensForAtMs("a"), one.opensForAtMs("b"), one.allowance(0)]).toEqual([60 * second, anyTime, 10]);
    const two = pace({ operationId: "1", retryAfterMs: hour }, { operationId: "2", retryAfterMs: hour });
    expect([two.opensForAtMs("a"), two.opensForAtMs("b"), two.allowance(0)]).toEqual([hour, anyTime, 10]);
  });

  test("are forgotten when the vendor has judged an operation of the key", () => {
    const failing = pace({ operationId: "1" }, { operationId: "2" });
    failing.judged("b", 0);
    expect(failing.failuresOf("a")).toBe(2);
    failing.judged("a", 0);
    expect([failing.failuresOf("a"), failing.opensForAtMs("a")]).toEqual([0, anyTime]);
  });
});

describe("an answer", () => {
  test("is fresh for 30 s", () => {
    const pace = new Pace(1);
    expect(pace.isFresh(0)).toBe(false);
    pace.answered(0);
    expect([pace.isFresh(30 * second - 1), pace.isFresh(30 * second)]).toEqual([true, false]);
  });

  test.each([
    ["doubt", (pace: Pace) => pace.doubt()],
    ["a pause", (pace: Pace) => pace.pause(undefined, at(1))],
  ])("counts no more after %s", (_what, befall) => {
    const pace = new Pace(1);
    pace.judged("demo", 0);
    befall(pace);
    expect(pace.isFresh(1)).toBe(false);
  });
});
