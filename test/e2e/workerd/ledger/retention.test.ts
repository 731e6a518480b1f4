/** Final operations are deleted after their retention; open ones never. */

import { expect, test, vi } from "vitest";
import {
  acme,
  advance,
  answerRequests,
  call,
  interceptVendors,
  newIdempotencyKey,
  nowMs,
  operationOf,
  resolveOperation,
  restoreVendors,
  sends,
  setup,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";
import { day, minute } from "../../../support/time.ts";
import { CommitQueue } from "../../../../src/ledger/journal.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

/** Whether two accounts can share a name. Clarus's unique code comes from the name, and Zendesk's names are unique. */
const mayRepeatName = (vendor: Vendor): boolean => vendor === "elastic_path" || vendor === "garmat";
const lost = () => Promise.reject(new Error("lost"));

test.each(vendors)(
  "%s: a final operation is deleted after its retention, and its key is free again",
  async (vendor) => {
    const { create, elapse, states, nextAlarmMs } = setup(vendor, { connection: { retention_days: 3 } });
    const idempotencyKey = newIdempotencyKey();
    const { account } = await create(acme, { idempotencyKey });
    const id = account?.operation ?? "";
    const expiresAt = nowMs() + 3 * day;
    expect(await operationOf(id)).toMatchObject({ state: "created", expires_at: new Date(expiresAt).toISOString() });
    await elapse(3 * day - 1);
    const replay = await create(acme, { idempotencyKey });
    expect(replay.account?.operation).toBe(id);
    expect((await operationOf(id)).expires_at).toBe(new Date(expiresAt).toISOString());
    await elapse(10 * minute);
    expect((await call(`/v1/operations/${id}`)).problem?.code).toBe("not_found");
    const other = await create({ name: mayRepeatName(vendor) ? "Acme" : "Other" }, { idempotencyKey });
    expect(other.status).toBe(201);
    expect(other.account?.operation).not.toBe(id);
    expect(sends()).toBe(2);
    await elapse(4 * day);
    expect(await states()).toEqual({});
    expect(await nextAlarmMs()).toBeNull();
  },
);

test("operations in every final state are deleted when their retention ends", async () => {
  const { create, elapse, states } = setup("garmat");
  answerRequests(isCreate, () => Response.json({ error: "No" }, { status: 400 }));
  const rejected = (await create()).problem?.operation ?? "";
  answerRequests(isCreate, () => new Response("No", { status: 429 }));
  const notCreated = (await create()).problem?.operation ?? "";
  interceptVendors(lost);
  const reviewed = (await create()).problem?.operation ?? "";
  restoreVendors();
  expect(await Promise.all([rejected, notCreated].map(async (id) => (await operationOf(id)).state))).toEqual([
    "rejected",
    "not_created",
  ]);
  await elapse(30 * day);
  expect(await states()).toEqual({ needs_review: 1 });
  const body = { outcome: "not_created", reason: "Not in the list" };
  const { operation } = await resolveOperation(reviewed, body);
  expect(operation?.expires_at).toBe(new Date(nowMs() + 7 * day).toISOString());
  await elapse(7 * day + 10 * minute);
  expect(await states()).toEqual({});
});

test("an open operation never expires", async () => {
  const { create, elapse, enqueue, inStorage, runAlarm, states } = setup("garmat");
  await create({ name: "Final" });
  interceptVendors(lost);
  await create({ name: "In review" });
  await elapse(minute);
  restoreVendors();
  await elapse(minute);
  interceptVendors(lost);
  await create({ name: "Unknown" });
  await enqueue({ name: "Queued" });
  for (const state of ["needs_review", "unknown", "queued"]) {
    const { text } = await call(`/v1/operations?connection=garmat&state=${state}`);
    expect(JSON.parse(text).operations).toMatchObject([{ state, expires_at: null }]);
  }
  // A year passes with a single alarm.
  advance(365 * day);
  await inStorage((storage) => {
    storage.sql.exec("UPDATE operations SET due_at_ms = NULL");
  });
  await runAlarm();
  const { created, ...open } = await states();
  expect(created).toBeUndefined();
  expect(Object.values(open).reduce((sum, count) => sum + count, 0)).toBe(3);
});

test("a thousand operations that expire at once are deleted in small batches, and other requests are served in between", async () => {
  const { create, inStorage, states, runAlarm } = setup("garmat");
  await create();
  await inStorage((storage) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1000)
       INSERT INTO operations (id, key_digest, key_name, state, expires_at_ms, document)
       SELECT id || number, key_digest || number, key_name, state, expires_at_ms, document FROM operations, numbers`,
    );
  });
  expect(await states()).toEqual({ created: 1000 });
  advance(8 * day);
  const { mock } = vi.spyOn(CommitQueue.prototype, "run");
  // In this test only the deletion runs in batches, so each positive number is the size of a batch.
  const batchSizes = () =>
    mock.settledResults.flatMap(({ value }) => (typeof value === "number" && value > 0 ? value : []));
  let isDone = false;
  const alarm = runAlarm().finally(() => (isDone = true));
  await vi.waitUntil(() => batchSizes().length > 0);
  expect((await create({ name: "In between" })).status).toBe(201);
  expect(isDone).toBe(false);
  await alarm;
  expect(Math.max(...batchSizes())).toBe(25);
  expect(await states()).toEqual({ created: 1 });
});

test("one alarm deletes all operations that expire within ten minutes", async () => {
  const { create, elapse, nextAlarmMs, runAlarm, states } = setup("garmat");
  for (let index = 0; index < 5; index += 1) {
    await create({ name: `A${index}` });
    advance(minute);
  }
  await elapse(7 * day - 10 * minute);
  const alarms = new Set<number>();
  for (let atMs = await nextAlarmMs(); atMs !== null; atMs = await nextAlarmMs()) {
    alarms.add(atMs);
    advance(Math.max(atMs - nowMs(), 0));
    await runAlarm();
  }
  expect(alarms.size).toBeLessThanOrEqual(2);
  expect(await states()).toEqual({});
});
