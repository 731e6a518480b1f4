/** GET /v1/operations: the contents of an operation and of a list, and the access to them. */
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { operationList } from "../../../../schemas/documents/operation.ts";
import {
  acme,
  advance,
  type Answer,
  answerRequests,
  call,
  configureAll,
  connectionOf,
  idOf,
  interceptVendors,
  ledgerAt,
  loseAnswers,
  newIdempotencyKey,
  nowMs,
  respondAsync,
  restoreVendors,
  setup,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { digests, type Key } from "../../../support/gateway-keys.ts";
import { sampleOf } from "../../../support/samples.ts";
import { isCreate } from "../../../support/vendor-requests.ts";
import { day } from "../../../support/time.ts";

useLedgers();

const iso = (atMs: number) => new Date(atMs).toISOString();
const read = (id = "", key: Key = "demo-key") => call(`/v1/operations/${id}`, { key });
const list = async (query: string, key: Key = "demo-key") => {
  const answer = await call(`/v1/operations?${query}`, { key });
  const json: unknown = JSON.parse(answer.text);
  return answer.status === 200 ? z.strictObject(operationList.shape).parse(json) : answer;
};
const listed = async (query: string, key?: Key) => {
  const page = await list(query, key);
  if ("status" in page) throw new Error(page.text);
  return page;
};
const problemOf = async (query: string, key?: Key) => {
  const page = await list(query, key);
  return "status" in page ? page.problem : undefined;
};

const rejectCreates = () => answerRequests(isCreate, () => Response.json({ error: "No" }, { status: 422 }));
describe("an operation", () => {
  test.each(vendors)("of %s shows its account once it is created", async (vendor) => {
    const { create } = setup(vendor);
    const created = await create();
    const { operation, status, headers } = await read(idOf(created));
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(operation).toEqual({
      id: idOf(created),
      connection: connectionOf(vendor),
      vendor,
      state: "created",
      attempt: 1,
      asynchronous: false,
      guarantee: sampleOf(vendor).demo.guarantee,
      created_at: iso(nowMs()),
      updated_at: iso(nowMs()),
      due_at: null,
      expires_at: iso(nowMs() + 7 * day),
      history: [
        { at: iso(nowMs()), state: "sending", attempt: 1, reason: "claimed" },
        { at: iso(nowMs()), state: "created", attempt: 1, reason: "vendor_answered" },
      ],
      account: created.account,
      problem: null,
      candidates: [],
      duplicates: [],
    });
  });

  test("that was rejected shows the same problem as its create", async () => {
    const { create } = setup("elastic_path");
    rejectCreates();
    const rejected = await create();
    const { operation } = await read(idOf(rejected));
    expect(operation).toMatchObject({ state: "rejected", account: null, expires_at: iso(nowMs() + 7 * day) });
    expect(operation?.problem).toEqual(rejected.problem);
  });

  test("that was not created shows the problem, and expires", async () => {
    const { create } = setup("garmat");
    answerRequests(isCreate, () => new Response("{}", { status: 429 }));
    const refused = await create();
    const { operation } = await read(idOf(refused));
    expect(operation).toMatchObject({ state: "not_created", expires_at: iso(nowMs() + 7 * day) });
    expect(operation?.problem).toEqual(refused.problem);
  });

  test("that is open never expires, and shows its last problem", async () => {
    const { create, elapse } = setup("garmat");
    interceptVendors(loseAnswers);
    const lost = await create();
    expect((await read(idOf(lost))).operation).toMatchObject({
      state: "unknown",
      due_at: expect.stringMatching(/^\d{4}-/),
      expires_at: null,
      account: null,
      problem: {
        code: "outcome_unknown",
        effect: "unknown",
        detail: expect.stringMatching(/again with the same Idempotency-Key until .* is `never`\.$/),
        operation: idOf(lost),
      },
    });
    restoreVendors();
    await elapse(400 * day);
    const { operation } = await read(idOf(lost), "operator-key");
    expect(operation).toMatchObject({ state: "needs_review", due_at: null, expires_at: null, account: null });
    expect(operation?.candidates).toEqual([expect.objectContaining({ name: "Acme" })]);
    // Candidates may be the accounts of other keys, so only an operator sees them.
    expect((await read(idOf(lost))).operation).toMatchObject({ state: "needs_review", candidates: [] });
  });

  test("shows the time of each change", async () => {
    const { create, runAlarm } = setup("clarus");
    const begun = nowMs();
    const queued = await create(acme, { headers: respondAsync });
    expect((await read(idOf(queued))).operation).toMatchObject({
      state: "queued",
      due_at: iso(begun),
      expires_at: null,
      history: [{ state: "queued" }],
    });
    advance(1_500);
    await runAlarm();
    const { operation } = await read(idOf(queued));
    expect(operation).toMatchObject({
      asynchronous: true,
      created_at: iso(begun),
      updated_at: iso(begun + 1_500),
      due_at: null,
      expires_at: iso(begun + 1_500 + 7 * day),
      history: [
        { at: iso(begun), state: "queued", attempt: 0, reason: "received" },
        { at: iso(begun + 1_500), state: "sending", attempt: 1, reason: "claimed" },
        { at: iso(begun + 1_500), state: "created", attempt: 1, reason: "vendor_answered" },
      ],
    });
  });

  test("is deleted when it expires, and its key is free again", async () => {
    const { create, elapse } = setup("garmat", { connection: { retention_days: 2 } });
    const idempotencyKey = newIdempotencyKey();
    const created = await create(acme, { idempotencyKey });
    expect((await read(idOf(created))).operation?.expires_at).toBe(iso(nowMs() + 2 * day));
    await elapse(2 * day - 1);
    expect((await read(idOf(created))).status).toBe(200);
    await elapse(10 * 60 * 1000);
    expect((await read(idOf(created))).problem?.code).toBe("not_found");
    const next = await create(acme, { idempotencyKey });
    expect(next.headers.get("Idempotent-Replayed")).toBe(null);
    expect(idOf(next)).not.toBe(idOf(created));
  });

  test("refuses a query", async () => {
    const { create } = setup("garmat");
    const created = await create();
    expect((await call(`/v1/operations/${idOf(created)}?include=fields`)).problem?.code).toBe("invalid_query");
  });
});

describe("a list", () => {
  test("shows one connection's operations, the newest first", async () => {
    const first = await ledgerAt("clarus").create();
    advance(1_000);
    rejectCreates();
    const second = await ledgerAt("clarus").create({ name: "Beta" });
    restoreVendors();
    await ledgerAt("garmat").create();
    const { operations, next_cursor } = await listed("connection=clarus");
    expect(next_cursor).toBe(null);
    expect(operations.map(({ id, state }) => [id, state])).toEqual([
      [idOf(second), "rejected"],
      [idOf(first), "created"],
    ]);
    const {
      history: _history,
      account: _account,
      problem: _problem,
      candidates: _candidates,
      duplicates: _,
      ...summary
    } = (await read(idOf(first))).operation ?? {};
    expect(operations[1]).toEqual(summary);
  });

  test("has pages without gaps or repetitions while operations are added", async () => {
    const { create } = setup("garmat");
    const ids: string[] = [];
    const queueUntil = async (count: number) => {
      while (ids.length < count) ids.push(idOf(await create(acme, { headers: respondAsync })));
    };
    await queueUntil(50);
    const onlyPage = await listed("connection=garmat");
    expect([onlyPage.operations.length, onlyPage.next_cursor]).toEqual([50, null]);

    await queueUntil(101);
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await listed(`connection=garmat${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.operations.map(({ id }) => id));
      sizes.push(page.operations.length);
      cursor = page.next_cursor;
      await create({ name: "Beta" }, { headers: respondAsync });
    }
    expect(sizes).toEqual([50, 50, 1]);
    expect(seen).toEqual(ids.toReversed());
  });

  test("has the id of the caller's own operation as its cursor, so that it does not reveal how many others exist", async () => {
    const { create } = setup("garmat");
    const ids: string[] = [];
    for (let index = 0; index < 51; index += 1) {
      ids.push(idOf(await create(acme, { headers: respondAsync })));
      await create(acme, { headers: respondAsync, key: "other-key" });
    }
    expect((await listed("connection=garmat")).next_cursor).toBe(ids[1]);
  });

  test("shows the operations in one state", async () => {
    const { create } = setup("clarus");
    const created = await create();
    rejectCreates();
    const rejected = await create({ name: "Beta" });
    const queued = await create({ name: "Gamma" }, { headers: respondAsync });
    interceptVendors(loseAnswers);
    const unknown = await create({ name: "Delta" });
    const states = { created, rejected, queued, unknown };
    for (const [state, answer] of Object.entries(states))
      expect((await listed(`connection=clarus&state=${state}`)).operations.map(({ id }) => id)).toEqual([idOf(answer)]);
    for (const state of ["sending", "needs_review", "not_created"])
      expect((await listed(`connection=clarus&state=${state}`)).operations).toEqual([]);
  });

  test.each([
    ["", "invalid_query"],
    ["state=created", "invalid_query"],
    ["connection=clarus&connection=garmat", "invalid_query"],
    ["connection=clarus&state=", "invalid_query"],
    ["connection=clarus&state=done", "invalid_query"],
    ["connection=clarus&state=created&state=rejected", "invalid_query"],
    ["connection=clarus&cursor=", "invalid_query"],
    ["connection=clarus&cursor=-1", "invalid_query"],
    ["connection=clarus&cursor=1.5", "invalid_query"],
    ["connection=clarus&cursor=next", "invalid_query"],
    ["connection=clarus&cursor=9999999999999999", "invalid_query"],
    ["connection=clarus&cursor=garmat.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37", "invalid_query"],
    ["connection=clarus&limit=10", "invalid_query"],
    ["connection=nowhere", "connection_not_found"],
  ])("with ?%s answers %s", async (query, code) => {
    expect(await problemOf(query)).toMatchObject({ code, effect: "none", retry: "never" });
  });

  test("of a connection without operations is empty", async () => {
    expect(await listed("connection=clarus")).toEqual({ operations: [], next_cursor: null });
  });
});

describe("access to an operation", () => {
  const expectNone = (answer: Answer) => {
    expect(answer.problem).toMatchObject({
      code: "not_found",
      status: 404,
      detail: expect.stringContaining("no such operation"),
    });
    expect(answer.problem).not.toHaveProperty("operation");
  };
  /** Leaves out the member that differs between two requests. */
  const withoutInstance = ({ problem }: Answer) => ({ ...problem, instance: "" });

  test("the key that created it and an operator can read it", async () => {
    const { create } = setup("clarus");
    const id = idOf(await create());
    expect((await read(id)).status).toBe(200);
    expect((await read(id, "operator-key")).text).toBe((await read(id)).text);
  });

  test("another key gets the same answer as for an operation that does not exist", async () => {
    const { create } = setup("clarus");
    const id = idOf(await create());
    const hidden = await read(id, "other-key");
    expectNone(hidden);
    const absent = await read(
      id.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
      "other-key",
    );
    expect(withoutInstance(hidden)).toEqual(withoutInstance(absent));
    const body = { outcome: "not_created", reason: "Looked" };
    expectNone(await call(`/v1/operations/${id}/resolve`, { key: "other-key", body }));
  });

  test.each([
    "nowhere.0198b2d0-0000-7000-8000-000000000000",
    "clarus.0198b2d0-0000-7000-8000-000000000000",
    "clarus",
    "x",
    "clarus.%27",
  ])("the id %s is not found", async (id) => {
    for (const key of ["demo-key", "operator-key"] as const) expectNone(await read(id, key));
  });

  test("an operator without access to the connection cannot read it", async () => {
    const id = idOf(await ledgerAt("clarus").create());
    const mine = idOf(await ledgerAt("garmat").create());
    await configureAll(
      {},
      {
        KEY_OPERATOR: { name: "operator", sha256: [digests["operator-key"]], connections: ["garmat"], operator: true },
        KEY_DEMO: { name: "demo", sha256: [digests["demo-key"]], connections: ["garmat"] },
      },
    );
    for (const key of ["demo-key", "operator-key"] as const) {
      expectNone(await read(id, key));
      expect((await read(mine, key)).status).toBe(200);
      expect(await problemOf("connection=clarus", key)).toMatchObject({ code: "connection_not_found" });
    }
  });

  test("a list shows a key its own operations, and an operator all", async () => {
    const { create } = setup("garmat");
    const mine = idOf(await create());
    const others = idOf(await create(acme, { key: "other-key" }));
    const idsFor = async (key: Key) => (await listed("connection=garmat", key)).operations.map(({ id }) => id);
    expect(await idsFor("demo-key")).toEqual([mine]);
    expect(await idsFor("other-key")).toEqual([others]);
    expect(await idsFor("operator-key")).toEqual([others, mine]);
  });

  test.each<Vendor>(["clarus", "garmat"])(
    "an operation of %s is readable while its connection is disabled because of configuration faults",
    async (vendor) => {
      const { create, configure } = setup(vendor);
      const created = await create();
      await configure({ timeout_ms: 0 });
      expect((await read(idOf(created))).operation?.account).toEqual(created.account);
      expect((await listed(`connection=${connectionOf(vendor)}`)).operations).toHaveLength(1);
    },
  );

  test("a caller without a gateway key is refused", async () => {
    const headers = { Authorization: "Bearer nobody" };
    for (const path of ["/v1/operations/x", "/v1/operations?connection=clarus"])
      expect((await call(path, { headers })).problem?.code).toBe("unauthenticated");
    expect((await call("/v1/operations/x/resolve", { headers, body: {} })).problem?.code).toBe("unauthenticated");
  });
});
