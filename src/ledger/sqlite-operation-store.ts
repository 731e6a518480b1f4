/** A ledger's operations in SQLite: one row each, with columns for searches and a JSON document for the rest. */
import { operationState, type OperationState } from "../../schemas/operation.ts";
import { type Operation, type OperationOutline, isSameTarget } from "./operation.ts";
import {
  type DueKey,
  indexKey,
  type Listed,
  type OperationStore,
  pageOf,
  pageSize,
  postponedMs,
} from "./operation-store.ts";
import { migrate } from "./sqlite-schema.ts";
import { checkedDocument, omitDroppedWarnings, restoreDroppedWarnings } from "./row-size.ts";
import { isFinal } from "./transitions.ts";

/** The columns of a list. SQLite uses the index only if these expressions are the same as in the index. */
const outlineColumns = `sequence, id, state, coalesce(due_at_ms, expires_at_ms) AS dueAtMs,
  json_extract(document, '$.vendor') AS vendor, json_extract(document, '$.guarantee') AS guarantee,
  json_extract(document, '$.isAsync') AS isAsync, json_extract(document, '$.createdAtMs') AS createdAtMs,
  json_extract(document, '$.updatedAtMs') AS updatedAtMs, json_extract(document, '$.attempt') AS attempt`;

/** Reads `giveUpAtMs`, which documents store under another name. The expression must be the same as in the index. */
const giveUpTime = "json_extract(document, '$.patientUntilMs')";
/** Without `INDEXED BY`, SQLite scans the whole queue by its state. */
const byGiveUpTime = "INDEXED BY operations_patience WHERE state = 'queued'";
/** Without `INDEXED BY`, SQLite sorts instead of using these indexes. */
const orders = {
  longest_due: { index: "operations_due", by: "due_at_ms" },
  newest: { index: "operations_listed_of_key", by: "sequence DESC" },
};

/** Migrates the schema and opens the store. `report` is called for each operation that cannot be read. */
export function openSqliteOperationStore(
  sql: SqlStorage,
  report: (id: string, error: unknown) => void = () => {},
): OperationStore {
  migrate(sql);
  const rowsOf = (rest: string, ...bindings: unknown[]): Row[] =>
    sql.exec<Row>(`SELECT * FROM operations ${rest}`, ...bindings).toArray();
  const readOne = (rest: string, binding: string): Operation | undefined => rowsOf(rest, binding).map(toOperation)[0];
  const readRows = (nowMs: number, rows: Row[]): Operation[] =>
    rows.flatMap((row) => {
      try {
        return toOperation(row);
      } catch (error) {
        report(row.id, error);
        postpone(row.id, nowMs + postponedMs);
        return [];
      }
    });
  const postpone = (id: string, untilMs: number): void =>
    void sql.exec(
      `UPDATE operations SET due_at_ms = max(due_at_ms, ?1), document =
         CASE WHEN state = 'queued' AND ${giveUpTime} < ?1 THEN json_set(document, '$.patientUntilMs', ?1) ELSE document END
       WHERE id = ?2 AND due_at_ms IS NOT NULL`,
      untilMs,
      id,
    );
  /** A cache of the operations in `sending`, by index key. It saves a read, because a settle usually follows soon. */
  const sendingByKey = new Map<string, Operation>();
  /** The sequence of this operation or, if it was deleted, of the next one. Ids sort by time. */
  const sequenceOf = (id: string): number =>
    sql.exec<{ sequence: number }>("SELECT sequence FROM operations WHERE id >= ? ORDER BY id LIMIT 1", id).toArray()[0]
      ?.sequence ?? Number.MAX_SAFE_INTEGER;
  const earliest = (time: string, rest: string, ...bindings: unknown[]) =>
    sql.exec<{ at: number | null }>(`SELECT min(${time}) AS at FROM operations ${rest}`, ...bindings).one().at;

  return {
    byKey: (keyDigest) => sendingByKey.get(indexKey(keyDigest)) ?? readOne("WHERE key_digest = ?", indexKey(keyDigest)),
    byId: (id) => readOne("WHERE id = ?", id),

    ownerOf: (accountId, target) =>
      rowsOf("WHERE state = 'created' AND json_extract(document, '$.created.account.id') = ?", accountId)
        .map(toOperation)
        .find((operation) => isSameTarget(operation, target))?.id,

    save(operation, stored) {
      const { id, keyDigest, keyName, state, dueAtMs } = operation;
      const digest = indexKey(keyDigest);
      const times = isFinal(operation) ? [null, dueAtMs] : [dueAtMs, null];
      const isKnown = stored?.id === id;
      const document = checkedDocument(toDocument(operation), isKnown);
      if (isKnown) {
        // Name only these columns: an UPDATE writes the index of every column that it names, even if the value is the same.
        sql.exec(
          "UPDATE operations SET state = ?, due_at_ms = ?, expires_at_ms = ?, document = ? WHERE id = ?",
          state,
          ...times,
          document,
          id,
        );
      } else {
        if (stored !== undefined) sql.exec("DELETE FROM operations WHERE id = ?", stored.id);
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
      if (state === "sending") sendingByKey.set(digest, { ...operation, keyDigest: digest });
      else sendingByKey.delete(digest);
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
      readRows(nowMs, rowsOf(`${byGiveUpTime} AND ${giveUpTime} <= ? ORDER BY ${giveUpTime} LIMIT ?`, nowMs, limit)),

    nextGiveUpMs: () => earliest(giveUpTime, byGiveUpTime),

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
      // Run one query per state, so that each query reads its rows in index order.
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

/** A document leaves out members with these values, so that two typical operations fit on one database page. */
const defaults = {
  nonce: null,
  sendable: null,
  unknownSinceMs: null,
  missingSinceMs: null,
  suspected: null,
  suspectedOf: null,
  ruledOut: [],
  resends: 0,
  repeatableForMs: 0,
  repeatableUntilMs: 0,
  isRepeat: false,
  heldBackUntilMs: 0,
  isCleared: false,
  created: null,
  problem: null,
  candidates: [],
  duplicates: [],
} satisfies Partial<Operation>;
const defaultMembers = Object.entries(defaults);

/** Not in a document, because they are in columns or under an older name. `JSON.stringify` leaves out `undefined`. */
const notInDocument = {
  id: undefined,
  keyDigest: undefined,
  keyName: undefined,
  state: undefined,
  dueAtMs: undefined,
  giveUpAtMs: undefined,
  mayHaveCreated: undefined,
};

/** A document stores `giveUpAtMs` and `mayHaveCreated` under their older names, `patientUntilMs` and `wasSent`. */
function toDocument(operation: Operation): string {
  const { giveUpAtMs: patientUntilMs, mayHaveCreated: wasSent } = operation;
  const document: Record<string, unknown> = {
    ...omitDroppedWarnings(operation),
    ...notInDocument,
    patientUntilMs,
    wasSent,
  };
  for (const [member, value] of defaultMembers) {
    const own = document[member];
    if (own === value || (Array.isArray(own) && own.length === 0)) document[member] = undefined;
  }
  return JSON.stringify(document);
}

function toOperation(row: Row): Operation {
  const { id, key_digest: keyDigest, key_name: keyName, state, due_at_ms, expires_at_ms, document } = row;
  const { patientUntilMs: giveUpAtMs, wasSent: mayHaveCreated, ...others } = JSON.parse(document);
  const dueAtMs = due_at_ms ?? expires_at_ms;
  return restoreDroppedWarnings({
    ...defaults,
    ...others,
    giveUpAtMs,
    mayHaveCreated,
    id,
    keyDigest,
    keyName,
    state,
    dueAtMs,
  });
}
