/** Creates that are answered before they are sent: by the alarm, behind a probe, at a rateLimiter, and never twice. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import {
  advance,
  call,
  chanceIs,
  configure,
  connectionOf,
  crash,
  create,
  elapse,
  held,
  isCreate,
  ledgerOf,
  newKey,
  nextAlarmMs,
  nowMs,
  operationOf,
  runAlarm,
  sends,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import {
  enqueue,
  enqueueMany,
  isLookup,
  isProbe,
  isTokenRequest,
  preferAsync,
  probes,
  sendTimes,
  states,
} from "./queue.ts";

// Some let a day of alarms pass.
vi.setConfig({ testTimeout: 20_000 });
useLedgers();

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const never = new Promise<never>(() => {});
const lost = () => Promise.reject(new Error("lost"));
const answering = (status: number, headers: Record<string, string> = {}) =>
  Promise.resolve(new Response(null, { status, headers }));
/** Nobody is at home. */
const vendorsAreDown = () => vendorsAnswer(lost);
const idOf = ({ operation }: { operation: { id: string } | undefined }): string => operation?.id ?? "";

describe.each(vendors)("%s", (vendor) => {
  test("a create is accepted, told where to be found, sent by the alarm and replayed", async () => {
    const idempotencyKey = newKey();
    const accepted = await enqueue(vendor, { name: "Acme" }, { idempotencyKey });
    expect(accepted.status).toBe(202);
    const { operation, headers } = accepted;
    expect(operation).toMatchObject({ state: "queued", asynchronous: true, attempt: 0, expires_at: null });
    expect(headers.get("Location")).toBe(`/v1/operations/${operation?.id}`);
    expect(headers.get("Preference-Applied")).toBe("respond-async");

    const again = await enqueue(vendor, { name: "Acme" }, { idempotencyKey });
    expect({ status: again.status, id: idOf(again) }).toEqual({ status: 202, id: operation?.id });
    expect(again.headers.get("Location")).toBe(headers.get("Location"));
    const waiting = await create(vendor, { name: "Acme" }, { idempotencyKey });
    expect(waiting.problem).toMatchObject({ code: "operation_in_progress", operation: operation?.id });
    expect(Number(waiting.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await enqueue(vendor, { name: "Other" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    expect(traffic()).toEqual([]);

    await elapse(vendor, second);
    expect(await operationOf(idOf(accepted))).toMatchObject({ state: "created", attempt: 1, asynchronous: true });
    expect(sends()).toBe(1);
    expect(await held(vendor)).toHaveLength(1);
    for (const Prefer of ["respond-async", "handling=strict"]) {
      const replay = await create(vendor, { name: "Acme" }, { idempotencyKey, headers: { Prefer } });
      expect(replay.account).toMatchObject({ name: "Acme", operation: operation?.id });
      expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    }
  });

  test("both preferences are said to be applied", async () => {
    const { headers } = await enqueue(
      vendor,
      { name: "Acme" },
      { headers: { Prefer: "respond-async, handling=lenient" } },
    );
    expect(headers.get("Preference-Applied")?.split(", ").toSorted()).toEqual(["handling=lenient", "respond-async"]);
  });

  test("no key, nothing to wait for", async () => {
    await configure({ [vendor]: { require_key: false } });
    const headers = { "Gateway-Connection": connectionOf(vendor), ...preferAsync };
    const { problem } = await call("/v1/accounts", { headers, body: { name: "Acme" } });
    expect(problem?.code).toBe("idempotency_key_required");
    expect(await nextAlarmMs(vendor)).toBeNull();
    expect(traffic()).toEqual([]);
  });

  test("an account that cannot be sent is refused at once", async () => {
    const { problem } = await enqueue(vendor, { name: "Acme", custom: { tier: "gold" } });
    expect(problem?.code).toBe("unsupported_field");
  });

  test("a vendor that answered within 30 s is not probed", async () => {
    const send = async () => {
      await enqueue(vendor, { name: `Acme ${sends()}` });
      await elapse(vendor, 0);
      return { sends: sends(), probes: probes() };
    };
    expect(await send()).toEqual({ sends: 1, probes: 1 });
    advance(30 * second - 1);
    expect(await send()).toEqual({ sends: 2, probes: 1 });
    advance(30 * second);
    expect(await send()).toEqual({ sends: 3, probes: 2 });
    advance(hour);
    await create(vendor, { name: "Not queued" });
    expect(await send()).toEqual({ sends: 5, probes: 2 });
    expect(traffic().find(isProbe)?.url).toBe(traffic().find(isCreate)?.url);
  });

  test("what was refused for the now is sent again, when the vendor says", async () => {
    vendorsAnswer((request, pass) => (isCreate(request) ? answering(429, { "Retry-After": "120" }) : pass()));
    const ids = await enqueueMany(vendor, 3);
    await elapse(vendor, second);
    const refused = sends();
    vendorsAreThemselves();
    await elapse(vendor, 118 * second);
    expect(sends()).toBe(refused);
    await elapse(vendor, 5 * minute);
    for (const id of ids) expect((await operationOf(id)).state).toBe("created");
    expect(await held(vendor)).toHaveLength(3);
  });

  test("a rejection is final", async () => {
    vendorsAnswer((request, pass) =>
      isCreate(request) ? Promise.resolve(Response.json({ error: "No" }, { status: 422 })) : pass(),
    );
    const idempotencyKey = newKey();
    const id = idOf(await enqueue(vendor, { name: "Acme" }, { idempotencyKey }));
    await elapse(vendor, hour);
    expect(await operationOf(id)).toMatchObject({ state: "rejected", problem: { code: "vendor_rejected" } });
    vendorsAreThemselves();
    const replay = await enqueue(vendor, { name: "Acme" }, { idempotencyKey });
    expect(replay.problem).toMatchObject({ code: "vendor_rejected", operation: id });
    await elapse(vendor, day);
    expect(sends()).toBe(1);
  });

  test("what is under way is written before it is sent, and is not sent again after a crash", async () => {
    vendorsAnswer(async (request, pass) => {
      const answer = await pass();
      return isCreate(request) ? never : answer;
    });
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    const alarm = runAlarm(vendor).catch(() => {});
    await vi.waitUntil(() => sends() === 1);
    await crash();
    await alarm;
    vendorsAreThemselves();
    expect(await operationOf(id)).toMatchObject({ state: "sending", attempt: 1 });
    await runAlarm(vendor);
    expect(await operationOf(id)).toMatchObject({ state: "sending", attempt: 1 });
    await elapse(vendor, hour);
    expect((await operationOf(id)).state).toBe(vendor === "garmat" ? "needs_review" : "created");
    expect(sends()).toBe(1);
  });

  test("alarms that run at the same time send nothing twice", async () => {
    await enqueueMany(vendor, 8);
    await runInDurableObject(ledgerOf(vendor), async (ledger) => {
      await Promise.all([ledger.alarm?.(), ledger.alarm?.(), ledger.alarm?.()]);
    });
    await elapse(vendor, minute);
    expect(sends()).toBe(8);
    expect(await states(vendor)).toEqual({ created: 8 });
  });

  test("a queue outlives a crash", async () => {
    await enqueueMany(vendor, 5);
    await crash();
    await elapse(vendor, second);
    expect(await states(vendor)).toEqual({ created: 5 });
  });

  test("a connection that leads elsewhere by now sends nothing, and gives up once no deploy can be under way", async () => {
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await configure({ [vendor]: { base_url: "https://elsewhere.sandbox.test" } });
    await elapse(vendor, 9 * minute);
    expect(await operationOf(id)).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    await elapse(vendor, 7 * minute);
    const { state, history } = await operationOf(id);
    expect({ state, reason: history.at(-1)?.reason }).toEqual({ state: "not_created", reason: "target_changed" });
    expect(traffic()).toEqual([]);
  });

  test("an older configuration that lags behind the newer one sends nothing, and does no harm", async () => {
    await configure({ [vendor]: { base_url: "https://elsewhere.sandbox.test" } });
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await configure({});
    await elapse(vendor, 5 * minute);
    expect((await operationOf(id)).state).toBe("queued");
    await configure({ [vendor]: { base_url: "https://elsewhere.sandbox.test" } });
    vendorsAnswer(async () => Response.json({}, { status: 503 }));
    await elapse(vendor, 5 * minute);
    expect(traffic().every(({ url }) => new URL(url).hostname === "elsewhere.sandbox.test")).toBe(true);
    expect(traffic().length).toBeGreaterThan(0);
  });

  test("what is asked for again goes where the connection leads by now", async () => {
    await configure({ [vendor]: { base_url: "https://elsewhere.sandbox.test" } });
    const idempotencyKey = newKey();
    const stray = idOf(await create(vendor, { name: "Acme" }, { idempotencyKey, headers: preferAsync }));
    await configure({});
    const anew = await create(vendor, { name: "Acme" }, { idempotencyKey, headers: preferAsync });
    expect([anew.status, idOf(anew) === stray]).toEqual([202, false]);
    await elapse(vendor, second);
    expect((await operationOf(idOf(anew))).state).toBe("created");
    expect(await held(vendor)).toHaveLength(1);
  });

  test("a connection out of use keeps its queue, which goes on when it is repaired", async () => {
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await configure({ [vendor]: { base_url: "nowhere" } });
    await elapse(vendor, hour);
    expect(await operationOf(id)).toMatchObject({ state: "queued", problem: { code: "misconfigured" } });
    expect(traffic()).toEqual([]);
    await configure({});
    await elapse(vendor, 10 * minute);
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
  ])("a probe that meets %s keeps the create in the queue", async (_fault, fault, code) => {
    vendorsAnswer((request, pass) => (isProbe(request) ? fault() : pass()));
    const id = idOf(await enqueue("garmat", { name: "Acme" }));
    await elapse("garmat", 2 * minute);
    const waiting = await operationOf(id);
    expect(waiting).toMatchObject({ state: "queued", attempt: 0, problem: { code, effect: "none" } });
    expect(waiting.problem?.retry).not.toBe("never");
    expect(sends()).toBe(0);
    expect(probes()).toBeGreaterThan(3);
    vendorsAreThemselves();
    await elapse("garmat", 6 * minute);
    expect((await operationOf(id)).state).toBe("created");
    expect(sends()).toBe(1);
  });

  test.each([404, 405])("a probe that is answered %i has met the vendor", async (status) => {
    vendorsAnswer((request, pass) => (isProbe(request) ? answering(status) : pass()));
    const id = idOf(await enqueue("garmat", { name: "Acme" }));
    await elapse("garmat", second);
    expect((await operationOf(id)).state).toBe("created");
  });

  test.each(["clarus", "elastic_path"] satisfies Vendor[])(
    "for which %s gives no token keeps it there, too",
    async (vendor) => {
      vendorsAnswer((request, pass) => (isTokenRequest(request) ? answering(503) : pass()));
      const id = idOf(await enqueue(vendor, { name: "Acme" }));
      await elapse(vendor, 0);
      expect(await operationOf(id)).toMatchObject({
        state: "queued",
        attempt: 0,
        problem: { code: "vendor_unavailable" },
      });
      expect(traffic().every(isTokenRequest)).toBe(true);
      vendorsAreThemselves();
      await elapse(vendor, minute);
      expect((await operationOf(id)).state).toBe("created");
    },
  );
});

test("what another operation took the place of before its turn is not sent in its place", async () => {
  const replaced: string[] = [];
  let id = "";
  vendorsAnswer(async (request, pass) => {
    if (isProbe(request)) {
      // Meanwhile a Worker of a newer configuration meets the key. The stub's own type goes deeper than the compiler does.
      const ledger = ledgerOf("clarus") as unknown as LedgerService;
      const queued = await ledger.read(id);
      if (queued === null || queued.sendable === null) throw new Error("Nothing is queued");
      const { keyDigest, keyName, fingerprint, vendor, sendable, guarantee, retentionMs } = queued;
      const proposal = { id: "clarus.next", vendor, sendable, guarantee, retentionMs };
      const asked = { keyDigest, keyName, fingerprint, nonce: "next", isAsync: true, leaseMs: 1000 };
      replaced.push((await ledger.claim({ ...asked, target: "elsewhere", newOperation: proposal })).kind);
    }
    return pass();
  });
  id = idOf(await enqueue("clarus", { name: "Acme" }));
  await runAlarm("clarus");
  expect(replaced).toEqual(["queued"]);
  expect(sends()).toBe(0);
  expect(await states("clarus")).toEqual({ queued: 1 });
});

test("a probe may be answered at any length", async () => {
  const id = idOf(await enqueue("clarus", { name: "Acme" }));
  vendorsAnswer(async (request, pass) =>
    isProbe(request) ? new Response("x".repeat(2 * 1024 * 1024), { status: 404 }) : pass(),
  );
  await elapse("clarus", second);
  expect((await operationOf(id)).state).toBe("created");
});

describe("Retry-After of a probe", () => {
  const waitOf = async (header: string) => {
    vendorsAnswer(() => answering(503, { "Retry-After": header }));
    const id = idOf(await enqueue("garmat", { name: "Acme" }));
    await elapse("garmat", 0);
    const beganMs = nowMs();
    const probed = probes();
    vendorsAreThemselves();
    for (let alarmMs = await nextAlarmMs("garmat"); probes() === probed; alarmMs = await nextAlarmMs("garmat"))
      await elapse("garmat", Math.max((alarmMs ?? 0) - nowMs(), 0));
    expect((await operationOf(id)).state).toBe("created");
    return nowMs() - beganMs;
  };

  test("is waited for", async () => {
    expect(await waitOf("600")).toBe(10 * minute);
  });

  test("is waited for as a date", async () => {
    expect(await waitOf(new Date(nowMs() + 10 * minute).toUTCString())).toBe(10 * minute);
  });

  test("is capped at an hour", async () => {
    expect(await waitOf("86400")).toBe(hour);
  });

  test("is no reason to come back too soon", async () => {
    chanceIs(0);
    expect(await waitOf("0")).toBe(second);
  });
});

describe("backoff", () => {
  const gapsOf = async () => {
    vendorsAreDown();
    await enqueue("garmat", { name: "Acme" });
    await elapse("garmat", hour);
    const times = traffic().map(({ atMs }) => atMs);
    return times.slice(1, 12).map((atMs, index) => atMs - (times[index] ?? 0));
  };
  const longest = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((each) => each * second);

  test("doubles up to five minutes", async () => {
    chanceIs(0);
    expect(await gapsOf()).toEqual(longest);
  });

  test("is shortened by up to a half, by chance", async () => {
    chanceIs(0.5);
    expect(await gapsOf()).toEqual(longest.map((each) => each * 0.75));
  });

  test("begins anew when the vendor has answered", async () => {
    chanceIs(0);
    await gapsOf();
    vendorsAreThemselves();
    await elapse("garmat", hour);
    const before = traffic().length;
    vendorsAreDown();
    await enqueue("garmat", { name: "Acme" });
    await elapse("garmat", 3 * second);
    expect(traffic().length - before).toBe(3);
  });
});

describe("rateLimiter", () => {
  /** The most that were begun in any second: from one send on, its own instant included. */
  const mostInASecond = (times: number[]): number =>
    Math.max(...times.map((from) => times.filter((atMs) => atMs >= from && atMs < from + second).length));
  const takes = (durationOf: (request: Request) => number) =>
    vendorsAnswer(async (request, pass) => {
      advance(durationOf(request));
      return pass();
    });

  test.each([
    [0.5, 6],
    [1, 6],
    [2.5, 12],
    [10, 35],
  ])("at %d a second, never more are begun", async (rate, count) => {
    await configure({ garmat: { rate_per_s: rate } });
    await enqueueMany("garmat", count);
    await elapse("garmat", (count / Math.max(Math.floor(rate), rate < 1 ? rate : 1)) * second + second);
    expect(await states("garmat")).toEqual({ created: count });
    expect(mostInASecond(sendTimes())).toBe(Math.max(1, Math.floor(rate)));
    const apartMs = rate < 1 ? 1000 / rate : 0;
    expect(sendTimes().every((atMs, index, all) => index === 0 || atMs - (all[index - 1] ?? 0) >= apartMs)).toBe(true);
  });

  test.each([
    ["each send takes its time", (request: Request) => (isCreate(request) ? 130 : 0)],
    ["a send takes longer than a second", (request: Request) => (isCreate(request) ? 1_700 : 0)],
    ["the probe takes almost a second", (request: Request) => (isProbe(request) ? 950 : 0)],
    ["the probe takes longer than a second", (request: Request) => (isProbe(request) ? 1_950 : 0)],
  ])("never more are begun where %s", async (_case, durationOf) => {
    await configure({ garmat: { rate_per_s: 7 } });
    takes(durationOf);
    await enqueueMany("garmat", 30);
    await elapse("garmat", 5 * minute);
    expect(await states("garmat")).toEqual({ created: 30 });
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(7);
  });

  test("never more are begun where the token takes almost a second", async () => {
    await configure({ elastic_path: { rate_per_s: 7 } });
    takes(({ url }) => (url.includes("/oauth/") ? 950 : 0));
    await enqueueMany("elastic_path", 30);
    await elapse("elastic_path", 5 * minute);
    expect(await states("elastic_path")).toEqual({ created: 30 });
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(7);
  });

  test("never more are begun where the queue fills little by little", async () => {
    await configure({ garmat: { rate_per_s: 5 } });
    for (const pauseMs of [0, 900, 50, 60, 400, 700, 10]) {
      advance(pauseMs);
      await enqueueMany("garmat", pauseMs === 0 ? 1 : 4);
      await elapse("garmat", 0);
    }
    await elapse("garmat", minute);
    expect(sends()).toBe(25);
    expect(mostInASecond(sendTimes())).toBeLessThanOrEqual(5);
  });
});

describe("trouble on the way", () => {
  test("what was under way when an outage begins is all that is sent into it", async () => {
    vendorsAnswer((_request, pass) => (sends() > 20 ? lost() : pass()));
    await configure({ garmat: { rate_per_s: 100 } });
    await enqueueMany("garmat", 30);
    await elapse("garmat", 3 * minute);
    expect(await states("garmat")).toEqual({ created: 20, unknown: 5, queued: 5 });
    vendorsAreThemselves();
    await elapse("garmat", 10 * minute);
    expect(await states("garmat")).toEqual({ created: 25, needs_review: 5 });
  });

  test("where creates alone are lost, the vendor is tried with one at a time, ever less often", async () => {
    vendorsAnswer((request, pass) => (isCreate(request) ? lost() : pass()));
    await configure({ garmat: { rate_per_s: 100 } });
    await enqueueMany("garmat", 40);
    await elapse("garmat", 10 * minute);
    const sent = sends();
    expect(sent).toBeLessThan(5 + 15);
    // The last one may not have been looked for yet.
    const { needs_review = 0, unknown = 0, queued } = await states("garmat");
    expect([needs_review + unknown, queued]).toEqual([sent, 40 - sent]);
  });

  test.each([401, 403, 429])(
    "creates refused with %i hold up the others of their key, which try again one by one",
    async (status) => {
      vendorsAnswer((request, pass) => (isCreate(request) ? answering(status) : pass()));
      await configure({ garmat: { rate_per_s: 100 } });
      await enqueueMany("garmat", 30);
      await elapse("garmat", 10 * minute);
      expect(await states("garmat")).toEqual({ queued: 30 });
      // Nothing can come of a refusal, so one in 30 s, less up to a half by chance, is no harm.
      expect(sends()).toBeLessThan(5 + 30);
      vendorsAreThemselves();
      await elapse("garmat", 15 * minute);
      expect(await states("garmat")).toEqual({ created: 30 });
    },
  );

  test("a create that a caller lost is reason enough to probe", async () => {
    await create("garmat", { name: "Fine" });
    vendorsAnswer(lost);
    await create("garmat", { name: "Lost" });
    const id = idOf(await enqueue("garmat", { name: "Acme" }));
    await elapse("garmat", minute);
    expect(sends()).toBe(2);
    expect((await operationOf(id)).state).toBe("queued");
  });
});

describe("giving up", () => {
  test("after 24 hours the last problem is the answer, and nothing is sent later", async () => {
    vendorsAnswer(() => answering(403, { "Retry-After": "3600" }));
    const idempotencyKey = newKey();
    const id = idOf(await enqueue("garmat", { name: "Acme" }, { idempotencyKey }));
    await elapse("garmat", day - 2 * hour);
    vendorsAreDown();
    await elapse("garmat", 2 * hour - 1);
    expect((await operationOf(id)).state).toBe("queued");
    await elapse("garmat", 1);
    const givenUp = await operationOf(id);
    expect(givenUp).toMatchObject({ state: "not_created", attempt: 0, problem: { code: "vendor_unavailable" } });
    expect(givenUp.history.at(-1)?.reason).toBe("gave_up");
    expect(givenUp.expires_at).not.toBeNull();
    vendorsAreThemselves();
    await elapse("garmat", day);
    expect(sends()).toBe(0);
    const again = await enqueue("garmat", { name: "Acme" }, { idempotencyKey });
    expect({ status: again.status, id: idOf(again) }).toEqual({ status: 202, id });
    await elapse("garmat", second);
    expect((await operationOf(id)).state).toBe("created");
    expect(sends()).toBe(1);
  });

  test("a long queue is given up as one: nothing of it is sent after 24 hours", async () => {
    await configure({ garmat: { rate_per_s: 1 } });
    vendorsAnswer(() => answering(503, { "Retry-After": "3600" }));
    const ids = await enqueueMany("garmat", 150);
    await elapse("garmat", day - 1);
    expect(await states("garmat")).toEqual({ queued: 150 });
    await elapse("garmat", 1);
    expect(await states("garmat")).toEqual({ not_created: 150 });
    for (const id of [ids[0], ids[149]])
      expect((await operationOf(id ?? "")).problem).toMatchObject({ code: "vendor_unavailable", status: 503 });
    vendorsAreThemselves();
    await elapse("garmat", hour);
    expect(sends()).toBe(0);
  });

  test("a queue whose turn does not come within 24 hours is given up, too", async () => {
    await configure({ garmat: { rate_per_s: 0.01 } });
    vendorsAnswer(() => answering(503, { "Retry-After": "3600" }));
    const ids = await enqueueMany("garmat", 50);
    const giveUpAtMs = nowMs() + day;
    await elapse("garmat", day - 1.5 * hour);
    vendorsAreThemselves();
    await elapse("garmat", day);
    const { created = 0, not_created: givenUp = 0 } = await states("garmat");
    expect(created).toBeGreaterThan(10);
    expect(created + givenUp).toBe(ids.length);
    expect(created).toBe(sends());
    expect(Math.max(...sendTimes())).toBeLessThan(giveUpAtMs);
  });
});

describe.each(["clarus", "elastic_path"] satisfies Vendor[])("an unknown outcome at %s", (vendor) => {
  const kindOf = (asked: { method: string; url: string }) =>
    isCreate(asked) ? "send" : isProbe(asked) ? "probe" : isLookup(asked) ? "lookup" : "token";

  test("is looked up twice, then queued and sent again by itself after another look", async () => {
    vendorsAnswer((request, pass) => (isCreate(request) && sends() === 1 ? lost() : pass()));
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await elapse(vendor, second);
    expect((await operationOf(id)).state).toBe("unknown");
    await elapse(vendor, hour);
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
    const asked = traffic()
      .map(kindOf)
      .filter((kind) => kind === "send" || kind === "lookup");
    expect(asked.at(0)).toBe("send");
    expect(asked.slice(-2)).toEqual(["lookup", "send"]);
    expect(asked.filter((kind) => kind === "lookup").length).toBeGreaterThanOrEqual(3);
    expect(await held(vendor)).toHaveLength(1);
  });

  test("that turns up before it is sent again is not sent again", async () => {
    let commit: (() => Promise<Response>) | undefined;
    vendorsAnswer(async (request, pass) => {
      if (isCreate(request)) {
        commit ??= pass;
        return lost();
      }
      // It is queued by now.
      if (isProbe(request)) await commit?.();
      return pass();
    });
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await elapse(vendor, hour);
    const { state, history } = await operationOf(id);
    expect(state).toBe("created");
    expect(history.map((each) => each.reason)).toEqual(["received", "claimed", "no_answer", "absent", "found"]);
    expect(sends()).toBe(1);
    expect(await held(vendor)).toHaveLength(1);
  });

  test("is left to a request that comes first, which is told of the queue", async () => {
    vendorsAnswer((request, pass) => (isCreate(request) ? lost() : pass()));
    const idempotencyKey = newKey();
    const id = idOf(await enqueue(vendor, { name: "Acme" }, { idempotencyKey }));
    await elapse(vendor, second);
    const asked = await enqueue(vendor, { name: "Acme" }, { idempotencyKey });
    expect(asked.problem).toMatchObject({ code: "outcome_unknown", operation: id });
    expect(sends()).toBe(1);
  });

  test("is no reason to send into an outage: the look comes first", async () => {
    vendorsAnswer((request, pass) =>
      isCreate(request) && sends() === 1 ? lost() : isLookup(request) ? answering(500) : pass(),
    );
    const id = idOf(await enqueue(vendor, { name: "Acme" }));
    await elapse(vendor, 2 * hour);
    expect((await operationOf(id)).state).toBe("unknown");
    expect(sends()).toBe(1);
    vendorsAreThemselves();
    await elapse(vendor, hour);
    expect(await operationOf(id)).toMatchObject({ state: "created", attempt: 2 });
  });
});

test("a restart forgets no alarm: the earliest counts", async () => {
  let settle = () => {};
  const mayGo = new Promise<void>((resolve) => (settle = resolve));
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request) && sends() === 1) return lost();
    if (isCreate(request)) await mayGo;
    return pass();
  });
  const unknown = (await create("elastic_path", { name: "Lost" })).problem?.operation ?? "";
  const slow = create("elastic_path", { name: "Slow" });
  await vi.waitUntil(() => sends() === 2);
  const alarmMs = await nextAlarmMs("elastic_path");
  await crash();
  settle();
  expect((await slow).status).toBe(201);
  expect(await nextAlarmMs("elastic_path")).toBe(alarmMs);
  await elapse("elastic_path", hour);
  expect((await operationOf(unknown)).state).toBe("not_created");
});
