/** The SQLite store of operations: migrations, lists and query plans. */

import { describe, expect, test } from "vitest";
import { operationState } from "../../../../schemas/operation.ts";
import type { Operation } from "../../../../src/ledger/operation.ts";
import { openSqliteOperationStore } from "../../../../src/ledger/sqlite-operation-store.ts";
import { compatibleFrom, migrations } from "../../../../src/ledger/sqlite-schema.ts";
import { type Now, queue, receive } from "../../../../src/ledger/transitions.ts";
import { ledgerAt, nowMs, useLedgers } from "../../../support/workerd/ledger.ts";

useLedgers();

const inSql = <Result>(work: (sql: SqlStorage) => Result): Promise<Result> =>
  ledgerAt("clarus").inStorage((storage) => work(storage.sql));

/** One operation in each state, with different due times. */
function operations(): Operation[] {
  const now: Now = { nowMs: nowMs(), jitter: 0 };
  const sendable = { body: { name: "Acme" }, fields: [], warnings: [], sources: {} };
  return operationState.options.map((state, index) => {
    const keyDigest = `digest-${state}`.padEnd(32, "0");
    const requestInfo = { keyDigest, keyName: "demo", fingerprint: "f", target: "t", isAsync: true };
    const newOperation = { id: `clarus.${state}`, vendor: "clarus", sendable, guarantee: "exactly_once" as const };
    const received = queue(receive(requestInfo, { ...newOperation, retentionMs: 1000 }, now), now);
    return { ...received, state, dueAtMs: state === "needs_review" ? null : nowMs() + index };
  });
}

/** Creates the tables of version 1, with a row for each operation. */
function createVersion1(sql: SqlStorage, all = operations()): void {
  sql.exec("DROP TABLE IF EXISTS operations");
  sql.exec("DROP TABLE IF EXISTS key_usage");
  sql.exec("DROP TABLE IF EXISTS ledger");
  for (const statement of migrations[0] ?? []) sql.exec(statement);
  sql.exec("CREATE TABLE ledger (version INTEGER NOT NULL)");
  sql.exec("INSERT INTO ledger (version) VALUES (1)");
  for (const operation of all) {
    const { id, keyDigest, keyName, state, dueAtMs } = operation;
    sql.exec(
      "INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, document) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      // Version 1 stored the whole SHA-256.
      keyDigest.padEnd(64, "0"),
      keyName,
      state,
      dueAtMs,
      JSON.stringify({
        ...operation,
        keyDigest: keyDigest.padEnd(64, "0"),
        patientUntilMs: operation.giveUpAtMs,
        wasSent: operation.mayHaveCreated,
      }),
    );
  }
}

/** `rounds` operations in each state, alternating between two keys. */
function manyOf(rounds: number, name = "round"): Operation[] {
  return Array.from({ length: rounds }, (_, round) =>
    operations().map((each) => ({
      ...each,
      id: `${each.id}-${name}-${round}`,
      keyDigest: `${name}-${round}-${each.keyDigest}`.slice(0, 32),
      keyName: round % 2 === 0 ? "demo" : "other",
    })),
  ).flat();
}

describe("a database of version 1", () => {
  test("is migrated without loss", async () => {
    await inSql((sql) => {
      createVersion1(sql);
      const store = openSqliteOperationStore(sql);
      expect(sql.exec("SELECT * FROM ledger").one()).toEqual({ version: compatibleFrom, applied: migrations.length });
      for (const operation of operations()) {
        expect(store.byKey(operation.keyDigest)).toEqual(operation);
        expect(store.byId(operation.id)).toEqual(operation);
      }
      const listed = store.list({ keyName: null, state: null, cursor: null }).operations;
      expect(operations().toReversed()).toMatchObject(listed);
    });
  });

  test("keeps due times, deadlines and expiry", async () => {
    await inSql((sql) => {
      createVersion1(sql);
      const store = openSqliteOperationStore(sql);
      const dueOf = (state: string) => operations().find((each) => each.state === state)?.dueAtMs;
      for (const state of ["queued", "sending", "unknown"] as const) {
        expect(store.dueKeys(state)).toEqual([{ keyName: "demo", dueAtMs: dueOf(state) }]);
        const query = { state, keyName: "demo", nowMs: nowMs() + 100, limit: 10, order: "longest_due" as const };
        expect(store.dueIds(query)).toEqual([`clarus.${state}`]);
      }
      expect(store.nextExpiryMs()).toBe(dueOf("created"));
      const giveUpAtMs = store.byId("clarus.queued")?.giveUpAtMs ?? 0;
      expect(store.nextGiveUpMs()).toBe(giveUpAtMs);
      expect(store.pastDeadline(giveUpAtMs - 1, 10)).toEqual([]);
      expect(store.pastDeadline(giveUpAtMs, 10).map(({ id }) => id)).toEqual(["clarus.queued"]);
      expect(store.deleteExpired(nowMs() + 100, 10)).toBe(3);
      const left = store.list({ keyName: null, state: null, cursor: null }).operations.map(({ state }) => state);
      expect(left.toSorted()).toEqual(["needs_review", "queued", "sending", "unknown"]);
    });
  });

  test("counts each key's operations, and keeps counting", async () => {
    await inSql((sql) => {
      const many = manyOf(100);
      createVersion1(sql, many);
      const store = openSqliteOperationStore(sql);
      const counts = () => ["demo", "other", "nobody"].map((keyName) => store.countOfKey(keyName));
      const counted = (keyName: string, all: Operation[]) =>
        16 * all.filter((each) => each.id.endsWith("0") && each.keyName === keyName).length;
      expect(counts()).toEqual([counted("demo", many), 0, 0]);
      const later = manyOf(41, "later").map((each) => ({ ...each, keyName: "other" }));
      for (const operation of later) store.save(operation);
      expect(counts()).toEqual([counted("demo", many), counted("other", later), 0]);
      expect(counted("other", later)).toBeGreaterThan(0);
      while (store.deleteExpired(nowMs() + 1000, 50) > 0);
      sql.exec("DELETE FROM operations");
      expect(counts()).toEqual([0, 0, 0]);
    });
  });

  test("gets the same schema as a new database", async () => {
    const schemaOf = (sql: SqlStorage) =>
      sql.exec("SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'operations%' ORDER BY name").toArray();
    const fresh = await inSql(schemaOf);
    await inSql((sql) => {
      createVersion1(sql);
      openSqliteOperationStore(sql);
      expect(schemaOf(sql).map(({ name }) => name)).toEqual(fresh.map(({ name }) => name));
      const columns = sql.exec("SELECT name FROM pragma_table_info('operations')").toArray();
      expect(columns.map(({ name }) => name)).toContain("expires_at_ms");
    });
  });
});

test("a database that needs newer code is not changed", async () => {
  await inSql((sql) => {
    openSqliteOperationStore(sql);
    sql.exec("UPDATE ledger SET version = ?", migrations.length + 1);
    expect(() => openSqliteOperationStore(sql)).toThrow(/knows only versions up to/);
    expect(sql.exec("SELECT version FROM ledger").one()).toEqual({ version: migrations.length + 1 });
    sql.exec("UPDATE ledger SET version = ?", compatibleFrom);
  });
});

describe("after a rollback", () => {
  const newer = operations().map((each) => ({ ...each, id: `${each.id}-newer` }));

  /** Changes the database as a gateway with one more migration would. */
  function migrateOnceMore(sql: SqlStorage): void {
    openSqliteOperationStore(sql);
    sql.exec("ALTER TABLE operations ADD COLUMN of_the_next_version TEXT");
    sql.exec("UPDATE ledger SET version = ?, applied = ?", migrations.length, migrations.length + 1);
  }

  test("the current code claims, settles and lists in a database of the next version", async () => {
    await inSql((sql) => {
      migrateOnceMore(sql);
      const store = openSqliteOperationStore(sql);
      const [first] = newer;
      if (first === undefined) throw new Error("No operation");
      store.save({ ...first, state: "sending" });
      store.save({ ...first, state: "created" }, first);
      expect(store.byKey(first.keyDigest)?.state).toBe("created");
      // The next version finds its schema unchanged.
      expect(sql.exec("SELECT * FROM ledger").one()).toEqual({
        version: migrations.length,
        applied: migrations.length + 1,
      });
      const listed = openSqliteOperationStore(sql).list({ keyName: "demo", state: null, cursor: null });
      expect(listed.operations).toMatchObject([{ id: first.id, state: "created" }]);
      sql.exec("ALTER TABLE operations DROP COLUMN of_the_next_version");
      sql.exec("UPDATE ledger SET version = ?, applied = ?", compatibleFrom, migrations.length);
    });
  });

  test("the current code lists the operations that version 3 writes", async () => {
    await inSql((sql) => {
      const store = openSqliteOperationStore(sql);
      // Version 3 checks only this column.
      expect(sql.exec("SELECT version FROM ledger").one()).toEqual({ version: 3 });
      for (const { id, keyDigest, keyName, state, dueAtMs, ...others } of operations()) {
        sql.exec(
          `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, expires_at_ms, document)
           VALUES (?, ?, ?, 'sending', 1, NULL, ?)`,
          id,
          keyDigest,
          keyName,
          JSON.stringify({ ...others, attempt: 1 }),
        );
        sql.exec(
          "UPDATE operations SET state = ?, due_at_ms = ?, expires_at_ms = ?, document = ? WHERE id = ?",
          state,
          dueAtMs,
          null,
          JSON.stringify({ ...others, attempt: 2 }),
          id,
        );
      }
      const listed = store.list({ keyName: "demo", state: null, cursor: null }).operations;
      expect(operations().map((each) => ({ ...each, attempt: 2 }))).toMatchObject(listed.toReversed());
    });
  });
});

test("a list continues after its cursor, across states", async () => {
  await inSql((sql) => {
    const store = openSqliteOperationStore(sql);
    const many = manyOf(20);
    for (const operation of many) store.save(operation);
    const ofDemo = many.filter(({ keyName }) => keyName === "demo").map(({ id }) => id);
    const listed: string[] = [];
    for (let cursor: string | null = null; ;) {
      const page = store.list({ keyName: "demo", state: null, cursor });
      listed.push(...page.operations.map(({ id }) => id));
      cursor = page.nextCursor;
      if (cursor === null) break;
      expect(page.operations).toHaveLength(50);
    }
    expect(listed).toEqual(ofDemo.toReversed());
  });
});

test("a list continues after a cursor whose operation was deleted", async () => {
  await inSql((sql) => {
    const store = openSqliteOperationStore(sql);
    const ids = Array.from({ length: 120 }, (_, index) => `clarus.${String(index).padStart(4, "0")}`);
    const [template] = operations();
    if (template === undefined) throw new Error("No operation");
    for (const [index, id] of ids.entries()) store.save({ ...template, id, keyDigest: id, keyName: `k${index % 2}` });
    const query = { keyName: "k1", state: null };
    const cursor = store.list({ ...query, cursor: null }).nextCursor;
    expect(cursor).toBe(ids[21]);
    sql.exec("DELETE FROM operations WHERE id = ?", cursor);
    const rest = store.list({ ...query, cursor }).operations.map(({ id }) => id);
    expect(rest).toEqual(ids.filter((_, index) => index % 2 === 1 && index < 21).toReversed());
    expect(store.list({ ...query, cursor: "clarus.9" }).operations[0]?.id).toBe(ids[119]);
  });
});

test("opening a current database again changes nothing", async () => {
  await inSql((sql) => {
    const store = openSqliteOperationStore(sql);
    const [operation] = operations();
    if (operation === undefined) throw new Error("No operation");
    store.save(operation);
    expect(openSqliteOperationStore(sql).byKey(operation.keyDigest)).toEqual(operation);
  });
});

test("every query uses an index, and none sorts", async () => {
  await inSql((sql) => {
    const queries: { query: string; bindings: unknown[] }[] = [];
    const recording = {
      exec: (query: string, ...bindings: unknown[]) => {
        queries.push({ query, bindings });
        return sql.exec(query, ...bindings);
      },
    };
    // The store uses only `exec`.
    const store = openSqliteOperationStore(recording as SqlStorage);
    queries.length = 0;
    store.byKey("digest");
    store.byId("id");
    store.ownerOf("account", { target: "t" });
    store.readDue(["id"], 1);
    for (const order of ["longest_due", "newest"] as const)
      store.dueIds({ state: "queued", keyName: "demo", nowMs: 1, limit: 5, order });
    store.dueKeys("sending");
    store.countOfKey("demo");
    store.countQueued("demo", 1000);
    store.pastDeadline(1, 5);
    store.nextGiveUpMs();
    store.nextExpiryMs();
    store.deleteExpired(1, 5);
    for (const cursor of [null, "id"]) {
      for (const keyName of [null, "demo"]) {
        for (const state of [null, "created" as const]) store.list({ keyName, state, cursor });
      }
    }
    const plans = queries.map(({ query, bindings }) => {
      const plan = sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...bindings).toArray();
      return { query, plan: plan.map(({ detail }) => detail) };
    });
    // The second pattern matches steps that read subqueries, not tables.
    const usesIndex = (detail: string) =>
      /^SEARCH (operations|key_usage) USING (COVERING INDEX|INDEX|INTEGER PRIMARY KEY|PRIMARY KEY)/.test(detail) ||
      /^(LIST SUBQUERY|CO-ROUTINE|SCAN \(subquery)/.test(detail);
    expect(plans.filter(({ plan }) => !plan.every(usesIndex))).toEqual([]);
    // A list reads only an index. A list of all states has one query for each state.
    const listed = plans.filter(({ query }) => query.includes("sequence <"));
    expect(listed).toHaveLength(2 * 2 * (operationState.options.length + 1));
    // All other plans: one for each of the 13 queries above, and one for the cursor of each of four lists.
    expect(plans).toHaveLength(listed.length + 13 + 4);
    for (const { query, plan } of listed) {
      const [index, by] = query.includes("key_name = ?")
        ? ["operations_listed_of_key", "key_name=? AND state=? AND sequence<?"]
        : ["operations_listed", "state=? AND sequence<?"];
      expect(plan).toEqual([`SEARCH operations USING COVERING INDEX ${index} (${by})`]);
    }
    const deadlineQueries = plans.filter(({ query }) => query.includes("patientUntilMs"));
    expect(deadlineQueries.every(({ plan }) => plan[0]?.includes("operations_patience"))).toBe(true);
  });
});
