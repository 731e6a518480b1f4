/** A ledger's alarm is always set for the earliest due time. */
import { expect, test, vi } from "vitest";
import {
  advance,
  crash,
  interceptVendors,
  loseCreates,
  nowMs,
  operationOf,
  restoreVendors,
  sends,
  setup,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";
import { hour, minute } from "../../../support/time.ts";

useLedgers();

test("a create that settles after a crash does not delay the alarm", async () => {
  const { create, nextAlarmMs } = setup("elastic_path");
  const first = await create();
  expect(first.status).toBe(201);
  interceptVendors(loseCreates);
  await create({ name: "Lost" });
  const dueMs = await nextAlarmMs();
  expect(dueMs).toBeLessThan(nowMs() + minute);
  await crash();
  restoreVendors();
  expect((await create({ name: "Other" })).status).toBe(201);
  expect(await nextAlarmMs()).toBe(dueMs);
});

test("a ledger that starts with an alarm after the due time sets it earlier", async () => {
  const { create, nextAlarmMs, inStorage } = setup("elastic_path");
  interceptVendors(loseCreates);
  await create({ name: "Lost" });
  const dueMs = await nextAlarmMs();
  await inStorage((storage) => storage.setAlarm(nowMs() + minute));
  await crash();
  expect(await nextAlarmMs()).toBe(dueMs);
});

test("a ledger without due work has no alarm", async () => {
  const { nextAlarmMs, runAlarm } = setup("garmat");
  expect(await nextAlarmMs()).toBeNull();
  advance(minute);
  expect(await runAlarm()).toBe(false);
});

test("a restart keeps the alarm for the earliest due time", async () => {
  const { create, nextAlarmMs, elapse } = setup("elastic_path");
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  interceptVendors(async (request, pass) => {
    if (isCreate(request) && sends() === 1) throw new Error("lost");
    if (isCreate(request)) await released;
    return pass();
  });
  const unknown = (await create({ name: "Lost" })).problem?.operation ?? "";
  const slow = create({ name: "Slow" });
  await vi.waitUntil(() => sends() === 2);
  const alarmMs = await nextAlarmMs();
  await crash();
  release();
  expect((await slow).status).toBe(201);
  expect(await nextAlarmMs()).toBe(alarmMs);
  await elapse(hour);
  expect((await operationOf(unknown)).state).toBe("not_created");
});
