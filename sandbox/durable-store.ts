import { DurableObject } from "cloudflare:workers";
import * as z from "zod/mini";
import type { NewAccount, SandboxStore, StoredAccount } from "./store.ts";

const tables = `
  CREATE TABLE IF NOT EXISTS accounts (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    unique_value TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS marks (mark TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notes (note TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`;

const accountRow = z.pipe(
  z.object({
    sequence: z.int(),
    id: z.string(),
    unique_value: z.nullable(z.string()),
    created_at: z.number(),
    body: z.string(),
  }),
  z.transform(({ unique_value, created_at, ...row }): StoredAccount => ({
    ...row,
    unique: unique_value,
    createdAt: created_at,
  })),
);

/** The store of one vendor. It survives a restart of the Worker. */
export class DurableStore extends DurableObject<unknown> implements SandboxStore {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, environment: unknown) {
    super(state, environment);
    this.#sql = state.storage.sql;
    this.#sql.exec(tables);
  }

  async insert({ id, unique, createdAt, body }: NewAccount) {
    return this.#first(
      "INSERT INTO accounts (id, unique_value, created_at, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING *",
      id,
      unique,
      createdAt,
      body,
    );
  }

  async get(id: string) {
    return this.#first("SELECT * FROM accounts WHERE id = ?", id);
  }

  async list() {
    return this.#all("SELECT * FROM accounts ORDER BY sequence");
  }

  async addToken(token: string, expiresAt: number) {
    this.#sql.exec("INSERT OR REPLACE INTO tokens VALUES (?, ?)", token, expiresAt);
  }

  async hasToken(token: string, now: number) {
    return this.#sql.exec("SELECT 1 FROM tokens WHERE token = ? AND expires_at > ?", token, now).toArray().length > 0;
  }

  async removeToken(token: string) {
    this.#sql.exec("DELETE FROM tokens WHERE token = ?", token);
  }

  async flip(mark: string) {
    if (this.#sql.exec("DELETE FROM marks WHERE mark = ? RETURNING mark", mark).toArray().length > 0) return false;
    this.#sql.exec("INSERT INTO marks VALUES (?)", mark);
    return true;
  }

  async swap(note: string, from: string | null, to: string | null) {
    const [row] = this.#sql.exec<{ text: string }>("SELECT text FROM notes WHERE note = ?", note).toArray();
    const text = row?.text ?? null;
    if (text !== from) return text;
    if (to === null) this.#sql.exec("DELETE FROM notes WHERE note = ?", note);
    else this.#sql.exec("INSERT OR REPLACE INTO notes VALUES (?, ?)", note, to);
    return text;
  }

  #all(query: string, ...bindings: (string | number | null)[]) {
    return this.#sql
      .exec(query, ...bindings)
      .toArray()
      .map((row) => accountRow.parse(row));
  }

  #first(query: string, ...bindings: (string | number | null)[]) {
    return this.#all(query, ...bindings)[0] ?? null;
  }
}
