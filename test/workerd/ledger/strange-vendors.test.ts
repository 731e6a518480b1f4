/** Never two accounts under one key, and no `effect: none` beside our own account, at vendors and proxies that are strange. */
import { describe, expect, test } from "vitest";
import { ledgersRead } from "../worker.ts";
import {
  advance,
  crash,
  create,
  elapse,
  held,
  type Intercept,
  isCreate,
  newKey,
  operationOf,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { type Kept, lost, strangeVendor } from "./strange-vendor.ts";

useLedgers();

const hourMs = 60 * 60 * 1000;
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
