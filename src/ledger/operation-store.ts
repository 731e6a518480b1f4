/** Where a ledger keeps its operations: in SQLite where it is a Durable Object. */
import type { OperationState } from "../../schemas/operation.ts";
import type { Operation, OperationOutline } from "./operation.ts";
import type { Target } from "./target.ts";

/** An operation that cannot be read or changed is left alone for this long, so that it does not keep the ledger from others. */
export const postponedMs = 5 * 60 * 1000;

export interface OperationStore {
  byKey: (keyDigest: string) => Operation | undefined;
  byId: (id: string) => Operation | undefined;
  /** The operation that ended with the account, by the vendor's id at a target. */
  holderOf: (accountId: string, target: Target) => string | undefined;
  /** `held`: what the operation takes the place of, under the same key. */
  save: (operation: Operation, held?: Operation) => void;
  /** About how many operations a key holds: of a million, to within 2 %. */
  countOfKey: (keyName: string) => number;
  /** How many operations of a key are queued; counts up to `limit`. */
  countQueued: (keyName: string, limit: number) => number;
  /** Each key that has operations due in this state, now or later. */
  dueKeys: (state: OperationState) => DueKey[];
  /** The ids of a key's operations whose time has come: the longest due first, or the last received first. */
  dueIds: (query: DueQuery) => string[];
  /** These operations, read. One that cannot be read is postponed instead, and reported. */
  readDue: (ids: readonly string[], nowMs: number) => Operation[];
  /** Those that were queued for too long, read as by `readDue`. */
  pastDeadline: (nowMs: number, limit: number) => Operation[];
  nextGiveUpMs: () => number | null;
  nextExpiryMs: () => number | null;
  /** Lets an open operation be due, and be given up, at this time at the earliest. Changes nothing else, and reads nothing. */
  postpone: (id: string, untilMs: number) => void;
  /** Deletes at most so many that have expired, and tells how many. */
  deleteExpired: (nowMs: number, limit: number) => number;
  /** The newest first. */
  list: (query: ListQuery) => Page;
}

export interface DueKey {
  keyName: string;
  /** When its first one is due. */
  dueAtMs: number;
}

export interface DueQuery {
  state: OperationState;
  keyName: string;
  nowMs: number;
  limit: number;
  order: "longest_due" | "newest";
}

export interface ListQuery {
  /** `null`: every key's. */
  keyName: string | null;
  /** `null`: in every state. */
  state: OperationState | null;
  /** The id of the last operation on the page before. */
  cursor: string | null;
}

export interface Page {
  operations: OperationOutline[];
  /** `null` on the last page. */
  nextCursor: string | null;
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
    nextCursor: found.length > pageSize ? (page.at(-1)?.outline.id ?? null) : null,
  };
}

/**
 * Half a SHA-256 tells keys apart as well, in an index of half the size. Cut here and not by whoever asks, which may be
 * of a version that knows nothing of it.
 */
export function indexKey(keyDigest: string): string {
  return keyDigest.slice(0, 32);
}
