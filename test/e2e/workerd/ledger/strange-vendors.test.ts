/** Never two accounts under one key, and no `effect: none` beside our own account, at vendors and proxies that are strange. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { ledgersRead } from "../worker.ts";
import {
  advance,
  beforeCommit,
  begin,
  call,
  crash,
  create,
  elapse,
  held,
  type Intercept,
  isCreate,
  ledgerOf,
  newKey,
  nextAlarmMs,
  operationOf,
  runAlarm,
  sends,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { enqueue, isLookup } from "./queue.ts";
import { type Kept, lost, strangeVendor } from "./strange-vendor.ts";

useLedgers();

const minute = 60_000;
const hourMs = 60 * minute;
const settleWindowMs = 60_000;
const asynchronously = { Prefer: "respond-async" };
const accentless = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "");
const tagless = (text: string) => text.replace(/<[^>]*>/g, "");

/** One asynchronous create whose every answer is lost, and how it stands after a day. */
async function lose(vendor: "clarus" | "elastic_path" | "zendesk", body: object) {
  const { operation } = await create(vendor, body, { headers: asynchronously });
  await elapse(vendor, 25 * hourMs);
  const { state, problem } = await operationOf(operation?.id ?? "");
  return { state, effect: problem?.effect };
}

describe("a unique value that is stored otherwise than it was sent", () => {
  const cases = [
    [
      "clarus",
      "code from the name, cut to 32",
      { name: "Acme Corporation of a long name for a long code" },
      (t: string) => t.slice(0, 32),
    ],
    ["clarus", "code with an umlaut", { name: "Acme", code: "m\u00fcller" }, accentless],
  ] as const;
  test.each(cases)(
    "%s, %s: no operation says `effect: none` beside an account with our stamp",
    async (vendor, _what, body, storeUnique) => {
      const shop = strangeVendor(vendor, { storeUnique, answer: lost });
      vendorsAnswer(shop.intercept);
      const { problem } = await create(vendor, body);
      await elapse(vendor, 200_000);
      const { state, problem: told } = await operationOf(problem?.operation ?? "");
      expect(shop.all).toHaveLength(1);
      expect([state, told?.effect]).not.toEqual(["not_created", "none"]);
    },
  );
  test.each(cases)("%s, %s, checked before it is changed: one account", async (vendor, _what, body, storeUnique) => {
    const shop = strangeVendor(vendor, { storeUnique, enforces: false, answer: lost });
    vendorsAnswer(shop.intercept);
    await lose(vendor, body);
    expect(shop.all).toHaveLength(1);
  });
});

describe("a vendor that ignores the filter, and shows the first page of everything", () => {
  const quirks = (isLossy: () => boolean) => ({
    find: (all: Kept[]) => all.slice(0, 25),
    meta: () => ({}),
    answer: () => (isLossy() ? lost() : undefined),
  });
  test.each(["elastic_path", "zendesk"] as const)(
    "%s: which is full of other operations' accounts: one account",
    async (vendor) => {
      let isLossy = false;
      const shop = strangeVendor(
        vendor,
        quirks(() => isLossy),
      );
      vendorsAnswer(shop.intercept);
      for (let count = 0; count < 25; count += 1) await create(vendor, { name: `Customer ${count}` });
      isLossy = true;
      await lose(vendor, { name: "Victim" });
      expect(shop.all).toHaveLength(26);
    },
  );
  test.each([
    ["clarus", { name: "Victim" }],
    ["elastic_path", { name: "Victim", registration_id: "DE1" }],
  ] as const)("%s, asked for a unique value: strangers with other values are not `taken`", async (vendor, body) => {
    const shop = strangeVendor(
      vendor,
      quirks(() => true),
    );
    for (let count = 0; count < 25; count += 1)
      shop.all.push({
        id: `s${count}`,
        name: `Stranger ${count}`,
        ref: `x-${count}`,
        unique: `X-${count}`,
        atMs: Date.now(),
      });
    vendorsAnswer(shop.intercept);
    const { state, effect } = await lose(vendor, body);
    expect(shop.all).toHaveLength(26);
    expect([state, effect]).not.toEqual(["rejected", "none"]);
  });
});

describe("our account answers the unique value, with a reference that the vendor has changed or dropped", () => {
  test.each([
    ["clarus", "accents", { name: "Acme", external_ref: "crm-m\u00fcller-4711" }, accentless],
    ["clarus", "tags", { name: "Acme", external_ref: "crm <b>4711</b>" }, tagless],
    ["clarus", "cut to 12", { name: "Acme", external_ref: "customer-4711-of-crm" }, (t: string) => t.slice(0, 12)],
    ["clarus", "stamp not shown", { name: "Acme" }, () => null],
    [
      "elastic_path",
      "accents",
      { name: "Acme", registration_id: "DE1", external_ref: "crm-m\u00fcller-4711" },
      accentless,
    ],
    ["elastic_path", "stamp not shown", { name: "Acme", registration_id: "DE1" }, () => null],
  ] as const)("%s, %s: never rejected with `effect: none`", async (vendor, _what, body, storeRef) => {
    const shop = strangeVendor(vendor, { storeRef, answer: lost });
    vendorsAnswer(shop.intercept);
    const { state, effect } = await lose(vendor, body);
    expect(shop.all).toHaveLength(1);
    expect([state, effect]).not.toEqual(["rejected", "none"]);
  });
});

describe("a proxy that repeats a create: the first is stored, the second answered", () => {
  const duplicate = (detail: string, pointer?: string) => () =>
    Response.json({ errors: [{ detail, ...(pointer && { source: { pointer } }) }] }, { status: 422 });
  const answers: [string, () => Response][] = [
    ["a duplicate of the e-mail", duplicate("Email has already been taken", "/data/attributes/email")],
    ["a duplicate of the legal name", duplicate("legal_name already exists")],
    ["`Company already exists`", duplicate("Company already exists")],
    ["`Name has already been used`", duplicate("Name has already been used")],
    ["`The value is not unique`", duplicate("The value is not unique")],
    ["`An organization with this name exists`", duplicate("An organization with this name exists")],
    ["`NAME_ALREADY_EXISTS`", duplicate("NAME_ALREADY_EXISTS")],
    ["`already_exists` of a field", duplicate("already_exists", "/name")],
    ["409 `Conflict`", () => Response.json({ errors: [{ title: "Conflict" }] }, { status: 409 })],
    ["409 without a body", () => new Response(null, { status: 409 })],
    ["409 of a proxy's HTML", () => new Response("<html>Conflict</html>", { status: 409 })],
  ];
  describe.each(["clarus", "elastic_path", "zendesk"] as const)("%s", (vendor) => {
    test.each(answers)("%s: the answer does not say `effect: none`", async (_what, answer) => {
      const shop = strangeVendor(vendor, { answer: (_kept, count) => (count === 1 ? answer() : undefined) });
      vendorsAnswer(shop.intercept);
      const body = { name: "Victim", ...(vendor === "clarus" && { email: "a@b.example" }) };
      const { problem } = await create(vendor, body);
      expect(shop.all).toHaveLength(1);
      expect(problem?.effect ?? "created").not.toBe("none");
    });
  });
  test.each(["elastic_path", "zendesk"] as const)(
    "%s, 409 without a body, and the same key again: one account",
    async (vendor) => {
      const shop = strangeVendor(vendor, {
        answer: (_kept, count) => (count === 1 ? new Response(null, { status: 409 }) : undefined),
      });
      vendorsAnswer(shop.intercept);
      const idempotencyKey = newKey();
      await create(vendor, { name: "Victim" }, { idempotencyKey });
      await create(vendor, { name: "Victim" }, { idempotencyKey });
      expect(shop.all).toHaveLength(1);
    },
  );
});

describe("ids that begin anew (of a sandbox that was reset), so that another operation holds ours", () => {
  test.each(["clarus", "elastic_path", "zendesk"] as const)(
    "%s: a record with our stamp is never an absence",
    async (vendor) => {
      const old = strangeVendor(vendor, { nextId: () => "1" });
      vendorsAnswer(old.intercept);
      await create(vendor, { name: "Before" });
      const shop = strangeVendor(vendor, { nextId: (count) => String(count + 1), answer: lost });
      vendorsAnswer(shop.intercept);
      const { state, effect } = await lose(vendor, { name: "Victim" });
      expect({ accounts: shop.all.length, isLie: effect === "none", state }).toMatchObject({
        accounts: 1,
        isLie: false,
      });
    },
  );
});
/** The vendor stores the account, and something in between answers. */
const storedBut =
  (answer: () => Response): Intercept =>
  async (request, pass) => {
    const reply = await pass();
    return isCreate(request) ? answer() : reply;
  };

describe.each([400, 409, 404, 413])("a %d in no words of the vendor's, after it stored the account", (status) => {
  const html = () => new Response("<html>No</html>", { status });
  test("never two accounts under one key", async () => {
    vendorsAnswer(storedBut(html));
    const idempotencyKey = newKey();
    await create("elastic_path", { name: "Acme" }, { idempotencyKey });
    vendorsAreThemselves();
    await create("elastic_path", { name: "Acme" }, { idempotencyKey });
    expect(await held("elastic_path")).toHaveLength(1);
  });
  test("nor in the queue", async () => {
    vendorsAnswer(storedBut(html));
    const { operation } = await create("elastic_path", { name: "Acme" }, { headers: asynchronously });
    await elapse("elastic_path", hourMs);
    expect((await held("elastic_path")).length).toBeLessThanOrEqual(1);
    expect((await operationOf(operation?.id ?? "")).state).not.toBe("not_created");
  });
});

test("no `effect: none` where a unique value is stored otherwise, and the refusal of the second is in unknown words", async () => {
  // The registration id is stored with single spaces; the filter finds what is stored to the letter.
  const storing: Intercept = async (request, pass) => {
    if (!isCreate(request) || request.headers.has("X-Stored")) return pass();
    const headers = new Headers(request.headers);
    headers.set("X-Stored", "true");
    headers.delete("Content-Length");
    const body = (await request.clone().text()).replaceAll("HRB  1", "HRB 1");
    const reply = await fetch(new Request(request.url, { method: "POST", headers, body }));
    if (reply.ok) throw new Error("lost");
    return Response.json(
      { errors: [{ title: "Validation", detail: "registration_id is not available" }] },
      { status: 422 },
    );
  };
  vendorsAnswer(storing);
  const idempotencyKey = newKey();
  const body = { name: "Acme", registration_id: "HRB  1" };
  const seen = [];
  for (let round = 0; round < 8; round += 1) {
    const { problem, status } = await create("elastic_path", body, { idempotencyKey });
    seen.push(problem === undefined ? status : `${problem.code} ${problem.effect}`);
    advance(settleWindowMs);
  }
  expect(await held("elastic_path")).toHaveLength(1);
  expect(seen.filter((each) => String(each).endsWith(" none"))).toEqual([]);
});

test("Clarus: a record with our code and name that shows no reference is not certainly another's", async () => {
  vendorsAnswer(async (request, pass) => {
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    if (!request.url.endsWith("/graphql")) return reply;
    return new Response(
      (await reply.text()).replace(/"external_system_reference1":"[^"]*"/g, '"external_system_reference1":null'),
    );
  });
  const idempotencyKey = newKey();
  const { problem } = await create("clarus", { name: "Acme" }, { idempotencyKey });
  await elapse("clarus", 10 * settleWindowMs);
  expect((await operationOf(problem?.operation ?? "")).state).not.toBe("rejected");
});

test("a ledger that does not know its connection yet does not say that there are too many operations", async () => {
  ledgersRead({});
  await crash();
  const { problem, status } = await create("elastic_path", { name: "Acme" });
  expect(problem?.code ?? status).not.toBe("too_many_operations");
});

test.each([5, 2500])("a reply of %d records that all carry our stamp settles the operation", async (count) => {
  const stamp: { value: string } = { value: "" };
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request)) {
      stamp.value = JSON.parse(await request.clone().text()).data.external_ref;
      return Response.json({ errors: [{ title: "Conflict", detail: "account already exists" }] }, { status: 409 });
    }
    if (!request.url.includes("filter=")) return pass();
    const data = Array.from({ length: count }, (_, index) => ({
      type: "account",
      id: String(index + 1),
      name: "Acme",
      external_ref: stamp.value,
    }));
    return Response.json({ data });
  });
  const custom = Object.fromEntries(Array.from({ length: 190 }, (_, index) => [`c${index}`, "x".repeat(250)]));
  const { problem, status } = await create(
    "elastic_path",
    { name: "Acme", custom },
    { headers: { Prefer: "handling=lenient" } },
  );
  expect(problem?.detail ?? status).toBe(201);
});

test("Zendesk: a plain duplicate of a name is told as one, though the one lookup at once met a 503", async () => {
  await create("zendesk", { name: "Acme", external_ref: "crm-1" });
  vendorsAnswer(async (request, pass) => (request.method === "GET" ? new Response("", { status: 503 }) : pass()));
  const idempotencyKey = newKey();
  const { problem } = await create("zendesk", { name: "Acme", external_ref: "crm-2" }, { idempotencyKey });
  vendorsAreThemselves();
  await elapse("zendesk", 10 * settleWindowMs);
  expect((await operationOf(problem?.operation ?? "")).state).toBe("rejected");
});

const account = { id: "req-1", name: "Victim", type: "customer", status: "active" };
test.each([
  ["ok: false", { ...account, ok: false }],
  ["success: 'false'", { ...account, success: "false" }],
  ["created: false", { ...account, created: false }],
  ["an error code", { id: "req-1", name: "Victim", errorCode: 17, error_message: "quota exceeded" }],
  ["a zero-width id", { ...account, id: "\u200b" }],
  ["an id of a control character", { ...account, id: "\u0000" }],
  ["an id that is `undefined`", { ...account, id: "undefined" }],
  ["an id of 200,000 characters", { ...account, id: "x".repeat(200_000) }],
  ["the nil UUID", { ...account, id: "00000000-0000-0000-0000-000000000000" }],
])("an answer of 200 with %s is no account", async (_what, body) => {
  vendorsAnswer(async (request, pass) => (isCreate(request) ? Response.json(body) : pass()));
  expect((await create("garmat", { name: "Victim" })).status).not.toBe(201);
});

describe("an error within the envelope", () => {
  test.each([
    ["zendesk", { organization: { id: 7, name: "Victim", success: false, error: "quota exceeded" } }],
    ["elastic_path", { data: { id: "7", type: "account", name: "Victim", errors: [{ detail: "quota exceeded" }] } }],
  ] as const)("%s", async (vendor, body) => {
    vendorsAnswer(async (request, pass) => (isCreate(request) ? Response.json(body) : pass()));
    expect((await create(vendor, { name: "Victim" })).status).not.toBe(201);
  });
});

test.each([false, true])(
  "a person's 'not created' lets a non-ASCII reference be sent again (async %s)",
  async (isAsync) => {
    vendorsAnswer(beforeCommit);
    const idempotencyKey = newKey();
    const body = { name: "Acme", external_ref: "crm-\u00e9" };
    const headers = isAsync ? { Prefer: "respond-async" } : {};
    const first = await create("elastic_path", body, { idempotencyKey, headers });
    const id = first.problem?.operation ?? first.operation?.id ?? "";
    await elapse("elastic_path", 10 * minute);
    expect((await operationOf(id)).state).toBe("needs_review");
    vendorsAreThemselves();
    const resolution = { outcome: "not_created", reason: "Not there" };
    const said = await call(`/v1/operations/${id}/resolve`, { key: "operator-key", method: "POST", body: resolution });
    expect(said.operation?.state).toBe("not_created");
    const again = await create("elastic_path", body, { idempotencyKey, headers });
    await elapse("elastic_path", 10 * minute);
    expect([again.status, again.problem?.code, (await operationOf(id)).state]).toEqual([
      isAsync ? 202 : 201,
      undefined,
      "created",
    ]);
  },
);

test.each([404, 400])(
  "a proxy answers %d after the vendor stored the account, and reads lag 2 s: the key creates no second one",
  async (status) => {
    begin({ readLagMs: 2000 });
    vendorsAnswer(storedBut(() => new Response("<html>No</html>", { status })));
    const idempotencyKey = newKey();
    const one = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
    vendorsAreThemselves();
    advance(500);
    const two = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
    expect([one.problem?.effect, two.status, (await held("elastic_path")).length]).toEqual(["none", two.status, 1]);
  },
);
test("a proxy answers 404 after the vendor stored a queued account, and reads lag: it is found", async () => {
  begin({ readLagMs: 2000 });
  vendorsAnswer(storedBut(() => new Response("<html>No</html>", { status: 404 })));
  const { operation } = await enqueue("elastic_path", { name: "Acme" });
  await elapse("elastic_path", hourMs);
  expect([(await held("elastic_path")).length, (await operationOf(operation?.id ?? "")).state]).toEqual([1, "created"]);
});

test.each(["fails", "lags"])("409 in other words to the second of a repeated POST, lookup %s", async (how) => {
  begin({ readLagMs: how === "lags" ? 2000 : 0 });
  vendorsAnswer(async (request, pass) => {
    if (isCreate(request)) {
      await pass();
      return Response.json({ errors: [{ title: "Conflict", detail: "This external_ref is in use" }] }, { status: 409 });
    }
    if (how === "fails" && request.url.includes("filter=")) return new Response(null, { status: 503 });
    return pass();
  });
  const idempotencyKey = newKey();
  const { problem, status } = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  expect(await held("elastic_path")).toHaveLength(1);
  vendorsAreThemselves();
  await elapse("elastic_path", hourMs);
  const replay = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  expect([problem?.code ?? status, problem?.effect, replay.status]).toEqual(["outcome_unknown", "unknown", 201]);
});

test("a lookup whose result cannot be noted lets nothing be sent", async () => {
  let isLagging = true;
  vendorsAnswer(async (request, pass) => {
    if (isLookup(request) && request.url.includes("filter=") && isLagging)
      return Response.json({ data: [], meta: { results: { total: 0 } } });
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    return reply;
  });
  const { operation } = await enqueue("elastic_path", { name: "Acme" });
  const id = operation?.id ?? "";
  while ((await operationOf(id)).state !== "queued" || sends() === 0) {
    await runAlarm("elastic_path");
    if ((await operationOf(id)).state === "queued" && sends() > 0) break;
    advance(((await nextAlarmMs("elastic_path")) ?? 0) - Date.now());
  }
  expect(sends()).toBe(1);
  isLagging = false;
  const [stored] = (await held("elastic_path")) as { id?: string; data?: { id: string } }[];
  const accountId = stored?.id ?? stored?.data?.id ?? "";
  expect(accountId).not.toBe("");
  await runInDurableObject(ledgerOf("elastic_path"), (_l, { storage }) => {
    storage.sql.exec(
      `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, expires_at_ms, document)
       SELECT id || '-p', 'p', key_name, 'created', NULL, 99999999999999, json_set(document, '$.created', json(?)) FROM operations WHERE id = ?`,
      JSON.stringify({ account: { id: accountId, warnings: [] }, fields: 5 }),
      id,
    );
  });
  await elapse("elastic_path", minute);
  expect(await held("elastic_path")).toHaveLength(1);
});

test("a search that counts a record that it does not list is no absence", async () => {
  vendorsAnswer(async (request, pass) => {
    if (request.url.includes("/search")) return Response.json({ organizations: [], count: 1, next_page: null });
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    return reply;
  });
  const { operation } = await enqueue("zendesk", { name: "Acme" });
  await elapse("zendesk", hourMs);
  expect([(await operationOf(operation?.id ?? "")).state, sends()]).toEqual(["unknown", 1]);
});

test("resends after answers that are not the vendor's are bounded too", async () => {
  vendorsAnswer(async (request, pass) => {
    if (request.url.includes("filter=")) return Response.json({ data: [], meta: { results: { total: 0 } } });
    const reply = await pass();
    return isCreate(request) ? new Response("<html>", { status: 404 }) : reply;
  });
  const { operation } = await enqueue("elastic_path", { name: "Acme" });
  await elapse("elastic_path", 24 * hourMs);
  expect([
    (await held("elastic_path")).length <= 4,
    (await held("elastic_path")).length,
    (await operationOf(operation?.id ?? "")).state,
  ]).toEqual([true, 4, "needs_review"]);
});

test.each([500, 5000, 60_000])("a lookup reply nested %d deep leaves nothing stuck", async (depth) => {
  vendorsAnswer(async (request, pass) => {
    if (request.url.includes("filter="))
      return new Response(
        `{"data":[{"type":"account","id":"1","name":"Acme","deep":${"[".repeat(depth)}${"]".repeat(depth)}}]}`,
      );
    if (isCreate(request)) throw new Error("lost");
    return pass();
  });
  const idempotencyKey = newKey();
  const { problem } = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  await elapse("elastic_path", 26 * hourMs);
  const again = await create("elastic_path", { name: "Acme" }, { idempotencyKey });
  expect([(await operationOf(problem?.operation ?? "")).state, again.problem?.code]).toEqual([
    "needs_review",
    "operation_needs_review",
  ]);
});

test("a person's 'not created' counts where the only record is another operation's", async () => {
  const body = { name: "Acme", external_ref: "crm-1" };
  expect((await create("elastic_path", body)).status).toBe(201);
  vendorsAnswer(beforeCommit);
  const idempotencyKey = newKey();
  const doubted = await create("elastic_path", body, { idempotencyKey, key: "other-key" });
  const id = doubted.problem?.operation ?? "";
  await elapse("elastic_path", 10 * minute);
  expect((await operationOf(id)).state).toBe("needs_review");
  vendorsAreThemselves();
  const resolution = { outcome: "not_created", reason: "Not there" };
  await call(`/v1/operations/${id}/resolve`, { key: "operator-key", method: "POST", body: resolution });
  const again = await create("elastic_path", body, { idempotencyKey, key: "other-key" });
  expect([again.status, (await operationOf(id)).state]).toEqual([201, "created"]);
});
