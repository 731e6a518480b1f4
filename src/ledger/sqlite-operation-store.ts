/** A ledger's operations in SQLite: one row each, with a column for what is searched by and the rest as one document. */
import { operationState, type OperationState } from "../../schemas/operation.ts";
import type { Operation, OperationOutline } from "./operation.ts";
import {
  type DueKey,
  indexKey,
  type Listed,
  type OperationStore,
  pageOf,
  pageSize,
  postponedMs,
} from "./operation-store.ts";
import { checkedDocument, withoutRepeats, withRepeats } from "./row-size.ts";
import { isFinal } from "./transitions.ts";
import { isSameTarget } from "./target.ts";

/**
 * From each version of the schema to the next. An entry is never changed once it was released; only added to. A new entry
 * also decides {@link compatibleFrom}.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE operations (
      sequence INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      key_digest TEXT NOT NULL UNIQUE,
      key_name TEXT NOT NULL,
      state TEXT NOT NULL,
      due_at_ms INTEGER,
      document TEXT NOT NULL
    )`,
    "CREATE INDEX operations_due ON operations (due_at_ms)",
  ],
  [
    // Apart, so that a million operations that only wait to be forgotten stand in no other's way.
    "ALTER TABLE operations ADD COLUMN expires_at_ms INTEGER",
    "UPDATE operations SET expires_at_ms = due_at_ms, due_at_ms = NULL WHERE state IN ('created', 'rejected', 'not_created')",
    "DROP INDEX operations_due",
    "CREATE INDEX operations_due ON operations (state, due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX operations_expiry ON operations (expires_at_ms) WHERE expires_at_ms IS NOT NULL",
    "CREATE INDEX operations_of_key ON operations (key_name, sequence)",
    "CREATE INDEX operations_in_state ON operations (state, sequence)",
    `CREATE INDEX operations_patience ON operations (json_extract(document, '$.patientUntilMs'))
     WHERE state = 'queued'`,
  ],
  [
    // Of a key's operations in a state none but those are read.
    "CREATE INDEX operations_of_key_in_state ON operations (key_name, state, sequence)",
    "DROP INDEX operations_of_key",
    // Half a SHA-256 tells keys apart as well, and its index is the one whose pages are touched at random.
    "UPDATE operations SET key_digest = substr(key_digest, 1, 32)",
  ],
  [
    // A list reads these indexes only. A row's document can take hundreds of pages.
    ...["operations_listed ON operations (state", "operations_listed_of_key ON operations (key_name, state"].map(
      (index) => `CREATE INDEX ${index}, sequence, id, coalesce(due_at_ms, expires_at_ms),
        json_extract(document, '$.vendor'), json_extract(document, '$.guarantee'), json_extract(document, '$.isAsync'),
        json_extract(document, '$.createdAtMs'), json_extract(document, '$.updatedAtMs'), json_extract(document, '$.attempt'))`,
    ),
    "DROP INDEX operations_in_state",
    "DROP INDEX operations_of_key_in_state",
    "ALTER TABLE ledger ADD COLUMN applied INTEGER",
  ],
  [
    // By key, so that what is due can be taken from each key in turn.
    "DROP INDEX operations_due",
    "CREATE INDEX operations_due ON operations (state, key_name, due_at_ms) WHERE due_at_ms IS NOT NULL",
    // About how many operations each key holds. Of 16 rows one is counted, as 16: an exact count would make every create
    // dearer by two written rows. The id's last digit decides, which is random and the gateway's own choice; it is the
    // same when the row goes, so no error adds up.
    "CREATE TABLE key_usage (key_name TEXT PRIMARY KEY, operations INTEGER NOT NULL) WITHOUT ROWID",
    `INSERT INTO key_usage (key_name, operations)
     SELECT key_name, 16 * count(*) FROM operations WHERE substr(id, -1) = '0' GROUP BY key_name`,
    `CREATE TRIGGER operations_added AFTER INSERT ON operations WHEN substr(NEW.id, -1) = '0' BEGIN
       INSERT INTO key_usage (key_name, operations) VALUES (NEW.key_name, 16)
       ON CONFLICT (key_name) DO UPDATE SET operations = operations + 16;
     END`,
    `CREATE TRIGGER operations_removed AFTER DELETE ON operations WHEN substr(OLD.id, -1) = '0' BEGIN
       UPDATE key_usage SET operations = operations - 16 WHERE key_name = OLD.key_name;
     END`,
  ],
  [
    // An account that one operation ended with is no other's.
    `CREATE INDEX operations_account ON operations (json_extract(document, '$.created.account.id'))
     WHERE state = 'created'`,
  ],
];

/**
 * The oldest version of the gateway, by the number of migrations it knows, that can work with today's schema. So a
 * rollback to it keeps the ledger in use. Raise it only for a migration that older code cannot work with: one that
 * removes or renames what its statements name, or needs it to write something new.
 */
export const compatibleFrom = 3;

/** A list's columns, each as it is indexed. */
const outlineColumns = `sequence, id, state, coalesce(due_at_ms, expires_at_ms) AS dueAtMs,
  json_extract(document, '$.vendor') AS vendor, json_extract(document, '$.guarantee') AS guarantee,
  json_extract(document, '$.isAsync') AS isAsync, json_extract(document, '$.createdAtMs') AS createdAtMs,
  json_extract(document, '$.updatedAtMs') AS updatedAtMs, json_extract(document, '$.attempt') AS attempt`;

/** As it is indexed. */
const giveUpAtMs = "json_extract(document, '$.patientUntilMs')";
/** SQLite would rather go through the whole queue, by its state. */
const byPatience = "INDEXED BY operations_patience WHERE state = 'queued'";
/** By sequence, SQLite would rather sort than use this index. */
const orders = {
  longest_due: { index: "operations_due", by: "due_at_ms" },
  newest: { index: "operations_listed_of_key", by: "sequence DESC" },
};

/** Brings the schema up to date, and opens it. `report`: is told of each operation that cannot be read. */
export function openSqliteOperationStore(
  sql: SqlStorage,
  report: (id: string, error: unknown) => void = () => {},
): OperationStore {
  migrate(sql);
  // `rest`: which of the operations.
  const rowsOf = (rest: string, ...bindings: unknown[]): Row[] =>
    sql.exec<Row>(`SELECT * FROM operations ${rest}`, ...bindings).toArray();
  const readOne = (rest: string, binding: string): Operation | undefined => rowsOf(rest, binding).map(operationIn)[0];
  const readRows = (nowMs: number, rows: Row[]): Operation[] =>
    rows.flatMap((row) => {
      try {
        return operationIn(row);
      } catch (error) {
        report(row.id, error);
        postpone(row.id, nowMs + postponedMs);
        return [];
      }
    });
  const postpone = (id: string, untilMs: number): void =>
    void sql.exec(
      `UPDATE operations SET due_at_ms = max(due_at_ms, ?1), document =
         CASE WHEN state = 'queued' AND ${giveUpAtMs} < ?1 THEN json_set(document, '$.patientUntilMs', ?1) ELSE document END
       WHERE id = ?2 AND due_at_ms IS NOT NULL`,
      untilMs,
      id,
    );
  /** By digest, what is being sent: it is settled soon, and need not be read for that. */
  const underWay = new Map<string, Operation>();
  /** Where a list goes on after an operation. If it is gone, after the next later one: ids are in the order of time. */
  const sequenceOf = (id: string): number =>
    sql.exec<{ sequence: number }>("SELECT sequence FROM operations WHERE id >= ? ORDER BY id LIMIT 1", id).toArray()[0]
      ?.sequence ?? Number.MAX_SAFE_INTEGER;
  const earliest = (time: string, rest: string, ...bindings: unknown[]) =>
    sql.exec<{ at: number | null }>(`SELECT min(${time}) AS at FROM operations ${rest}`, ...bindings).one().at;

  return {
    byKey: (keyDigest) => underWay.get(indexKey(keyDigest)) ?? readOne("WHERE key_digest = ?", indexKey(keyDigest)),
    byId: (id) => readOne("WHERE id = ?", id),

    holderOf: (accountId, target) =>
      rowsOf("WHERE state = 'created' AND json_extract(document, '$.created.account.id') = ?", accountId)
        .map(operationIn)
        .find((operation) => isSameTarget(operation, target))?.id,

    save(operation, held) {
      const { id, keyDigest, keyName, state, dueAtMs, ...others } = operation;
      const digest = indexKey(keyDigest);
      const times = isFinal(operation) ? [null, dueAtMs] : [dueAtMs, null];
      const isKnown = held?.id === id;
      const document = checkedDocument(JSON.stringify(withoutBlank(withoutRepeats(others))), isKnown);
      if (isKnown) {
        // What no change touches is not named, lest its index be written again.
        sql.exec(
          "UPDATE operations SET state = ?, due_at_ms = ?, expires_at_ms = ?, document = ? WHERE id = ?",
          state,
          ...times,
          document,
          id,
        );
      } else {
        if (held !== undefined) sql.exec("DELETE FROM operations WHERE id = ?", held.id);
        sql.exec(
          `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, expires_at_ms, document)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          id,
          digest,
          keyName,
          state,
          ...times,
          document,
        );
      }
      if (state === "sending") underWay.set(digest, { ...operation, keyDigest: digest });
      else underWay.delete(digest);
    },

    countOfKey: (keyName) =>
      sql.exec<{ operations: number }>("SELECT operations FROM key_usage WHERE key_name = ?", keyName).toArray()[0]
        ?.operations ?? 0,

    countQueued: (keyName, limit) =>
      sql
        .exec<{ count: number }>(
          `SELECT count(*) AS count FROM
             (SELECT 1 FROM operations WHERE key_name = ? AND state = 'queued' LIMIT ?)`,
          keyName,
          limit,
        )
        .one().count,

    dueKeys(state) {
      const keys: DueKey[] = [];
      for (let after = ""; ;) {
        const [next] = sql
          .exec<{ key_name: string; due_at_ms: number }>(
            `SELECT key_name, due_at_ms FROM operations WHERE state = ? AND key_name > ? AND due_at_ms IS NOT NULL
             ORDER BY key_name, due_at_ms LIMIT 1`,
            state,
            after,
          )
          .toArray();
        if (next === undefined) return keys;
        keys.push({ keyName: next.key_name, dueAtMs: next.due_at_ms });
        after = next.key_name;
      }
    },

    dueIds({ state, keyName, nowMs, limit, order }) {
      const { index, by } = orders[order];
      return sql
        .exec<{ id: string }>(
          `SELECT id FROM operations INDEXED BY ${index}
           WHERE state = ? AND key_name = ? AND due_at_ms <= ? ORDER BY ${by} LIMIT ?`,
          state,
          keyName,
          nowMs,
          limit,
        )
        .toArray()
        .map(({ id }) => id);
    },

    readDue: (ids, nowMs) =>
      readRows(
        nowMs,
        ids.flatMap((id) => rowsOf("WHERE id = ?", id)),
      ),

    pastDeadline: (nowMs, limit) =>
      readRows(nowMs, rowsOf(`${byPatience} AND ${giveUpAtMs} <= ? ORDER BY ${giveUpAtMs} LIMIT ?`, nowMs, limit)),

    nextGiveUpMs: () => earliest(giveUpAtMs, byPatience),

    postpone,

    nextExpiryMs: () => earliest("expires_at_ms", "WHERE expires_at_ms IS NOT NULL"),

    deleteExpired: (nowMs, limit) =>
      sql
        .exec(
          `DELETE FROM operations WHERE sequence IN
             (SELECT sequence FROM operations WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)
           RETURNING sequence`,
          nowMs,
          limit,
        )
        .toArray().length,

    list({ keyName, state, cursor }) {
      const from = cursor === null ? Number.MAX_SAFE_INTEGER : sequenceOf(cursor);
      const [ofKey, owner] = keyName === null ? ["", []] : ["key_name = ? AND ", [keyName]];
      // By the index, one state after the other.
      const found = (state === null ? operationState.options : [state]).flatMap((each) =>
        sql
          .exec<OutlineRow>(
            `SELECT ${outlineColumns} FROM operations
             WHERE ${ofKey}state = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?`,
            ...owner,
            each,
            from,
            pageSize + 1,
          )
          .toArray(),
      );
      return pageOf(found.toSorted((left, right) => right.sequence - left.sequence).map(listed));
    },
  };
}

/**
 * The table `ledger` tells how far the schema is (`applied`) and what a gateway has to know to work with it (`version`).
 * Schemas up to version 3 had no `applied`: there, both were the same.
 */
function migrate(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS ledger (version INTEGER NOT NULL)");
  const [ledger] = sql.exec<{ version: number; applied?: number | null }>("SELECT * FROM ledger").toArray();
  if (ledger === undefined) sql.exec("INSERT INTO ledger (version) VALUES (0)");
  const { version, applied } = { version: 0, ...ledger };
  // A newer deploy has written rows that this code can misread. The ledger stays closed until that deploy is back.
  if (version > migrations.length)
    throw new Error(`The ledger is of version ${version}, newer than this gateway knows`);
  const missing = migrations.slice(applied ?? version);
  if (missing.length === 0) return;
  for (const statement of missing.flat()) sql.exec(statement);
  sql.exec("UPDATE ledger SET version = ?, applied = ?", compatibleFrom, migrations.length);
}

type Row = {
  sequence: number;
  id: string;
  key_digest: string;
  key_name: string;
  state: OperationState;
  due_at_ms: number | null;
  expires_at_ms: number | null;
  document: string;
};

type OutlineRow = Omit<OperationOutline, "isAsync"> & { sequence: number; isAsync: number };

function listed({ sequence, isAsync, ...outline }: OutlineRow): Listed {
  return { sequence, outline: { ...outline, isAsync: isAsync !== 0 } };
}

/** What most operations are without is not written down: so two of them stand on one page of the database. */
const blank = {
  nonce: null,
  sendable: null,
  unknownSinceMs: null,
  missingSinceMs: null,
  suspected: null,
  suspectedOf: null,
  ruledOut: [],
  resends: 0,
  heldBackUntilMs: 0,
  isCleared: false,
  created: null,
  problem: null,
  candidates: [],
  duplicates: [],
} satisfies Partial<Operation>;

function withoutBlank(document: object): object {
  const blanks = new Map<string, unknown>(Object.entries(blank));
  const isBlank = (member: string, value: unknown) =>
    blanks.has(member) && (Array.isArray(value) ? value.length === 0 : value === blanks.get(member));
  return Object.fromEntries(Object.entries(document).filter(([member, value]) => !isBlank(member, value)));
}

function operationIn(row: Row): Operation {
  const { id, key_digest: keyDigest, key_name: keyName, state, due_at_ms, expires_at_ms, document } = row;
  const dueAtMs = due_at_ms ?? expires_at_ms;
  return withRepeats({ ...blank, ...JSON.parse(document), id, keyDigest, keyName, state, dueAtMs });
}
