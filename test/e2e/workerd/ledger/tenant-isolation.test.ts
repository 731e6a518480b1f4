/** Keys that share a connection are isolated: one key barely delays another key's creates. */

import { describe, expect, test, vi } from "vitest";
import {
  acme,
  advance,
  answerRequests,
  holdRequests,
  type Intercept,
  interceptVendors,
  isCreateOf,
  ledgerAt,
  newIdempotencyKey,
  nowMs,
  operationOf,
  restoreVendors,
  sends,
  setup,
  traffic,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import type { Key } from "../../../support/gateway-keys.ts";
import { isCreate, isLookup } from "../../../support/vendor-requests.ts";
import { hour, minute, second } from "../../../support/time.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const suspiciousName = "<script>";

/** A vendor, or its firewall, that refuses creates with a suspicious name and accepts all others. */
const refusing =
  (status: number, headers: Record<string, string> = {}): Intercept =>
  async (request, pass) => {
    const isSuspicious = isCreate(request) && (await request.clone().text()).includes(suspiciousName);
    return isSuspicious ? new Response("No", { status, headers }) : pass();
  };

async function enqueueAll(key: Key, name: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => ledgerAt("garmat").enqueue({ name: `${name} ${index}` }, { key })),
  );
}

async function enqueueOne(key: Key, name = "Healthy"): Promise<string> {
  return (await ledgerAt("garmat").enqueue({ name }, { key })).operation?.id ?? "";
}

/** How long the operation takes to be created; `undefined` if it takes longer than `maxMs`. */
async function timeToCreate(id: string, maxMs = 2 * minute): Promise<number | undefined> {
  await ledgerAt("garmat").elapse(maxMs);
  const { state, created_at, updated_at } = await operationOf(id);
  return state === "created" ? Date.parse(updated_at) - Date.parse(created_at) : undefined;
}

describe.each([
  ["403", 150, refusing(403)],
  ["429", 50, refusing(429)],
  ["429 with Retry-After: 3600", 50, refusing(429, { "Retry-After": "3600" })],
  ["500", 150, refusing(500)],
] satisfies [string, number, Intercept][])("creates that always get %s (%i creates)", (_answer, count, vendor) => {
  test("delay another key's create by a minute at most, now and later", async () => {
    const { elapse } = setup("garmat");
    interceptVendors(vendor);
    await enqueueAll("demo-key", suspiciousName, count);
    expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
    await elapse(2 * hour);
    expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
  });

  test("delay the same key's next create by a minute at most", async () => {
    interceptVendors(vendor);
    await enqueueAll("demo-key", suspiciousName, count);
    expect(await timeToCreate(await enqueueOne("demo-key"))).toBeLessThanOrEqual(minute);
  });
});

describe("creates that are always refused", () => {
  test("delay a create among them by a minute at most for each create ahead", async () => {
    interceptVendors(refusing(403));
    await enqueueAll("demo-key", suspiciousName, 60);
    const id = await enqueueOne("demo-key");
    await enqueueAll("demo-key", suspiciousName, 60);
    expect(await timeToCreate(id, hour)).toBeLessThanOrEqual(60 * minute);
  });

  test("of several keys delay another key's create by a minute at most", async () => {
    const { elapse } = setup("garmat");
    interceptVendors(refusing(403));
    for (const key of ["demo-key", "operator-key"] as const) await enqueueAll(key, suspiciousName, 50);
    await elapse(2 * hour);
    expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
  });

  describe.each([60, 3600])("with 429 and Retry-After: %d", (seconds) => {
    test.each([[["demo-key"]], [["demo-key", "operator-key"]]] satisfies [Key[]][])(
      "of the keys %j do not delay another key's queue",
      async (keys) => {
        const { elapse, states } = setup("garmat");
        interceptVendors(refusing(429, { "Retry-After": `${seconds}` }));
        for (const key of keys) await enqueueAll(key, suspiciousName, 2);
        await elapse(second);
        await enqueueAll("other-key", "Healthy", 100);
        await elapse(30 * second);
        expect(await states()).toEqual({ created: 100, queued: 2 * keys.length });
      },
    );
  });

  test("are sent again, and created once the vendor accepts them", async () => {
    const { elapse, states } = setup("garmat");
    interceptVendors(refusing(403));
    await enqueueAll("demo-key", suspiciousName, 50);
    await elapse(hour);
    restoreVendors();
    await elapse(10 * minute);
    expect(await states()).toEqual({ created: 50 });
  });

  test("of every key are sent less and less often", async () => {
    const { elapse } = setup("garmat");
    answerRequests(isCreate, () => new Response(null, { status: 503 }));
    for (const key of ["demo-key", "other-key", "operator-key"] as const) await enqueueAll(key, "Fine", 30);
    await elapse(hour);
    expect(sends()).toBeLessThan(60);
  });
});

test("a vendor that limits the rate gets one request per key; then every key waits for Retry-After", async () => {
  const { elapse } = setup("garmat");
  answerRequests(isCreate, () => new Response("", { status: 429, headers: { "Retry-After": "3600" } }));
  for (const key of ["demo-key", "operator-key", "other-key"] as const) await enqueueAll(key, "Fine", 1);
  await elapse(10 * minute);
  const sent = sends();
  expect(sent).toBe(3);
  for (const key of ["demo-key", "operator-key", "other-key"] as const) await enqueueAll(key, "More", 20);
  await elapse(45 * minute);
  expect(sends()).toBe(sent);
});

test("a long queue of one key does not delay another key's create", async () => {
  const { elapse } = setup("garmat", { connection: { rate_per_s: 1 } });
  await enqueueAll("demo-key", "Fine", 300);
  await elapse(10 * second);
  expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(3 * second);
});

describe("a full queue", () => {
  test("refuses its key's creates without storing them until there is room", async () => {
    const { enqueue, states, create, elapse } = setup("garmat");
    interceptVendors(() => Promise.reject(new Error("down")));
    const idempotencyKey = newIdempotencyKey();
    await enqueue({ name: "First" }, { idempotencyKey });
    await enqueueAll("demo-key", "Fine", 999);
    const refused = newIdempotencyKey();
    const { status, headers, problem } = await enqueue({ name: "Late" }, { idempotencyKey: refused });
    expect({ status, retryAfter: headers.get("Retry-After"), problem }).toMatchObject({
      status: 429,
      retryAfter: "60",
      problem: { code: "queue_full", origin: "gateway", effect: "none", retry: "later" },
    });
    expect(problem?.operation).toBeUndefined();
    expect(await states()).toEqual({ queued: 1000 });

    expect((await enqueue({ name: "First" }, { idempotencyKey })).status).toBe(202);
    expect((await enqueue({ name: "Other" }, { key: "other-key" })).status).toBe(202);
    restoreVendors();
    expect((await create({ name: "Not queued" })).status).toBe(201);
    await elapse(hour);
    expect((await enqueue({ name: "Late" }, { idempotencyKey: refused })).status).toBe(202);
  });

  test("also refuses a retry of a create that is not_created", async () => {
    const { create, enqueue, states } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    interceptVendors(refusing(403));
    expect((await create({ name: suspiciousName }, { idempotencyKey })).problem?.code).toBe("vendor_auth_failed");
    interceptVendors(() => Promise.reject(new Error("down")));
    await enqueueAll("demo-key", "Fine", 1000);
    const again = await enqueue({ name: suspiciousName }, { idempotencyKey });
    expect(again.problem?.code).toBe("queue_full");
    expect(await states()).toEqual({ queued: 1000, not_created: 1 });
  });
});

test("a key with the maximum of operations starts no more, and its existing operations are still answered", async () => {
  const { create, inStorage, states } = setup("garmat", { connection: { operations_per_key: 2000 } });
  const idempotencyKey = newIdempotencyKey();
  await create(acme, { idempotencyKey });
  await inStorage(({ sql }) => {
    sql.exec("INSERT OR REPLACE INTO key_usage (key_name, operations) VALUES ('demo', 2000)");
  });
  const sent = sends();
  for (const Prefer of ["handling=strict", "respond-async"]) {
    const { status, headers, problem } = await create(acme, { headers: { Prefer } });
    expect({ status, retryAfter: headers.get("Retry-After"), problem }).toMatchObject({
      status: 429,
      retryAfter: "600",
      problem: { code: "too_many_operations", origin: "gateway", effect: "none", retry: "later" },
    });
  }
  expect(sends()).toBe(sent);
  expect(await states()).toEqual({ created: 1 });
  const replay = await create(acme, { idempotencyKey });
  expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
  expect((await create(acme, { key: "other-key" })).status).toBe(201);
});

test("slow creates of one key do not delay a create that another key queues meanwhile", async () => {
  const { runAlarm } = setup("garmat", { connection: { rate_per_s: 50 } });
  const { release } = holdRequests(isCreateOf("Slow"));
  await enqueueAll("demo-key", "Slow", 40);
  const alarm = runAlarm();
  await vi.waitUntil(() => sends() === 5);
  const healthy = await enqueueOne("other-key");
  await vi.waitUntil(async () => (await operationOf(healthy)).state === "created");
  expect(sends()).toBe(6);
  release();
  await alarm;
  expect(sends()).toBe(41);
});

describe("lookups", () => {
  const lookups = () => traffic().filter(isLookup).length;
  const never = new Promise<never>(() => {});

  const loseMany = (key: Key, count: number) => ledgerAt("elastic_path").loseMany(count, key);
  const retry = (key: Key, idempotencyKey = "") =>
    ledgerAt("elastic_path").create({ name: idempotencyKey }, { idempotencyKey, key });

  test("for one key's callers leave a slot for other keys", async () => {
    const { runAlarm } = setup("elastic_path", { connection: { timeout_ms: 2000 } });
    const many = await loseMany("demo-key", 20);
    const [one] = await loseMany("other-key", 1);
    await runAlarm();
    const before = lookups();
    interceptVendors((request, pass) => (isLookup(request) && lookups() <= before + 5 ? never : pass()));
    const answers = Promise.all(many.map((idempotencyKey) => retry("demo-key", idempotencyKey)));
    await vi.waitUntil(() => lookups() === before + 5);
    expect((await retry("other-key", one)).problem?.code).toBe("outcome_unknown");
    expect(lookups()).toBe(before + 6);
    await answers;
  });

  test("that take long do not delay a create that another key queues meanwhile", async () => {
    const { runAlarm, enqueue } = setup("elastic_path");
    await loseMany("demo-key", 10);
    advance(minute);
    const { release } = holdRequests(isLookup);
    const before = lookups();
    const alarm = runAlarm();
    await vi.waitUntil(() => lookups() > before);
    const { operation } = await enqueue({ name: "Healthy" }, { key: "other-key" });
    await vi.waitUntil(async () => (await operationOf(operation?.id ?? "")).state === "created", { timeout: 2000 });
    release();
    await alarm;
  });

  test("that are due start for each key in turn", async () => {
    const { runAlarm } = setup("elastic_path");
    await loseMany("demo-key", 60);
    advance(second);
    const [one] = await loseMany("other-key", 1);
    const { problem } = await retry("other-key", one);
    advance(2 * minute);
    const before = lookups();
    await runAlarm();
    expect(lookups()).toBe(before + 25);
    // The ledger has looked the operation up. The operation is due again a settle window later.
    const { due_at } = await operationOf(problem?.operation ?? "");
    expect(Date.parse(due_at ?? "")).toBe(nowMs() + minute);
  });
});
