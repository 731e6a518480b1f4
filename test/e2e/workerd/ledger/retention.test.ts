/** Final operations are forgotten when their time is over; open ones never. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import {
  advance,
  call,
  configure,
  create,
  elapse,
  isCreate,
  ledgerOf,
  nextAlarmMs,
  newKey,
  nowMs,
  operationOf,
  runAlarm,
  sends,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { CommitQueue } from "../../../../src/ledger/journal.ts";
import { enqueue, states } from "./queue.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const minute = 60_000;
const day = 24 * 60 * minute;
/** Clarus makes a code of the name; Zendesk takes no name twice. */
const mayRepeatName = (vendor: Vendor): boolean => vendor === "elastic_path" || vendor === "garmat";
const lost = () => Promise.reject(new Error("lost"));

test.each(vendors)("%s: what is final is forgotten after its retention, and its key is new again", async (vendor) => {
  await configure({ [vendor]: { retention_days: 3 } });
  const idempotencyKey = newKey();
  const { account } = await create(vendor, { name: "Acme" }, { idempotencyKey });
  const id = account?.operation ?? "";
  const expiresAt = nowMs() + 3 * day;
  expect(await operationOf(id)).toMatchObject({ state: "created", expires_at: new Date(expiresAt).toISOString() });
  await elapse(vendor, 3 * day - 1);
  const replay = await create(vendor, { name: "Acme" }, { idempotencyKey });
  expect(replay.account?.operation).toBe(id);
  expect((await operationOf(id)).expires_at).toBe(new Date(expiresAt).toISOString());
  await elapse(vendor, 10 * minute);
  expect((await call(`/v1/operations/${id}`)).problem?.code).toBe("not_found");
  const other = await create(vendor, { name: mayRepeatName(vendor) ? "Acme" : "Other" }, { idempotencyKey });
  expect(other.status).toBe(201);
  expect(other.account?.operation).not.toBe(id);
  expect(sends()).toBe(2);
  await elapse(vendor, 4 * day);
  expect(await states(vendor)).toEqual({});
  expect(await nextAlarmMs(vendor)).toBeNull();
});

test("every final state is forgotten, and its time begins when it becomes final", async () => {
  vendorsAnswer((request, pass) =>
    isCreate(request) ? Promise.resolve(Response.json({ error: "No" }, { status: 400 })) : pass(),
  );
  const rejected = (await create("garmat", { name: "Acme" })).problem?.operation ?? "";
  vendorsAnswer((request, pass) => (isCreate(request) ? Promise.resolve(new Response("No", { status: 429 })) : pass()));
  const notCreated = (await create("garmat", { name: "Acme" })).problem?.operation ?? "";
  vendorsAnswer(lost);
  const reviewed = (await create("garmat", { name: "Acme" })).problem?.operation ?? "";
  vendorsAreThemselves();
  expect(await Promise.all([rejected, notCreated].map(async (id) => (await operationOf(id)).state))).toEqual([
    "rejected",
    "not_created",
  ]);
  await elapse("garmat", 30 * day);
  expect(await states("garmat")).toEqual({ needs_review: 1 });
  const body = { outcome: "not_created", reason: "Not in the list" };
  const { operation } = await call(`/v1/operations/${reviewed}/resolve`, { key: "operator-key", body });
  expect(operation?.expires_at).toBe(new Date(nowMs() + 7 * day).toISOString());
  await elapse("garmat", 7 * day + 10 * minute);
  expect(await states("garmat")).toEqual({});
});

test("what is open never expires", async () => {
  await create("garmat", { name: "Final" });
  vendorsAnswer(lost);
  await create("garmat", { name: "In review" });
  await elapse("garmat", minute);
  vendorsAreThemselves();
  await elapse("garmat", minute);
  vendorsAnswer(lost);
  await create("garmat", { name: "Unknown" });
  await enqueue("garmat", { name: "Queued" });
  for (const state of ["needs_review", "unknown", "queued"]) {
    const { text } = await call(`/v1/operations?connection=garmat&state=${state}`);
    expect(JSON.parse(text).operations).toMatchObject([{ state, expires_at: null }]);
  }
  // No alarm but one has run for a year.
  advance(365 * day);
  await runInDurableObject(ledgerOf("garmat"), (_ledger, { storage }) => {
    storage.sql.exec("UPDATE operations SET due_at_ms = NULL");
  });
  await runAlarm("garmat");
  const { created, ...open } = await states("garmat");
  expect(created).toBeUndefined();
  expect(Object.values(open).reduce((sum, count) => sum + count, 0)).toBe(3);
});

test("a thousand that expire at once are forgotten a few at a time, and others get their turn", async () => {
  await create("garmat", { name: "Acme" });
  await runInDurableObject(ledgerOf("garmat"), (_ledger, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1000)
       INSERT INTO operations (id, key_digest, key_name, state, expires_at_ms, document)
       SELECT id || number, key_digest || number, key_name, state, expires_at_ms, document FROM operations, numbers`,
    );
  });
  expect(await states("garmat")).toEqual({ created: 1000 });
  advance(8 * day);
  const { mock } = vi.spyOn(CommitQueue.prototype, "run");
  // Of all that is run in batches, nothing else is due.
  const steps = () => mock.settledResults.flatMap(({ value }) => (typeof value === "number" && value > 0 ? value : []));
  let isSwept = false;
  const alarm = runAlarm("garmat").finally(() => (isSwept = true));
  await vi.waitUntil(() => steps().length > 0);
  expect((await create("garmat", { name: "In between" })).status).toBe(201);
  expect(isSwept).toBe(false);
  await alarm;
  expect(Math.max(...steps())).toBe(25);
  expect(await states("garmat")).toEqual({ created: 1 });
});

test("those that expire within ten minutes are swept by one alarm", async () => {
  for (let index = 0; index < 5; index += 1) {
    await create("garmat", { name: `A${index}` });
    advance(minute);
  }
  await elapse("garmat", 7 * day - 10 * minute);
  const alarms = new Set<number>();
  for (let atMs = await nextAlarmMs("garmat"); atMs !== null; atMs = await nextAlarmMs("garmat")) {
    alarms.add(atMs);
    advance(Math.max(atMs - nowMs(), 0));
    await runAlarm("garmat");
  }
  expect(alarms.size).toBeLessThanOrEqual(2);
  expect(await states("garmat")).toEqual({});
});
