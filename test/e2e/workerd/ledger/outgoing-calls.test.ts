/** A ledger's own calls: at most six at a time, five of one key, and each with the whole of its time once it has its place. */
import { expect, test, vi } from "vitest";
import {
  advance,
  answerRequests,
  interceptVendors,
  ledgerAt,
  operationOf,
  restoreVendors,
  setup,
  traffic,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { isCreate, isLookup, isTokenRequest } from "../../../support/vendor-requests.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const minute = 60_000;
const hour = 60 * minute;
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Leaves so many outcomes unknown; gives their keys. */
async function loseMany(vendor: Vendor, count: number): Promise<string[]> {
  answerRequests(isCreate, () => Promise.reject(new Error("lost")));
  const keys = Array.from({ length: count }, (_, index) => `lost-${index}`);
  await Promise.all(
    keys.map((idempotencyKey) => ledgerAt(vendor).create({ name: idempotencyKey }, { idempotencyKey })),
  );
  restoreVendors();
  return keys;
}

test.each(["clarus", "elastic_path", "garmat"] satisfies Vendor[])(
  "%s: a queue, reconciliations, callers' retries and tokens make six calls at a time at most",
  async (vendor) => {
    const { enqueueMany, create, runAlarm, elapse, states } = setup(vendor, {
      connection: { rate_per_s: 100, timeout_ms: 10_000 },
    });
    const keys = await loseMany(vendor, 15);
    await enqueueMany(25);
    // The Worker's own tokens are had by now: what is asked from here on is asked by the ledger.
    let inFlight = 0;
    let most = 0;
    const kinds = new Set<string>();
    interceptVendors(async (request, pass) => {
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
    const retries = Promise.all(keys.map((idempotencyKey) => create({ name: idempotencyKey }, { idempotencyKey })));
    for (let alarms = 0; alarms < 3; alarms += 1) {
      advance(minute);
      await runAlarm();
    }
    await retries;
    expect(most).toBeGreaterThanOrEqual(5);
    expect(most).toBeLessThanOrEqual(6);
    expect([...kinds].toSorted()).toEqual(
      vendor === "garmat" ? ["lookup", "probe", "send"] : ["lookup", "probe", "send", "token"],
    );
    restoreVendors();
    await elapse(hour);
    const left = vendor === "garmat" ? { needs_review: 15 } : { not_created: 15 };
    expect(await states()).toEqual({ created: 25, ...left });
  },
);

test("a call that waited for its place has the whole of its time", async () => {
  const { create, elapse, states, configure } = setup("elastic_path", { connection: { timeout_ms: 100 } });
  const keys = await loseMany("elastic_path", 12);
  const asked = () => traffic().filter(isLookup).length;
  const before = asked();
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await configure({ timeout_ms: 10_000 });
  advance(minute);
  interceptVendors(async (request, pass) => {
    if (isLookup(request) && asked() <= before + 5) await released;
    return pass();
  });
  const retries = Promise.all(keys.map((idempotencyKey) => create({ name: idempotencyKey }, { idempotencyKey })));
  await vi.waitUntil(() => asked() === before + 5);
  // Longer than a lease: had the others' time begun, it would be over.
  advance(minute);
  release();
  await retries;
  expect(asked()).toBe(before + keys.length);
  await elapse(hour);
  expect(await states()).toEqual({ not_created: keys.length });
});

test("an alarm begins no lookup after 10 s, so that what is queued is not kept waiting, and goes on at once", async () => {
  const { runAlarm } = setup("elastic_path");
  const keys = await loseMany("elastic_path", 12);
  const asked = () => traffic().filter(isLookup).length;
  advance(minute);
  interceptVendors((request, pass) => {
    if (isLookup(request) && asked() === 5) advance(11_000);
    return pass();
  });
  const before = asked();
  await runAlarm();
  expect(asked()).toBe(before + 5);
  await runAlarm();
  expect(asked()).toBe(before + keys.length);
});

test("calls that hang give up their places, and take nobody else's time", async () => {
  const { runAlarm } = setup("elastic_path", { connection: { timeout_ms: 200 } });
  const keys = await loseMany("elastic_path", 10);
  const asked = () => traffic().filter(isLookup).length;
  const before = asked();
  advance(minute);
  interceptVendors((request, pass) => (isLookup(request) && asked() <= before + 5 ? new Promise(() => {}) : pass()));
  await runAlarm();
  expect(asked()).toBe(before + keys.length);
});

test("callers who ask for the same operation at the same time share one lookup", async () => {
  const { create, configure } = setup("elastic_path");
  const [idempotencyKey = ""] = await loseMany("elastic_path", 1);
  const before = traffic().filter(isLookup).length;
  const ask = () => create({ name: idempotencyKey }, { idempotencyKey });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  interceptVendors(async (request, pass) => {
    if (isLookup(request)) await released;
    return pass();
  });
  await configure({ timeout_ms: 10_000 });
  const answers = Promise.all([ask(), ask(), ask(), ask()]);
  await vi.waitUntil(() => traffic().filter(isLookup).length > before);
  await nextTurn();
  release();
  for (const { problem } of await answers) expect(problem?.code).toBe("outcome_unknown");
  expect(traffic().filter(isLookup).length).toBe(before + 1);
  expect((await operationOf((await ask()).problem?.operation ?? "")).state).toBe("unknown");
});
