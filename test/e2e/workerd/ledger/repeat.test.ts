/** At a vendor with an idempotency key of its own, the gateway repeats a create instead of looking its account up. */
import { expect, test } from "vitest";
import { FirstAnswers, keyLifetimeMs } from "../../../support/idempotent-vendor.ts";
import { isCreate, isProbe } from "../../../support/vendor-requests.ts";
import {
  acme,
  advance,
  call,
  historyOf,
  idOf,
  interceptVendors,
  nowMs,
  operationOf,
  sends,
  sendTimes,
  setup,
  stampOf,
  traffic,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { day, hour, minute } from "../../../support/time.ts";

useLedgers();

type Fault = "request lost" | "answer lost" | number;

/** A connection to the vendor, whose first creates have these faults. */
function setupFaulty(...faults: Fault[]) {
  const ledger = setup("garmat", { connection: { vendor: "idempotent", require_key: false } });
  const firstAnswers = new FirstAnswers();
  interceptVendors(async (request, pass) => {
    if (!isCreate(request)) return pass();
    const fault = faults.shift();
    if (fault === "request lost") throw new Error("lost");
    if (typeof fault === "number") return new Response(null, { status: fault });
    const reply = await firstAnswers.answer(request.headers, nowMs(), pass);
    if (fault === "answer lost") throw new Error("lost");
    return reply;
  });
  return { ...ledger, faults };
}

const keysSent = () => traffic().flatMap((request) => (isCreate(request) ? [request.headers["idempotency-key"]] : []));
const lookups = () => traffic().filter((request) => !isCreate(request) && !isProbe(request));
const sameKey = { idempotencyKey: "order-1" };

test.each(["request lost", "answer lost", 500, 409] as const)(
  "after %s, a retry gets the vendor's first answer at once, under the same key",
  async (fault) => {
    const { create, accounts } = setupFaulty(fault);
    const lost = await create(acme, sameKey);
    expect([lost.status, lost.problem?.effect]).toEqual([504, "unknown"]);
    const { status, account } = await create(acme, sameKey);
    expect(status).toBe(201);
    expect(await accounts()).toHaveLength(1);
    expect(keysSent()).toEqual([stampOf(idOf(lost)), stampOf(account?.operation)]);
    expect(lookups()).toEqual([]);
    expect(await historyOf(idOf(lost))).toEqual([
      "sending claimed 1",
      "unknown no_answer 1",
      "sending claimed 2",
      "created vendor_answered 2",
    ]);
  },
);

test.each([
  ["a caller waited for", false],
  ["is asynchronous", true],
])("the ledger repeats a create that %s until the vendor answers", async (_case, isAsync) => {
  const { create, enqueue, elapse, accounts, states } = setupFaulty("answer lost", "request lost", "answer lost");
  const answer = await (isAsync ? enqueue(acme) : create(acme));
  await elapse(10 * minute);
  expect(await states()).toEqual({ created: 1 });
  expect(await accounts()).toHaveLength(1);
  expect(new Set(keysSent())).toEqual(new Set([stampOf(idOf(answer))]));
  expect(sends()).toBe(4);
  expect(lookups()).toEqual([]);
  expect(await historyOf(idOf(answer))).toContain("queued repeated 1");
});

test.each([401, 403, 429, 404])("a repeat that is answered with %i leaves the outcome unknown", async (status) => {
  const { create, accounts } = setupFaulty("answer lost", status);
  await create(acme, sameKey);
  const refused = await create(acme, sameKey);
  expect([refused.status, refused.problem?.code, refused.problem?.effect]).toEqual([504, "outcome_unknown", "unknown"]);
  expect((await create(acme, sameKey)).status).toBe(201);
  expect(await accounts()).toHaveLength(1);
});

test("an asynchronous retry of a create with an unknown outcome is queued", async () => {
  const { create, enqueue, elapse, states } = setupFaulty("answer lost");
  await create(acme, sameKey);
  expect((await enqueue(acme, sameKey)).status).toBe(202);
  await elapse(minute);
  expect(await states()).toEqual({ created: 1 });
});

test("a create is not repeated once the vendor may have forgotten its key", async () => {
  const { create, elapse, faults, states } = setupFaulty(
    ...Array.from({ length: 2000 }, () => "request lost" as const),
  );
  const answer = await create(acme, sameKey);
  advance(keyLifetimeMs - 2 * hour);
  await elapse(hour);
  expect((await states()).needs_review).toBeUndefined();
  await elapse(2 * hour);
  expect((await operationOf(idOf(answer))).state).toBe("needs_review");
  const times = sendTimes();
  expect(times.at(-1)).toBeLessThan((times[0] ?? 0) + keyLifetimeMs - 10 * minute);
  expect(times.at(-1)).toBeGreaterThan((times[0] ?? 0) + keyLifetimeMs - hour);
  faults.length = 0;
  expect((await create(acme, sameKey)).problem?.code).toBe("operation_needs_review");
  expect(lookups()).toEqual([]);
});

test("a create that the vendor refused for days is repeatable from its first send that may have created the account", async () => {
  const { create, elapse } = setupFaulty(403, "answer lost");
  expect((await create(acme, sameKey)).problem?.effect).toBe("none");
  await elapse(3 * day);
  expect((await create(acme, sameKey)).problem?.effect).toBe("unknown");
  expect((await create(acme, sameKey)).status).toBe(201);
});

test("the connection's guarantee is `exactly_once`, and names the key and its lifetime", async () => {
  const { create } = setupFaulty();
  const { text } = await call("/v1/connections");
  const { connections } = JSON.parse(text);
  expect(connections.find(({ id }: { id: string }) => id === "garmat").guarantee).toEqual({
    level: "exactly_once",
    assumption:
      "Idempotent answers a repeated create with the same `Idempotency-Key` with its first answer, for 24 h. After an unknown outcome, the gateway repeats the create during this time.",
  });
  expect((await operationOf(idOf(await create(acme)))).guarantee).toBe("exactly_once");
});

test("a create without an Idempotency-Key has no key at the vendor", async () => {
  const { create } = setupFaulty();
  expect((await create(acme, { idempotencyKey: null })).status).toBe(201);
  expect(keysSent()).toEqual([undefined]);
});
