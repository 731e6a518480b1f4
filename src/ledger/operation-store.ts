/** Where a ledger keeps its operations: in SQLite where it is a Durable Object. */
import type { OperationState } from "../../schemas/operation.ts";
import type { Operation, OperationOutline } from "./operation.ts";

/** An operation that cannot be read or changed is left alone for this long, so that it does not keep the ledger from others. */
export const postponedMs = 5 * 60 * 1000;

export interface OperationStore {
  byKey: (keyDigest: string) => Operation | undefined;
  byId: (id: string) => Operation | undefined;
  /** `held`: what the operation takes the place of, under the same key. */
  save: (operation: Operation, held?: Operation) => void;
  /** Those whose time has come, the longest due first. One that cannot be read is postponed instead, and reported. */
  due: (state: OperationState, nowMs: number, limit: number) => Operation[];
  nextDueMs: (state: OperationState) => number | null;
  /** Those that were queued for too long; as in `due` where one cannot be read. */
  impatient: (nowMs: number, limit: number) => Operation[];
  nextImpatientMs: () => number | null;
  nextExpiryMs: () => number | null;
  /** Lets an open operation be due, and be given up, at this time at the earliest. Changes nothing else, and reads nothing. */
  postpone: (id: string, untilMs: number) => void;
  /** Deletes at most so many that have expired, and tells how many. */
  deleteExpired: (nowMs: number, limit: number) => number;
  /** The newest first. */
  list: (query: ListQuery) => Page;
}

export interface ListQuery {
  /** `null`: every key's. */
  keyName: string | null;
  /** `null`: in every state. */
  state: OperationState | null;
  /** Where the page before ended. */
  cursor: number | null;
}

export interface Page {
  operations: OperationOutline[];
  /** `null` on the last page. */
  nextCursor: number | null;
}

/** What a list shows of an operation, and its place in the order in which they came. */
export interface Listed {
  sequence: number;
  outline: OperationOutline;
}

export const pageSize = 50;

/** A page of these, which are the newest first, and one more than it holds where another follows. */
export function pageOf(found: readonly Listed[]): Page {
  const page = found.slice(0, pageSize);
  return {
    operations: page.map(({ outline }) => outline),
    nextCursor: found.length > pageSize ? (page.at(-1)?.sequence ?? null) : null,
  };
}

/**
 * Half a SHA-256 tells keys apart as well, in an index of half the size. Cut here and not by whoever asks, which may be
 * of a version that knows nothing of it.
 */
export function half(keyDigest: string): string {
  return keyDigest.slice(0, 32);
}
