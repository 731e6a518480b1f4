/** What one key's slow or refused calls cost another key's queue, while the ledger sends. */
import { expect, test, vi } from "vitest";
import {
  advance,
  beforeCommit,
  configure,
  create,
  isCreate,
  type Key,
  nextAlarmMs,
  operationOf,
  runAlarm,
  sends,
  traffic,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { enqueue, isLookup, isProbe, states } from "./queue.ts";

vi.setConfig({ testTimeout: 30_000 });
useLedgers();

const minute = 60_000;
const lookups = () => traffic().filter(isLookup).length;

async function lose(key: Key, count: number): Promise<void> {
  vendorsAnswer(beforeCommit);
  await Promise.all(Array.from({ length: count }, () => create("elastic_path", { name: "Lost" }, { key })));
  vendorsAreThemselves();
}
const isCreated = (id: string | undefined) => async () => (await operationOf(id ?? "")).state === "created";

test("a slow create that began more than 10 s ago delays no other key", async () => {
  await configure({ garmat: { rate_per_s: 50, timeout_ms: 10_000 } });
  const { promise, resolve: release } = Promise.withResolvers<void>();
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request) && (await request.clone().text()).includes("Slow")) await promise;
    return pass();
  });
  for (let i = 0; i < 5; i += 1) await enqueue("garmat", { name: "Slow" });
  const alarm = runAlarm("garmat");
  await vi.waitUntil(() => sends() === 5);
  advance(10_001);
  const { operation } = await enqueue("garmat", { name: "Healthy" }, { key: "other-key" });
  await alarm;
  const next = runAlarm("garmat");
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  release();
  await next;
  expect(inTime).toBe(true);
});

test("a slow create and 50 sends delay no other key", async () => {
  await configure({ garmat: { rate_per_s: 1000, timeout_ms: 10_000 } });
  const { promise, resolve: release } = Promise.withResolvers<void>();
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request) && (await request.clone().text()).includes("Slow")) await promise;
    return pass();
  });
  await enqueue("garmat", { name: "Slow" });
  await Promise.all(Array.from({ length: 60 }, () => enqueue("garmat", { name: "Healthy" }, { key: "other-key" })));
  const alarm = runAlarm("garmat");
  await alarm;
  const next = runAlarm("garmat");
  await vi.waitUntil(async () => (await states("garmat")).created === 60, { interval: 50 });
  expect(await states("garmat")).toEqual({ created: 60, sending: 1 });
  release();
  await next;
  expect(await states("garmat")).toEqual({ created: 61 });
});

test("the probe does not wait behind one key's slow lookups", async () => {
  await configure({ elastic_path: { timeout_ms: 10_000 } });
  await lose("demo-key", 10);
  advance(minute);
  const { promise, resolve: release } = Promise.withResolvers<void>();
  vendorsAnswer(async (request, pass) => {
    if (isLookup(request)) await promise;
    return pass();
  });
  await enqueue("elastic_path", { name: "Mine" });
  const { operation } = await enqueue("elastic_path", { name: "Healthy" }, { key: "other-key" });
  const alarm = runAlarm("elastic_path");
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  const probed = traffic().filter(isProbe).length;
  release();
  await alarm;
  expect([inTime, probed]).toEqual([true, 1]);
});

test.each([5, 50])(
  "sends of one key that wait for a connection take no other's share of the rate (%d)",
  async (rate_per_s) => {
    await configure({ elastic_path: { timeout_ms: 10_000, rate_per_s } });
    await lose("demo-key", 10);
    advance(minute);
    await create("elastic_path", { name: "Fresh" }, { key: "other-key" });
    const { promise, resolve: release } = Promise.withResolvers<void>();
    vendorsAnswer(async (request, pass) => {
      if (isLookup(request)) await promise;
      return pass();
    });
    const before = lookups();
    for (let i = 0; i < 5; i += 1) await enqueue("elastic_path", { name: "Mine" });
    const alarm = runAlarm("elastic_path");
    await vi.waitUntil(() => lookups() >= before + 5);
    await new Promise((r) => setTimeout(r, 200));
    const { operation } = await enqueue("elastic_path", { name: "Healthy" }, { key: "other-key" });
    const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
    release();
    await alarm;
    expect(inTime).toBe(true);
  },
);

test("refused synchronous creates of one key do not keep another's queued create from its second send", async () => {
  let lost = 0;
  const gate = { isArmed: false, waiting: false, go: false };
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request)) {
      const text = await request.clone().text();
      if (text.includes("poison")) return new Response("No", { status: 403 });
      if (text.includes("Healthy") && lost++ === 0) throw new Error("lost");
    }
    if (gate.isArmed && isLookup(request)) {
      gate.go = false;
      gate.waiting = true;
      while (!gate.go) await new Promise((r) => setTimeout(r, 1));
    }
    return pass();
  });
  const { operation } = await enqueue("elastic_path", { name: "Healthy" }, { key: "other-key" });
  const id = operation?.id ?? "";
  for (;;) {
    await runAlarm("elastic_path");
    if ((await operationOf(id)).state === "queued" && lost > 0) break;
    advance(((await nextAlarmMs("elastic_path")) ?? 0) - Date.now());
  }
  gate.isArmed = true;
  advance(minute);
  let rounds = 0;
  const probesBefore = traffic().filter(isProbe).length;
  for (let alarms = 0; alarms < 2; alarms += 1) {
    const over = { isOver: false };
    const alarm = runAlarm("elastic_path").then(() => void (over.isOver = true));
    while (!over.isOver) {
      if (gate.waiting) {
        await create("elastic_path", { name: "poison" });
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

test("in trouble, a send of one key that waits for a connection does not stop another key's queue", async () => {
  await configure({ elastic_path: { timeout_ms: 10_000, rate_per_s: 50 } });
  await lose("demo-key", 10);
  advance(minute);
  vendorsAnswer(async (request, pass) => (isProbe(request) ? new Response(null, { status: 503 }) : pass()));
  await enqueue("elastic_path", { name: "Mine" });
  await runAlarm("elastic_path");
  vendorsAreThemselves();
  advance(10 * minute);
  const gate = { open: false };
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request) && (await request.clone().text()).includes("Mine"))
      while (!gate.open) await new Promise((r) => setTimeout(r, 5));
    return pass();
  });
  const { operation } = await enqueue("elastic_path", { name: "Healthy" }, { key: "other-key" });
  const alarm = runAlarm("elastic_path");
  const inTime = await vi.waitUntil(isCreated(operation?.id), { timeout: 4000 }).catch(() => false);
  const sent = sends();
  gate.open = true;
  await alarm;
  expect([inTime, sent]).toEqual([true, 12]);
});
