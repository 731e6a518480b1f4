/** A ledger's operations in memory. */
import type { OperationState } from "../../../schemas/operation.ts";
import { type Operation, type OperationOutline, isSameTarget } from "../../../src/ledger/operation.ts";
import { indexKey, type OperationStore, pageOf } from "../../../src/ledger/operation-store.ts";
import { checkedDocument } from "../../../src/ledger/row-size.ts";
import { isFinal } from "../../../src/ledger/transitions.ts";

/** Reads one of an operation's times; `null` if the operation does not have it. */
type TimeOf = (operation: Operation) => number | null;

const dueTime =
  (state: OperationState): TimeOf =>
  (operation) =>
    operation.state === state && !isFinal(operation) ? operation.dueAtMs : null;
const giveUpTime: TimeOf = ({ state, giveUpAtMs }) => (state === "queued" ? giveUpAtMs : null);
const expiryTime: TimeOf = (operation) => (isFinal(operation) ? operation.dueAtMs : null);

interface Entry {
  sequence: number;
  operation: Operation;
}

function outlineOf(operation: Operation): OperationOutline {
  const { id, vendor, guarantee, isAsync, createdAtMs, updatedAtMs, state, attempt, dueAtMs } = operation;
  return { id, vendor, guarantee, isAsync, createdAtMs, updatedAtMs, state, attempt, dueAtMs };
}

/** Behaves like the store in SQLite: a test compares the two. */
export function createMemoryOperationStore(): OperationStore {
  /** Oldest first. */
  let entries: Entry[] = [];
  const find = (matches: (operation: Operation) => boolean) =>
    entries.find(({ operation }) => matches(operation))?.operation;

  /** The operations that have this time, earliest first. */
  const byTime = (timeOf: TimeOf) =>
    entries
      .flatMap(({ operation }) => {
        const atMs = timeOf(operation);
        return atMs === null ? [] : [{ operation, atMs }];
      })
      .toSorted((left, right) => left.atMs - right.atMs);
  const reachedBy = (timeOf: TimeOf, nowMs: number, limit: number): Operation[] =>
    byTime(timeOf)
      .filter(({ atMs }) => atMs <= nowMs)
      .slice(0, limit)
      .map(({ operation }) => operation);
  const next = (timeOf: TimeOf): number | null => byTime(timeOf)[0]?.atMs ?? null;

  return {
    byKey: (keyDigest) => find((each) => each.keyDigest === indexKey(keyDigest)),
    byId: (id) => find((each) => each.id === id),

    ownerOf: (accountId, target) =>
      find((each) => isSameTarget(each, target) && each.created?.account.id === accountId)?.id,

    save(operation, stored) {
      // Store a copy, so that later changes to the object do not change the store.
      const document = JSON.stringify({ ...operation, keyDigest: indexKey(operation.keyDigest) });
      const copy: Operation = JSON.parse(checkedDocument(document, stored?.id === operation.id));
      if (stored?.id === operation.id) {
        entries = entries.map((each) => (each.operation.id === stored.id ? { ...each, operation: copy } : each));
      } else {
        const others = entries.filter((each) => each.operation.id !== stored?.id);
        entries = [...others, { sequence: (others.at(-1)?.sequence ?? 0) + 1, operation: copy }];
      }
    },

    // Estimates the count, as in SQLite: counts the ids that end in 0 (1 of 16), and multiplies by 16.
    countOfKey: (keyName) =>
      16 * entries.filter(({ operation: each }) => each.id.endsWith("0") && each.keyName === keyName).length,
    countQueued: (keyName, limit) =>
      Math.min(
        limit,
        entries.filter(({ operation: each }) => each.keyName === keyName && each.state === "queued").length,
      ),

    dueKeys(state) {
      const dueOperations = byTime(dueTime(state));
      const keyNames = new Set(dueOperations.map(({ operation }) => operation.keyName));
      return [...keyNames].toSorted().map((keyName) => {
        const first = dueOperations.find(({ operation }) => operation.keyName === keyName);
        return { keyName, dueAtMs: first?.atMs ?? 0 };
      });
    },

    dueIds({ state, keyName, nowMs, limit, order }) {
      const ofKey = byTime(dueTime(state)).filter(
        ({ operation, atMs }) => operation.keyName === keyName && atMs <= nowMs,
      );
      const ids = new Set(ofKey.map(({ operation }) => operation.id));
      const newest = entries.flatMap(({ operation: { id } }) => (ids.has(id) ? [id] : [])).toReversed();
      return (order === "newest" ? newest : [...ids]).slice(0, limit);
    },

    readDue: (ids) => ids.flatMap((id) => find((each) => each.id === id) ?? []),
    pastDeadline: (nowMs, limit) => reachedBy(giveUpTime, nowMs, limit),
    nextGiveUpMs: () => next(giveUpTime),
    nextExpiryMs: () => next(expiryTime),

    postpone(id, untilMs) {
      entries = entries.map((each) => {
        const { operation } = each;
        const { dueAtMs, state } = operation;
        if (operation.id !== id || dueAtMs === null || isFinal(operation)) return each;
        const giveUpAtMs = Math.max(operation.giveUpAtMs, state === "queued" ? untilMs : 0);
        return { ...each, operation: { ...operation, dueAtMs: Math.max(dueAtMs, untilMs), giveUpAtMs } };
      });
    },

    deleteExpired(nowMs, limit) {
      const expired = new Set(reachedBy(expiryTime, nowMs, limit));
      entries = entries.filter(({ operation }) => !expired.has(operation));
      return expired.size;
    },

    list({ keyName, state, cursor }) {
      const atCursor = entries
        .filter(({ operation }) => cursor !== null && operation.id >= cursor)
        .toSorted((left, right) => (left.operation.id < right.operation.id ? -1 : 1))[0];
      const from = atCursor?.sequence ?? Number.POSITIVE_INFINITY;
      return pageOf(
        entries
          .filter(
            ({ sequence, operation }) =>
              (keyName === null || operation.keyName === keyName) &&
              (state === null || operation.state === state) &&
              sequence < from,
          )
          .toReversed()
          .map(({ sequence, operation }) => ({ sequence, outline: outlineOf(operation) })),
      );
    },
  };
}
