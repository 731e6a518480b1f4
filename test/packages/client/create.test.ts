import { describe, expect, test, vi } from "vitest";
import { problemCodes, problemKinds } from "../../../schemas/problem.ts";
import {
  account,
  received,
  client,
  create,
  created,
  failureOf,
  gatewayAnswers,
  idempotencyKey,
  key,
  lost,
  never,
  problem,
  settled,
  useScriptedGateway,
} from "./scripted-gateway.ts";

useScriptedGateway();

const proxy =
  (status: number, headers = {}) =>
  () =>
    new Response("<h1>Sorry</h1>", { status, headers });
const waits = () => received.slice(1).map(({ atMs }, index) => atMs - (received[index]?.atMs ?? 0));

describe("the request of a create", () => {
  test("has the account, the key and the connection", async () => {
    gatewayAnswers(created);
    const result = await create({
      connection: "demo-garmat",
      handling: "lenient",
      include: ["fields", "vendor_response"],
    });
    expect(result).toEqual({ kind: "created", account, isReplay: false, idempotencyKey, requestId: "request-1" });
    expect(received).toEqual([
      {
        method: "POST",
        path: "/v1/accounts?include=fields%2Cvendor_response",
        headers: expect.objectContaining({
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "gateway-connection": "demo-garmat",
          "idempotency-key": `"${idempotencyKey}"`,
          prefer: "handling=lenient",
        }),
        body: '{"name":"Acme"}',
        atMs: 0,
      },
    ]);
  });

  test("has no headers or query for options that are not given", async () => {
    gatewayAnswers(created);
    await client().accounts.create({ name: "Acme" });
    expect(received[0]?.path).toBe("/v1/accounts");
    expect(received[0]?.headers).not.toHaveProperty("prefer");
    expect(received[0]?.headers).not.toHaveProperty("gateway-connection");
  });

  test("names the client's connection by default", async () => {
    gatewayAnswers(created, created);
    const { accounts } = client({ connection: "usual" });
    await accounts.create({ name: "Acme" });
    await accounts.create({ name: "Acme" }, { connection: "other" });
    expect(received.map(({ headers }) => headers["gateway-connection"])).toEqual(["usual", "other"]);
  });

  test("has a random key by default, which the result repeats", async () => {
    gatewayAnswers(created, created);
    const { accounts } = client();
    const results = [await accounts.create({ name: "Acme" }), await accounts.create({ name: "Acme" })];
    expect(results.map((result) => `"${result.idempotencyKey}"`)).toEqual(
      received.map(({ headers }) => headers["idempotency-key"]),
    );
    expect(new Set(results.map((result) => result.idempotencyKey)).size).toBe(2);
  });

  test("accepts a key of any printable characters", async () => {
    gatewayAnswers(created);
    await create({ idempotencyKey: String.raw`a, "b" \c` });
    expect(received[0]?.headers["idempotency-key"]).toBe(String.raw`"a, \"b\" \\c"`);
  });
});

test("a replayed account has isReplay", async () => {
  gatewayAnswers(() => Response.json(account, { status: 201, headers: { "Idempotent-Replayed": "true" } }));
  expect(await create()).toMatchObject({ isReplay: true });
});

test("unknown members of an answer pass unchanged", async () => {
  const newer = { ...account, industry: "space_travel", mascot: "a goat" };
  gatewayAnswers(() => Response.json(newer, { status: 201 }));
  expect(await create()).toHaveProperty("account", newer);
});

describe("a problem that allows a retry", () => {
  test.each([
    ["no answer", lost],
    ["a truncated answer", () => new Response("{", { status: 201 })],
    ["a proxy's 502", proxy(502)],
    ["a proxy's 429", proxy(429)],
    ["an unknown outcome", problem({ code: "outcome_unknown" })],
    ["a temporary problem", problem({ code: "vendor_unavailable" })],
  ])("(%s) is retried with the same request", async (_, answer) => {
    gatewayAnswers(answer, answer, created);
    expect(await settled(create())).toMatchObject({ kind: "created", idempotencyKey });
    const [first, ...others] = received.map(({ atMs: _atMs, ...rest }) => rest);
    expect(others).toEqual([first, first]);
  });

  test("is retried with the first body, even if the app changes the account meanwhile", async () => {
    gatewayAnswers(lost, created);
    const changing = { name: "Acme" };
    const call = client().accounts.create(changing);
    changing.name = "Another";
    await settled(call);
    expect(received.map(({ body }) => body)).toEqual(['{"name":"Acme"}', '{"name":"Acme"}']);
  });

  test("is retried with growing, random pauses", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(1);
    gatewayAnswers(...Array.from({ length: 7 }, () => lost), created);
    await settled(create());
    random.mockReturnValue(0);
    expect(waits()).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    gatewayAnswers(lost, created);
    await settled(create());
    expect(waits().at(-1)).toBe(125);
    random.mockRestore();
  });

  test.each([
    ["a problem", problem({ code: "vendor_rate_limited" }, { "Retry-After": "7" })],
    ["a proxy", proxy(503, { "Retry-After": "7" })],
  ])("of %s is retried after the time in its Retry-After", async (_, answer) => {
    gatewayAnswers(answer, created);
    await settled(create());
    expect(waits()).toEqual([7000]);
  });

  test("is retried after a pause if Retry-After is 0", async () => {
    gatewayAnswers(proxy(503, { "Retry-After": "0" }), created);
    await settled(create());
    expect(waits()[0]).toBeGreaterThanOrEqual(125);
  });

  test("is thrown at once if Retry-After ends after the deadline", async () => {
    gatewayAnswers(problem({ code: "outcome_unknown", operation: "o-1" }, { "Retry-After": "60" }));
    const { problem: thrown, ...error } = await failureOf(create());
    expect(thrown).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key", operation: "o-1" });
    expect(error).toMatchObject({ idempotencyKey, retryAfterMs: 60_000, requestId: "request-1" });
    expect(Date.now()).toBeLessThan(1000);
  });

  test("is thrown when the time is up", async () => {
    gatewayAnswers(problem({ code: "operation_in_progress" }, { "Retry-After": "1" }), lost, lost);
    const { problem: thrown } = await failureOf(create({ timeoutMs: 3600 }));
    expect(thrown).toMatchObject({ code: "operation_in_progress", effect: "unknown", retry: "same_key" });
    expect(thrown.detail).toContain("A later attempt failed with no_answer");
  });
});

describe("a problem that allows no retry", () => {
  const final = problemCodes.options.filter((code) => problemKinds[code].retry === "never");

  test.each(final)("(%s) is thrown at once, with the key", async (code) => {
    gatewayAnswers(problem({ code }));
    const error = await failureOf(client().accounts.create({ name: "Acme" }));
    expect(error.problem.code).toBe(code);
    expect(`"${error.idempotencyKey}"`).toBe(received[0]?.headers["idempotency-key"]);
  });

  test.each([301, 404, 403])("(%s from a proxy) is thrown at once", async (status) => {
    gatewayAnswers(proxy(status, { Location: "https://elsewhere.test" }));
    expect((await failureOf(create())).problem).toMatchObject({
      code: "unreadable_answer",
      status,
      effect: "unknown",
      retry: "never",
    });
  });
});

describe("a problem code that this client does not know", () => {
  const newer = { code: "vendor_on_holiday", detail: "Come back in May", effect: "none", country: "FR" };
  const answer = (retry: string) => () => Response.json({ ...newer, retry }, { status: 503 });

  test("becomes unrecognized_problem", async () => {
    gatewayAnswers(answer("never"));
    const answered = { ...newer, retry: "never" };
    const { code: _code, country: _country, ...known } = answered;
    expect((await failureOf(create())).problem).toEqual({ code: "unrecognized_problem", ...known, received: answered });
  });

  test("is retried if it allows that", async () => {
    gatewayAnswers(answer("later"), created);
    expect(await settled(create())).toMatchObject({ kind: "created" });
  });

  test("is not retried if its retry value is unknown", async () => {
    gatewayAnswers(answer("at_full_moon"));
    expect((await failureOf(create())).problem.code).toBe("unrecognized_problem");
  });
});

describe("a gateway that never answers", () => {
  test("is retried every 30 seconds until the time is up", async () => {
    gatewayAnswers(never, never);
    const { problem: thrown } = await failureOf(create({ timeoutMs: 45_000 }));
    expect(thrown).toMatchObject({ code: "no_answer", effect: "unknown", retry: "same_key" });
    expect(received[1]?.atMs).toBeGreaterThan(30_000);
    expect(Date.now()).toBeLessThan(45_100);
  });

  test("also times out if the body never ends", async () => {
    gatewayAnswers(() => new Response(new ReadableStream(), { status: 201 }));
    expect((await failureOf(create({ timeoutMs: 1000 }))).problem.code).toBe("no_answer");
    expect(Date.now()).toBeLessThan(1100);
  });
});

describe("a signal", () => {
  test.each([
    ["that gets no answer", never],
    ["that waits for Retry-After", problem({ code: "operation_in_progress" }, { "Retry-After": "9" })],
  ])("ends a call %s", async (_, answer) => {
    gatewayAnswers(answer);
    const controller = new AbortController();
    const call = failureOf(create({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(5000);
    controller.abort(new Error("The visitor left"));
    const error = await call;
    expect(error.problem).toMatchObject({ code: "aborted", effect: "unknown", retry: "same_key" });
    expect(error.cause).toEqual(new Error("The visitor left"));
    expect(error.idempotencyKey).toBe(idempotencyKey);
    expect(Date.now()).toBeLessThan(5200);
  });

  test("that has aborted already prevents the request", async () => {
    expect((await failureOf(create({ signal: AbortSignal.abort() }))).problem.code).toBe("aborted");
    expect(received).toEqual([]);
  });

  test("keeps no listener after the call", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    gatewayAnswers(lost, lost, created);
    await settled(create({ signal }));
    const listeners = (calls: unknown[][]) => calls.map(([, listener]) => listener);
    expect(listeners(added.mock.calls).length).toBeGreaterThan(0);
    expect(new Set(listeners(removed.mock.calls))).toEqual(new Set(listeners(added.mock.calls)));
  });
});

describe("with respondAsync", () => {
  const operation = { id: "o-1", vendor: "garmat", state: "queued", history: [] };

  test("a 202 is accepted, with the operation", async () => {
    gatewayAnswers(() => Response.json(operation, { status: 202 }));
    const result = await create({ respondAsync: true, handling: "strict" });
    expect(result).toEqual({ kind: "accepted", operation, idempotencyKey, requestId: null });
    expect(received[0]?.headers["prefer"]).toBe("handling=strict, respond-async");
  });

  test("a replayed 201 is created, with the account", async () => {
    gatewayAnswers(created);
    expect(await create({ respondAsync: true })).toMatchObject({ kind: "created", account });
  });

  test("an operation is unreadable for a create without respondAsync", async () => {
    gatewayAnswers(() => Response.json(operation, { status: 202 }));
    const error = await failureOf(create({ maxAttempts: 1 }));
    expect(error.problem).toMatchObject({ code: "unreadable_answer", effect: "unknown", retry: "same_key" });
  });
});

describe("createWithoutKey", () => {
  const createWithoutKey = () => client().accounts.createWithoutKey({ name: "Acme" }, { connection: "demo-garmat" });

  test("sends the account without an idempotency key", async () => {
    gatewayAnswers(created);
    expect(await createWithoutKey()).toEqual({ kind: "created", account, requestId: "request-1" });
    expect(received[0]?.headers).toMatchObject({ "gateway-connection": "demo-garmat" });
    expect(received[0]?.headers).not.toHaveProperty("idempotency-key");
  });

  test.each([
    ["no answer", lost],
    ["a proxy's 502", proxy(502)],
  ])("does not repeat the request after %s: an account may exist", async (_, answer) => {
    gatewayAnswers(answer);
    const error = await failureOf(createWithoutKey());
    expect(error).toMatchObject({ idempotencyKey: null, problem: { effect: "unknown", retry: "never" } });
    expect(received).toHaveLength(1);
  });

  test("retries after an answer whose effect is none", async () => {
    gatewayAnswers(problem({ code: "vendor_rate_limited" }), created);
    expect(await settled(createWithoutKey())).toMatchObject({ kind: "created" });
  });
});

test("a create sends a JSON string unchanged", async () => {
  const json = '{ "name": "Acme", "name": "Twice" }';
  gatewayAnswers(created);
  await client().accounts.create(json);
  expect(received[0]?.body).toBe(json);
});

test("maxAttempts limits how often a create is sent", async () => {
  gatewayAnswers(lost, lost);
  const error = await failureOf(create({ maxAttempts: 2 }));
  expect(error.problem).toMatchObject({ code: "no_answer", effect: "unknown", retry: "same_key" });
  expect(received).toHaveLength(2);
});

test("retryDelayMs sets the pause before each retry that has no Retry-After", async () => {
  const counts: number[] = [];
  const retryDelayMs = (attempts: number) => {
    counts.push(attempts);
    return 10 * attempts;
  };
  gatewayAnswers(lost, problem({ code: "vendor_unavailable" }, { "Retry-After": "1" }), lost, created);
  await settled(create({ retryDelayMs }));
  expect(counts).toEqual([1, 3]);
  expect(received.map(({ atMs }) => atMs)).toEqual([0, 10, 1010, 1040]);
});

test("onResponse is called with each answer's status and headers", async () => {
  gatewayAnswers(problem({ code: "vendor_unavailable" }, { "Server-Timing": "vendor;dur=9" }), lost, created);
  const responses: unknown[] = [];
  await settled(
    create({ onResponse: ({ status, headers }) => responses.push([status, headers.get("Server-Timing")]) }),
  );
  expect(responses).toEqual([
    [503, "vendor;dur=9"],
    [201, null],
  ]);
});
