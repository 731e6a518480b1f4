/** The SQLite store and the memory store of operations give the same results for the same steps. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { operationState } from "../../../../schemas/operation.ts";
import type { Operation } from "../../../../src/ledger/operation.ts";
import type { OperationStore } from "../../../../src/ledger/operation-store.ts";
import { openSqliteOperationStore } from "../../../../src/ledger/sqlite-operation-store.ts";
import { createMemoryOperationStore } from "../../../../packages/testing/src/memory-operation-store.ts";
import { inState, repeatable } from "../../../support/operations.ts";
import { setup, useLedgers } from "../../../support/workerd/ledger.ts";

useLedgers();

const keyNames = ["demo", "other"];
/** Few values, so that equal times are common. */
const time = fc.integer({ min: 0, max: 9 });
const limit = fc.integer({ min: 1, max: 4 });

/** A step that changes a store. */
const step = fc.oneof(
  // Saves the first operation of a key, the next state of that operation, or an operation that replaces it.
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("save" as const),
      key: fc.integer({ min: 0, max: 80 }),
      isAnother: fc.boolean(),
      operation: fc.constantFrom<Operation>(...Object.values(inState), ...Object.values(repeatable)),
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

function applyStep(store: OperationStore, each: Step): unknown {
  if (each.kind === "expire") return store.deleteExpired(each.nowMs, each.limit);
  if (each.kind === "postpone") return store.postpone(`clarus.${each.key}-0`, each.untilMs);
  const { key, isAnother, operation, dueAtMs, giveUpAtMs } = each;
  const keyDigest = `key-${key}`.padEnd(64, "0");
  const stored = store.byKey(keyDigest);
  const id = stored === undefined || isAnother ? `clarus.${key}-${stored?.attempt ?? 0}` : stored.id;
  // As in a ledger, the gateway key of an operation never changes.
  const keyName = stored?.keyName ?? keyNames[key % 2] ?? "";
  const attempt = (stored?.attempt ?? 0) + 1;
  store.save({ ...operation, id, keyDigest, keyName, attempt, dueAtMs, giveUpAtMs } satisfies Operation, stored);
  return store.byKey(keyDigest);
}

/** The results of every query. */
function queryAll(store: OperationStore): unknown {
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
    pastDeadline: [store.nextGiveUpMs(), ...times.map((nowMs) => store.pastDeadline(nowMs, 3))],
    expiry: store.nextExpiryMs(),
    byId: Array.from({ length: 81 }, (_, key) => store.byId(`clarus.${key}-0`)),
  };
}

test("both stores give the same results", { timeout: 120_000 }, async () => {
  const { inStorage } = setup("clarus");
  await inStorage((storage) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        storage.sql.exec("DELETE FROM operations");
        const stores = [openSqliteOperationStore(storage.sql), createMemoryOperationStore()];
        for (const each of steps) {
          const [inSqlite, inMemory] = stores.map((store) => applyStep(store, each));
          expect(inMemory).toEqual(inSqlite);
        }
        const [inSqlite, inMemory] = stores.map(queryAll);
        expect(inMemory).toEqual(inSqlite);
      }),
      { numRuns: 40 },
    );
    storage.sql.exec("DELETE FROM operations");
  });
});

test("a store keeps a copy of what it saves", async () => {
  const { inStorage } = setup("clarus");
  await inStorage((storage) => {
    for (const store of [openSqliteOperationStore(storage.sql), createMemoryOperationStore()]) {
      const operation = structuredClone(inState.queued);
      store.save(operation);
      operation.history.length = 0;
      expect(store.byId(operation.id)?.history).toEqual(inState.queued.history);
    }
    storage.sql.exec("DELETE FROM operations");
  });
});
