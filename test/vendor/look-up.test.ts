/** What a lookup shows holds no secret, and still tells which account it is. */
import { expect, test } from "vitest";
import { canary, planOf } from "../../adapter-kit/fixtures.ts";
import type { LookupVerdict } from "../../adapters/engine/adapter.ts";
import { encode } from "../../adapters/engine/encode.ts";
import type { Json } from "../../schemas/json.ts";
import { lookUp } from "../../src/vendor/look-up.ts";
import { sampleOf } from "../adapters/samples.ts";

const plan = planOf(sampleOf("garmat"), { auth: { type: "api_key", api_key: { secret: "KEY" } } });
const piece = canary.slice(0, 12);
const sent = encode(plan, { name: `The ${piece}` }, "strict");

const lookedUp = (reply: Json, verdictOf: (reply: Json) => LookupVerdict) =>
  lookUp(
    plan,
    { finds: "account", by: "name", method: "GET", path: "/api/accounts", read: verdictOf },
    {
      fetch: async () => Response.json(reply),
      now: () => 0,
      waitUntil: () => {},
      traceparent: "",
      untilMs: 1000,
    },
    sent,
  );

test.each<[string, (record: Json) => LookupVerdict]>([
  ["the account", (record) => ({ verdict: "ours", record })],
  ["candidates", (record) => ({ verdict: "candidates", records: [record] })],
])("%s", async (_, verdictOf) => {
  const record = { id: `${piece}-17`, name: `The ${piece}`, note: `key ${piece}`, [canary]: canary };
  const clean = { id: record.id, name: record.name, note: "key [redacted]", "[redacted]": "[redacted]" };
  expect(await lookedUp(record, verdictOf)).toEqual(verdictOf(clean));
});

test("nothing is changed where nothing is repeated", async () => {
  const record = { id: "17", name: "Acme", note: canary.slice(0, 7) };
  expect(await lookedUp(record, () => ({ verdict: "ours", record }))).toEqual({ verdict: "ours", record });
});
