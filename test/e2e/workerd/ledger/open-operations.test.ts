/** The answers to an Idempotency-Key while its operation is open. */
import { describe, expect, test } from "vitest";
import {
  acme,
  advance,
  type Answer,
  answerRequests,
  call,
  connectionOf,
  hangUp,
  holdRequests,
  interceptVendors,
  ledgerAt,
  loseAnswers,
  newIdempotencyKey,
  operationOf,
  respondAsync,
  restoreVendors,
  sends,
  setup,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

/** Long enough for the gateway to wait while the test holds a create. */
const longTimeout = { timeout_ms: 10_000 };

describe.each(vendors)("%s", (vendor) => {
  test("a create that is being sent answers operation_in_progress", async () => {
    const { create } = setup(vendor, { connection: longTimeout });
    const idempotencyKey = newIdempotencyKey();
    const { reached, release } = holdRequests(isCreate);
    const first = create(acme, { idempotencyKey });
    await reached;
    const second = await create(acme, { idempotencyKey });
    expect(second.problem).toMatchObject({
      code: "operation_in_progress",
      status: 409,
      origin: "client",
      effect: "unknown",
      retry: "same_key",
    });
    expect(second.headers.get("Retry-After")).toBe("5");
    expect(second.headers.get("Idempotent-Replayed")).toBe(null);
    const asynchronous = await create(acme, { idempotencyKey, headers: respondAsync });
    expect(asynchronous.problem?.code).toBe("operation_in_progress");
    expect((await create({ name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    release();
    const created = await first;
    expect(created.account?.operation).toBe(second.problem?.operation);
    expect((await create(acme, { idempotencyKey })).text).toBe(created.text);
    expect(sends()).toBe(1);
  });

  test("of fifty requests at once, each answers the account or operation_in_progress", async () => {
    const { create, accounts } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(acme, { idempotencyKey })));
    const [created] = answers.filter(({ status }) => status === 201);
    const expected = ({ status }: Answer) => (status === 201 ? created?.text : "operation_in_progress");
    expect(answers.map(({ text, problem }) => problem?.code ?? text)).toEqual(answers.map(expected));
    expect(new Set(answers.map(({ headers }) => headers.get("Retry-After")))).toEqual(
      new Set(answers.map(({ status }) => (status === 201 ? null : "5"))),
    );
    expect(answers.filter(({ status, headers }) => status === 201 && !headers.has("Idempotent-Replayed"))).toHaveLength(
      1,
    );
    expect(sends()).toBe(1);
    expect(await accounts()).toHaveLength(1);
  });

  test("a client that disconnects gets its account with the next request", async () => {
    const { create } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const headers = { "Gateway-Connection": connectionOf(vendor), "Idempotency-Key": idempotencyKey };
    await hangUp("/v1/accounts", { headers, body: acme });
    const again = await create(acme, { idempotencyKey });
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.account?.name).toBe("Acme");
    const { state, attempt } = await operationOf(again.account?.operation ?? "");
    expect({ state, attempt }).toEqual({ state: "created", attempt: 1 });
    expect(sends()).toBe(1);
  });

  test("a queued create answers 202 again with respond-async, and operation_in_progress without", async () => {
    const { create, elapse } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey, headers: respondAsync });
    const id = first.operation?.id ?? "";
    expect(first.status).toBe(202);
    expect(first.headers.get("Location")).toBe(`/v1/operations/${id}`);
    expect(first.headers.get("Preference-Applied")).toBe("respond-async");
    expect(first.operation).toMatchObject({
      state: "queued",
      attempt: 0,
      asynchronous: true,
      account: null,
      problem: null,
    });

    const again = await create(acme, { idempotencyKey, headers: respondAsync });
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(again.headers.get("Location")).toBe(`/v1/operations/${id}`);

    const synchronous = await create(acme, { idempotencyKey });
    expect(synchronous.problem).toMatchObject({
      code: "operation_in_progress",
      effect: "unknown",
      retry: "same_key",
      operation: id,
    });
    expect(synchronous.headers.get("Retry-After")).toMatch(/^[1-5]$/);
    expect(sends()).toBe(0);

    await elapse(1_000);
    const final = await create(acme, { idempotencyKey, headers: respondAsync });
    expect(final.status).toBe(201);
    expect(final.headers.get("Idempotent-Replayed")).toBe("true");
    expect(final.account?.operation).toBe(id);
    expect(sends()).toBe(1);
  });
});

test("of fifty requests at once, one is sent", async () => {
  const { create, accounts } = setup("elastic_path", { connection: longTimeout });
  const idempotencyKey = newIdempotencyKey();
  const { reached, release } = holdRequests(isCreate);
  const all = Array.from({ length: 50 }, () => create(acme, { idempotencyKey }));
  await reached;
  // The gateway answers 49 of the 50 requests before the vendor answers.
  const early = await new Promise<Answer[]>((resolve) => {
    const answered: Answer[] = [];
    const note = (answer: Answer) => answered.push(answer) === 49 && resolve([...answered]);
    for (const each of all) void each.then(note);
  });
  expect(early.map(({ problem }) => problem?.code)).toEqual(Array.from({ length: 49 }, () => "operation_in_progress"));
  release();
  const answers = await Promise.all(all);
  const [created, ...others] = answers.filter(({ status }) => status === 201);
  expect(others).toEqual([]);
  expect(new Set(early.map(({ problem }) => problem?.operation))).toEqual(new Set([created?.account?.operation]));
  expect(sends()).toBe(1);
  expect(await accounts()).toHaveLength(1);
});

describe("an operation in review", () => {
  /** Garmat's lookups cannot show which operation created an account, so each lost create goes to review. */
  async function inReview(idempotencyKey: string): Promise<string> {
    interceptVendors(loseAnswers);
    const lost = await ledgerAt("garmat").create(acme, { idempotencyKey });
    restoreVendors();
    await ledgerAt("garmat").elapse(100_000);
    return lost.problem?.operation ?? "";
  }

  test("answers operation_needs_review, and sends nothing to the vendor", async () => {
    const { create } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    const operation = await inReview(idempotencyKey);
    const requests = traffic().length;
    for (const headers of [{}, respondAsync]) {
      const answer = await create(acme, { idempotencyKey, headers });
      expect(answer.problem).toMatchObject({
        code: "operation_needs_review",
        status: 409,
        origin: "gateway",
        effect: "unknown",
        retry: "never",
        operation,
        instance: `/v1/operations/${operation}`,
      });
      expect(answer.headers.get("Retry-After")).toBe(null);
      expect(answer.headers.get("Idempotent-Replayed")).toBe(null);
    }
    advance(365 * 24 * 60 * 60 * 1000);
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
    expect((await create({ name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    expect(traffic()).toHaveLength(requests);
  });

  test("answers operation_needs_review also while the connection is disabled because of configuration faults", async () => {
    const { create, configure } = setup("garmat");
    const idempotencyKey = newIdempotencyKey();
    await inReview(idempotencyKey);
    await configure({ timeout_ms: 0 });
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
  });
});

describe("after the target of the connection changed", () => {
  const bearer = { type: "bearer", token: { secret: "OAUTH" } };
  const oauthAs = (client_id: string) => ({
    type: "client_credentials",
    client_id,
    client_secret: { secret: "OAUTH" },
  });
  const otherTargets: [string, Vendor, Record<string, unknown>][] = [
    ["to another origin", "clarus", { base_url: "https://elsewhere.sandbox.test" }],
    ["to another port", "garmat", { base_url: "https://garmat.sandbox.test:8443" }],
    ["to another path", "elastic_path", { base_url: "https://elastic-path.sandbox.test/other" }],
    ["to another tenant", "clarus", { subdomain: "beta" }],
    ["as another client", "elastic_path", { auth: oauthAs("another") }],
    [
      "to another vendor",
      "clarus",
      { vendor: "elastic_path", subdomain: undefined, fallback: {}, base_url: "https://elastic-path.sandbox.test" },
    ],
  ];

  test.each(otherTargets)("%s (%s): a final operation answers idempotency_key_reused", async (_, vendor, changes) => {
    const { create, configure } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    await create(acme, { idempotencyKey });
    await configure(changes);
    const answer = await create(acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "idempotency_key_reused",
      status: 422,
      effect: "none",
      retry: "never",
    });
    expect(sends()).toBe(1);
  });

  test.each(otherTargets)(
    "%s (%s): an unknown outcome stays unknown, and no request is sent to a vendor",
    async (_, vendor, changes) => {
      const { create, configure, createAndLoseAnswer } = setup(vendor);
      const idempotencyKey = newIdempotencyKey();
      const lost = await createAndLoseAnswer(acme, { idempotencyKey });
      await configure(changes);
      const requests = traffic().length;
      const answer = await create(acme, { idempotencyKey });
      expect(answer.problem).toMatchObject({
        code: "outcome_unknown",
        effect: "unknown",
        operation: lost.problem?.operation,
      });
      expect(traffic()).toHaveLength(requests);
      await configure();
      const found = await create(acme, { idempotencyKey });
      expect(found.account?.operation ?? found.problem?.operation).toBe(lost.problem?.operation);
      expect(traffic().length).toBeGreaterThan(requests);
      expect(sends()).toBe(1);
    },
  );

  test.each(otherTargets.slice(2))(
    "%s (%s): an unknown outcome goes to review after the longest deploy",
    async (_, vendor, changes) => {
      const { elapse, configure, createAndLoseAnswer } = setup(vendor);
      const lost = await createAndLoseAnswer();
      await configure(changes);
      const requests = traffic().length;
      await elapse(9 * 60_000);
      expect((await operationOf(lost.problem?.operation ?? "")).state).toBe("unknown");
      await elapse(7 * 60_000);
      const { state, history } = await operationOf(lost.problem?.operation ?? "");
      expect([state, history.at(-1)?.reason]).toEqual(["needs_review", "target_changed"]);
      expect(traffic()).toHaveLength(requests);
    },
  );

  test.each(otherTargets)("%s (%s): an operation that was never sent starts again", async (_, vendor, changes) => {
    const { create, configure } = setup(vendor);
    interceptVendors(async (request, pass) =>
      isCreate(request) ? pass() : new Response("{}", { status: 401, headers: { "Retry-After": "9" } }),
    );
    const idempotencyKey = newIdempotencyKey();
    const first =
      vendor === "garmat"
        ? await create(acme, { idempotencyKey, headers: respondAsync })
        : await create(acme, { idempotencyKey });
    const before = first.problem?.operation ?? first.operation?.id;
    expect(sends()).toBe(0);
    await configure(changes);
    const again = await create(acme, { idempotencyKey });
    const now = again.account?.operation ?? again.problem?.operation ?? "";
    expect(now).not.toBe(before);
    expect(again.problem?.code).not.toBe("idempotency_key_reused");
    expect((await operationOf(now)).attempt).toBe(1);
    await configure();
    expect((await call(`/v1/operations/${before}`)).status).toBe(404);
  });

  test("a create that is being sent answers operation_in_progress, and its answer counts", async () => {
    const { create, configure } = setup("clarus", { connection: longTimeout });
    const idempotencyKey = newIdempotencyKey();
    const { reached, release } = holdRequests(isCreate);
    const first = create(acme, { idempotencyKey });
    await reached;
    await configure({ subdomain: "beta" });
    expect((await create(acme, { idempotencyKey })).problem?.code).toBe("operation_in_progress");
    release();
    const created = await first;
    expect(created.status).toBe(201);
    const { state, account } = await operationOf(created.account?.operation ?? "");
    expect([state, account?.id]).toEqual(["created", created.account?.id]);
  });

  test.each<[string, Vendor, Record<string, unknown>, Record<string, unknown>]>([
    [
      "another secret of the same client",
      "clarus",
      { auth: { ...oauthAs("sandbox"), client_secret: { secret: "NEW" } } },
      { NEW: "sandbox-secret-0123456789" },
    ],
    ["another raw key", "garmat", {}, { RAW: "sandbox-key-rotated" }],
    ["another timeout", "elastic_path", { timeout_ms: 5000 }, {}],
  ])("%s keeps the target", async (_, vendor, changes, others) => {
    const { create, configure } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const first = await create(acme, { idempotencyKey });
    await configure(changes, others);
    const again = await create(acme, { idempotencyKey });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  test("another bearer token keeps the target", async () => {
    const { create, configure } = setup("clarus");
    const tokens = { OAUTH: "sandbox-secret-0123456789", NEXT: "another-token-0123456789" };
    await configure({ auth: bearer }, tokens);
    answerRequests(isCreate, () =>
      Response.json({ data: { id: "7", type: "accounts", attributes: { ...acme, code: "A-1" } } }, { status: 201 }),
    );
    const idempotencyKey = newIdempotencyKey();
    const coded = { ...acme, code: "A-1" };
    const first = await create(coded, { idempotencyKey });
    expect(first.status).toBe(201);
    await configure({ clarus: { auth: { ...bearer, token: { secret: "NEXT" } } } }, tokens);
    expect((await create(coded, { idempotencyKey })).text).toBe(first.text);
  });
});
