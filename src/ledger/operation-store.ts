/** The storage interface of a ledger. A Durable Object implements it with SQLite. */
import type { OperationState } from "../../schemas/operation.ts";
import type { Operation, OperationOutline, Target } from "./operation.ts";

/** How long the ledger postpones an operation that it cannot read or change. A faulty operation must not block the others. */
export const postponedMs = 5 * 60 * 1000;

export interface OperationStore {
  byKey: (keyDigest: string) => Operation | undefined;
  byId: (id: string) => Operation | undefined;
  /** The id of the operation that created the account with this vendor id at the target. */
  ownerOf: (accountId: string, target: Target) => string | undefined;
  /** `stored`: the stored operation with the same key, which `operation` updates or replaces. */
  save: (operation: Operation, stored?: Operation) => void;
  /** The approximate number of a key's operations: within 2 % for a million. */
  countOfKey: (keyName: string) => number;
  /** The number of a key's queued operations, up to `limit`. */
  countQueued: (keyName: string, limit: number) => number;
  /** The keys that have operations in this state with a due time, past or future. */
  dueKeys: (state: OperationState) => DueKey[];
  /** The ids of a key's operations that are due: the longest due first, or the newest first. */
  dueIds: (query: DueQuery) => string[];
  /** Reads these operations. If one cannot be read, the store reports it, postpones it and leaves it out. */
  readDue: (ids: readonly string[], nowMs: number) => Operation[];
  /** Reads the queued operations whose `giveUpAtMs` has passed, like `readDue`. */
  pastDeadline: (nowMs: number, limit: number) => Operation[];
  nextGiveUpMs: () => number | null;
  nextExpiryMs: () => number | null;
  /** Moves an open operation's due time and give-up time to `untilMs`, unless they are already later. Does not read its document. */
  postpone: (id: string, untilMs: number) => void;
  /** Deletes up to `limit` expired operations, and returns their number. */
  deleteExpired: (nowMs: number, limit: number) => number;
  /** The newest operations first. */
  list: (query: ListQuery) => Page;
}

export interface DueKey {
  keyName: string;
  /** When the first of its operations is due. */
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
  /** `null`: all gateway keys. */
  keyName: string | null;
  /** `null`: all states. */
  state: OperationState | null;
  /** The id of the last operation on the previous page. */
  cursor: string | null;
}

export interface Page {
  operations: OperationOutline[];
  /** `null` on the last page. */
  nextCursor: string | null;
}

/** An entry of a list. `sequence` increases in the order in which the ledger received the operations. */
export interface Listed {
  sequence: number;
  outline: OperationOutline;
}

export const pageSize = 50;

/** Makes a page of the newest entries. If `found` has more than `pageSize` entries, another page follows. */
export function pageOf(found: readonly Listed[]): Page {
  const page = found.slice(0, pageSize);
  return {
    operations: page.map(({ outline }) => outline),
    nextCursor: found.length > pageSize ? (page.at(-1)?.outline.id ?? null) : null,
  };
}

/** The part of a key's digest that the index stores. Half of a SHA-256 still identifies a key, and saves half the space. */
export function indexKey(keyDigest: string): string {
  return keyDigest.slice(0, 32);
}
