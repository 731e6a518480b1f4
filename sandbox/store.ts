import type * as z from "zod/mini";

export interface NewAccount {
  id: string;
  /** The value that no other account may have; `null` if there is no such value. */
  unique: string | null;
  createdAt: number;
  /** JSON text. */
  body: string;
}

export interface StoredAccount extends NewAccount {
  /** The account's number in the store, from 1. */
  sequence: number;
}

/** The accounts and tokens of one vendor. Each method is one transaction, so two concurrent creates cannot share a unique value. */
export interface SandboxStore {
  /** Returns `null` if another account has the same id or unique value. */
  insert(account: NewAccount): Promise<StoredAccount | null>;
  get(id: string): Promise<StoredAccount | null>;
  /** Returns the oldest account first. */
  list(): Promise<StoredAccount[]>;
  addToken(token: string, expiresAt: number): Promise<void>;
  hasToken(token: string, now: number): Promise<boolean>;
  removeToken(token: string): Promise<void>;
  /** Toggles a mark, and returns whether it is now set. */
  flip(mark: string): Promise<boolean>;
  /**
   * Replaces the text of a note if it is `from`, and returns the text that the note had. `null`: there is no such note. A vendor
   * with an idempotency key of its own keeps its first answers as notes.
   */
  swap(note: string, from: string | null, to: string | null): Promise<string | null>;
}

export type Stored<Account> = Omit<StoredAccount, "body"> & { account: Account };

/** Reads and writes the accounts of a store. Each read checks the account's JSON with the schema. */
export function accountsIn<Account>(store: SandboxStore, schema: z.ZodMiniType<Account>) {
  const read = ({ body, ...row }: StoredAccount): Stored<Account> => ({
    ...row,
    account: schema.parse(JSON.parse(body)),
  });
  const readOrNull = (row: StoredAccount | null) => (row === null ? null : read(row));
  return {
    insert: async ({ account, ...row }: Omit<Stored<Account>, "sequence">) =>
      readOrNull(await store.insert({ ...row, body: JSON.stringify(account) })),
    get: async (id: string) => readOrNull(await store.get(id)),
    list: async () => (await store.list()).map(read),
  };
}

/** A store in memory, for tests. */
export function createMemoryStore(): SandboxStore {
  const accounts: StoredAccount[] = [];
  const tokens = new Map<string, number>();
  const marks = new Set<string>();
  const notes = new Map<string, string>();

  return {
    async insert(account) {
      const taken = accounts.some(
        ({ id, unique }) => id === account.id || (unique !== null && unique === account.unique),
      );
      if (taken) return null;
      const stored = { ...account, sequence: accounts.length + 1 };
      accounts.push(stored);
      return stored;
    },
    get: async (id) => accounts.find((account) => account.id === id) ?? null,
    list: async () => [...accounts],
    addToken: async (token, expiresAt) => void tokens.set(token, expiresAt),
    hasToken: async (token, now) => (tokens.get(token) ?? 0) > now,
    removeToken: async (token) => void tokens.delete(token),
    async flip(mark) {
      if (marks.delete(mark)) return false;
      marks.add(mark);
      return true;
    },
    async swap(note, from, to) {
      const text = notes.get(note) ?? null;
      if (text !== from) return text;
      if (to === null) notes.delete(note);
      else notes.set(note, to);
      return text;
    },
  };
}
