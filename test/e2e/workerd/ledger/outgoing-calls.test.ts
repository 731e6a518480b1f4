/** A ledger's own calls: at most six at a time, five of one key, and each with the whole of its time once it has its place. */
import { expect, test, vi } from "vitest";
import {
  advance,
  configure,
  create,
  elapse,
  isCreate,
  operationOf,
  runAlarm,
  traffic,
  useLedgers,
  type Vendor,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { enqueueMany, isLookup, isTokenRequest, states } from "./queue.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const minute = 60_000;
const hour = 60 * minute;
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Leaves so many outcomes unknown; gives their keys. */
async function loseMany(vendor: Vendor, count: number): Promise<string[]> {
  vendorsAnswer((request, pass) => (isCreate(request) ? Promise.reject(new Error("lost")) : pass()));
  const keys = Array.from({ length: count }, (_, index) => `lost-${index}`);
  await Promise.all(keys.map((idempotencyKey) => create(vendor, { name: idempotencyKey }, { idempotencyKey })));
  vendorsAreThemselves();
  return keys;
}

test.each(["clarus", "elastic_path", "garmat"] satisfies Vendor[])(
  "%s: a queue, reconciliations, callers' retries and tokens make six calls at a time at most",
  async (vendor) => {
    await configure({ [vendor]: { rate_per_s: 100, timeout_ms: 10_000 } });
    const keys = await loseMany(vendor, 15);
    await enqueueMany(vendor, 25);
    // The Worker's own tokens are had by now: what is asked from here on is asked by the ledger.
    let inFlight = 0;
    let most = 0;
    const kinds = new Set<string>();
    vendorsAnswer(async (request, pass) => {
      kinds.add(
        isCreate(request) ? "send" : isTokenRequest(request) ? "token" : isLookup(request) ? "lookup" : "probe",
      );
      inFlight += 1;
      most = Math.max(most, inFlight);
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
      const answer = await pass();
      inFlight -= 1;
      return answer;
    });
    const retries = Promise.all(
      keys.map((idempotencyKey) => create(vendor, { name: idempotencyKey }, { idempotencyKey })),
    );
    for (let alarms = 0; alarms < 3; alarms += 1) {
      advance(minute);
      await runAlarm(vendor);
    }
    await retries;
    expect(most).toBeGreaterThanOrEqual(5);
    expect(most).toBeLessThanOrEqual(6);
    expect([...kinds].toSorted()).toEqual(
      vendor === "garmat" ? ["lookup", "probe", "send"] : ["lookup", "probe", "send", "token"],
    );
    vendorsAreThemselves();
    await elapse(vendor, hour);
    const left = vendor === "garmat" ? { needs_review: 15 } : { not_created: 15 };
    expect(await states(vendor)).toEqual({ created: 25, ...left });
  },
);

test("a call that waited for its place has the whole of its time", async () => {
  await configure({ elastic_path: { timeout_ms: 100 } });
  const keys = await loseMany("elastic_path", 12);
  const asked = () => traffic().filter(isLookup).length;
  const before = asked();
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await configure({ elastic_path: { timeout_ms: 10_000 } });
  advance(minute);
  vendorsAnswer(async (request, pass) => {
    if (isLookup(request) && asked() <= before + 5) await released;
    return pass();
  });
  const retries = Promise.all(
    keys.map((idempotencyKey) => create("elastic_path", { name: idempotencyKey }, { idempotencyKey })),
  );
  await vi.waitUntil(() => asked() === before + 5);
  // Longer than a lease: had the others' time begun, it would be over.
  advance(minute);
  release();
  await retries;
  expect(asked()).toBe(before + keys.length);
  await elapse("elastic_path", hour);
  expect(await states("elastic_path")).toEqual({ not_created: keys.length });
});

test("an alarm begins no lookup after 10 s, so that what is queued is not kept waiting, and goes on at once", async () => {
  const keys = await loseMany("elastic_path", 12);
  const asked = () => traffic().filter(isLookup).length;
  advance(minute);
  vendorsAnswer((request, pass) => {
    if (isLookup(request) && asked() === 5) advance(11_000);
    return pass();
  });
  const before = asked();
  await runAlarm("elastic_path");
  expect(asked()).toBe(before + 5);
  await runAlarm("elastic_path");
  expect(asked()).toBe(before + keys.length);
});

test("calls that hang give up their places, and take nobody else's time", async () => {
  await configure({ elastic_path: { timeout_ms: 200 } });
  const keys = await loseMany("elastic_path", 10);
  const asked = () => traffic().filter(isLookup).length;
  const before = asked();
  advance(minute);
  vendorsAnswer((request, pass) => (isLookup(request) && asked() <= before + 5 ? new Promise(() => {}) : pass()));
  await runAlarm("elastic_path");
  expect(asked()).toBe(before + keys.length);
});

test("callers who ask for the same operation at the same time share one lookup", async () => {
  const [idempotencyKey = ""] = await loseMany("elastic_path", 1);
  const before = traffic().filter(isLookup).length;
  const ask = () => create("elastic_path", { name: idempotencyKey }, { idempotencyKey });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  vendorsAnswer(async (request, pass) => {
    if (isLookup(request)) await released;
    return pass();
  });
  await configure({ elastic_path: { timeout_ms: 10_000 } });
  const answers = Promise.all([ask(), ask(), ask(), ask()]);
  await vi.waitUntil(() => traffic().filter(isLookup).length > before);
  await nextTurn();
  release();
  for (const { problem } of await answers) expect(problem?.code).toBe("outcome_unknown");
  expect(traffic().filter(isLookup).length).toBe(before + 1);
  expect((await operationOf((await ask()).problem?.operation ?? "")).state).toBe("unknown");
});
