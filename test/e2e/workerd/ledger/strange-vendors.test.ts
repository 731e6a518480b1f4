/** If vendors and proxies behave strangely, a key still gets only one account, and no answer denies that account. */

import { describe, expect, test } from "vitest";
import { useVariables } from "../../../support/workerd/worker.ts";
import {
  acme,
  advance,
  answerRequests,
  crash,
  type Intercept,
  interceptVendors,
  ledgerAt,
  loseCreates,
  newIdempotencyKey,
  operationOf,
  resolveOperation,
  respondAsync,
  restoreVendors,
  sends,
  settleWindowMs,
  setup,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { isCreate, isLookup } from "../../../support/vendor-requests.ts";
import { hour, minute } from "../../../support/time.ts";
import { type StoredAccount, lost, strangeVendor } from "../../../support/workerd/strange-vendor.ts";

useLedgers();

const accentless = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "");
const tagless = (text: string) => text.replace(/<[^>]*>/g, "");

/** Enqueues a create, lets a day pass, and returns the state and the effect. */
async function enqueueAndWait(vendor: "clarus" | "elastic_path" | "zendesk", body: object) {
  const { operation } = await ledgerAt(vendor).create(body, { headers: respondAsync });
  await ledgerAt(vendor).elapse(25 * hour);
  const { state, problem } = await operationOf(operation?.id ?? "");
  return { state, effect: problem?.effect };
}

describe("a unique value that the vendor changes", () => {
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
    "%s, %s: no operation denies an account with our stamp",
    async (vendor, _case, body, storeUnique) => {
      const { create, elapse } = setup(vendor);
      const strange = strangeVendor(vendor, { storeUnique, answer: lost });
      interceptVendors(strange.intercept);
      const { problem } = await create(body);
      await elapse(200_000);
      const { state, problem: reported } = await operationOf(problem?.operation ?? "");
      expect(strange.all).toHaveLength(1);
      expect([state, reported?.effect]).not.toEqual(["not_created", "none"]);
    },
  );
  test.each(cases)(
    "%s, %s, checked for duplicates before the change: one account",
    async (vendor, _case, body, storeUnique) => {
      const strange = strangeVendor(vendor, { storeUnique, enforces: false, answer: lost });
      interceptVendors(strange.intercept);
      await enqueueAndWait(vendor, body);
      expect(strange.all).toHaveLength(1);
    },
  );
});

describe("a vendor that ignores the filter, and returns the first page of all accounts", () => {
  const quirks = (isLossy: () => boolean) => ({
    find: (all: StoredAccount[]) => all.slice(0, 25),
    meta: () => ({}),
    answer: () => (isLossy() ? lost() : undefined),
  });
  test.each(["elastic_path", "zendesk"] as const)(
    "%s, if that page has only other operations' accounts: one account",
    async (vendor) => {
      const { create } = setup(vendor);
      let isLossy = false;
      const strange = strangeVendor(
        vendor,
        quirks(() => isLossy),
      );
      interceptVendors(strange.intercept);
      for (let count = 0; count < 25; count += 1) await create({ name: `Customer ${count}` });
      isLossy = true;
      await enqueueAndWait(vendor, { name: "Victim" });
      expect(strange.all).toHaveLength(26);
    },
  );
  test.each([
    ["clarus", { name: "Victim" }],
    ["elastic_path", { name: "Victim", registration_id: "DE1" }],
  ] as const)("%s, in a lookup by unique value: accounts with other values are no duplicates", async (vendor, body) => {
    const strange = strangeVendor(
      vendor,
      quirks(() => true),
    );
    for (let count = 0; count < 25; count += 1)
      strange.all.push({
        id: `s${count}`,
        name: `Other ${count}`,
        ref: `x-${count}`,
        unique: `X-${count}`,
        atMs: Date.now(),
      });
    interceptVendors(strange.intercept);
    const { state, effect } = await enqueueAndWait(vendor, body);
    expect(strange.all).toHaveLength(26);
    expect([state, effect]).not.toEqual(["rejected", "none"]);
  });
});

describe("our account has the unique value, and a reference that the vendor changed or dropped", () => {
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
  ] as const)("%s, %s: never rejected with `effect: none`", async (vendor, _case, body, storeRef) => {
    const strange = strangeVendor(vendor, { storeRef, answer: lost });
    interceptVendors(strange.intercept);
    const { state, effect } = await enqueueAndWait(vendor, body);
    expect(strange.all).toHaveLength(1);
    expect([state, effect]).not.toEqual(["rejected", "none"]);
  });
});

describe("a proxy that repeats a create: the vendor stores the first and answers the second", () => {
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
    ["409 with a proxy's HTML", () => new Response("<html>Conflict</html>", { status: 409 })],
  ];
  describe.each(["clarus", "elastic_path", "zendesk"] as const)("%s", (vendor) => {
    test.each(answers)("%s: the answer does not say `effect: none`", async (_case, answer) => {
      const { create } = setup(vendor);
      const strange = strangeVendor(vendor, { answer: (_stored, count) => (count === 1 ? answer() : undefined) });
      interceptVendors(strange.intercept);
      const body = { name: "Victim", ...(vendor === "clarus" && { email: "a@b.example" }) };
      const { problem } = await create(body);
      expect(strange.all).toHaveLength(1);
      expect(problem?.effect ?? "created").not.toBe("none");
    });
  });
  test.each(["elastic_path", "zendesk"] as const)(
    "%s, 409 without a body, and the same key again: one account",
    async (vendor) => {
      const { create } = setup(vendor);
      const strange = strangeVendor(vendor, {
        answer: (_stored, count) => (count === 1 ? new Response(null, { status: 409 }) : undefined),
      });
      interceptVendors(strange.intercept);
      const idempotencyKey = newIdempotencyKey();
      await create({ name: "Victim" }, { idempotencyKey });
      await create({ name: "Victim" }, { idempotencyKey });
      expect(strange.all).toHaveLength(1);
    },
  );
});

describe("a reset sandbox that gives our account the id of another operation's account", () => {
  test.each(["clarus", "elastic_path", "zendesk"] as const)(
    "%s: a record with our stamp never counts as no account",
    async (vendor) => {
      const { create } = setup(vendor);
      const old = strangeVendor(vendor, { nextId: () => "1" });
      interceptVendors(old.intercept);
      await create({ name: "Before" });
      const strange = strangeVendor(vendor, { nextId: (count) => String(count + 1), answer: lost });
      interceptVendors(strange.intercept);
      const { state, effect } = await enqueueAndWait(vendor, { name: "Victim" });
      expect({ accounts: strange.all.length, isDenied: effect === "none", state }).toMatchObject({
        accounts: 1,
        isDenied: false,
      });
    },
  );
});

/** The vendor stores the account, and a proxy answers. */
const storedButAnswered =
  (answer: () => Response): Intercept =>
  async (request, pass) => {
    const reply = await pass();
    return isCreate(request) ? answer() : reply;
  };

describe.each([400, 409, 404, 413])(
  "a %d that is not in the vendor's format, after the vendor stored the account",
  (status) => {
    const html = () => new Response("<html>No</html>", { status });
    test("one key gets one account", async () => {
      const { create, accounts } = setup("elastic_path");
      interceptVendors(storedButAnswered(html));
      const idempotencyKey = newIdempotencyKey();
      await create(acme, { idempotencyKey });
      restoreVendors();
      await create(acme, { idempotencyKey });
      expect(await accounts()).toHaveLength(1);
    });
    test("a queued create gets at most one account", async () => {
      const { create, elapse, accounts } = setup("elastic_path");
      interceptVendors(storedButAnswered(html));
      const { operation } = await create(acme, { headers: respondAsync });
      await elapse(hour);
      expect((await accounts()).length).toBeLessThanOrEqual(1);
      expect((await operationOf(operation?.id ?? "")).state).not.toBe("not_created");
    });
  },
);

test("no answer denies the account if the vendor changes a unique value, and rejects the second create with an unknown text", async () => {
  const { create, accounts } = setup("elastic_path");
  // The vendor stores the registration id with single spaces. Its filter finds only the stored text.
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
  interceptVendors(storing);
  const idempotencyKey = newIdempotencyKey();
  const body = { name: "Acme", registration_id: "HRB  1" };
  const seen = [];
  for (let round = 0; round < 8; round += 1) {
    const { problem, status } = await create(body, { idempotencyKey });
    seen.push(problem === undefined ? status : `${problem.code} ${problem.effect}`);
    advance(settleWindowMs);
  }
  expect(await accounts()).toHaveLength(1);
  expect(seen.filter((each) => String(each).endsWith(" none"))).toEqual([]);
});

test("Clarus: a record with our code and name but no reference may be ours", async () => {
  const { create, elapse } = setup("clarus");
  interceptVendors(async (request, pass) => {
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    if (!request.url.endsWith("/graphql")) return reply;
    return new Response(
      (await reply.text()).replace(/"external_system_reference1":"[^"]*"/g, '"external_system_reference1":null'),
    );
  });
  const idempotencyKey = newIdempotencyKey();
  const { problem } = await create(acme, { idempotencyKey });
  await elapse(10 * settleWindowMs);
  expect((await operationOf(problem?.operation ?? "")).state).not.toBe("rejected");
});

test("a ledger without its connection's configuration does not answer too_many_operations", async () => {
  const { create } = setup("elastic_path");
  useVariables({});
  await crash();
  const { problem, status } = await create();
  expect(problem?.code ?? status).not.toBe("too_many_operations");
});

test.each([5, 2500])("a reply of %d records that all carry our stamp settles the operation", async (count) => {
  const { create } = setup("elastic_path");
  const stamp: { value: string } = { value: "" };
  interceptVendors(async (request, pass) => {
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
  const { problem, status } = await create({ name: "Acme", custom }, { headers: { Prefer: "handling=lenient" } });
  expect(problem?.detail ?? status).toBe(201);
});

test("Zendesk: a duplicate name is rejected in the end, although the first lookup met a 503", async () => {
  const { create, elapse } = setup("zendesk");
  await create({ name: "Acme", external_ref: "crm-1" });
  interceptVendors(async (request, pass) => (request.method === "GET" ? new Response("", { status: 503 }) : pass()));
  const idempotencyKey = newIdempotencyKey();
  const { problem } = await create({ name: "Acme", external_ref: "crm-2" }, { idempotencyKey });
  restoreVendors();
  await elapse(10 * settleWindowMs);
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
])("a 200 answer with %s does not count as created", async (_case, body) => {
  const { create } = setup("garmat");
  answerRequests(isCreate, () => Response.json(body));
  expect((await create({ name: "Victim" })).status).not.toBe(201);
});

describe("a 200 with an error inside its envelope", () => {
  test.each([
    ["zendesk", { organization: { id: 7, name: "Victim", success: false, error: "quota exceeded" } }],
    ["elastic_path", { data: { id: "7", type: "account", name: "Victim", errors: [{ detail: "quota exceeded" }] } }],
  ] as const)("%s: does not count as created", async (vendor, body) => {
    answerRequests(isCreate, () => Response.json(body));
    expect((await ledgerAt(vendor).create({ name: "Victim" })).status).not.toBe(201);
  });
});

test.each([false, true])(
  "after a resolution as not created, a create with a non-ASCII reference is sent again (async %s)",
  async (isAsync) => {
    const { create, elapse } = setup("elastic_path");
    interceptVendors(loseCreates);
    const idempotencyKey = newIdempotencyKey();
    const body = { name: "Acme", external_ref: "crm-\u00e9" };
    const headers = isAsync ? respondAsync : {};
    const first = await create(body, { idempotencyKey, headers });
    const id = first.problem?.operation ?? first.operation?.id ?? "";
    await elapse(10 * minute);
    expect((await operationOf(id)).state).toBe("needs_review");
    restoreVendors();
    const resolution = { outcome: "not_created", reason: "Not there" };
    const resolved = await resolveOperation(id, resolution);
    expect(resolved.operation?.state).toBe("not_created");
    const again = await create(body, { idempotencyKey, headers });
    await elapse(10 * minute);
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
    const { create, accounts } = setup("elastic_path", { readLagMs: 2000 });
    interceptVendors(storedButAnswered(() => new Response("<html>No</html>", { status })));
    const idempotencyKey = newIdempotencyKey();
    const one = await create(acme, { idempotencyKey });
    restoreVendors();
    advance(500);
    const two = await create(acme, { idempotencyKey });
    expect([one.problem?.effect, two.status, (await accounts()).length]).toEqual(["none", two.status, 1]);
  },
);
test("a proxy answers 404 after the vendor stored a queued account, and reads lag: it is found", async () => {
  const { enqueue, elapse, accounts } = setup("elastic_path", { readLagMs: 2000 });
  interceptVendors(storedButAnswered(() => new Response("<html>No</html>", { status: 404 })));
  const { operation } = await enqueue();
  await elapse(hour);
  expect([(await accounts()).length, (await operationOf(operation?.id ?? "")).state]).toEqual([1, "created"]);
});

test.each(["fails", "lags"])(
  "a 409 with an unknown text to a repeated create is an unknown outcome if the lookup %s",
  async (how) => {
    const { create, accounts, elapse } = setup("elastic_path", { readLagMs: how === "lags" ? 2000 : 0 });
    interceptVendors(async (request, pass) => {
      if (isCreate(request)) {
        await pass();
        return Response.json(
          { errors: [{ title: "Conflict", detail: "This external_ref is in use" }] },
          { status: 409 },
        );
      }
      if (how === "fails" && request.url.includes("filter=")) return new Response(null, { status: 503 });
      return pass();
    });
    const idempotencyKey = newIdempotencyKey();
    const { problem, status } = await create(acme, { idempotencyKey });
    expect(await accounts()).toHaveLength(1);
    restoreVendors();
    await elapse(hour);
    const replay = await create(acme, { idempotencyKey });
    expect([problem?.code ?? status, problem?.effect, replay.status]).toEqual(["outcome_unknown", "unknown", 201]);
  },
);

test("after a lookup whose result cannot be stored, nothing is sent", async () => {
  const { enqueue, runAlarm, nextAlarmMs, accounts, inStorage, elapse } = setup("elastic_path");
  let isLagging = true;
  interceptVendors(async (request, pass) => {
    if (isLookup(request) && request.url.includes("filter=") && isLagging)
      return Response.json({ data: [], meta: { results: { total: 0 } } });
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    return reply;
  });
  const { operation } = await enqueue();
  const id = operation?.id ?? "";
  while ((await operationOf(id)).state !== "queued" || sends() === 0) {
    await runAlarm();
    if ((await operationOf(id)).state === "queued" && sends() > 0) break;
    advance(((await nextAlarmMs()) ?? 0) - Date.now());
  }
  expect(sends()).toBe(1);
  isLagging = false;
  const [stored] = (await accounts()) as { id?: string; data?: { id: string } }[];
  const accountId = stored?.id ?? stored?.data?.id ?? "";
  expect(accountId).not.toBe("");
  await inStorage((storage) => {
    storage.sql.exec(
      `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, expires_at_ms, document)
       SELECT id || '-p', 'p', key_name, 'created', NULL, 99999999999999, json_set(document, '$.created', json(?)) FROM operations WHERE id = ?`,
      JSON.stringify({ account: { id: accountId, warnings: [] }, fields: 5 }),
      id,
    );
  });
  await elapse(minute);
  expect(await accounts()).toHaveLength(1);
});

test("a search that counts a record but does not list it proves no absence", async () => {
  const { enqueue, elapse } = setup("zendesk");
  interceptVendors(async (request, pass) => {
    if (request.url.includes("/search")) return Response.json({ organizations: [], count: 1, next_page: null });
    const reply = await pass();
    if (isCreate(request)) throw new Error("lost");
    return reply;
  });
  const { operation } = await enqueue();
  await elapse(hour);
  expect([(await operationOf(operation?.id ?? "")).state, sends()]).toEqual(["unknown", 1]);
});

test("the number of sends after answers that are not in the vendor's format is limited", async () => {
  const { enqueue, elapse, accounts } = setup("elastic_path");
  interceptVendors(async (request, pass) => {
    if (request.url.includes("filter=")) return Response.json({ data: [], meta: { results: { total: 0 } } });
    const reply = await pass();
    return isCreate(request) ? new Response("<html>", { status: 404 }) : reply;
  });
  const { operation } = await enqueue();
  await elapse(24 * hour);
  expect([
    (await accounts()).length <= 4,
    (await accounts()).length,
    (await operationOf(operation?.id ?? "")).state,
  ]).toEqual([true, 4, "needs_review"]);
});

test.each([500, 5000, 60_000])("after lookup replies nested %d deep, the operation goes to review", async (depth) => {
  const { create, elapse } = setup("elastic_path");
  interceptVendors(async (request, pass) => {
    if (request.url.includes("filter="))
      return new Response(
        `{"data":[{"type":"account","id":"1","name":"Acme","deep":${"[".repeat(depth)}${"]".repeat(depth)}}]}`,
      );
    if (isCreate(request)) throw new Error("lost");
    return pass();
  });
  const idempotencyKey = newIdempotencyKey();
  const { problem } = await create(acme, { idempotencyKey });
  await elapse(26 * hour);
  const again = await create(acme, { idempotencyKey });
  expect([(await operationOf(problem?.operation ?? "")).state, again.problem?.code]).toEqual([
    "needs_review",
    "operation_needs_review",
  ]);
});

test("after a resolution as not created, the create is sent again if the only record is another operation's account", async () => {
  const { create, elapse } = setup("elastic_path");
  const body = { name: "Acme", external_ref: "crm-1" };
  expect((await create(body)).status).toBe(201);
  interceptVendors(loseCreates);
  const idempotencyKey = newIdempotencyKey();
  const unknown = await create(body, { idempotencyKey, key: "other-key" });
  const id = unknown.problem?.operation ?? "";
  await elapse(10 * minute);
  expect((await operationOf(id)).state).toBe("needs_review");
  restoreVendors();
  const resolution = { outcome: "not_created", reason: "Not there" };
  await resolveOperation(id, resolution);
  const again = await create(body, { idempotencyKey, key: "other-key" });
  expect([again.status, (await operationOf(id)).state]).toEqual([201, "created"]);
});
