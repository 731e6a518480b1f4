/** Never two accounts under one key, and no account of another's, whatever the vendor makes of what it stores and says. */
import { describe, expect, test } from "vitest";
import {
  advance,
  afterCommit,
  beforeCommit,
  begin,
  call,
  create,
  elapse,
  held,
  type Intercept,
  isCreate,
  newKey,
  operationOf,
  sends,
  stampIn,
  traffic,
  useLedgers,
  type Vendor,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

const hourMs = 60 * 60 * 1000;
const leaseMs = 2 * (5_000 + 200) + 1_000 + 5_000;
const settleWindowMs = 60_000;
const asynchronously = { Prefer: "respond-async" };

/** What vendors make of a text before they store it. */
const rewritings = {
  NFC: (text: string) => text.normalize("NFC"),
  "white space collapsed": (text: string) => text.replace(/\s+/g, " "),
  "HTML escaped": (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;"),
  "cut to 32 characters": (text: string) => text.slice(0, 32),
  "zero-width characters stripped": (text: string) => text.replace(/[\u200B-\u200D]/g, ""),
};
const members = new Set(["name", "external_ref", "external_id"]);

/** A vendor that stores names and references so, and whose answers to creates are lost. */
const storing =
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
const lost = (): Response => {
  throw new Error("lost");
};
const sendsOfOurs = () => traffic().filter((each) => isCreate(each) && each.headers["x-stored"] === undefined).length;
const oddName = 'Acme  "So\u0308hne" & Co\u200B, of a name that is cut';

describe.each(["elastic_path", "zendesk"] as const)("%s, which stores text otherwise than it was sent", (vendor) => {
  describe.each(Object.entries(rewritings))("(%s)", (_name, rewrite) => {
    test.each([
      ["a stamp", { name: oddName }],
      ["a reference of the caller's", { name: oddName, external_ref: "crm-4711" }],
      ["a reference that is stored otherwise too", { name: oddName, external_ref: `crm-4711 ${oddName}` }],
    ])("%s: one account for every retry within a minute", async (_what, body) => {
      vendorsAnswer(storing(rewrite, lost));
      const idempotencyKey = newKey();
      for (let passedMs = 0; passedMs < 55_000; passedMs += 5_000) {
        const { problem, status } = await create(vendor, body, { idempotencyKey });
        expect(problem?.effect ?? status).toBe(status === 201 ? 201 : "unknown");
        advance(5_000);
      }
      await elapse(vendor, 10 * settleWindowMs);
      expect(await held(vendor)).toHaveLength(1);
      expect(sendsOfOurs()).toBe(1);
    });

    test("an asynchronous create ends with the one account, though every answer is a 502", async () => {
      vendorsAnswer(storing(rewrite, badGateway));
      const { operation } = await create(vendor, { name: oddName }, { headers: asynchronously });
      await elapse(vendor, 24 * hourMs);
      expect(await held(vendor)).toHaveLength(1);
      expect((await operationOf(operation?.id ?? "")).state).toBe("created");
    });
  });
});

describe.each(["elastic_path", "zendesk"] as const)("%s, a reference of the caller's", (vendor) => {
  const body = { name: "Bob Ltd", external_ref: "crm-1" };
  const record = (name: string) =>
    vendor === "zendesk"
      ? { organizations: [{ id: 7, name, external_id: "crm-1" }], count: 1, next_page: null }
      : { data: [{ type: "account", id: "7", name, external_ref: "crm-1" }], meta: { results: { total: 1 } } };

  test("that another account has under another name is for a person", async () => {
    vendorsAnswer(async (request, pass) => {
      if (isCreate(request)) throw new Error("lost");
      return request.method === "GET" ? Response.json(record("Somebody else")) : pass();
    });
    const idempotencyKey = newKey();
    const { problem } = await create(vendor, body, { idempotencyKey });
    await elapse(vendor, leaseMs + 2 * settleWindowMs);
    const operation = await operationOf(problem?.operation ?? "");
    expect(operation.state).toBe("needs_review");
    expect(operation.candidates).toHaveLength(1);
    expect(sends()).toBe(1);
    // A person rules the candidate out, and it stands in the way no more.
    vendorsAnswer(async (request, pass) =>
      request.method === "GET" ? Response.json(record("Somebody else")) : pass(),
    );
    const resolution = { outcome: "not_created", reason: "Not ours" };
    await call(`/v1/operations/${operation.id}/resolve`, { key: "operator-key", method: "POST", body: resolution });
    expect((await create(vendor, body, { idempotencyKey })).status).toBe(201);
  });

  test("that another operation's account has is not answered with that account", async () => {
    const alice = await create(vendor, body, { key: "demo-key" });
    vendorsAnswer(beforeCommit);
    const bobs = { key: "other-key", idempotencyKey: newKey() } as const;
    const first = await create(vendor, body, bobs);
    vendorsAreThemselves();
    for (const passedMs of [0, leaseMs, settleWindowMs, settleWindowMs]) {
      advance(passedMs);
      expect((await create(vendor, body, bobs)).account?.id ?? "none").not.toBe(alice.account?.id);
    }
    const { account } = await operationOf(first.problem?.operation ?? "");
    expect(account?.id ?? "none").not.toBe(alice.account?.id);
  });

  test("that an account of before the operation has is for a person", async () => {
    begin({ changes: { [vendor]: { require_key: false } } });
    // Past the gateway, or without a key: no operation holds it.
    const byHand = await create(vendor, body, { idempotencyKey: null });
    expect(byHand.status).toBe(201);
    advance(hourMs);
    vendorsAnswer(beforeCommit);
    const { problem } = await create(vendor, body);
    vendorsAreThemselves();
    await elapse(vendor, leaseMs + 2 * settleWindowMs);
    const operation = await operationOf(problem?.operation ?? "");
    expect([operation.state, operation.account]).toEqual(["needs_review", null]);
    expect(sends()).toBe(2);
  });
});

describe.each(["clarus", "elastic_path", "zendesk"] as const)("%s, an account that is lost every time", (vendor) => {
  test("is sent three times more, and is then a person's", async () => {
    vendorsAnswer(beforeCommit);
    const { operation } = await create(vendor, { name: "Acme" }, { headers: asynchronously });
    await elapse(vendor, 48 * hourMs);
    const { state, history } = await operationOf(operation?.id ?? "");
    expect([state, history.at(-1)?.reason]).toEqual(["needs_review", "resend_limit"]);
    expect(sends()).toBe(4);
    expect(await held(vendor)).toEqual([]);
  });
});

/** A proxy sends each create twice, and passes the second answer on. */
const repeating: Intercept = async (request, pass) => {
  if (!isCreate(request) || request.headers.has("X-Repeated")) return pass();
  const headers = new Headers(request.headers);
  headers.set("X-Repeated", "true");
  const [first, second] = [request.clone(), request].map((each) => new Request(each, { headers }));
  await fetch(first as Request);
  return fetch(second as Request);
};

describe("a duplicate that is our own, since a proxy sent the request twice", () => {
  const cases: [Vendor, object][] = [
    ["clarus", { name: "Acme" }],
    ["clarus", { name: "Acme", external_ref: "crm-1" }],
    ["elastic_path", { name: "Acme", registration_id: "HRB 1" }],
    ["zendesk", { name: "Acme" }],
  ];
  test.each(cases)("%s %o: is created", async (vendor, body) => {
    vendorsAnswer(repeating);
    const idempotencyKey = newKey();
    const created = await create(vendor, body, { idempotencyKey });
    expect(created.status).toBe(201);
    expect(created.account?.warnings.map(({ code }) => code)).toEqual(["reconciled"]);
    expect((await create(vendor, body, { idempotencyKey })).headers.get("Idempotent-Replayed")).toBe("true");
    expect(await held(vendor)).toHaveLength(1);
  });

  test.each(cases)("%s %o: is created in the queue too", async (vendor, body) => {
    vendorsAnswer(repeating);
    const { operation } = await create(vendor, body, { headers: asynchronously });
    await elapse(vendor, 10_000);
    expect((await operationOf(operation?.id ?? "")).state).toBe("created");
  });

  test("is unknown where no lookup can tell yet, and created once one can", async () => {
    begin({ readLagMs: 30_000 });
    vendorsAnswer(repeating);
    const idempotencyKey = newKey();
    const body = { name: "Acme", registration_id: "HRB 1" };
    const doubted = await create("elastic_path", body, { idempotencyKey });
    expect(doubted.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
    advance(31_000);
    expect((await create("elastic_path", body, { idempotencyKey })).status).toBe(201);
    expect(await held("elastic_path")).toHaveLength(1);
  });

  test.each(["clarus", "zendesk"] as const)("%s: another's is told as such at once", async (vendor) => {
    await create(vendor, { name: "Acme", external_ref: "crm-1" });
    const { problem } = await create(vendor, { name: "Acme", external_ref: "crm-2" });
    expect(problem).toMatchObject({ code: "account_exists", status: 409, effect: "none" });
  });

  test("elastic_path: another's of the same name is told as such at once, if no unique value was sent", async () => {
    await create("elastic_path", { name: "Acme", external_ref: "crm-1" });
    vendorsAnswer((request, pass) =>
      isCreate(request)
        ? Promise.resolve(Response.json({ errors: [{ detail: "Account already exists" }] }, { status: 409 }))
        : pass(),
    );
    const body = { name: "Acme", registration_id: null, external_ref: "crm-2" };
    const { problem } = await create("elastic_path", body);
    expect(problem).toMatchObject({ code: "account_exists", status: 409, effect: "none" });
  });
});

const refusal = JSON.stringify({ errors: [{ title: "Conflict", status: "409", detail: "Please try later" }] });
const refusals = [
  ["of the vendor's", refusal],
  ["of a proxy's", "<html>Conflict</html>"],
] as const;

test.each(refusals)("after an unknown outcome a refusal %s is looked into", async (_whose, text) => {
  vendorsAnswer(beforeCommit);
  const idempotencyKey = newKey();
  const body = { name: "Acme" };
  const { problem } = await create("elastic_path", body, { idempotencyKey });
  vendorsAreThemselves();
  await elapse("elastic_path", leaseMs + settleWindowMs + 1_000);
  expect((await operationOf(problem?.operation ?? "")).state).toBe("not_created");
  // The second attempt arrives twice: it is stored, and a proxy answers the repetition.
  let isReadable = true;
  vendorsAnswer(async (request, pass) => {
    const answer = await pass();
    if (!isCreate(request)) return isReadable ? answer : new Response("Oops", { status: 500 });
    isReadable = false;
    return new Response(text, { status: 409 });
  });
  const doubted = await create("elastic_path", body, { idempotencyKey });
  expect(doubted.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", retry: "same_key" });
  vendorsAreThemselves();
  const found = await create("elastic_path", body, { idempotencyKey });
  expect(found.account?.external_ref).toBe(stampIn(problem?.operation));
  expect(await held("elastic_path")).toHaveLength(1);
});

test.each([404, 405, 421, 409, 400])("a passing %d that is not the vendor's own burns no key", async (status) => {
  vendorsAnswer(async (request, pass) => (isCreate(request) ? new Response("<html>No</html>", { status }) : pass()));
  const idempotencyKey = newKey();
  const refused = await create("clarus", { name: "Acme" }, { idempotencyKey });
  expect(refused.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
  expect((await operationOf(refused.problem?.operation ?? "")).state).toBe("not_created");
  vendorsAreThemselves();
  // The account may still appear: that it does not is proven by two lookups, a settle window apart.
  for (const passedMs of [0, leaseMs]) {
    advance(passedMs);
    const { problem, headers } = await create("clarus", { name: "Acme" }, { idempotencyKey });
    expect(problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
    expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await held("clarus")).toEqual([]);
  }
  advance(settleWindowMs);
  expect((await create("clarus", { name: "Acme" }, { idempotencyKey })).status).toBe(201);
});

test.each([401, 403, 429])("a %d makes no operation uncreatable, whatever lookups meet", async (status) => {
  const noReads =
    (answer: Intercept): Intercept =>
    (request, pass) =>
      isCreate(request) || request.url.includes("/oauth") ? answer(request, pass) : Promise.resolve(badGateway());
  vendorsAnswer(noReads(async (request, pass) => (isCreate(request) ? new Response("", { status }) : pass())));
  const idempotencyKey = newKey();
  const refused = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  expect(refused.problem).toMatchObject({ effect: "none", retry: "later" });
  vendorsAnswer(noReads((_request, pass) => pass()));
  expect((await create("elastic_path", { name: "Acme" }, { idempotencyKey })).status).toBe(201);
});

test("an answer that is lost after a vendor has stored it is found under its stamp, whatever its name", async () => {
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request)) return afterCommit(request, pass);
    const reply = await pass();
    return request.method === "GET"
      ? new Response((await reply.text()).replaceAll('"Acme"', '"Renamed by hand"'), { status: 200 })
      : reply;
  });
  const idempotencyKey = newKey();
  await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  const found = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  expect(found.account?.warnings.map(({ code }) => code)).toEqual(["changed_by_vendor", "reconciled"]);
});

test("an answer with the account of another operation is not believed, and leaves the outcome unknown", async () => {
  const alice = await create("elastic_path", { name: "Acme" });
  expect(alice.status).toBe(201);
  vendorsAnswer(async (request, pass) =>
    isCreate(request) ? Response.json({ data: (await held("elastic_path"))[0] }, { status: 201 }) : pass(),
  );
  const { account, problem } = await create("elastic_path", { name: "Acme" });
  expect(account).toBeUndefined();
  expect(problem).toMatchObject({ code: "vendor_contract_violation", effect: "unknown" });
});

test.each(refusals)(
  "a first refusal %s is not believed while an account that may be ours is shown",
  async (_whose, text) => {
    vendorsAnswer(async (request, pass) => {
      const reply = await pass();
      if (isCreate(request)) return new Response(text, { status: 409 });
      return request.method === "GET"
        ? new Response((await reply.text()).replaceAll('"Acme"', '"Renamed by hand"'), { status: 200 })
        : reply;
    });
    const { problem } = await create("elastic_path", { name: "Acme", external_ref: "crm-1" });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
    expect(await held("elastic_path")).toHaveLength(1);
  },
);
