/** Asynchronous creates: the ledger's alarm sends them after a probe, within the rate limit, and never twice. */
import { describe, expect, test, vi } from "vitest";
import {
  acme,
  advance,
  answering,
  answerRequests,
  call,
  connectionOf,
  crash,
  idOf,
  interceptVendors,
  newIdempotencyKey,
  nowMs,
  operationOf,
  probes,
  respondAsync,
  restoreVendors,
  sends,
  sendTimes,
  setup,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { sampleOf } from "../../../support/samples.ts";
import { isCreate, isLookup, isProbe, isTokenRequest } from "../../../support/vendor-requests.ts";
import { day, hour, minute, second } from "../../../support/time.ts";

// Some tests run the alarms of a day.
vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const never = new Promise<never>(() => {});
const lost = () => Promise.reject(new Error("lost"));
const loseRequests = () => interceptVendors(lost);

describe.each(vendors)("%s", (vendor) => {
  test("a create is accepted with its operation's URL, sent by the alarm and replayed", async () => {
    const { enqueue, create, elapse, accounts } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const accepted = await enqueue(acme, { idempotencyKey });
    expect(accepted.status).toBe(202);
    const { operation, headers } = accepted;
    expect(operation).toMatchObject({ state: "queued", asynchronous: true, attempt: 0, expires_at: null });
    expect(headers.get("Location")).toBe(`/v1/operations/${operation?.id}`);
    expect(headers.get("Preference-Applied")).toBe("respond-async");

    const again = await enqueue(acme, { idempotencyKey });
    expect({ status: again.status, id: idOf(again) }).toEqual({ status: 202, id: operation?.id });
    expect(again.headers.get("Location")).toBe(headers.get("Location"));
    const waiting = await create(acme, { idempotencyKey });
    expect(waiting.problem).toMatchObject({ code: "operation_in_progress", operation: operation?.id });
    expect(Number(waiting.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await enqueue({ name: "Other" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    expect(traffic()).toEqual([]);

    await elapse(second);
    expect(await operationOf(idOf(accepted))).toMatchObject({ state: "created", attempt: 1, asynchronous: true });
    expect(sends()).toBe(1);
    expect(await accounts()).toHaveLength(1);
    for (const Prefer of ["respond-async", "handling=strict"]) {
      const replay = await create(acme, { idempotencyKey, headers: { Prefer } });
      expect(replay.account).toMatchObject({ name: "Acme", operation: operation?.id });
      expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    }
  });

  test("Preference-Applied names both preferences", async () => {
    const { enqueue } = setup(vendor);
    const { headers } = await enqueue(acme, { headers: { Prefer: "respond-async, handling=lenient" } });
    expect(headers.get("Preference-Applied")?.split(", ").toSorted()).toEqual(["handling=lenient", "respond-async"]);
  });

  test("a create without a key is refused", async () => {
    const { nextAlarmMs } = setup(vendor, { connection: { require_key: false } });
    const headers = { "Gateway-Connection": connectionOf(vendor), ...respondAsync };
    const { problem } = await call("/v1/accounts", { headers, body: { name: "Acme" } });
    expect(problem?.code).toBe("idempotency_key_required");
    expect(await nextAlarmMs()).toBeNull();
    expect(traffic()).toEqual([]);
  });

  test("an account that cannot be sent is refused at once", async () => {
    const { enqueue } = setup(vendor);
    const { problem } = await enqueue({ name: "Acme", custom: { tier: "gold" } });
    expect(problem?.code).toBe("unsupported_field");
  });

  test("a vendor that answered within 30 s is not probed", async () => {
    const { enqueue, elapse, create } = setup(vendor);
    const send = async () => {
      await enqueue({ name: `Acme ${sends()}` });
      await elapse(0);
      return { sends: sends(), probes: probes() };
    };
    expect(await send()).toEqual({ sends: 1, probes: 1 });
    advance(30 * second - 1);
    expect(await send()).toEqual({ sends: 2, probes: 1 });
    advance(30 * second);
    expect(await send()).toEqual({ sends: 3, probes: 2 });
    advance(hour);
    await create({ name: "Not queued" });
    expect(await send()).toEqual({ sends: 5, probes: 2 });
    expect(traffic().find(isProbe)?.url).toBe(traffic().find(isCreate)?.url);
  });

  test("a create that was refused is sent again after Retry-After", async () => {
    const { enqueueMany, elapse, accounts } = setup(vendor);
    answerRequests(isCreate, () => answering(429, { "Retry-After": "120" }));
    const ids = await enqueueMany(3);
    await elapse(second);
    const refused = sends();
    restoreVendors();
    await elapse(118 * second);
    expect(sends()).toBe(refused);
    await elapse(5 * minute);
    for (const id of ids) expect((await operationOf(id)).state).toBe("created");
    expect(await accounts()).toHaveLength(3);
  });

  test("a rejection is final", async () => {
    const { enqueue, elapse } = setup(vendor);
    answerRequests(isCreate, () => Response.json({ error: "No" }, { status: 422 }));
    const idempotencyKey = newIdempotencyKey();
    const id = idOf(await enqueue(acme, { idempotencyKey }));
    await elapse(hour);
    expect(await operationOf(id)).toMatchObject({ state: "rejected", problem: { code: "vendor_rejected" } });
    restoreVendors();
    const replay = await enqueue(acme, { idempotencyKey });
    expect(replay.problem).toMatchObject({ code: "vendor_rejected", operation: id });
    await elapse(day);
    expect(sends()).toBe(1);
  });

  test("a create is recorded before it is sent, and makes one account after a crash", async () => {
    const { enqueue, runAlarm, elapse, accounts } = setup(vendor);
    interceptVendors(async (request, pass) => {
      const answer = await pass();
      return isCreate(request) ? never : answer;
    });
    const id = idOf(await enqueue());
    const alarm = runAlarm().catch(() => {});
    await vi.waitUntil(() => sends() === 1);
    await crash();
    await alarm;
    restoreVendors();
    expect(await operationOf(id)).toMatchObject({ state: "sending", attempt: 1 });
    await runAlarm();
    expect(await operationOf(id)).toMatchObject({ state: "sending", attempt: 1 });
    await elapse(hour);
    expect((await operationOf(id)).state).toBe(vendor === "garmat" ? "needs_review" : "created");
    // Only a vendor with an idempotency key of its own gets the create again.
    const hasOwnKey = sampleOf(vendor).adapter.idempotencyKey !== undefined;
    expect(sends()).toBe(hasOwnKey ? 2 : 1);
    expect(await accounts()).toHaveLength(1);
  });

  test("alarms that run at the same time send nothing twice", async () => {
    const { enqueueMany, runInLedger, elapse, states } = setup(vendor);
    await enqueueMany(8);
    await runInLedger(async (ledger) => {
      await Promise.all([ledger.alarm?.(), ledger.alarm?.(), ledger.alarm?.()]);
    });
    await elapse(minute);
    expect(sends()).toBe(8);
    expect(await states()).toEqual({ created: 8 });
  });

  test("the queue survives a crash", async () => {
    const { enqueueMany, elapse, states } = setup(vendor);
    await enqueueMany(5);
    await crash();
    await elapse(second);
    expect(await states()).toEqual({ created: 5 });
  });

  test("a connection whose target changed sends nothing, and gives up when no deploy can still be running", async () => {
    const { enqueue, elapse, configure } = setup(vendor);
    const id = idOf(await enqueue());
    await configure({ base_url: "https://elsewhere.sandbox.test" });
    await elapse(9 * minute);
    expect(await operationOf(id)).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    await elapse(7 * minute);
    const { state, history } = await operationOf(id);
    expect({ state, reason: history.at(-1)?.reason }).toEqual({ state: "not_created", reason: "target_changed" });
    expect(traffic()).toEqual([]);
  });

  test("a ledger whose configuration is older than the Worker's sends nothing", async () => {
    const { enqueue, elapse, configure } = setup(vendor, {
      connection: { base_url: "https://elsewhere.sandbox.test" },
    });
    const id = idOf(await enqueue());
    await configure();
    await elapse(5 * minute);
    expect((await operationOf(id)).state).toBe("queued");
    await configure({ base_url: "https://elsewhere.sandbox.test" });
    interceptVendors(async () => Response.json({}, { status: 503 }));
    await elapse(5 * minute);
    expect(traffic().every(({ url }) => new URL(url).hostname === "elsewhere.sandbox.test")).toBe(true);
    expect(traffic().length).toBeGreaterThan(0);
  });

  test("a retry after the target changed goes to the new target", async () => {
    const { create, elapse, accounts, configure } = setup(vendor, {
      connection: { base_url: "https://elsewhere.sandbox.test" },
    });
    const idempotencyKey = newIdempotencyKey();
    const first = idOf(await create(acme, { idempotencyKey, headers: respondAsync }));
    await configure();
    const retried = await create(acme, { idempotencyKey, headers: respondAsync });
    expect([retried.status, idOf(retried) === first]).toEqual([202, false]);
    await elapse(second);
    expect((await operationOf(idOf(retried))).state).toBe("created");
    expect(await accounts()).toHaveLength(1);
  });

  test("a connection that is disabled because of configuration faults keeps its queue, and sends it once it is repaired", async () => {
    const { enqueue, elapse, configure } = setup(vendor);
    const id = idOf(await enqueue());
    await configure({ base_url: "nowhere" });
    await elapse(hour);
    expect(await operationOf(id)).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    expect(traffic()).toEqual([]);
    await configure();
    await elapse(10 * minute);
    expect((await operationOf(id)).state).toBe("created");
    expect(sends()).toBe(1);
  });
});

describe("a probe", () => {
  test.each([
    ["a reset", lost, "vendor_unavailable"],
    ["302", () => answering(302), "vendor_unavailable"],
    ["401", () => answering(401), "vendor_auth_failed"],
    ["403", () => answering(403), "vendor_auth_failed"],
    ["408", () => answering(408), "vendor_unavailable"],
    ["429", () => answering(429), "vendor_rate_limited"],
    ["500", () => answering(500), "vendor_unavailable"],
    ["503", () => answering(503), "vendor_unavailable"],
  ])("with this answer keeps the create in the queue: %s", async (_fault, fault, code) => {
    const { enqueue, elapse } = setup("garmat");
    answerRequests(isProbe, () => fault());
    const id = idOf(await enqueue());
    await elapse(2 * minute);
    const waiting = await operationOf(id);
    expect(waiting).toMatchObject({ state: "queued", attempt: 0, problem: { code, effect: "none" } });
    expect(waiting.problem?.retry).not.toBe("never");
    expect(sends()).toBe(0);
    expect(probes()).toBeGreaterThan(3);
    restoreVendors();
    await elapse(6 * minute);
    expect((await operationOf(id)).state).toBe("created");
    expect(sends()).toBe(1);
  });

  test.each([404, 405])("with a %i answer shows that the vendor is up", async (status) => {
    const { enqueue, elapse } = setup("garmat");
    answerRequests(isProbe, () => answering(status));
    const id = idOf(await enqueue());
    await elapse(second);
    expect((await operationOf(id)).state).toBe("created");
  });

  test.each(["clarus", "elastic_path"] satisfies Vendor[])(
    "without a token from %s keeps the create in the queue",
    async (vendor) => {
      const { enqueue, elapse } = setup(vendor);
      answerRequests(isTokenRequest, () => answering(503));
      const id = idOf(await enqueue());
      await elapse(0);
      expect(await operationOf(id)).toMatchObject({
        state: "queued",
        attempt: 0,
        problem: { code: "vendor_unavailable" },
      });
      expect(traffic().every(isTokenRequest)).toBe(true);
      restoreVendors();
      await elapse(minute);
      expect((await operationOf(id)).state).toBe("created");
    },
  );
});

test("a queued operation is not sent if another one replaces it during the probe", async () => {
  const { ledger, enqueue, runAlarm, states } = setup("clarus");
  const replaced: string[] = [];
  let id = "";
  interceptVendors(async (request, pass) => {
    if (isProbe(request)) {
      // Meanwhile a Worker with a newer configuration claims the key.
      const queued = await ledger().read(id);
      if (queued === null || queued.sendable === null) throw new Error("Nothing is queued");
      const { keyDigest, keyName, fingerprint, vendor, sendable, guarantee, retentionMs } = queued;
      const newOperation = { id: "clarus.next", vendor, sendable, guarantee, retentionMs };
      const requestInfo = { keyDigest, keyName, fingerprint, nonce: "next", isAsync: true, leaseMs: 1000 };
      const claim = { ...requestInfo, target: "elsewhere", newOperation };
      replaced.push(JSON.parse(await ledger().claim(JSON.stringify(claim))).kind);
    }
    return pass();
  });
  id = idOf(await enqueue());
  await runAlarm();
  expect(replaced).toEqual(["queued"]);
  expect(sends()).toBe(0);
  expect(await states()).toEqual({ queued: 1 });
});

test("an answer to a probe may have any length", async () => {
  const { enqueue, elapse } = setup("clarus");
  const id = idOf(await enqueue());
  answerRequests(isProbe, () => new Response("x".repeat(2 * 1024 * 1024), { status: 404 }));
  await elapse(second);
  expect((await operationOf(id)).state).toBe("created");
});

describe("giving up", () => {
  test("after 24 hours, the operation has the last problem, and nothing is sent later", async () => {
    const { enqueue, elapse } = setup("garmat");
    interceptVendors(() => answering(403, { "Retry-After": "3600" }));
    const idempotencyKey = newIdempotencyKey();
    const id = idOf(await enqueue(acme, { idempotencyKey }));
    await elapse(day - 2 * hour);
    loseRequests();
    await elapse(2 * hour - 1);
    expect((await operationOf(id)).state).toBe("queued");
    await elapse(1);
    const givenUp = await operationOf(id);
    expect(givenUp).toMatchObject({ state: "not_created", attempt: 0, problem: { code: "vendor_unavailable" } });
    expect(givenUp.history.at(-1)?.reason).toBe("gave_up");
    expect(givenUp.expires_at).not.toBeNull();
    restoreVendors();
    await elapse(day);
    expect(sends()).toBe(0);
    const again = await enqueue(acme, { idempotencyKey });
    expect({ status: again.status, id: idOf(again) }).toEqual({ status: 202, id });
    await elapse(second);
    expect((await operationOf(id)).state).toBe("created");
    expect(sends()).toBe(1);
  });

  test("after 24 hours, a long queue sends nothing", async () => {
    const { enqueueMany, elapse, states } = setup("garmat", { connection: { rate_per_s: 1 } });
    interceptVendors(() => answering(503, { "Retry-After": "3600" }));
    const ids = await enqueueMany(150);
    await elapse(day - 1);
    expect(await states()).toEqual({ queued: 150 });
    await elapse(1);
    expect(await states()).toEqual({ not_created: 150 });
    for (const id of [ids[0], ids[149]])
      expect((await operationOf(id ?? "")).problem).toMatchObject({ code: "vendor_unavailable", status: 503 });
    restoreVendors();
    await elapse(hour);
    expect(sends()).toBe(0);
  });

  test("creates that are not sent within 24 hours are given up", async () => {
    const { enqueueMany, elapse, states } = setup("garmat", { connection: { rate_per_s: 0.01 } });
    interceptVendors(() => answering(503, { "Retry-After": "3600" }));
    const ids = await enqueueMany(50);
    const giveUpAtMs = nowMs() + day;
    await elapse(day - 1.5 * hour);
    restoreVendors();
    await elapse(day);
    const { created = 0, not_created: givenUp = 0 } = await states();
    expect(created).toBeGreaterThan(10);
    expect(created + givenUp).toBe(ids.length);
    expect(created).toBe(sends());
    expect(Math.max(...sendTimes())).toBeLessThan(giveUpAtMs);
  });
});

describe.each(["clarus", "elastic_path"] satisfies Vendor[])("an unknown outcome at %s", (vendor) => {
  const kindOf = (request: { method: string; url: string }) =>
    isCreate(request) ? "send" : isProbe(request) ? "probe" : isLookup(request) ? "lookup" : "token";

  test("is looked up twice, then queued, looked up once more and sent again", async () => {
    const { enqueue, elapse, accounts } = setup(vendor);
    interceptVendors((request, pass) => (isCreate(request) && sends() === 1 ? lost() : pass()));
    const id = idOf(await enqueue());
    await elapse(second);
    expect((await operationOf(id)).state).toBe("unknown");
    await elapse(hour);
    const { state, attempt, history } = await operationOf(id);
    expect({ state, attempt }).toEqual({ state: "created", attempt: 2 });
    expect(history.map((each) => each.reason)).toEqual([
      "received",
      "claimed",
      "no_answer",
      "absent",
      "claimed",
      "vendor_answered",
    ]);
    const kinds = traffic()
      .map(kindOf)
      .filter((kind) => kind === "send" || kind === "lookup");
    expect(kinds.at(0)).toBe("send");
    expect(kinds.slice(-2)).toEqual(["lookup", "send"]);
    expect(kinds.filter((kind) => kind === "lookup").length).toBeGreaterThanOrEqual(3);
    expect(await accounts()).toHaveLength(1);
  });

  test("is not sent again if the account appears before the next send", async () => {
    const { enqueue, elapse, accounts } = setup(vendor);
    let commit: (() => Promise<Response>) | undefined;
    interceptVendors(async (request, pass) => {
      if (isCreate(request)) {
        commit ??= pass;
        return lost();
      }
      // The ledger has queued the operation again before this probe.
      if (isProbe(request)) await commit?.();
      return pass();
    });
    const id = idOf(await enqueue());
    await elapse(hour);
    const { state, history } = await operationOf(id);
    expect(state).toBe("created");
    expect(history.map((each) => each.reason)).toEqual(["received", "claimed", "no_answer", "absent", "found"]);
    expect(sends()).toBe(1);
    expect(await accounts()).toHaveLength(1);
  });

  test("answers outcome_unknown to a retry with respond-async", async () => {
    const { enqueue, elapse } = setup(vendor);
    answerRequests(isCreate, () => lost());
    const idempotencyKey = newIdempotencyKey();
    const id = idOf(await enqueue(acme, { idempotencyKey }));
    await elapse(second);
    const retried = await enqueue(acme, { idempotencyKey });
    expect(retried.problem).toMatchObject({ code: "outcome_unknown", operation: id });
    expect(sends()).toBe(1);
  });

  test("is not sent again while lookups fail", async () => {
    const { enqueue, elapse } = setup(vendor);
    interceptVendors((request, pass) =>
      isCreate(request) && sends() === 1 ? lost() : isLookup(request) ? answering(500) : pass(),
    );
    const id = idOf(await enqueue());
    await elapse(2 * hour);
    expect((await operationOf(id)).state).toBe("unknown");
    expect(sends()).toBe(1);
    restoreVendors();
    await elapse(hour);
    expect(await operationOf(id)).toMatchObject({ state: "created", attempt: 2 });
  });
});
