/** A ledger's operations, for as long as their process lasts. */
import type { OperationState } from "../../../schemas/operation.ts";
import { type Operation, type OperationOutline, isSameTarget } from "../../../src/ledger/operation.ts";
import { indexKey, type OperationStore, pageOf } from "../../../src/ledger/operation-store.ts";
import { checkedDocument } from "../../../src/ledger/row-size.ts";
import { isFinal } from "../../../src/ledger/transitions.ts";

/** `null`: such a time it has not. */
type TimeOf = (operation: Operation) => number | null;

const due =
  (state: OperationState): TimeOf =>
  (operation) =>
    operation.state === state && !isFinal(operation) ? operation.dueAtMs : null;
const patience: TimeOf = ({ state, giveUpAtMs }) => (state === "queued" ? giveUpAtMs : null);
const expiry: TimeOf = (operation) => (isFinal(operation) ? operation.dueAtMs : null);

interface Kept {
  sequence: number;
  operation: Operation;
}

function outlineOf(operation: Operation): OperationOutline {
  const { id, vendor, guarantee, isAsync, createdAtMs, updatedAtMs, state, attempt, dueAtMs } = operation;
  return { id, vendor, guarantee, isAsync, createdAtMs, updatedAtMs, state, attempt, dueAtMs };
}

/** Answers as the store in SQLite does; a test holds it to that. */
export function createMemoryOperationStore(): OperationStore {
  /** The oldest first. */
  let kept: Kept[] = [];
  const find = (is: (operation: Operation) => boolean) => kept.find(({ operation }) => is(operation))?.operation;

  /** The earliest first. */
  const inTime = (timeOf: TimeOf) =>
    kept
      .flatMap(({ operation }) => {
        const atMs = timeOf(operation);
        return atMs === null ? [] : [{ operation, atMs }];
      })
      .toSorted((left, right) => left.atMs - right.atMs);
  const until = (timeOf: TimeOf, nowMs: number, limit: number): Operation[] =>
    inTime(timeOf)
      .filter(({ atMs }) => atMs <= nowMs)
      .slice(0, limit)
      .map(({ operation }) => operation);
  const next = (timeOf: TimeOf): number | null => inTime(timeOf)[0]?.atMs ?? null;

  return {
    byKey: (keyDigest) => find((each) => each.keyDigest === indexKey(keyDigest)),
    byId: (id) => find((each) => each.id === id),

    ownerOf: (accountId, target) =>
      find((each) => isSameTarget(each, target) && each.created?.account.id === accountId)?.id,

    save(operation, held) {
      // As it would be written down: whoever goes on with it changes nothing here.
      const document = JSON.stringify({ ...operation, keyDigest: indexKey(operation.keyDigest) });
      const written: Operation = JSON.parse(checkedDocument(document, held?.id === operation.id));
      if (held?.id === operation.id) {
        kept = kept.map((each) => (each.operation.id === held.id ? { ...each, operation: written } : each));
      } else {
        const others = kept.filter((each) => each.operation.id !== held?.id);
        kept = [...others, { sequence: (others.at(-1)?.sequence ?? 0) + 1, operation: written }];
      }
    },

    countOfKey: (keyName) =>
      16 * kept.filter(({ operation: each }) => each.id.endsWith("0") && each.keyName === keyName).length,
    countQueued: (keyName, limit) =>
      Math.min(limit, kept.filter(({ operation: each }) => each.keyName === keyName && each.state === "queued").length),

    dueKeys(state) {
      const firstFirst = inTime(due(state));
      const keyNames = new Set(firstFirst.map(({ operation }) => operation.keyName));
      return [...keyNames].toSorted().map((keyName) => {
        const first = firstFirst.find(({ operation }) => operation.keyName === keyName);
        return { keyName, dueAtMs: first?.atMs ?? 0 };
      });
    },

    dueIds({ state, keyName, nowMs, limit, order }) {
      const ofKey = inTime(due(state)).filter(({ operation, atMs }) => operation.keyName === keyName && atMs <= nowMs);
      const ids = new Set(ofKey.map(({ operation }) => operation.id));
      const newest = kept.flatMap(({ operation: { id } }) => (ids.has(id) ? [id] : [])).toReversed();
      return (order === "newest" ? newest : [...ids]).slice(0, limit);
    },

    readDue: (ids) => ids.flatMap((id) => find((each) => each.id === id) ?? []),
    pastDeadline: (nowMs, limit) => until(patience, nowMs, limit),
    nextGiveUpMs: () => next(patience),
    nextExpiryMs: () => next(expiry),

    postpone(id, untilMs) {
      kept = kept.map((each) => {
        const { operation } = each;
        const { dueAtMs, state } = operation;
        if (operation.id !== id || dueAtMs === null || isFinal(operation)) return each;
        const giveUpAtMs = Math.max(operation.giveUpAtMs, state === "queued" ? untilMs : 0);
        return { ...each, operation: { ...operation, dueAtMs: Math.max(dueAtMs, untilMs), giveUpAtMs } };
      });
    },

    deleteExpired(nowMs, limit) {
      const expired = new Set(until(expiry, nowMs, limit));
      kept = kept.filter(({ operation }) => !expired.has(operation));
      return expired.size;
    },

    list({ keyName, state, cursor }) {
      const atCursor = kept
        .filter(({ operation }) => cursor !== null && operation.id >= cursor)
        .toSorted((left, right) => (left.operation.id < right.operation.id ? -1 : 1))[0];
      const from = atCursor?.sequence ?? Number.POSITIVE_INFINITY;
      return pageOf(
        kept
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
