/** A ledger's alarm is always set for the earliest due time. */
import { expect, test } from "vitest";
import {
  advance,
  crash,
  interceptVendors,
  loseCreates,
  nowMs,
  restoreVendors,
  setup,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { minute } from "../../../support/time.ts";

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
