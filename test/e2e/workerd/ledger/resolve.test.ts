/** Resolving an operation in review, and vendor answers that arrive afterwards. */
import { describe, expect, test } from "vitest";
import { nothingReported } from "../../../../packages/adapter-kit/src/fixtures.ts";
import type { LedgerService } from "../../../../src/ledger/rpc.ts";
import {
  acme,
  advance,
  call,
  fixRandom,
  interceptLedgerCalls,
  interceptVendors,
  ledgerAt,
  loggedText,
  loseAnswers,
  loseCreates,
  newIdempotencyKey,
  nowMs,
  operationOf,
  resolveOperation,
  respondAsync,
  restoreLedgerCalls,
  restoreVendors,
  sends,
  setup,
  traffic,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

const notCreated = { outcome: "not_created", reason: "Looked through the list" };
const statesOf = async (id: string) => (await operationOf(id)).history.map(({ state }) => state);

/** Brings an operation into review. Garmat's lookups cannot show which operation created an account. */
async function inReview({ isCommitted = true, idempotencyKey = newIdempotencyKey(), body = acme } = {}) {
  interceptVendors(isCommitted ? loseAnswers : loseCreates);
  const lost = await ledgerAt("garmat").create(body, { idempotencyKey });
  restoreVendors();
  await ledgerAt("garmat").elapse(100_000);
  const id = lost.problem?.operation ?? "";
  const operation = await operationOf(id);
  expect(operation.state).toBe("needs_review");
  return { id, idempotencyKey, operation };
}

/** Brings an unknown outcome at a vendor with a lookup into review: for a while, the connection has another target. */
async function inReviewAfterTargetChange(vendor: Vendor, idempotencyKey: string): Promise<string> {
  interceptVendors(loseCreates);
  const lost = await ledgerAt(vendor).create(acme, { idempotencyKey });
  restoreVendors();
  await ledgerAt(vendor).configure({ base_url: "https://elsewhere.sandbox.test" });
  await ledgerAt(vendor).elapse(20 * 60_000);
  expect((await ledgerAt(vendor).create(acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
  await ledgerAt(vendor).configure();
  return lost.problem?.operation ?? "";
}

describe("an operation resolved as created", () => {
  test("with a candidate's id gets that candidate's account", async () => {
    const { create } = setup("garmat");
    const other = await create();
    const { id, idempotencyKey, operation } = await inReview();
    const candidates = operation.candidates as { id: string }[];
    expect(candidates).toHaveLength(1);
    const ours = candidates[0]?.id ?? "";
    // Another operation's account is not a candidate.
    expect(ours).not.toBe(other.account?.id);
    const resolved = await resolveOperation(id, { outcome: "created", vendor_id: ours, reason: "The only one left" });
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
    const replay = await create(acme, { idempotencyKey });
    expect(replay.account).toEqual(resolved.operation?.account);
    expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    expect(sends()).toBe(2);
  });

  test("with an id that no lookup has shown gets an account with that id and nothing else", async () => {
    const { create } = setup("garmat");
    const { id, idempotencyKey } = await inReview({ isCommitted: false });
    const resolved = await resolveOperation(id, {
      outcome: "created",
      vendor_id: "acct-4711",
      reason: "The vendor confirmed it",
    });
    expect(resolved.operation?.account).toEqual({
      id: "acct-4711",
      vendor: "garmat",
      connection: "garmat",
      ...nothingReported,
      warnings: [expect.objectContaining({ code: "reconciled", field: null })],
      operation: id,
    });
    const replay = await create(acme, { idempotencyKey, query: "?include=fields" });
    expect(replay.account?.fields?.map(({ confirmed }) => confirmed)).toEqual([null, null]);
  });

  test("after the target of the connection changed keeps only the candidate's id", async () => {
    const { id } = await inReview();
    await ledgerAt("garmat").configure({ base_url: "https://elsewhere.sandbox.test" });
    const [candidate] = (await operationOf(id)).candidates as { id: string }[];
    const resolved = await resolveOperation(id, { outcome: "created", vendor_id: candidate?.id, reason: "Looked" });
    expect(resolved.operation?.account).toMatchObject({ id: candidate?.id, name: null });
  });
});

describe("an operation resolved as not created", () => {
  test("shows that state until the same key claims it again", async () => {
    const { create, accounts } = setup("garmat");
    const { id, idempotencyKey } = await inReview({ isCommitted: false });
    const resolved = await resolveOperation(id, notCreated);
    expect(resolved.operation).toMatchObject({
      state: "not_created",
      account: null,
      problem: { code: "vendor_unavailable", effect: "none", retry: "later", operation: id },
    });
    const created = await create(acme, { idempotencyKey });
    expect(created.account?.operation).toBe(id);
    expect(await statesOf(id)).toEqual(["sending", "unknown", "needs_review", "not_created", "sending", "created"]);
    expect((await operationOf(id)).attempt).toBe(2);
    expect(await accounts()).toHaveLength(1);
  });

  test("is refused while the account may still reach the vendor", async () => {
    const { create, elapse, configure } = setup("garmat");
    // The create waits in the queue for longer than a deploy takes. Then its request is lost and the target changes, so
    // that the operation is in review before its lease ends.
    fixRandom(0);
    interceptVendors(async () => new Response("", { status: 503 }));
    const idempotencyKey = newIdempotencyKey();
    const queued = await create(acme, { idempotencyKey, headers: respondAsync });
    const id = queued.operation?.id ?? "";
    await elapse(20 * 60_000);
    interceptVendors(loseCreates);
    // The first lookup runs a second after the loss, so each step is shorter than a second.
    for (let tries = 0; (await operationOf(id)).state === "queued" && tries < 1200; tries += 1) await elapse(500);
    expect((await operationOf(id)).state).toBe("unknown");
    restoreVendors();
    await configure({ base_url: "https://elsewhere.sandbox.test" });
    await elapse(1_000);
    await configure();
    expect((await operationOf(id)).state).toBe("needs_review");
    const early = await resolveOperation(id, notCreated);
    expect(early.problem).toMatchObject({ code: "operation_in_progress", operation: id });
    advance(1000 * Number(early.headers.get("Retry-After")));
    expect((await resolveOperation(id, notCreated)).operation?.state).toBe("not_created");
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
  });

  test("is looked up before it is sent again, if the vendor has a lookup", async () => {
    const { create } = setup("clarus");
    const idempotencyKey = newIdempotencyKey();
    const id = await inReviewAfterTargetChange("clarus", idempotencyKey);
    expect((await resolveOperation(id, notCreated)).operation?.state).toBe("not_created");
    const before = traffic().length;
    const created = await create(acme, { idempotencyKey });
    expect(created.account?.operation).toBe(id);
    const paths = traffic()
      .slice(before)
      .map(({ url }) => new URL(url).pathname)
      .filter((path) => !path.endsWith("token"));
    expect(paths).toEqual(["/graphql", "/api/accounts"]);
  });
});

describe("the permission to resolve", () => {
  test("is denied to the key that created the operation", async () => {
    const { id } = await inReview();
    const refused = await resolveOperation(id, notCreated, "demo-key");
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

  test("is denied to another key, which gets not_found", async () => {
    const { id } = await inReview();
    expect((await resolveOperation(id, notCreated, "other-key")).problem?.code).toBe("not_found");
  });
});

describe("an operation that is not in review", () => {
  test.each(["created", "rejected", "not_created", "unknown", "queued"])("(%s) cannot be resolved", async (state) => {
    const { create } = setup("garmat");
    const answers: Record<string, number> = { rejected: 422, not_created: 403, unknown: 500 };
    const status = answers[state];
    interceptVendors(async (request, pass) =>
      status !== undefined && isCreate(request) ? Response.json({ error: "No" }, { status }) : pass(),
    );
    const headers = state === "queued" ? respondAsync : {};
    const { account, problem, operation } = await create(acme, { headers });
    const id = account?.operation ?? problem?.operation ?? operation?.id ?? "";
    const before = await operationOf(id);
    expect(before.state).toBe(state);
    for (const body of [notCreated, { outcome: "created", vendor_id: "7", reason: "Looked" }])
      expect((await resolveOperation(id, body)).problem).toMatchObject({
        code: "operation_not_in_review",
        status: 409,
        effect: "none",
        retry: "never",
        operation: id,
      });
    expect(await operationOf(id)).toEqual(before);
  });

  test("(just resolved) cannot be resolved differently", async () => {
    const { id } = await inReview();
    await resolveOperation(id, notCreated);
    const created = { outcome: "created", vendor_id: "7", reason: notCreated.reason };
    expect((await resolveOperation(id, created)).problem?.code).toBe("operation_not_in_review");
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
    const { problem } = await resolveOperation("garmat.0198b2d0-0000-7000-8000-000000000000", body);
    expect(problem).toMatchObject({ code: "invalid_resolution", status: 422, effect: "none", retry: "never" });
    expect(problem?.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    for (const { detail } of problem?.errors ?? []) expect(detail).toMatch(/^[A-Z]/);
  });

  test.each([
    ["{", "invalid_json"],
    ['{"outcome":"created","outcome":"not_created","reason":"x"}', "invalid_json"],
    [`{"reason":"${"x".repeat(65_536)}"}`, "body_too_large"],
  ])("that is invalid JSON or too large is refused (%#)", async (body, code) => {
    expect((await resolveOperation("garmat.0198b2d0-0000-7000-8000-000000000000", body)).problem?.code).toBe(code);
  });

  test("may have the longest values allowed", async () => {
    const { id } = await inReview();
    const body = { outcome, vendor_id: "x".repeat(255), reason: "y".repeat(1024) };
    const { operation } = await resolveOperation(id, body);
    expect([operation?.account?.id, operation?.history.at(-1)?.note]).toEqual([body.vendor_id, body.reason]);
  });

  test("is not logged, because it may be personal data", async () => {
    const { id } = await inReview();
    await resolveOperation(id, { outcome, vendor_id: "secret-id", reason: "Confirmed by Erika Mustermann" });
    expect(loggedText()).toContain('"resolved"');
    expect(loggedText()).not.toMatch(/Erika|secret-id/);
  });
});

describe("a resolution whose call or reply is lost", () => {
  const loseReply = (method: keyof LedgerService) => {
    let isLost = false;
    interceptLedgerCalls(async (each, go) => {
      const answer = await go();
      if (each !== method || isLost) return answer;
      isLost = true;
      throw new Error("lost");
    });
  };

  test.each([
    ["not_created", notCreated],
    ["created", { outcome: "created", vendor_id: "7", reason: "Looked" }],
  ])("is repeated with the same result (%s)", async (state, body) => {
    const { id } = await inReview();
    loseReply("resolve");
    const resolved = await resolveOperation(id, body);
    expect([resolved.status, resolved.operation?.state]).toEqual([200, state]);
    expect(await statesOf(id)).toEqual(["sending", "unknown", "needs_review", state]);
  });

  test("answers ledger_unavailable if no call reaches the ledger", async () => {
    const { id } = await inReview();
    interceptLedgerCalls(async (each, go) => {
      if (each === "resolve") throw new Error("gone");
      return go();
    });
    expect((await resolveOperation(id, notCreated)).problem).toMatchObject({ code: "ledger_unavailable", status: 503 });
    restoreLedgerCalls();
    expect((await operationOf(id)).state).toBe("needs_review");
  });

  test("is not repeated for another person, reason or outcome", async () => {
    const { ledger, create } = setup("garmat");
    const { id } = await inReview();
    const resolution = { by: "operator", note: "Looked", created: null };
    const resolved = { kind: "resolved", operation: { state: "not_created" } };
    expect(await ledger().resolve({ id, resolution })).toMatchObject(resolved);
    expect(await ledger().resolve({ id, resolution })).toMatchObject(resolved);
    const notInReview = { kind: "not_in_review" };
    expect(await ledger().resolve({ id, resolution: { ...resolution, by: "another" } })).toEqual(notInReview);
    expect(await ledger().resolve({ id, resolution: { ...resolution, note: "Another reason" } })).toEqual(notInReview);
    const { account } = await create({ name: "Beta" });
    if (account === undefined) throw new Error("No account");
    const created = { account, fields: [] };
    expect(await ledger().resolve({ id, resolution: { ...resolution, created } })).toEqual(notInReview);
  });
});

describe("the vendor's late answer", () => {
  /** Starts a create, and holds its `settle` call until `release()`. By then the operation is in review. */
  async function createWithLateAnswer(options: { idempotencyKey?: string; query?: string } = {}) {
    const settled = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    interceptLedgerCalls(async (method, send) => {
      if (method !== "settle") return send();
      settled.resolve();
      await released;
      return send();
    });
    const { create, elapse } = ledgerAt("garmat");
    const late = create(acme, options);
    await settled.promise;
    await elapse(100_000);
    const { operations } = JSON.parse((await call("/v1/operations?connection=garmat")).text);
    const id: string = operations[0].id;
    return { id, late, release };
  }

  test("that reports an account replaces the resolution as not created", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const { id, late, release } = await createWithLateAnswer({ idempotencyKey });
    expect((await resolveOperation(id, notCreated)).operation?.state).toBe("not_created");
    release();
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
    expect((await resolveOperation(id, notCreated)).problem?.code).toBe("operation_not_in_review");
    expect((await create(acme, { idempotencyKey })).account?.id).toBe(created.account?.id);
    expect(sends()).toBe(1);
  });

  test.each([
    ["with the resolved id changes nothing", true],
    ["with another id is a duplicate", false],
  ])("%s", async (_, isSame) => {
    setup("garmat");
    const { id, late, release } = await createWithLateAnswer();
    const [candidate] = (await operationOf(id)).candidates as { id: string }[];
    const vendor_id = isSame ? candidate?.id : "acct-4711";
    await resolveOperation(id, { outcome: "created", vendor_id, reason: "Looked" });
    release();
    expect((await late).account?.id).toBe(vendor_id);
    const { account, duplicates } = await operationOf(id);
    expect([account?.id, duplicates]).toEqual([vendor_id, isSame ? [] : [candidate?.id]]);
    expect(loggedText().includes('"duplicate":true')).toBe(!isSame);
  });

  test("with a second account is recorded and logged as a duplicate", async () => {
    const { create, accounts } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const { id, late, release } = await createWithLateAnswer({ idempotencyKey, query: "?include=vendor_response" });
    await resolveOperation(id, notCreated);
    restoreLedgerCalls();
    // The account existed, so the resolution was wrong.
    const second = await create(acme, { idempotencyKey });
    expect(second.account?.operation).toBe(id);
    release();
    const first = await late;
    // Both requests get the same account.
    expect(first.account?.id).toBe(second.account?.id);
    expect(first.account?.vendor_response).toBe(null);
    const { state, account, duplicates } = await operationOf(id);
    expect([state, account?.id]).toEqual(["created", second.account?.id]);
    expect(duplicates).toHaveLength(1);
    expect(duplicates).not.toContain(second.account?.id);
    expect(await accounts()).toHaveLength(2);
    expect(loggedText()).toContain(`{"operation":"${id}","duplicate":true}`);
  });
});

test("a resolved operation expires", async () => {
  const { elapse } = setup("garmat", { connection: { retention_days: 1 } });
  const { id } = await inReview();
  await resolveOperation(id, notCreated);
  advance(1);
  await elapse(24 * 60 * 60 * 1000 + 10 * 60 * 1000);
  expect((await call(`/v1/operations/${id}`)).problem?.code).toBe("not_found");
});
