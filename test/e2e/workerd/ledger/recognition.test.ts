/** A key never gets two accounts or another operation's account, even if the vendor changes the text that it stores. */
import { describe, expect, test } from "vitest";
import {
  acme,
  advance,
  answerRequests,
  type Intercept,
  interceptVendors,
  leaseMs,
  loseAnswers,
  loseCreates,
  newIdempotencyKey,
  operationOf,
  resolveOperation,
  respondAsync,
  restoreVendors,
  sends,
  settleWindowMs,
  setup,
  stampOf,
  traffic,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { lost } from "../../../support/workerd/strange-vendor.ts";
import { isCreate } from "../../../support/vendor-requests.ts";
import { hour } from "../../../support/time.ts";

useLedgers();

/** How vendors change text before they store it. */
const changesOfText = {
  NFC: (text: string) => text.normalize("NFC"),
  "white space collapsed": (text: string) => text.replace(/\s+/g, " "),
  "HTML escaped": (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;"),
  "cut to 32 characters": (text: string) => text.slice(0, 32),
  "zero-width characters stripped": (text: string) => text.replace(/[\u200B-\u200D]/g, ""),
};
const members = new Set(["name", "external_ref", "external_id"]);

/** A vendor that changes names and references before it stores them, and gives `answer` to creates. */
const changing =
  (rewrite: (text: string) => string, answer: () => Response): Intercept =>
  async (request, pass) => {
    if (request.headers.has("X-Stored") || !isCreate(request)) return pass();
    const body = JSON.stringify(JSON.parse(await request.clone().text()), (member, value: unknown) =>
      members.has(member) && typeof value === "string" ? rewrite(value) : value,
    );
    const headers = new Headers(request.headers);
    headers.delete("Content-Length");
    headers.set("X-Stored", "true");
    await fetch(new Request(request.url, { method: "POST", headers, body }));
    return answer();
  };

const badGateway = () => new Response("<html>502</html>", { status: 502 });
const sendsOfGateway = () =>
  traffic().filter((each) => isCreate(each) && each.headers["x-stored"] === undefined).length;
const oddName = 'Acme  "So\u0308hne" & Co\u200B, of a name that is cut';

describe.each(["elastic_path", "zendesk"] as const)(
  "%s, with a vendor that changes text before it stores it",
  (vendor) => {
    describe.each(Object.entries(changesOfText))("(%s)", (_name, rewrite) => {
      test.each([
        ["a stamp", { name: oddName }],
        ["a caller's reference", { name: oddName, external_ref: "crm-4711" }],
        ["a caller's reference that the vendor changes too", { name: oddName, external_ref: `crm-4711 ${oddName}` }],
      ])("%s: retries within a minute create one account", async (_case, body) => {
        const { create, elapse, accounts } = setup(vendor);
        interceptVendors(changing(rewrite, lost));
        const idempotencyKey = newIdempotencyKey();
        for (let passedMs = 0; passedMs < 55_000; passedMs += 5_000) {
          const { problem, status } = await create(body, { idempotencyKey });
          expect(problem?.effect ?? status).toBe(status === 201 ? 201 : "unknown");
          advance(5_000);
        }
        await elapse(10 * settleWindowMs);
        expect(await accounts()).toHaveLength(1);
        expect(sendsOfGateway()).toBe(1);
      });

      test("an asynchronous create creates one account, although every answer is a 502", async () => {
        const { create, elapse, accounts } = setup(vendor);
        interceptVendors(changing(rewrite, badGateway));
        const { operation } = await create({ name: oddName }, { headers: respondAsync });
        await elapse(24 * hour);
        expect(await accounts()).toHaveLength(1);
        expect((await operationOf(operation?.id ?? "")).state).toBe("created");
      });
    });
  },
);

describe.each(["elastic_path", "zendesk"] as const)("%s, a caller's reference", (vendor) => {
  const body = { name: "Bob Ltd", external_ref: "crm-1" };
  const record = (name: string) =>
    vendor === "zendesk"
      ? { organizations: [{ id: 7, name, external_id: "crm-1" }], count: 1, next_page: null }
      : { data: [{ type: "account", id: "7", name, external_ref: "crm-1" }], meta: { results: { total: 1 } } };

  test("on an account with another name leads to review", async () => {
    const { create, elapse } = setup(vendor);
    interceptVendors(async (request, pass) => {
      if (isCreate(request)) throw new Error("lost");
      return request.method === "GET" ? Response.json(record("Somebody else")) : pass();
    });
    const idempotencyKey = newIdempotencyKey();
    const { problem } = await create(body, { idempotencyKey });
    await elapse(leaseMs + 2 * settleWindowMs);
    const operation = await operationOf(problem?.operation ?? "");
    expect(operation.state).toBe("needs_review");
    expect(operation.candidates).toHaveLength(1);
    expect(sends()).toBe(1);
    // A person decides that the candidate is another account, so the create can be sent again.
    interceptVendors(async (request, pass) =>
      request.method === "GET" ? Response.json(record("Somebody else")) : pass(),
    );
    const resolution = { outcome: "not_created", reason: "Not ours" };
    await resolveOperation(operation.id, resolution);
    expect((await create(body, { idempotencyKey })).status).toBe(201);
  });

  test("on another operation's account does not return that account", async () => {
    const { create } = setup(vendor);
    const alice = await create(body, { key: "demo-key" });
    interceptVendors(loseCreates);
    const bobs = { key: "other-key", idempotencyKey: newIdempotencyKey() } as const;
    const first = await create(body, bobs);
    restoreVendors();
    for (const passedMs of [0, leaseMs, settleWindowMs, settleWindowMs]) {
      advance(passedMs);
      expect((await create(body, bobs)).account?.id ?? "none").not.toBe(alice.account?.id);
    }
    const { account } = await operationOf(first.problem?.operation ?? "");
    expect(account?.id ?? "none").not.toBe(alice.account?.id);
  });

  test("on an older account leads to review", async () => {
    const { create, elapse, createAndLoseRequest } = setup(vendor, { connection: { require_key: false } });
    // This account is created without a key, so it belongs to no operation.
    const older = await create(body, { idempotencyKey: null });
    expect(older.status).toBe(201);
    advance(hour);
    const { problem } = await createAndLoseRequest(body);
    await elapse(leaseMs + 2 * settleWindowMs);
    const operation = await operationOf(problem?.operation ?? "");
    expect([operation.state, operation.account]).toEqual(["needs_review", null]);
    expect(sends()).toBe(2);
  });
});

describe.each(["clarus", "elastic_path", "zendesk"] as const)("%s, a create whose requests are all lost", (vendor) => {
  test("is sent three more times, and then goes to review", async () => {
    const { create, elapse, accounts } = setup(vendor);
    interceptVendors(loseCreates);
    const { operation } = await create(acme, { headers: respondAsync });
    await elapse(48 * hour);
    const { state, history } = await operationOf(operation?.id ?? "");
    expect([state, history.at(-1)?.reason]).toEqual(["needs_review", "resend_limit"]);
    expect(sends()).toBe(4);
    expect(await accounts()).toEqual([]);
  });
});

/** A proxy that sends each create twice, and returns the second answer. */
const repeating: Intercept = async (request, pass) => {
  if (!isCreate(request) || request.headers.has("X-Repeated")) return pass();
  const headers = new Headers(request.headers);
  headers.set("X-Repeated", "true");
  const [first, second] = [request.clone(), request].map((each) => new Request(each, { headers }));
  await fetch(first as Request);
  return fetch(second as Request);
};

describe("a duplicate of our own account, because a proxy sent the request twice", () => {
  const cases: [Vendor, object][] = [
    ["clarus", { name: "Acme" }],
    ["clarus", { name: "Acme", external_ref: "crm-1" }],
    ["elastic_path", { name: "Acme", registration_id: "HRB 1" }],
    ["zendesk", { name: "Acme" }],
  ];
  test.each(cases)("%s %o: the operation is created", async (vendor, body) => {
    const { create, accounts } = setup(vendor);
    interceptVendors(repeating);
    const idempotencyKey = newIdempotencyKey();
    const created = await create(body, { idempotencyKey });
    expect(created.status).toBe(201);
    expect(created.account?.warnings.map(({ code }) => code)).toEqual(["reconciled"]);
    expect((await create(body, { idempotencyKey })).headers.get("Idempotent-Replayed")).toBe("true");
    expect(await accounts()).toHaveLength(1);
  });

  test.each(cases)("%s %o: a queued operation is created too", async (vendor, body) => {
    const { create, elapse } = setup(vendor);
    interceptVendors(repeating);
    const { operation } = await create(body, { headers: respondAsync });
    await elapse(10_000);
    expect((await operationOf(operation?.id ?? "")).state).toBe("created");
  });

  test("is an unknown outcome until a lookup shows the account", async () => {
    const { create, accounts } = setup("elastic_path", { readLagMs: 30_000 });
    interceptVendors(repeating);
    const idempotencyKey = newIdempotencyKey();
    const body = { name: "Acme", registration_id: "HRB 1" };
    const unknown = await create(body, { idempotencyKey });
    expect(unknown.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    advance(31_000);
    expect((await create(body, { idempotencyKey })).status).toBe(201);
    expect(await accounts()).toHaveLength(1);
  });

  test.each(["clarus", "zendesk"] as const)(
    "%s: another operation's account answers account_exists at once",
    async (vendor) => {
      const { create } = setup(vendor);
      await create({ name: "Acme", external_ref: "crm-1" });
      const { problem } = await create({ name: "Acme", external_ref: "crm-2" });
      expect(problem).toMatchObject({ code: "account_exists", status: 409, effect: "none" });
    },
  );

  test("elastic_path: another account of the same name answers account_exists at once, if no unique value was sent", async () => {
    const { create } = setup("elastic_path");
    await create({ name: "Acme", external_ref: "crm-1" });
    answerRequests(isCreate, () => Response.json({ errors: [{ detail: "Account already exists" }] }, { status: 409 }));
    const body = { name: "Acme", registration_id: null, external_ref: "crm-2" };
    const { problem } = await create(body);
    expect(problem).toMatchObject({ code: "account_exists", status: 409, effect: "none" });
  });
});

const refusal = JSON.stringify({ errors: [{ title: "Conflict", status: "409", detail: "Please try later" }] });
const refusals = [
  ["of the vendor", refusal],
  ["of a proxy", "<html>Conflict</html>"],
] as const;

test.each(refusals)("after an unknown outcome, a 409 %s causes a lookup", async (_source, text) => {
  const { create, elapse, accounts } = setup("elastic_path");
  interceptVendors(loseCreates);
  const idempotencyKey = newIdempotencyKey();
  const body = { name: "Acme" };
  const { problem } = await create(body, { idempotencyKey });
  restoreVendors();
  await elapse(leaseMs + settleWindowMs + 1_000);
  expect((await operationOf(problem?.operation ?? "")).state).toBe("not_created");
  // A proxy repeats the second attempt. The vendor stores the account, and the proxy returns the second answer.
  let isReadable = true;
  interceptVendors(async (request, pass) => {
    const answer = await pass();
    if (!isCreate(request)) return isReadable ? answer : new Response("Oops", { status: 500 });
    isReadable = false;
    return new Response(text, { status: 409 });
  });
  const unknown = await create(body, { idempotencyKey });
  expect(unknown.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
  restoreVendors();
  const found = await create(body, { idempotencyKey });
  expect(found.account?.external_ref).toBe(stampOf(problem?.operation));
  expect(await accounts()).toHaveLength(1);
});

test.each([404, 405, 421, 409, 400])(
  "after a single %d that is not in the vendor's format, the key can still create",
  async (status) => {
    const { create, accounts } = setup("clarus");
    answerRequests(isCreate, () => new Response("<html>No</html>", { status }));
    const idempotencyKey = newIdempotencyKey();
    const refused = await create(acme, { idempotencyKey });
    expect(refused.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
    expect((await operationOf(refused.problem?.operation ?? "")).state).toBe("not_created");
    restoreVendors();
    // The account may appear late. Only two lookups, a settle window apart, prove that no account exists.
    for (const passedMs of [0, leaseMs]) {
      advance(passedMs);
      const { problem, headers } = await create(acme, { idempotencyKey });
      expect(problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
      expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(await accounts()).toEqual([]);
    }
    advance(settleWindowMs);
    expect((await create(acme, { idempotencyKey })).status).toBe(201);
  },
);

test.each([401, 403, 429])("after a %d, a retry creates the account even if every lookup fails", async (status) => {
  const { create } = setup("elastic_path");
  const failingReads =
    (answer: Intercept): Intercept =>
    (request, pass) =>
      isCreate(request) || request.url.includes("/oauth") ? answer(request, pass) : Promise.resolve(badGateway());
  interceptVendors(failingReads(async (request, pass) => (isCreate(request) ? new Response("", { status }) : pass())));
  const idempotencyKey = newIdempotencyKey();
  const refused = await create(acme, { idempotencyKey });
  expect(refused.problem).toMatchObject({ effect: "none", retry: "later" });
  interceptVendors(failingReads((_request, pass) => pass()));
  expect((await create(acme, { idempotencyKey })).status).toBe(201);
});

test("an account whose answer is lost is found by its stamp, even after it is renamed", async () => {
  const { create } = setup("elastic_path");
  interceptVendors(async (request, pass) => {
    if (isCreate(request)) return loseAnswers(request, pass);
    const reply = await pass();
    return request.method === "GET"
      ? new Response((await reply.text()).replaceAll('"Acme"', '"Renamed by hand"'), { status: 200 })
      : reply;
  });
  const idempotencyKey = newIdempotencyKey();
  await create(acme, { idempotencyKey });
  const found = await create(acme, { idempotencyKey });
  expect(found.account?.warnings.map(({ code }) => code)).toEqual(["changed_by_vendor", "reconciled"]);
});

test("an answer with another operation's account leaves the outcome unknown", async () => {
  const { create, accounts } = setup("elastic_path");
  const alice = await create();
  expect(alice.status).toBe(201);
  answerRequests(isCreate, async () => Response.json({ data: (await accounts())[0] }, { status: 201 }));
  const { account, problem } = await create();
  expect(account).toBeUndefined();
  expect(problem).toMatchObject({ code: "vendor_contract_violation", effect: "unknown" });
});

test.each(refusals)(
  "a first 409 %s is not final while a lookup shows an account that may be ours",
  async (_source, text) => {
    const { create, accounts } = setup("elastic_path");
    interceptVendors(async (request, pass) => {
      const reply = await pass();
      if (isCreate(request)) return new Response(text, { status: 409 });
      return request.method === "GET"
        ? new Response((await reply.text()).replaceAll('"Acme"', '"Renamed by hand"'), { status: 200 })
        : reply;
    });
    const { problem } = await create({ name: "Acme", external_ref: "crm-1" });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
    expect(await accounts()).toHaveLength(1);
  },
);
