/** What a person says of an operation in review, and what comes in later all the same. */
import { describe, expect, test } from "vitest";
import { nothingReported } from "../../../../packages/adapter-kit/src/fixtures.ts";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import {
  advance,
  chanceIs,
  afterCommit,
  beforeCommit,
  begin,
  call,
  configure,
  create,
  elapse,
  held,
  isCreate,
  type Key,
  ledgerCallsGo,
  ledgerOf,
  loggedText,
  newKey,
  nowMs,
  operationOf,
  sends,
  traffic,
  useLedgers,
  type Vendor,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
const notCreated = { outcome: "not_created", reason: "Looked through the list" };
const resolve = (id: string, body: unknown, key: Key = "operator-key") =>
  call(`/v1/operations/${id}/resolve`, { key, body, method: "POST" });
const statesOf = async (id: string) => (await operationOf(id)).history.map(({ state }) => state);

/** A create whose answer is lost, on a vendor where nothing tells whose an account is. */
async function inReview({ isCommitted = true, idempotencyKey = newKey(), body = acme } = {}) {
  vendorsAnswer(isCommitted ? afterCommit : beforeCommit);
  const lost = await create("garmat", body, { idempotencyKey });
  vendorsAreThemselves();
  await elapse("garmat", 100_000);
  const id = lost.problem?.operation ?? "";
  const operation = await operationOf(id);
  expect(operation.state).toBe("needs_review");
  return { id, idempotencyKey, operation };
}

/** Unknown on a vendor with a lookup, and in review since the connection led elsewhere for a while. */
async function misled(vendor: Vendor, idempotencyKey: string): Promise<string> {
  vendorsAnswer(beforeCommit);
  const lost = await create(vendor, acme, { idempotencyKey });
  vendorsAreThemselves();
  await configure({ [vendor]: { base_url: "https://elsewhere.sandbox.test" } });
  await elapse(vendor, 20 * 60_000);
  expect((await create(vendor, acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
  await configure({});
  return lost.problem?.operation ?? "";
}

describe("an operation that was created", () => {
  test("as one of the candidates is that account, as the vendor showed it", async () => {
    const other = await create("garmat", acme);
    const { id, idempotencyKey, operation } = await inReview();
    const candidates = operation.candidates as { id: string }[];
    expect(candidates).toHaveLength(1);
    const ours = candidates[0]?.id ?? "";
    // The account of another operation is no candidate.
    expect(ours).not.toBe(other.account?.id);
    const resolved = await resolve(id, { outcome: "created", vendor_id: ours, reason: "The only one left" });
    expect(resolved.status).toBe(200);
    expect(resolved.operation).toMatchObject({
      id,
      state: "created",
      problem: null,
      expires_at: new Date(nowMs() + 7 * 24 * 60 * 60 * 1000).toISOString(),
      account: { id: ours, name: "Acme", type: "customer", active: true, operation: id },
    });
    expect(resolved.operation?.account?.warnings).toEqual([
      expect.objectContaining({ code: "reconciled", field: null }),
    ]);
    expect(resolved.operation?.history.at(-1)).toEqual({
      at: new Date(nowMs()).toISOString(),
      state: "created",
      attempt: 1,
      reason: "resolved",
      by: "operator",
      note: "The only one left",
    });
    const replay = await create("garmat", acme, { idempotencyKey });
    expect(replay.account).toEqual(resolved.operation?.account);
    expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    expect(sends()).toBe(2);
  });

  test("under an id that no lookup has shown is an account of which no more is known", async () => {
    const { id, idempotencyKey } = await inReview({ isCommitted: false });
    const resolved = await resolve(id, { outcome: "created", vendor_id: "acct-4711", reason: "Told by the vendor" });
    expect(resolved.operation?.account).toEqual({
      id: "acct-4711",
      vendor: "garmat",
      connection: "garmat",
      ...nothingReported,
      warnings: [expect.objectContaining({ code: "reconciled", field: null })],
      operation: id,
    });
    const replay = await create("garmat", acme, { idempotencyKey, query: "?include=fields" });
    expect(replay.account?.fields?.map(({ confirmed }) => confirmed)).toEqual([null, null]);
  });

  test("elsewhere than the connection leads now is not read by another vendor's table", async () => {
    const { id } = await inReview();
    await configure({ garmat: { base_url: "https://elsewhere.sandbox.test" } });
    const [candidate] = (await operationOf(id)).candidates as { id: string }[];
    const resolved = await resolve(id, { outcome: "created", vendor_id: candidate?.id, reason: "Looked" });
    expect(resolved.operation?.account).toMatchObject({ id: candidate?.id, name: null });
  });
});

describe("an operation that was not created", () => {
  test("is claimed again by the same key, and told so until then", async () => {
    const { id, idempotencyKey } = await inReview({ isCommitted: false });
    const resolved = await resolve(id, notCreated);
    expect(resolved.operation).toMatchObject({
      state: "not_created",
      account: null,
      problem: { code: "vendor_unavailable", effect: "none", retry: "later", operation: id },
    });
    const created = await create("garmat", acme, { idempotencyKey });
    expect(created.account?.operation).toBe(id);
    expect(await statesOf(id)).toEqual(["sending", "unknown", "needs_review", "not_created", "sending", "created"]);
    expect((await operationOf(id)).attempt).toBe(2);
    expect(await held("garmat")).toHaveLength(1);
  });

  test("is no word on an account that may still reach the vendor", async () => {
    // Queued for longer than a deploy takes; then lost, and the connection leads elsewhere at once: in review before the lease ends.
    // It is looked up a second after the loss: later than a step of the loop below.
    chanceIs(0);
    vendorsAnswer(async () => new Response("", { status: 503 }));
    const idempotencyKey = newKey();
    const queued = await create("garmat", acme, { idempotencyKey, headers: { Prefer: "respond-async" } });
    const id = queued.operation?.id ?? "";
    await elapse("garmat", 20 * 60_000);
    vendorsAnswer(beforeCommit);
    for (let tries = 0; (await operationOf(id)).state === "queued" && tries < 1200; tries += 1)
      await elapse("garmat", 500);
    expect((await operationOf(id)).state).toBe("unknown");
    vendorsAreThemselves();
    await configure({ garmat: { base_url: "https://elsewhere.sandbox.test" } });
    await elapse("garmat", 1_000);
    await configure({});
    expect((await operationOf(id)).state).toBe("needs_review");
    const early = await resolve(id, notCreated);
    expect(early.problem).toMatchObject({ code: "operation_in_progress", operation: id });
    advance(1000 * Number(early.headers.get("Retry-After")));
    expect((await resolve(id, notCreated)).operation?.state).toBe("not_created");
    expect((await create("garmat", acme, { idempotencyKey })).status).toBe(201);
  });

  test("is looked up before it is sent again, where that can be done", async () => {
    const idempotencyKey = newKey();
    const id = await misled("clarus", idempotencyKey);
    expect((await resolve(id, notCreated)).operation?.state).toBe("not_created");
    const before = traffic().length;
    const created = await create("clarus", acme, { idempotencyKey });
    expect(created.account?.operation).toBe(id);
    const paths = traffic()
      .slice(before)
      .map(({ url }) => new URL(url).pathname)
      .filter((path) => !path.endsWith("token"));
    expect(paths).toEqual(["/graphql", "/api/accounts"]);
  });
});

describe("who may", () => {
  test("is not whoever made it", async () => {
    const { id } = await inReview();
    const refused = await resolve(id, notCreated, "demo-key");
    expect(refused.problem).toMatchObject({
      code: "operator_required",
      status: 403,
      origin: "client",
      effect: "none",
      retry: "never",
      operation: id,
    });
    expect((await operationOf(id)).state).toBe("needs_review");
  });

  test("is no other key, and it learns nothing", async () => {
    const { id } = await inReview();
    expect((await resolve(id, notCreated, "other-key")).problem?.code).toBe("not_found");
  });
});

describe("an operation in no review", () => {
  test.each(["created", "rejected", "not_created", "unknown", "queued"])("(%s) is not resolved", async (state) => {
    const answers: Record<string, number> = { rejected: 422, not_created: 403, unknown: 500 };
    const status = answers[state];
    vendorsAnswer(async (request, pass) =>
      status !== undefined && isCreate(request) ? Response.json({ error: "No" }, { status }) : pass(),
    );
    const headers = state === "queued" ? { Prefer: "respond-async" } : {};
    const { account, problem, operation } = await create("garmat", acme, { headers });
    const id = account?.operation ?? problem?.operation ?? operation?.id ?? "";
    const before = await operationOf(id);
    expect(before.state).toBe(state);
    for (const body of [notCreated, { outcome: "created", vendor_id: "7", reason: "Looked" }])
      expect((await resolve(id, body)).problem).toMatchObject({
        code: "operation_not_in_review",
        status: 409,
        effect: "none",
        retry: "never",
        operation: id,
      });
    expect(await operationOf(id)).toEqual(before);
  });

  test("because it was just resolved is not resolved otherwise", async () => {
    const { id } = await inReview();
    await resolve(id, notCreated);
    const created = { outcome: "created", vendor_id: "7", reason: notCreated.reason };
    expect((await resolve(id, created)).problem?.code).toBe("operation_not_in_review");
    expect((await operationOf(id)).state).toBe("not_created");
  });
});

describe("a resolution", () => {
  const outcome = "created";
  const reason = "Looked";
  test.each<[unknown, string[]]>([
    [[], [""]],
    ["null", [""]],
    [{}, ["/outcome"]],
    [{ outcome: "lost", reason }, ["/outcome"]],
    [{ outcome: null, reason }, ["/outcome"]],
    [{ outcome, reason }, ["/vendor_id"]],
    [{ outcome, reason, vendor_id: "" }, ["/vendor_id"]],
    [{ outcome, reason, vendor_id: " " }, ["/vendor_id"]],
    [{ outcome, reason, vendor_id: 7 }, ["/vendor_id"]],
    [{ outcome, reason, vendor_id: null }, ["/vendor_id"]],
    [{ outcome, reason, vendor_id: "x".repeat(256) }, ["/vendor_id"]],
    [{ outcome, vendor_id: "7" }, ["/reason"]],
    [{ outcome, vendor_id: "7", reason: "" }, ["/reason"]],
    [{ outcome, vendor_id: "7", reason: " \n" }, ["/reason"]],
    [{ outcome, vendor_id: "7", reason: "x".repeat(1025) }, ["/reason"]],
    [{ outcome, vendor_id: "7", reason: null }, ["/reason"]],
    [{ outcome }, ["/vendor_id", "/reason"]],
    [{ outcome: "not_created" }, ["/reason"]],
    [{ outcome: "not_created", reason, vendor_id: "7" }, ["/vendor_id"]],
    [{ outcome: "not_created", reason, note: "x", by: "y" }, ["/note", "/by"]],
  ])("%j is refused", async (body, pointers) => {
    const { problem } = await resolve("garmat.0198b2d0-0000-7000-8000-000000000000", body);
    expect(problem).toMatchObject({ code: "invalid_resolution", status: 422, effect: "none", retry: "never" });
    expect(problem?.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    for (const { detail } of problem?.errors ?? []) expect(detail).toMatch(/^[A-Z]/);
  });

  test.each([
    ["{", "invalid_json"],
    ['{"outcome":"created","outcome":"not_created","reason":"x"}', "invalid_json"],
    [`{"reason":"${"x".repeat(65_536)}"}`, "body_too_large"],
  ])("%# that is no such JSON is refused as any other body", async (body, code) => {
    expect((await resolve("garmat.0198b2d0-0000-7000-8000-000000000000", body)).problem?.code).toBe(code);
  });

  test("takes the longest there may be", async () => {
    const { id } = await inReview();
    const body = { outcome, vendor_id: "x".repeat(255), reason: "y".repeat(1024) };
    const { operation } = await resolve(id, body);
    expect([operation?.account?.id, operation?.history.at(-1)?.note]).toEqual([body.vendor_id, body.reason]);
  });

  test("is not in the log, where nothing personal may stand", async () => {
    const { id } = await inReview();
    await resolve(id, { outcome, vendor_id: "secret-id", reason: "Told by Erika Mustermann" });
    expect(loggedText()).toContain('"resolved"');
    expect(loggedText()).not.toMatch(/Erika|secret-id/);
  });
});

describe("a reply to a resolution that is lost", () => {
  const loseAnswer = (method: keyof LedgerService) => {
    let isLost = false;
    ledgerCallsGo(async (each, go) => {
      const answer = await go();
      if (each !== method || isLost) return answer;
      isLost = true;
      throw new Error("lost");
    });
  };

  test.each([
    ["not_created", notCreated],
    ["created", { outcome: "created", vendor_id: "7", reason: "Looked" }],
  ])("is asked for again, and the same (%s)", async (state, body) => {
    const { id } = await inReview();
    loseAnswer("resolve");
    const resolved = await resolve(id, body);
    expect([resolved.status, resolved.operation?.state]).toEqual([200, state]);
    expect(await statesOf(id)).toEqual(["sending", "unknown", "needs_review", state]);
  });

  test("before a word was heard is a ledger out of reach", async () => {
    const { id } = await inReview();
    ledgerCallsGo(async (each, go) => {
      if (each === "resolve") throw new Error("gone");
      return go();
    });
    expect((await resolve(id, notCreated)).problem).toMatchObject({ code: "ledger_unavailable", status: 503 });
    ledgerCallsGo((_method, go) => go());
    expect((await operationOf(id)).state).toBe("needs_review");
  });

  test("is no other person's, nor another outcome's", async () => {
    const { id } = await inReview();
    // The stub's own type goes deeper than the compiler does.
    const ledger = ledgerOf("garmat") as unknown as LedgerService;
    const judgement = { by: "operator", note: "Looked", created: null };
    const resolved = { kind: "resolved", operation: { state: "not_created" } };
    expect(await ledger.resolve({ id, resolution: judgement })).toMatchObject(resolved);
    expect(await ledger.resolve({ id, resolution: judgement })).toMatchObject(resolved);
    const notInReview = { kind: "not_in_review" };
    expect(await ledger.resolve({ id, resolution: { ...judgement, by: "another" } })).toEqual(notInReview);
    expect(await ledger.resolve({ id, resolution: { ...judgement, note: "Otherwise" } })).toEqual(notInReview);
    const { account } = await create("garmat", { name: "Beta" });
    if (account === undefined) throw new Error("No account");
    const created = { account, fields: [] };
    expect(await ledger.resolve({ id, resolution: { ...judgement, created } })).toEqual(notInReview);
  });
});

describe("the vendor's late answer", () => {
  /** Settles that are held back until they are let go. */
  function holdSettles() {
    const waiting: { asked: Promise<unknown>; let: () => void }[] = [];
    ledgerCallsGo((method, go) => {
      if (method !== "settle") return go();
      const { promise, resolve: letGo } = Promise.withResolvers<void>();
      const asked = promise.then(go);
      waiting.push({ asked, let: letGo });
      return asked;
    });
    return waiting;
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await scheduler.wait(1);
  };

  test("that it created the account beats a person's word that it did not, and is kept", async () => {
    const idempotencyKey = newKey();
    const waiting = holdSettles();
    const late = create("garmat", acme, { idempotencyKey });
    await until(() => waiting.length === 1);
    await elapse("garmat", 100_000);
    const { operations } = JSON.parse((await call("/v1/operations?connection=garmat")).text);
    const id: string = operations[0].id;
    expect((await resolve(id, notCreated)).operation?.state).toBe("not_created");
    waiting[0]?.let();
    const created = await late;
    expect(created.account).toMatchObject({ operation: id, name: "Acme" });
    const { state, account, history, duplicates, problem } = await operationOf(id);
    expect([state, account?.id, duplicates, problem]).toEqual(["created", created.account?.id, [], null]);
    expect(history.map((each) => `${each.state} ${each.reason}`)).toEqual([
      "sending claimed",
      "unknown lease_expired",
      "needs_review not_distinguishable",
      "not_created resolved",
      "created vendor_answered",
    ]);
    expect((await resolve(id, notCreated)).problem?.code).toBe("operation_not_in_review");
    expect((await create("garmat", acme, { idempotencyKey })).account?.id).toBe(created.account?.id);
    expect(sends()).toBe(1);
  });

  test.each([
    ["under the id that a person told is no news", true],
    ["under another id than a person told is a duplicate", false],
  ])("%s", async (_, isSame) => {
    const waiting = holdSettles();
    const late = create("garmat", acme);
    await until(() => waiting.length === 1);
    await elapse("garmat", 100_000);
    const { operations } = JSON.parse((await call("/v1/operations?connection=garmat")).text);
    const id: string = operations[0].id;
    const [candidate] = (await operationOf(id)).candidates as { id: string }[];
    const vendor_id = isSame ? candidate?.id : "acct-4711";
    await resolve(id, { outcome: "created", vendor_id, reason: "Looked" });
    waiting[0]?.let();
    expect((await late).account?.id).toBe(vendor_id);
    const { account, duplicates } = await operationOf(id);
    expect([account?.id, duplicates]).toEqual([vendor_id, isSame ? [] : [candidate?.id]]);
    expect(loggedText().includes('"duplicate":true')).toBe(!isSame);
  });

  test("of a second account is recorded as a duplicate, and logged", async () => {
    const idempotencyKey = newKey();
    const waiting = holdSettles();
    const late = create("garmat", acme, { idempotencyKey, query: "?include=vendor_response" });
    await until(() => waiting.length === 1);
    await elapse("garmat", 100_000);
    const { operations } = JSON.parse((await call("/v1/operations?connection=garmat")).text);
    const id: string = operations[0].id;
    await resolve(id, notCreated);
    ledgerCallsGo((_method, go) => go());
    // The person was wrong.
    const second = await create("garmat", acme, { idempotencyKey });
    expect(second.account?.operation).toBe(id);
    waiting[0]?.let();
    const first = await late;
    // One account answers for the operation, whoever asks.
    expect(first.account?.id).toBe(second.account?.id);
    expect(first.account?.vendor_response).toBe(null);
    const { state, account, duplicates } = await operationOf(id);
    expect([state, account?.id]).toEqual(["created", second.account?.id]);
    expect(duplicates).toHaveLength(1);
    expect(duplicates).not.toContain(second.account?.id);
    expect(await held("garmat")).toHaveLength(2);
    expect(loggedText()).toContain(`{"operation":"${id}","duplicate":true}`);
  });
});

test("what is resolved is forgotten when its time comes, like any other", async () => {
  begin({ changes: { garmat: { retention_days: 1 } } });
  const { id } = await inReview();
  await resolve(id, notCreated);
  advance(1);
  await elapse("garmat", 24 * 60 * 60 * 1000 + 10 * 60 * 1000);
  expect((await call(`/v1/operations/${id}`)).problem?.code).toBe("not_found");
});
