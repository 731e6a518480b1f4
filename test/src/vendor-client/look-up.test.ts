/** The results of a lookup contain no secret, and still identify the account. */
import { expect, test } from "vitest";
import { canary, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import type { Json } from "../../../schemas/json.ts";
import { newProgress } from "../../../src/progress.ts";
import { lookUp } from "../../../src/vendor-client/look-up.ts";
import { recordRedactor, Redactor } from "../../../src/vendor-client/redact.ts";
import { sampleOf } from "../../support/samples.ts";
import { named } from "../../support/variants.ts";

const plan = planOf(sampleOf("garmat"), { auth: { type: "api_key", api_key: { secret: "KEY" } } });
const elasticPath = planOf(sampleOf("elastic_path"));
const piece = canary.slice(0, 12);
const sent = encode(plan, { name: `The ${piece}` }, "strict");

const lookedUp = (reply: Json) =>
  lookUp(
    plan,
    {
      by: "name",
      value: "The name",
      sent,
      request: () => ({ method: "GET", path: "/api/accounts" }),
      read: (record) => ({ records: [record], isComplete: true }),
    },
    {
      fetch: async () => Response.json(reply),
      now: () => 0,
      waitUntil: () => {},
      traceparent: "",
      progress: newProgress(),
      deadlineMs: 1000,
    },
    ({ records }, clean) => records.map(clean),
  );

test("secrets are removed from a record", async () => {
  const record = { id: `${piece}-17`, name: `The ${piece}`, note: `key ${piece}`, [canary]: canary };
  const clean = { id: record.id, name: record.name, note: "key [redacted]", "[redacted]": "[redacted]" };
  expect(await lookedUp(record)).toEqual({ kind: "answered", value: [clean] });
});

test("the request is read once for all records of a reply", () => {
  let walks = 0;
  const body = {
    get name() {
      walks += 1;
      return "Acme";
    },
  };
  const clean = recordRedactor(plan, { ...sent, body }, new Redactor([canary]));
  const records = Array.from({ length: 1000 }, (_, index) => ({ id: `${piece}-${index}`, note: `key ${piece}` }));
  expect(records.map(clean)).toEqual(records.map(({ id }) => ({ id, note: "key [redacted]" })));
  expect(walks).toBe(1);
});

test("a record without secrets stays unchanged", async () => {
  const record = { id: "17", name: "Acme", note: canary.slice(0, 7) };
  expect(await lookedUp(record)).toEqual({ kind: "answered", value: [record] });
});

test("the names of known members stay, even if a secret contains them", () => {
  const record = { data: { id: "1", registration_id: "HRB 1", registration_id_key: "key registration_id" } };
  expect(recordRedactor(elasticPath, undefined, new Redactor(["my-registration_id-key"]))(record)).toEqual({
    data: { id: "1", registration_id: "HRB 1", "[redacted]_key": "key [redacted]" },
  });
});

test("a status means that there is no account only if the adapter says so of the whole answer", async () => {
  const context = (reply: Response) => ({
    fetch: async () => reply,
    now: () => 0,
    waitUntil: () => {},
    traceparent: "",
    progress: newProgress(),
    deadlineMs: 1000,
  });
  const [lookup] = named.adapter.lookups;
  if (lookup === undefined) throw new Error("No lookup");
  const find = (reply: Response, isAbsent = lookup.isAbsent) =>
    lookUp(
      planOf(named),
      { ...lookup, ...(isAbsent === undefined ? {} : { isAbsent }), value: "r-1" },
      context(reply),
      (found) => found,
    );
  const own = () => Response.json({ code: "no_such_account" }, { status: 404 });
  expect(await find(own())).toEqual({ kind: "answered", value: { records: [], isComplete: true } });
  expect(await find(own(), () => false)).toMatchObject({ kind: "not_sent", status: 404 });
  for (const status of [400, 410])
    expect(await find(Response.json({ code: "no_such_account" }, { status }))).toMatchObject({
      kind: "not_sent",
      status,
    });
  for (const body of ["", "<h1>Not Found</h1>", "{}", "null"])
    expect(await find(new Response(body, { status: 404 }))).toMatchObject({ kind: "not_sent", status: 404 });
  // An answer that refuses the request is never an absence, whatever the adapter says.
  for (const status of [401, 403, 429, 500, 503, 302])
    expect(await find(new Response("{}", { status }), () => true)).toMatchObject({ kind: "not_sent", status });
});
