/** One key's slow or refused calls do not delay another key's queue. */
import { expect, test, vi } from "vitest";
import {
  advance,
  answerRequests,
  holdRequests,
  interceptVendors,
  isCreateOf,
  operationOf,
  restoreVendors,
  sends,
  setup,
  traffic,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { isCreate, isLookup, isProbe } from "../../../support/vendor-requests.ts";
import { minute } from "../../../support/time.ts";

vi.setConfig({ testTimeout: 30_000 });
useLedgers();

const lookups = () => traffic().filter(isLookup).length;

const isCreated = (id: string | undefined) => async () => (await operationOf(id ?? "")).state === "created";

test("a slow create that started more than 10 s ago delays no other key", async () => {
  const { enqueue, runAlarm } = setup("garmat", { connection: { rate_per_s: 50, timeout_ms: 10_000 } });
  const { release } = holdRequests(isCreateOf("Slow"));
  for (let i = 0; i < 5; i += 1) await enqueue({ name: "Slow" });
  const alarm = runAlarm();
  await vi.waitUntil(() => sends() === 5);
  advance(10_001);
  const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
  await alarm;
  const next = runAlarm();
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  release();
  await next;
  expect(inTime).toBe(true);
});

test("a slow create and 50 sends delay no other key", async () => {
  const { enqueue, runAlarm, states } = setup("garmat", { connection: { rate_per_s: 1000, timeout_ms: 10_000 } });
  const { release } = holdRequests(isCreateOf("Slow"));
  await enqueue({ name: "Slow" });
  await Promise.all(Array.from({ length: 60 }, () => enqueue({ name: "Healthy" }, { key: "other-key" })));
  const alarm = runAlarm();
  await alarm;
  const next = runAlarm();
  await vi.waitUntil(async () => (await states()).created === 60, { interval: 50 });
  expect(await states()).toEqual({ created: 60, sending: 1 });
  release();
  await next;
  expect(await states()).toEqual({ created: 61 });
});

test("a probe does not wait for one key's slow lookups", async () => {
  const { enqueue, runAlarm, loseMany } = setup("elastic_path", { connection: { timeout_ms: 10_000 } });
  await loseMany(10);
  advance(minute);
  const { release } = holdRequests(isLookup);
  await enqueue({ name: "Mine" });
  const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
  const alarm = runAlarm();
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  const probed = traffic().filter(isProbe).length;
  release();
  await alarm;
  expect([inTime, probed]).toEqual([true, 1]);
});

test.each([5, 50])("one key's sends that wait for a slot use none of another key's rate (%d)", async (rate_per_s) => {
  const { create, enqueue, runAlarm, loseMany } = setup("elastic_path", {
    connection: { timeout_ms: 10_000, rate_per_s },
  });
  await loseMany(10);
  advance(minute);
  await create({ name: "Fresh" }, { key: "other-key" });
  const { release } = holdRequests(isLookup);
  const before = lookups();
  for (let i = 0; i < 5; i += 1) await enqueue({ name: "Mine" });
  const alarm = runAlarm();
  await vi.waitUntil(() => lookups() >= before + 5);
  await new Promise((r) => setTimeout(r, 200));
  const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  release();
  await alarm;
  expect(inTime).toBe(true);
});

test("one key's refused synchronous creates do not stop another key's queued create from being sent again", async () => {
  const { enqueue, runAlarm, nextAlarmMs, create } = setup("elastic_path");
  let lost = 0;
  const gate = { isArmed: false, waiting: false, go: false };
  interceptVendors(async (request, pass) => {
    if (isCreate(request)) {
      const text = await request.clone().text();
      if (text.includes("refused")) return new Response("No", { status: 403 });
      if (text.includes("Healthy") && lost++ === 0) throw new Error("lost");
    }
    if (gate.isArmed && isLookup(request)) {
      gate.go = false;
      gate.waiting = true;
      while (!gate.go) await new Promise((r) => setTimeout(r, 1));
    }
    return pass();
  });
  const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
  const id = operation?.id ?? "";
  for (;;) {
    await runAlarm();
    if ((await operationOf(id)).state === "queued" && lost > 0) break;
    advance(((await nextAlarmMs()) ?? 0) - Date.now());
  }
  gate.isArmed = true;
  advance(minute);
  let rounds = 0;
  const probesBefore = traffic().filter(isProbe).length;
  for (let alarms = 0; alarms < 2; alarms += 1) {
    const state = { isOver: false };
    const alarm = runAlarm().then(() => void (state.isOver = true));
    while (!state.isOver) {
      if (gate.waiting) {
        await create({ name: "refused" });
        rounds += 1;
        gate.waiting = false;
        gate.go = true;
      }
      await new Promise((r) => setTimeout(r, 1));
    }
    await alarm;
  }
  expect([(await operationOf(id)).state, rounds, traffic().filter(isProbe).length - probesBefore]).toEqual([
    "created",
    1,
    1,
  ]);
});

test("after a failed probe, one key's slow send does not stop another key's queue", async () => {
  const { enqueue, runAlarm, loseMany } = setup("elastic_path", {
    connection: { timeout_ms: 10_000, rate_per_s: 50 },
  });
  await loseMany(10);
  advance(minute);
  answerRequests(isProbe, () => new Response(null, { status: 503 }));
  await enqueue({ name: "Mine" });
  await runAlarm();
  restoreVendors();
  advance(10 * minute);
  const gate = { open: false };
  interceptVendors(async (request, pass) => {
    if (isCreate(request) && (await request.clone().text()).includes("Mine"))
      while (!gate.open) await new Promise((r) => setTimeout(r, 5));
    return pass();
  });
  const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
  const alarm = runAlarm();
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  // The order of the two keys' sends is not fixed, so wait for both: 10 lost creates and these 2.
  await vi.waitUntil(() => sends() >= 12, { timeout: 4000 }).catch(() => {});
  const sent = sends();
  gate.open = true;
  await alarm;
  expect([inTime, sent]).toEqual([true, 12]);
});
