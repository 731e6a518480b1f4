/** The pace of a ledger's send queue: Retry-After, backoff, the rate limit, and slower sends after failures. */
import { describe, expect, test, vi } from "vitest";
import {
  advance,
  answering,
  answerRequests,
  fixRandom,
  idOf,
  interceptVendors,
  ledgerAt,
  nowMs,
  operationOf,
  probes,
  restoreVendors,
  sends,
  sendTimes,
  setup,
  traffic,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { isCreate, isProbe } from "../../../support/vendor-requests.ts";
import { hour, minute, second } from "../../../support/time.ts";

// Some tests run the alarms of a day.
vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const lost = () => Promise.reject(new Error("lost"));
const loseRequests = () => interceptVendors(lost);

describe("Retry-After of a probe", () => {
  const waitOf = async (header: string) => {
    interceptVendors(() => answering(503, { "Retry-After": header }));
    const id = idOf(await ledgerAt("garmat").enqueue());
    await ledgerAt("garmat").elapse(0);
    const beganMs = nowMs();
    const probed = probes();
    restoreVendors();
    for (
      let alarmMs = await ledgerAt("garmat").nextAlarmMs();
      probes() === probed;
      alarmMs = await ledgerAt("garmat").nextAlarmMs()
    )
      await ledgerAt("garmat").elapse(Math.max((alarmMs ?? 0) - nowMs(), 0));
    expect((await operationOf(id)).state).toBe("created");
    return nowMs() - beganMs;
  };

  test("delays the next probe", async () => {
    expect(await waitOf("600")).toBe(10 * minute);
  });

  test("may be a date", async () => {
    expect(await waitOf(new Date(nowMs() + 10 * minute).toUTCString())).toBe(10 * minute);
  });

  test("counts as an hour at most", async () => {
    expect(await waitOf("86400")).toBe(hour);
  });

  test("of 0 seconds waits for a second", async () => {
    fixRandom(0);
    expect(await waitOf("0")).toBe(second);
  });
});

describe("backoff", () => {
  const gapsOf = async () => {
    loseRequests();
    await ledgerAt("garmat").enqueue();
    await ledgerAt("garmat").elapse(hour);
    const times = traffic().map(({ atMs }) => atMs);
    return times.slice(1, 12).map((atMs, index) => atMs - (times[index] ?? 0));
  };
  const longest = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((each) => each * second);

  test("doubles up to five minutes", async () => {
    fixRandom(0);
    expect(await gapsOf()).toEqual(longest);
  });

  test("is shortened by up to a half at random", async () => {
    fixRandom(0.5);
    expect(await gapsOf()).toEqual(longest.map((each) => each * 0.75));
  });

  test("restarts after the vendor has answered", async () => {
    const { elapse, enqueue } = setup("garmat");
    fixRandom(0);
    await gapsOf();
    restoreVendors();
    await elapse(hour);
    const before = traffic().length;
    loseRequests();
    await enqueue();
    await elapse(3 * second);
    expect(traffic().length - before).toBe(3);
  });
});

describe("the rate limit", () => {
  /** The maximum number of sends within one second from any send. */
  const mostInASecond = (times: number[]): number =>
    Math.max(...times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + second).length));
  const delayRequests = (durationOf: (request: Request) => number) =>
    interceptVendors(async (request, pass) => {
      advance(durationOf(request));
      return pass();
    });

  test.each([
    [0.5, 6],
    [1, 6],
    [2.5, 12],
    [10, 35],
  ])("of %d a second is never exceeded", async (rate, count) => {
    const { enqueueMany, elapse, states } = setup("garmat", { connection: { rate_per_s: rate } });
    await enqueueMany(count);
    await elapse((count / Math.max(Math.floor(rate), rate < 1 ? rate : 1)) * second + second);
    expect(await states()).toEqual({ created: count });
    expect(mostInASecond(sendTimes())).toBe(Math.max(1, Math.floor(rate)));
    const apartMs = rate < 1 ? 1000 / rate : 0;
    expect(sendTimes().every((atMs, index, all) => index === 0 || atMs - (all[index - 1] ?? 0) >= apartMs)).toBe(true);
  });

  test.each([
    ["each send takes 130 ms", (request: Request) => (isCreate(request) ? 130 : 0)],
    ["a send takes longer than a second", (request: Request) => (isCreate(request) ? 1_700 : 0)],
    ["the probe takes almost a second", (request: Request) => (isProbe(request) ? 950 : 0)],
    ["the probe takes longer than a second", (request: Request) => (isProbe(request) ? 1_950 : 0)],
  ])("is not exceeded if %s", async (_case, durationOf) => {
    const { enqueueMany, elapse, states } = setup("garmat", { connection: { rate_per_s: 7 } });
    delayRequests(durationOf);
    await enqueueMany(30);
    await elapse(5 * minute);
    expect(await states()).toEqual({ created: 30 });
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(7);
  });

  test("is not exceeded if the token takes almost a second", async () => {
    const { enqueueMany, elapse, states } = setup("elastic_path", { connection: { rate_per_s: 7 } });
    delayRequests(({ url }) => (url.includes("/oauth/") ? 950 : 0));
    await enqueueMany(30);
    await elapse(5 * minute);
    expect(await states()).toEqual({ created: 30 });
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(7);
  });

  test("is not exceeded while the queue fills gradually", async () => {
    const { enqueueMany, elapse } = setup("garmat", { connection: { rate_per_s: 5 } });
    for (const pauseMs of [0, 900, 50, 60, 400, 700, 10]) {
      advance(pauseMs);
      await enqueueMany(pauseMs === 0 ? 1 : 4);
      await elapse(0);
    }
    await elapse(minute);
    expect(sends()).toBe(25);
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(5);
  });
});

describe("when creates fail", () => {
  test("during an outage, only the creates that have already started are sent", async () => {
    const { enqueueMany, elapse, states, configure } = setup("garmat");
    interceptVendors((_request, pass) => (sends() > 20 ? lost() : pass()));
    await configure({ rate_per_s: 100 });
    await enqueueMany(30);
    await elapse(3 * minute);
    expect(await states()).toEqual({ created: 20, unknown: 5, queued: 5 });
    restoreVendors();
    await elapse(10 * minute);
    expect(await states()).toEqual({ created: 25, needs_review: 5 });
  });

  test("if only creates are lost, one create at a time is sent, less and less often", async () => {
    const { enqueueMany, elapse, states, configure } = setup("garmat");
    answerRequests(isCreate, () => lost());
    await configure({ rate_per_s: 100 });
    await enqueueMany(40);
    await elapse(10 * minute);
    const sent = sends();
    expect(sent).toBeLessThan(5 + 15);
    // The last create may not have been looked up yet.
    const { needs_review = 0, unknown = 0, queued } = await states();
    expect([needs_review + unknown, queued]).toEqual([sent, 40 - sent]);
  });

  test.each([401, 403, 429])(
    "creates refused with %i delay the others of their key, which are sent one by one",
    async (status) => {
      const { enqueueMany, elapse, states, configure } = setup("garmat");
      answerRequests(isCreate, () => answering(status));
      await configure({ rate_per_s: 100 });
      await enqueueMany(30);
      await elapse(10 * minute);
      expect(await states()).toEqual({ queued: 30 });
      // The queue sends at most one create every 15 to 30 s. This is harmless: a refused create makes no account.
      expect(sends()).toBeLessThan(5 + 30);
      restoreVendors();
      await elapse(15 * minute);
      expect(await states()).toEqual({ created: 30 });
    },
  );

  test("after a caller's create is lost, the queue probes before it sends", async () => {
    const { create, enqueue, elapse } = setup("garmat");
    await create({ name: "Fine" });
    interceptVendors(lost);
    await create({ name: "Lost" });
    const id = idOf(await enqueue());
    await elapse(minute);
    expect(sends()).toBe(2);
    expect((await operationOf(id)).state).toBe("queued");
  });
});
