/** Whatever becomes of an object, what it has to do it does in time. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import {
  advance,
  beforeCommit,
  crash,
  create,
  ledgerOf,
  nextAlarmMs,
  nowMs,
  runAlarm,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

const minuteMs = 60_000;

test("what settles after a crash does not put off what was due before", async () => {
  const first = await create("elastic_path", { name: "Acme" });
  expect(first.status).toBe(201);
  vendorsAnswer(beforeCommit);
  await create("elastic_path", { name: "Lost" });
  const dueMs = await nextAlarmMs("elastic_path");
  expect(dueMs).toBeLessThan(nowMs() + minuteMs);
  await crash();
  vendorsAreThemselves();
  expect((await create("elastic_path", { name: "Other" })).status).toBe(201);
  expect(await nextAlarmMs("elastic_path")).toBe(dueMs);
});

test("an object that starts with an alarm later than what is due sets it earlier", async () => {
  vendorsAnswer(beforeCommit);
  await create("elastic_path", { name: "Lost" });
  const dueMs = await nextAlarmMs("elastic_path");
  await runInDurableObject(ledgerOf("elastic_path"), (_ledger, { storage }) => storage.setAlarm(nowMs() + minuteMs));
  await crash();
  expect(await nextAlarmMs("elastic_path")).toBe(dueMs);
});

test("an object with nothing to do has no alarm", async () => {
  expect(await nextAlarmMs("garmat")).toBeNull();
  advance(minuteMs);
  expect(await runAlarm("garmat")).toBe(false);
});
