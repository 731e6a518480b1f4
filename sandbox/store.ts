import type * as z from "zod/mini";

export interface NewAccount {
  id: string;
  /** The value no other account of the vendor may hold, where the vendor has such a field. */
  unique: string | null;
  createdAt: number;
  /** JSON text. */
  body: string;
}

export interface StoredAccount extends NewAccount {
  /** 1 for a store's first account, and rising. */
  sequence: number;
}

/** What one vendor remembers. Every method is one transaction, so that concurrent creates cannot both be unique. */
export interface SandboxStore {
  /** `null` when another account has the id or the unique value. */
  insert(account: NewAccount): Promise<StoredAccount | null>;
  get(id: string): Promise<StoredAccount | null>;
  /** In order of creation. */
  list(): Promise<StoredAccount[]>;
  addToken(token: string, expiresAt: number): Promise<void>;
  hasToken(token: string, now: number): Promise<boolean>;
  removeToken(token: string): Promise<void>;
  /** Sets a mark that was not set and clears one that was; whether it is set now. */
  flip(mark: string): Promise<boolean>;
}

export type Stored<Account> = Omit<StoredAccount, "body"> & { account: Account };

/** A store's accounts, read and written through their schema. */
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
