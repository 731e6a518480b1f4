/** What a request answers whose key stands for an operation that is still open. */
import { describe, expect, test } from "vitest";
import {
  advance,
  afterCommit,
  type Answer,
  begin,
  call,
  configure,
  connectionOf,
  create,
  elapse,
  hangUp,
  held,
  isCreate,
  newKey,
  operationOf,
  sends,
  traffic,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
const respondAsync = { Prefer: "respond-async" };

/** The vendor holds every create back until it is let go. */
function holdCreates() {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  vendorsAnswer(async (request, pass) => {
    if (!isCreate(request)) return pass();
    reached.resolve();
    await released.promise;
    return pass();
  });
  return { reached: reached.promise, release: released.resolve };
}

const patient = Object.fromEntries(vendors.map((vendor) => [vendor, { timeout_ms: 10_000 }]));

describe.each(vendors)("%s", (vendor) => {
  test("what is being sent is in progress", async () => {
    begin({ changes: patient });
    const idempotencyKey = newKey();
    const { reached, release } = holdCreates();
    const first = create(vendor, acme, { idempotencyKey });
    await reached;
    const second = await create(vendor, acme, { idempotencyKey });
    expect(second.problem).toMatchObject({
      code: "operation_in_progress",
      status: 409,
      origin: "client",
      effect: "unknown",
      retry: "same_key",
    });
    expect(second.headers.get("Retry-After")).toBe("5");
    expect(second.headers.get("Idempotent-Replayed")).toBe(null);
    const asynchronous = await create(vendor, acme, { idempotencyKey, headers: respondAsync });
    expect(asynchronous.problem?.code).toBe("operation_in_progress");
    expect((await create(vendor, { name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    release();
    const created = await first;
    expect(created.account?.operation).toBe(second.problem?.operation);
    expect((await create(vendor, acme, { idempotencyKey })).text).toBe(created.text);
    expect(sends()).toBe(1);
  });

  test("of fifty at once that are not held back each answers the account, or that it is under way", async () => {
    const idempotencyKey = newKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(vendor, acme, { idempotencyKey })));
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
    expect(await held(vendor)).toHaveLength(1);
  });

  test("a client that hangs up loses nothing", async () => {
    const idempotencyKey = newKey();
    const headers = { "Gateway-Connection": connectionOf(vendor), "Idempotency-Key": idempotencyKey };
    await hangUp("/v1/accounts", { headers, body: acme });
    const again = await create(vendor, acme, { idempotencyKey });
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.account?.name).toBe("Acme");
    const { state, attempt } = await operationOf(again.account?.operation ?? "");
    expect({ state, attempt }).toEqual({ state: "created", attempt: 1 });
    expect(sends()).toBe(1);
  });

  test("what is queued is told again with respond-async, and is in progress without", async () => {
    const idempotencyKey = newKey();
    const first = await create(vendor, acme, { idempotencyKey, headers: respondAsync });
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

    const again = await create(vendor, acme, { idempotencyKey, headers: respondAsync });
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(again.headers.get("Location")).toBe(`/v1/operations/${id}`);

    const synchronous = await create(vendor, acme, { idempotencyKey });
    expect(synchronous.problem).toMatchObject({
      code: "operation_in_progress",
      effect: "unknown",
      retry: "same_key",
      operation: id,
    });
    expect(synchronous.headers.get("Retry-After")).toMatch(/^[1-5]$/);
    expect(sends()).toBe(0);

    await elapse(vendor, 1_000);
    const final = await create(vendor, acme, { idempotencyKey, headers: respondAsync });
    expect(final.status).toBe(201);
    expect(final.headers.get("Idempotent-Replayed")).toBe("true");
    expect(final.account?.operation).toBe(id);
    expect(sends()).toBe(1);
  });
});

test("of fifty at once one is sent", async () => {
  begin({ changes: patient });
  const idempotencyKey = newKey();
  const { reached, release } = holdCreates();
  const all = Array.from({ length: 50 }, () => create("elastic_path", acme, { idempotencyKey }));
  await reached;
  // All but the one that is held back answer before it does.
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
  expect(await held("elastic_path")).toHaveLength(1);
});

describe("what needs a person's review", () => {
  /** On Garmat nothing tells whose an account is. */
  async function inReview(idempotencyKey: string): Promise<string> {
    vendorsAnswer(afterCommit);
    const lost = await create("garmat", acme, { idempotencyKey });
    vendorsAreThemselves();
    await elapse("garmat", 100_000);
    return lost.problem?.operation ?? "";
  }

  test("is never to be retried, and asks the vendor nothing", async () => {
    const idempotencyKey = newKey();
    const operation = await inReview(idempotencyKey);
    const asked = traffic().length;
    for (const headers of [{}, respondAsync]) {
      const answer = await create("garmat", acme, { idempotencyKey, headers });
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
    expect((await create("garmat", acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
    expect((await create("garmat", { name: "Beta" }, { idempotencyKey })).problem?.code).toBe("idempotency_key_reused");
    expect(traffic()).toHaveLength(asked);
  });

  test("is told so where the connection is out of use, too", async () => {
    const idempotencyKey = newKey();
    await inReview(idempotencyKey);
    await configure({ garmat: { timeout_ms: 0 } });
    expect((await create("garmat", acme, { idempotencyKey })).problem?.code).toBe("operation_needs_review");
  });
});

describe("where the connection leads elsewhere since", () => {
  const bearer = { type: "bearer", token: { secret: "OAUTH" } };
  const oauthAs = (client_id: string) => ({
    type: "client_credentials",
    client_id,
    client_secret: { secret: "OAUTH" },
  });
  const elsewhere: [string, Vendor, Record<string, unknown>][] = [
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

  test.each(elsewhere)("%s (%s): what is final answers that its key is used up", async (_, vendor, changes) => {
    const idempotencyKey = newKey();
    await create(vendor, acme, { idempotencyKey });
    await configure({ [vendor]: changes });
    const answer = await create(vendor, acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "idempotency_key_reused",
      status: 422,
      effect: "none",
      retry: "never",
    });
    expect(sends()).toBe(1);
  });

  test.each(elsewhere)("%s (%s): what is unknown stays so, and nobody is asked", async (_, vendor, changes) => {
    vendorsAnswer(afterCommit);
    const idempotencyKey = newKey();
    const lost = await create(vendor, acme, { idempotencyKey });
    vendorsAreThemselves();
    await configure({ [vendor]: changes });
    const asked = traffic().length;
    const answer = await create(vendor, acme, { idempotencyKey });
    expect(answer.problem).toMatchObject({
      code: "outcome_unknown",
      effect: "unknown",
      operation: lost.problem?.operation,
    });
    expect(traffic()).toHaveLength(asked);
    await configure({});
    const found = await create(vendor, acme, { idempotencyKey });
    expect(found.account?.operation ?? found.problem?.operation).toBe(lost.problem?.operation);
    expect(traffic().length).toBeGreaterThan(asked);
    expect(sends()).toBe(1);
  });

  test.each(elsewhere.slice(2))(
    "%s (%s): what is unknown goes to review once no deploy can be under way",
    async (_, vendor, changes) => {
      vendorsAnswer(afterCommit);
      const lost = await create(vendor, acme);
      vendorsAreThemselves();
      await configure({ [vendor]: changes });
      const asked = traffic().length;
      await elapse(vendor, 9 * 60_000);
      expect((await operationOf(lost.problem?.operation ?? "")).state).toBe("unknown");
      await elapse(vendor, 7 * 60_000);
      const { state, history } = await operationOf(lost.problem?.operation ?? "");
      expect([state, history.at(-1)?.reason]).toEqual(["needs_review", "target_changed"]);
      expect(traffic()).toHaveLength(asked);
    },
  );

  test.each(elsewhere)("%s (%s): what never left the gateway begins anew", async (_, vendor, changes) => {
    vendorsAnswer(async (request, pass) =>
      isCreate(request) ? pass() : new Response("{}", { status: 401, headers: { "Retry-After": "9" } }),
    );
    const idempotencyKey = newKey();
    const first =
      vendor === "garmat"
        ? await create(vendor, acme, { idempotencyKey, headers: respondAsync })
        : await create(vendor, acme, { idempotencyKey });
    const before = first.problem?.operation ?? first.operation?.id;
    expect(sends()).toBe(0);
    await configure({ [vendor]: changes });
    const again = await create(vendor, acme, { idempotencyKey });
    const now = again.account?.operation ?? again.problem?.operation ?? "";
    expect(now).not.toBe(before);
    expect(again.problem?.code).not.toBe("idempotency_key_reused");
    expect((await operationOf(now)).attempt).toBe(1);
    await configure({});
    expect((await call(`/v1/operations/${before}`)).status).toBe(404);
  });

  test("what was being sent is in progress, and its answer is taken", async () => {
    begin({ changes: patient });
    const idempotencyKey = newKey();
    const { reached, release } = holdCreates();
    const first = create("clarus", acme, { idempotencyKey });
    await reached;
    await configure({ clarus: { subdomain: "beta" } });
    expect((await create("clarus", acme, { idempotencyKey })).problem?.code).toBe("operation_in_progress");
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
  ])("%s leads nowhere else", async (_, vendor, changes, others) => {
    const idempotencyKey = newKey();
    const first = await create(vendor, acme, { idempotencyKey });
    await configure({ [vendor]: changes }, others);
    const again = await create(vendor, acme, { idempotencyKey });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  test("another bearer token leads nowhere else", async () => {
    const tokens = { OAUTH: "sandbox-secret-0123456789", NEXT: "another-token-0123456789" };
    await configure({ clarus: { auth: bearer } }, tokens);
    vendorsAnswer(async (request, pass) =>
      isCreate(request)
        ? Response.json({ data: { id: "7", type: "accounts", attributes: { ...acme, code: "A-1" } } }, { status: 201 })
        : pass(),
    );
    const idempotencyKey = newKey();
    const coded = { ...acme, code: "A-1" };
    const first = await create("clarus", coded, { idempotencyKey });
    expect(first.status).toBe(201);
    await configure({ clarus: { auth: { ...bearer, token: { secret: "NEXT" } } } }, tokens);
    expect((await create("clarus", coded, { idempotencyKey })).text).toBe(first.text);
  });
});
