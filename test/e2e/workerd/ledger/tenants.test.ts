/** Keys that share a connection stand apart: what one of them does costs another's creates next to nothing. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import {
  advance,
  configure,
  create,
  elapse,
  type Intercept,
  isCreate,
  type Key,
  ledgerOf,
  newKey,
  nowMs,
  operationOf,
  runAlarm,
  sends,
  traffic,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { enqueue, isLookup, states } from "./queue.ts";

vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const poison = "<script>";

/** A vendor, or a firewall before it, that answers so to what it takes for an attack, and takes everything else. */
const refusing =
  (status: number, headers: Record<string, string> = {}): Intercept =>
  async (request, pass) => {
    const isPoisoned = isCreate(request) && (await request.clone().text()).includes(poison);
    return isPoisoned ? new Response("No", { status, headers }) : pass();
  };

async function enqueueAll(key: Key, name: string, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => enqueue("garmat", { name: `${name} ${index}` }, { key })),
  );
}

async function enqueueOne(key: Key, name = "Healthy"): Promise<string> {
  return (await enqueue("garmat", { name }, { key })).operation?.id ?? "";
}

/** How long the operation takes to be created; `undefined` where that is longer than `mostMs`. */
async function timeToCreate(id: string, mostMs = 2 * minute): Promise<number | undefined> {
  await elapse("garmat", mostMs);
  const { state, created_at, updated_at } = await operationOf(id);
  return state === "created" ? Date.parse(updated_at) - Date.parse(created_at) : undefined;
}

describe.each([
  ["403", 150, refusing(403)],
  ["429", 50, refusing(429)],
  ["429 with Retry-After: 3600", 50, refusing(429, { "Retry-After": "3600" })],
  ["500", 150, refusing(500)],
] satisfies [string, number, Intercept][])(
  "creates that are always answered by %s, %i of them",
  (_answer, count, vendor) => {
    test("keep another key's create for a minute at most, now and later", async () => {
      vendorsAnswer(vendor);
      await enqueueAll("demo-key", poison, count);
      expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
      await elapse("garmat", 2 * hour);
      expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
    });

    test("keep the same key's next create for a minute at most", async () => {
      vendorsAnswer(vendor);
      await enqueueAll("demo-key", poison, count);
      expect(await timeToCreate(await enqueueOne("demo-key"))).toBeLessThanOrEqual(minute);
    });
  },
);

describe("creates that are always refused", () => {
  test("do not keep one between them from its turn: a minute for each that is ahead", async () => {
    vendorsAnswer(refusing(403));
    await enqueueAll("demo-key", poison, 60);
    const id = await enqueueOne("demo-key");
    await enqueueAll("demo-key", poison, 60);
    expect(await timeToCreate(id, hour)).toBeLessThanOrEqual(60 * minute);
  });

  test("of several keys keep another key's create for a minute at most", async () => {
    vendorsAnswer(refusing(403));
    for (const key of ["demo-key", "operator-key"] as const) await enqueueAll(key, poison, 50);
    await elapse("garmat", 2 * hour);
    expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(minute);
  });

  describe.each([60, 3600])("with 429 and Retry-After: %d", (seconds) => {
    test.each([[["demo-key"]], [["demo-key", "operator-key"]]] satisfies [Key[]][])(
      "of the keys %j do not delay another key's queue",
      async (keys) => {
        vendorsAnswer(refusing(429, { "Retry-After": `${seconds}` }));
        for (const key of keys) await enqueueAll(key, poison, 2);
        await elapse("garmat", second);
        await enqueueAll("other-key", "Healthy", 100);
        await elapse("garmat", 30 * second);
        expect(await states("garmat")).toEqual({ created: 100, queued: 2 * keys.length });
      },
    );
  });

  test("are tried again in time, and are created once the vendor takes them", async () => {
    vendorsAnswer(refusing(403));
    await enqueueAll("demo-key", poison, 50);
    await elapse("garmat", hour);
    vendorsAreThemselves();
    await elapse("garmat", 10 * minute);
    expect(await states("garmat")).toEqual({ created: 50 });
  });

  test("of every key are sent ever less often", async () => {
    vendorsAnswer((request, pass) =>
      isCreate(request) ? Promise.resolve(new Response(null, { status: 503 })) : pass(),
    );
    for (const key of ["demo-key", "other-key", "operator-key"] as const) await enqueueAll(key, "Fine", 30);
    await elapse("garmat", hour);
    expect(sends()).toBeLessThan(60);
  });
});

test("a rate-limited vendor gets one request per key, before every key waits for its Retry-After", async () => {
  vendorsAnswer((request, pass) =>
    isCreate(request) ? Promise.resolve(new Response("", { status: 429, headers: { "Retry-After": "3600" } })) : pass(),
  );
  for (const key of ["demo-key", "operator-key", "other-key"] as const) await enqueueAll(key, "Fine", 1);
  await elapse("garmat", 10 * minute);
  const sent = sends();
  expect(sent).toBe(3);
  for (const key of ["demo-key", "operator-key", "other-key"] as const) await enqueueAll(key, "More", 20);
  await elapse("garmat", 45 * minute);
  expect(sends()).toBe(sent);
});

test("a long queue of one key does not delay another key's create", async () => {
  await configure({ garmat: { rate_per_s: 1 } });
  await enqueueAll("demo-key", "Fine", 300);
  await elapse("garmat", 10 * second);
  expect(await timeToCreate(await enqueueOne("other-key"))).toBeLessThanOrEqual(3 * second);
});

describe("a full queue", () => {
  test("takes no more of its key, with nothing kept, until there is room", async () => {
    vendorsAnswer(() => Promise.reject(new Error("down")));
    const idempotencyKey = newKey();
    await enqueue("garmat", { name: "First" }, { idempotencyKey });
    await enqueueAll("demo-key", "Fine", 999);
    const refused = newKey();
    const { status, headers, problem } = await enqueue("garmat", { name: "Late" }, { idempotencyKey: refused });
    expect({ status, retryAfter: headers.get("Retry-After"), problem }).toMatchObject({
      status: 429,
      retryAfter: "60",
      problem: { code: "queue_full", origin: "gateway", effect: "none", retry: "later" },
    });
    expect(problem?.operation).toBeUndefined();
    expect(await states("garmat")).toEqual({ queued: 1000 });

    expect((await enqueue("garmat", { name: "First" }, { idempotencyKey })).status).toBe(202);
    expect((await enqueue("garmat", { name: "Other" }, { key: "other-key" })).status).toBe(202);
    vendorsAreThemselves();
    expect((await create("garmat", { name: "Not queued" })).status).toBe(201);
    await elapse("garmat", hour);
    expect((await enqueue("garmat", { name: "Late" }, { idempotencyKey: refused })).status).toBe(202);
  });

  test("takes no create that came to nothing and is to be queued now", async () => {
    const idempotencyKey = newKey();
    vendorsAnswer(refusing(403));
    expect((await create("garmat", { name: poison }, { idempotencyKey })).problem?.code).toBe("vendor_auth_failed");
    vendorsAnswer(() => Promise.reject(new Error("down")));
    await enqueueAll("demo-key", "Fine", 1000);
    const again = await enqueue("garmat", { name: poison }, { idempotencyKey });
    expect(again.problem?.code).toBe("queue_full");
    expect(await states("garmat")).toEqual({ queued: 1000, not_created: 1 });
  });
});

test("a key that holds as many operations as it may begins no more; what it holds is answered as ever", async () => {
  await configure({ garmat: { operations_per_key: 2000 } });
  const idempotencyKey = newKey();
  await create("garmat", { name: "Acme" }, { idempotencyKey });
  await runInDurableObject(ledgerOf("garmat"), (_ledger, { storage: { sql } }) => {
    sql.exec("INSERT OR REPLACE INTO key_usage (key_name, operations) VALUES ('demo', 2000)");
  });
  const sent = sends();
  for (const Prefer of ["handling=strict", "respond-async"]) {
    const { status, headers, problem } = await create("garmat", { name: "Acme" }, { headers: { Prefer } });
    expect({ status, retryAfter: headers.get("Retry-After"), problem }).toMatchObject({
      status: 429,
      retryAfter: "600",
      problem: { code: "too_many_operations", origin: "gateway", effect: "none", retry: "later" },
    });
  }
  expect(sends()).toBe(sent);
  expect(await states("garmat")).toEqual({ created: 1 });
  const replay = await create("garmat", { name: "Acme" }, { idempotencyKey });
  expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
  expect((await create("garmat", { name: "Acme" }, { key: "other-key" })).status).toBe(201);
});

test("slow creates of one key do not delay a create that another key queues meanwhile", async () => {
  await configure({ garmat: { rate_per_s: 50 } });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request) && (await request.clone().text()).includes("Slow")) await held;
    return pass();
  });
  await enqueueAll("demo-key", "Slow", 40);
  const alarm = runAlarm("garmat");
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

  /** Leaves outcomes unknown; gives their keys. */
  async function lose(key: Key, count: number): Promise<string[]> {
    vendorsAnswer((request, pass) => (isCreate(request) ? Promise.reject(new Error("lost")) : pass()));
    const keys = Array.from({ length: count }, newKey);
    await Promise.all(keys.map((idempotencyKey) => create("elastic_path", { name: "Lost" }, { idempotencyKey, key })));
    vendorsAreThemselves();
    return keys;
  }
  const ask = (key: Key, idempotencyKey: string | undefined) =>
    create("elastic_path", { name: "Lost" }, { idempotencyKey: idempotencyKey ?? "", key });

  test("that callers of one key wait for leave a connection to the others", async () => {
    await configure({ elastic_path: { timeout_ms: 2000 } });
    const greedy = await lose("demo-key", 20);
    const [modest] = await lose("other-key", 1);
    await runAlarm("elastic_path");
    const before = lookups();
    vendorsAnswer((request, pass) => (isLookup(request) && lookups() <= before + 5 ? never : pass()));
    const asked = Promise.all(greedy.map((idempotencyKey) => ask("demo-key", idempotencyKey)));
    await vi.waitUntil(() => lookups() === before + 5);
    expect((await ask("other-key", modest)).problem?.code).toBe("outcome_unknown");
    expect(lookups()).toBe(before + 6);
    await asked;
  });

  test("that take long do not delay a create that another key queues meanwhile", async () => {
    await lose("demo-key", 10);
    advance(minute);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    vendorsAnswer(async (request, pass) => {
      if (isLookup(request)) await held;
      return pass();
    });
    const before = lookups();
    const alarm = runAlarm("elastic_path");
    await vi.waitUntil(() => lookups() > before);
    const { operation } = await enqueue("elastic_path", { name: "Healthy" }, { key: "other-key" });
    await vi.waitUntil(async () => (await operationOf(operation?.id ?? "")).state === "created", { timeout: 2000 });
    release();
    await alarm;
  });

  test("that are due are begun for each key in turn", async () => {
    await lose("demo-key", 60);
    advance(second);
    const [modest] = await lose("other-key", 1);
    const { problem } = await ask("other-key", modest);
    advance(2 * minute);
    const before = lookups();
    await runAlarm("elastic_path");
    expect(lookups()).toBe(before + 25);
    // It was looked up, and is due again a settle window later.
    const { due_at } = await operationOf(problem?.operation ?? "");
    expect(Date.parse(due_at ?? "")).toBe(nowMs() + minute);
  });
});
