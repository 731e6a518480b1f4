/** A ledger makes at most six calls at a time, and five for one key. A call's timeout starts when it gets its slot. */
import { expect, test, vi } from "vitest";
import {
  advance,
  holdRequests,
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
import { hour, minute } from "../../../support/time.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test.each(["clarus", "elastic_path", "garmat"] satisfies Vendor[])(
  "%s: the queue, lookups, callers' retries and token requests together make at most six calls at a time",
  async (vendor) => {
    const { enqueueMany, create, runAlarm, elapse, states } = setup(vendor, {
      connection: { rate_per_s: 100, timeout_ms: 10_000 },
    });
    const keys = await ledgerAt(vendor).loseMany(15);
    await enqueueMany(25);
    // The Worker already has its tokens, so only the ledger makes further token requests.
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

test("a call that waited for its slot has its full timeout", async () => {
  const { create, elapse, states, configure } = setup("elastic_path", { connection: { timeout_ms: 100 } });
  const keys = await ledgerAt("elastic_path").loseMany(12);
  const lookups = () => traffic().filter(isLookup).length;
  const before = lookups();
  await configure({ timeout_ms: 10_000 });
  advance(minute);
  const { release } = holdRequests((request) => isLookup(request) && lookups() <= before + 5);
  const retries = Promise.all(keys.map((idempotencyKey) => create({ name: idempotencyKey }, { idempotencyKey })));
  await vi.waitUntil(() => lookups() === before + 5);
  // A minute is longer than the timeout: the wait must not count towards the timeout.
  advance(minute);
  release();
  await retries;
  expect(lookups()).toBe(before + keys.length);
  await elapse(hour);
  expect(await states()).toEqual({ not_created: keys.length });
});

test("an alarm starts no lookup after 10 s, so that the queue does not wait, and the next alarm continues", async () => {
  const { runAlarm } = setup("elastic_path");
  const keys = await ledgerAt("elastic_path").loseMany(12);
  const lookups = () => traffic().filter(isLookup).length;
  advance(minute);
  interceptVendors((request, pass) => {
    if (isLookup(request) && lookups() === 5) advance(11_000);
    return pass();
  });
  const before = lookups();
  await runAlarm();
  expect(lookups()).toBe(before + 5);
  await runAlarm();
  expect(lookups()).toBe(before + keys.length);
});

test("calls that hang free their slots, and the other calls have their full timeout", async () => {
  const { runAlarm } = setup("elastic_path", { connection: { timeout_ms: 200 } });
  const keys = await ledgerAt("elastic_path").loseMany(10);
  const lookups = () => traffic().filter(isLookup).length;
  const before = lookups();
  advance(minute);
  interceptVendors((request, pass) => (isLookup(request) && lookups() <= before + 5 ? new Promise(() => {}) : pass()));
  await runAlarm();
  expect(lookups()).toBe(before + keys.length);
});

test("callers who retry the same operation at the same time share one lookup", async () => {
  const { create, configure } = setup("elastic_path");
  const [idempotencyKey = ""] = await ledgerAt("elastic_path").loseMany(1);
  const before = traffic().filter(isLookup).length;
  const retry = () => create({ name: idempotencyKey }, { idempotencyKey });
  const { release } = holdRequests(isLookup);
  await configure({ timeout_ms: 10_000 });
  const answers = Promise.all([retry(), retry(), retry(), retry()]);
  await vi.waitUntil(() => traffic().filter(isLookup).length > before);
  await nextTurn();
  release();
  for (const { problem } of await answers) expect(problem?.code).toBe("outcome_unknown");
  expect(traffic().filter(isLookup).length).toBe(before + 1);
  expect((await operationOf((await retry()).problem?.operation ?? "")).state).toBe("unknown");
});
