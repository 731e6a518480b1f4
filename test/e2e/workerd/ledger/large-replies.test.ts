/** The ledger settles the largest accounts and replies, and its rows stay within the platform's limit. */

import { describe, expect, test } from "vitest";
import { openSqliteOperationStore } from "../../../../src/ledger/sqlite-operation-store.ts";
import {
  answerRequests,
  type Intercept,
  interceptVendors,
  ledgerAt,
  newIdempotencyKey,
  operationOf,
  setup,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

const lenient = { Prefer: "handling=lenient" };
/** The largest body allowed, with the most values. */
const largest = {
  name: "Acme",
  custom: Object.fromEntries(
    Array.from({ length: 199 }, (_, index) => [`k${index}_`.padEnd(64, "x"), "v".repeat(index === 0 ? 20_000 : 110)]),
  ),
};

/** The size of the largest document in the vendor's ledger. */
const documentBytes = (vendor: Vendor): Promise<number> =>
  ledgerAt(vendor).inStorage(
    (storage) =>
      storage.sql.exec<{ bytes: number }>("SELECT max(octet_length(document)) AS bytes FROM operations").one().bytes,
  );

/** Adds a member to the vendor's reply to a create. Its value is bytes, so that it can be invalid UTF-8. */
const withExtra =
  (extra: Uint8Array): Intercept =>
  async (request, pass) => {
    const reply = await pass();
    if (!isCreate(request)) return reply;
    const own = new Uint8Array(await reply.arrayBuffer()).slice(1);
    const begin = new TextEncoder().encode('{"extra":');
    return new Response(new Blob([begin, extra, new TextEncoder().encode(","), own]), {
      status: reply.status,
      headers: { "Content-Type": "application/json" },
    });
  };
const bytes = (text: string) => new TextEncoder().encode(text);
const quoted = (content: Uint8Array) => new Uint8Array([0x22, ...content, 0x22]);

const growing = {
  // `JSON.stringify` writes each `1e15` with 16 digits.
  "short numbers": bytes(`[${"1e15,".repeat(50_000)}0]`),
  // The decoder reads each byte as U+FFFD, which takes three bytes.
  "invalid UTF-8": quoted(new Uint8Array(250_000).fill(0xff)),
};

describe.each(vendors)("%s", (vendor) => {
  test.each(Object.entries(growing))("a reply of %s is settled, and its account replayed", async (_, extra) => {
    const { create } = setup(vendor);
    interceptVendors(withExtra(extra));
    const idempotencyKey = newIdempotencyKey();
    const options = { idempotencyKey, headers: lenient, query: "?include=fields" };
    const { status, account } = await create(largest, options);
    expect(status).toBe(201);
    expect(account).toMatchObject({ name: "Acme", vendor_fields: {} });
    expect(account?.warnings.filter(({ code }) => code === "dropped")).toHaveLength(199);
    expect(account?.warnings.at(-1)).toMatchObject({
      code: "left_out",
      detail: expect.stringContaining("vendor_fields"),
    });
    expect(account?.fields?.length).toBeGreaterThan(199);
    const replay = await create(largest, options);
    expect(replay.account).toEqual(account);
    expect(await documentBytes(vendor)).toBeLessThan(250_000);
  });

  test("a reply of plain text is stored completely", async () => {
    const { create } = setup(vendor);
    interceptVendors(withExtra(quoted(new Uint8Array(250_000).fill(0x61))));
    const { account } = await create(largest, { headers: lenient });
    expect(account?.vendor_fields["extra"]).toHaveLength(250_000);
    expect(account?.warnings.map(({ code }) => code)).not.toContain("left_out");
  });

  test("the longest rejection is settled", async () => {
    const { create } = setup(vendor);
    const word = "\u0001".repeat(400);
    const errors = Array.from({ length: 50 }, () => ({ title: word, detail: word }));
    answerRequests(isCreate, () => Response.json({ errors }, { status: 422 }));
    const { status, problem } = await create(largest, { headers: lenient });
    expect(status).toBe(422);
    expect(problem?.vendor?.errors.length).toBeGreaterThan(5);
    expect((await operationOf(problem?.operation ?? "")).state).toBe("rejected");
    expect(await documentBytes(vendor)).toBeLessThan(100_000);
  });
});

test("rows of 3 MB, which older versions wrote, do not slow down a list", async () => {
  const { create, inStorage } = setup("garmat");
  await create();
  await inStorage(({ sql }) => {
    for (let index = 0; index < 20; index += 1) {
      sql.exec(
        `INSERT INTO operations (id, key_digest, key_name, state, expires_at_ms, document)
         SELECT id || ?1, ?1, key_name, state, expires_at_ms, json_set(document, '$.fat', ?2) FROM operations LIMIT 1`,
        String(index),
        "x".repeat(3_000_000),
      );
    }
    const store = openSqliteOperationStore(sql);
    const list = () => {
      for (const keyName of ["demo", null]) {
        const { operations } = store.list({ keyName, state: null, cursor: null });
        expect(operations).toHaveLength(21);
        expect(operations[0]).toMatchObject({ vendor: "garmat", state: "created", isAsync: false, attempt: 1 });
      }
    };
    const durationOf = (work: () => unknown) => {
      const beganMs = performance.now();
      work();
      return performance.now() - beganMs;
    };
    const listMs = Math.min(...Array.from({ length: 5 }, () => durationOf(list)));
    const readMs = durationOf(() => sql.exec("SELECT document FROM operations").toArray());
    expect(listMs * 5).toBeLessThan(readMs);
    sql.exec("DELETE FROM operations");
  });
});
