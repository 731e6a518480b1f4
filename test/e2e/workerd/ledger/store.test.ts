/** A ledger's operations in SQLite and in memory: the same is done to both, and both give the same answers. */
import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operationState } from "../../../../schemas/operation.ts";
import type { Operation } from "../../../../src/ledger/operation.ts";
import type { OperationStore } from "../../../../src/ledger/operation-store.ts";
import { openSqliteOperationStore } from "../../../../src/ledger/sqlite-operation-store.ts";
import { createMemoryOperationStore } from "../../../../packages/testing/src/memory-operation-store.ts";
import { everyState, inState } from "../../../support/operations.ts";
import { ledgerOf, useLedgers } from "./ledger.ts";

useLedgers();

const keyNames = ["demo", "other"];
/** Few, so that they meet each other. */
const time = fc.integer({ min: 0, max: 9 });
const limit = fc.integer({ min: 1, max: 4 });

/** What is done, each to a store that others have been done to. */
const step = fc.oneof(
  // A key's first operation, the next step of it, or another in its place.
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("save" as const),
      key: fc.integer({ min: 0, max: 80 }),
      isAnother: fc.boolean(),
      named: fc.constantFrom(...everyState),
      dueAtMs: fc.option(time),
      giveUpAtMs: time,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const), nowMs: time, limit }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("postpone" as const),
      key: fc.integer({ min: 0, max: 80 }),
      untilMs: time,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take(store: OperationStore, each: Step): unknown {
  if (each.kind === "expire") return store.deleteExpired(each.nowMs, each.limit);
  if (each.kind === "postpone") return store.postpone(`clarus.${each.key}-0`, each.untilMs);
  const { key, isAnother, named, dueAtMs, giveUpAtMs } = each;
  const keyDigest = `key-${key}`.padEnd(64, "0");
  const held = store.byKey(keyDigest);
  const id = held === undefined || isAnother ? `clarus.${key}-${held?.attempt ?? 0}` : held.id;
  // Who holds the key stays the same, as a ledger has it.
  const keyName = held?.keyName ?? keyNames[key % 2] ?? "";
  const attempt = (held?.attempt ?? 0) + 1;
  store.save({ ...inState[named], id, keyDigest, keyName, attempt, dueAtMs, giveUpAtMs } satisfies Operation, held);
  return store.byKey(keyDigest);
}

/** Every answer that a store can give, of what it holds. */
function answers(store: OperationStore): unknown {
  const times = Array.from({ length: 10 }, (_, nowMs) => nowMs);
  const listed = [null, ...keyNames].flatMap((keyName) =>
    [null, ...operationState.options].flatMap((each) => {
      const pages = [];
      for (let cursor: string | null = null; ;) {
        const page = store.list({ keyName, state: each, cursor });
        pages.push(page);
        cursor = page.nextCursor;
        if (cursor === null) return pages;
      }
    }),
  );
  return {
    listed,
    due: operationState.options.flatMap((each) => [
      store.dueKeys(each),
      ...keyNames.flatMap((keyName) =>
        times.flatMap((nowMs) =>
          (["longest_due", "newest"] as const).map((order) =>
            store.dueIds({ state: each, keyName, nowMs, limit: 3, order }),
          ),
        ),
      ),
    ]),
    counts: keyNames.map((keyName) => [store.countOfKey(keyName), store.countQueued(keyName, 5)]),
    impatient: [store.nextGiveUpMs(), ...times.map((nowMs) => store.pastDeadline(nowMs, 3))],
    expiry: store.nextExpiryMs(),
    byId: Array.from({ length: 81 }, (_, key) => store.byId(`clarus.${key}-0`)),
  };
}

test("both give the same answers", { timeout: 120_000 }, async () => {
  await runInDurableObject(ledgerOf("clarus"), (_ledger, { storage }) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        storage.sql.exec("DELETE FROM operations");
        const stores = [openSqliteOperationStore(storage.sql), createMemoryOperationStore()];
        for (const each of steps) {
          const [kept, remembered] = stores.map((store) => take(store, each));
          expect(remembered).toEqual(kept);
        }
        const [kept, remembered] = stores.map(answers);
        expect(remembered).toEqual(kept);
      }),
      { numRuns: 40 },
    );
    storage.sql.exec("DELETE FROM operations");
  });
});

test("what is kept is not what was handed over", async () => {
  await runInDurableObject(ledgerOf("clarus"), (_ledger, { storage }) => {
    for (const store of [openSqliteOperationStore(storage.sql), createMemoryOperationStore()]) {
      const operation = structuredClone(inState.queued);
      store.save(operation);
      operation.history.length = 0;
      expect(store.byId(operation.id)?.history).toEqual(inState.queued.history);
    }
    storage.sql.exec("DELETE FROM operations");
  });
});
