import type { SandboxStore, StoredAccount } from "./store.ts";

/** A store that lasts as long as its process, for tests. */
export function createMemoryStore(): SandboxStore {
  const accounts: StoredAccount[] = [];
  const tokens = new Map<string, number>();
  const marks = new Set<string>();

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
  };
}
