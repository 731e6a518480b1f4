/** The rate of a queue's sends, and its pauses. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RateLimiter } from "../../../src/ledger/rate-limiter.ts";
import { at } from "../../support/operations.ts";
import { hour, second } from "../../support/time.ts";

/** `readyAtMs` of a key that does not wait. */
const anyTime = Number.NEGATIVE_INFINITY;

describe("the rate", () => {
  const rate = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 20, noNaN: true }));
  const steps = fc.array(
    fc.record({ waitedMs: fc.nat({ max: 1500 }), queued: fc.nat({ max: 30 }), eachTakesMs: fc.nat({ max: 400 }) }),
    { minLength: 1, maxLength: 30 },
  );

  test("is never exceeded in any second, for random queues and durations of sends", () => {
    fc.assert(
      fc.property(rate, steps, (ratePerS, all) => {
        const rateLimiter = new RateLimiter(ratePerS);
        const begunMs: number[] = [];
        let nowMs = 0;
        for (const { waitedMs, queued, eachTakesMs } of all) {
          nowMs += waitedMs;
          const allowed = Math.min(queued, rateLimiter.allowedNow(nowMs));
          for (let index = 0; index < allowed; index += 1) {
            rateLimiter.recordSend(nowMs);
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

  test("allows a second's sends at once, and more as soon as they fit", () => {
    const rateLimiter = new RateLimiter(3);
    expect(rateLimiter.allowedNow(0)).toBe(3);
    for (const atMs of [0, 100, 200]) rateLimiter.recordSend(atMs);
    expect([rateLimiter.allowedNow(999), rateLimiter.readyAtMs("demo")]).toEqual([0, 1000]);
    expect(rateLimiter.allowedNow(1000)).toBe(1);
    expect(rateLimiter.allowedNow(1200)).toBe(3);
  });

  test("below one per second allows one send per interval", () => {
    const rateLimiter = new RateLimiter(0.01);
    expect(rateLimiter.allowedNow(0)).toBe(1);
    rateLimiter.recordSend(0);
    expect(rateLimiter.readyAtMs("demo")).toBe(100 * second);
    expect(rateLimiter.allowedNow(100 * second - 1)).toBe(0);
    expect(rateLimiter.allowedNow(100 * second)).toBe(1);
  });

  test("that is not an integer is rounded down", () => {
    expect(new RateLimiter(2.9).allowedNow(0)).toBe(2);
  });

  test("delays the next send after additional sends, such as one with a new token", () => {
    const rateLimiter = new RateLimiter(2);
    for (const atMs of [0, 10, 500, 510]) rateLimiter.recordSend(atMs);
    expect(rateLimiter.readyAtMs("demo")).toBe(1500);
  });
});

describe("a pause", () => {
  const paused = (retryAfterMs?: number) => {
    const rateLimiter = new RateLimiter(10);
    rateLimiter.recordAnswer(0);
    rateLimiter.recordProbeFailure(retryAfterMs, at(0));
    return rateLimiter;
  };

  test("lasts for the backoff, or for as long as the vendor says", () => {
    expect(paused().readyAtMs("demo")).toBe(second);
    expect(paused(60 * second).readyAtMs("demo")).toBe(60 * second);
    const rateLimiter = paused();
    rateLimiter.recordAnswer(999);
    expect([rateLimiter.maySend("demo", 999), rateLimiter.allowedNow(999)]).toEqual([false, 0]);
    expect(rateLimiter.maySend("demo", 1000)).toBe(true);
  });

  test("is followed by one send at a time, until the vendor has accepted or rejected one", () => {
    const rateLimiter = paused();
    expect(rateLimiter.allowedNow(1000)).toBe(1);
    rateLimiter.recordAnswer(1000);
    expect(rateLimiter.allowedNow(1000)).toBe(1);
    rateLimiter.markHealthy("demo", 1000);
    expect(rateLimiter.allowedNow(1000)).toBe(10);
  });

  test("is longer each time, but failures at about the same time count once", () => {
    const rateLimiter = paused();
    rateLimiter.recordProbeFailure(undefined, at(10));
    rateLimiter.recordProbeFailure(undefined, at(20));
    expect(rateLimiter.readyAtMs("demo")).toBe(20 + second);
    rateLimiter.recordProbeFailure(undefined, at(2 * second));
    expect(rateLimiter.readyAtMs("demo")).toBe(4 * second);
    rateLimiter.markHealthy("demo", 4 * second);
    rateLimiter.recordProbeFailure(undefined, at(5 * second));
    expect(rateLimiter.readyAtMs("demo")).toBe(6 * second);
  });

  test("is not shortened by a later, shorter one", () => {
    const rateLimiter = paused(60 * second);
    rateLimiter.recordProbeFailure(undefined, at(10));
    expect(rateLimiter.readyAtMs("demo")).toBe(60 * second);
  });
});

describe("failures", () => {
  const maxPauseMs = 30 * second;
  interface Failed {
    keyName?: string;
    operationId: string;
    retryAfterMs?: number;
  }
  const rateLimiter = (...failures: Failed[]) => {
    const failing = new RateLimiter(10);
    for (const { keyName = "a", operationId, retryAfterMs } of failures)
      failing.recordFailure(
        { keyName, operationId, failuresBefore: failing.failureCountOf(keyName), retryAfterMs, maxPauseMs },
        at(0),
      );
    return failing;
  };

  test("of sends that ran at the same time count once", () => {
    const failing = new RateLimiter(10);
    const together = { keyName: "a", failuresBefore: 0, retryAfterMs: hour, maxPauseMs };
    for (const operationId of ["1", "2", "3"]) failing.recordFailure({ ...together, operationId }, at(0));
    expect([failing.failureCountOf("a"), failing.readyAtMs("a")]).toEqual([1, 60 * second]);
  });

  test("of a single operation pause nothing, regardless of their number", () => {
    const failing = rateLimiter({ operationId: "1" }, { operationId: "1" }, { operationId: "1" });
    expect(failing.readyAtMs("a")).toBe(0);
    expect([failing.failureCountOf("a"), failing.failureCountOf("b")]).toEqual([3, 0]);
    expect(failing.allowedNow(0)).toBe(10);
  });

  test("of several operations pause their key, longer each time up to the maximum, and no other key", () => {
    const ids = Array.from({ length: 10 }, (_, index) => ({ operationId: `${index}` }));
    const waits = [2, 3, 4, 5, 6, 7, 10].map((count) => rateLimiter(...ids.slice(0, count)).readyAtMs("a") / second);
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect([rateLimiter(...ids).readyAtMs("b"), rateLimiter(...ids).allowedNow(0)]).toEqual([anyTime, 10]);
  });

  const failuresOf = (ids: readonly string[], retryAfterMs?: number) =>
    ids.map((id) => ({
      keyName: id[0] ?? "",
      operationId: id,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }));

  test("of several keys pause those keys, longer with each operation", () => {
    expect(["a", "b"].map((key) => rateLimiter(...failuresOf(["a", "b"])).readyAtMs(key))).toEqual([second, second]);
    const longer = rateLimiter(...failuresOf(["a1", "a2", "b1", "b2", "b3"]));
    expect(["a", "b"].map((key) => longer.readyAtMs(key))).toEqual([8 * second, 8 * second]);
  });

  test("of several keys let another key send, one operation at a time, until a send succeeds", () => {
    const failing = rateLimiter(...failuresOf(["a", "b"]));
    expect([failing.readyAtMs("c"), failing.allowedNow(0)]).toEqual([anyTime, 1]);
    failing.recordAnswer(0);
    expect([failing.maySend("a", 0), failing.maySend("c", 0)]).toEqual([false, true]);
    failing.markHealthy("c", 0);
    expect([failing.allowedNow(0), failing.maySend("b", 0)]).toEqual([10, true]);
  });

  test("of several keys pause another key too, once it fails", () => {
    const failing = rateLimiter(...failuresOf(["a", "b", "c"], hour));
    expect(["a", "b", "c"].map((key) => failing.readyAtMs(key))).toEqual([hour, hour, hour]);
    expect(failing.readyAtMs("d")).toBe(anyTime);
  });

  test("of one key pause no other key, even with Retry-After", () => {
    const one = rateLimiter({ operationId: "1", retryAfterMs: hour });
    expect([one.readyAtMs("a"), one.readyAtMs("b"), one.allowedNow(0)]).toEqual([60 * second, anyTime, 10]);
    const two = rateLimiter({ operationId: "1", retryAfterMs: hour }, { operationId: "2", retryAfterMs: hour });
    expect([two.readyAtMs("a"), two.readyAtMs("b"), two.allowedNow(0)]).toEqual([hour, anyTime, 10]);
  });

  test("are forgotten once the vendor has accepted or rejected an operation of the key", () => {
    const failing = rateLimiter({ operationId: "1" }, { operationId: "2" });
    failing.markHealthy("b", 0);
    expect(failing.failureCountOf("a")).toBe(2);
    failing.markHealthy("a", 0);
    expect([failing.failureCountOf("a"), failing.readyAtMs("a")]).toEqual([0, anyTime]);
  });
});

describe("an answer", () => {
  test("is fresh for 30 s", () => {
    const rateLimiter = new RateLimiter(1);
    expect(rateLimiter.answeredRecently(0)).toBe(false);
    rateLimiter.recordAnswer(0);
    expect([rateLimiter.answeredRecently(30 * second - 1), rateLimiter.answeredRecently(30 * second)]).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ["an unknown outcome", (rateLimiter: RateLimiter) => rateLimiter.markSuspect()],
    ["a pause", (rateLimiter: RateLimiter) => rateLimiter.recordProbeFailure(undefined, at(1))],
  ])("is not fresh after %s", (_what, trigger) => {
    const rateLimiter = new RateLimiter(1);
    rateLimiter.markHealthy("demo", 0);
    trigger(rateLimiter);
    expect(rateLimiter.answeredRecently(1)).toBe(false);
  });
});
