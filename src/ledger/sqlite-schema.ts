/** The migrations of the ledger's SQLite schema. */

/**
 * Each entry upgrades the schema by one version. Never change a released entry. If you add an entry, check whether to raise
 * {@link compatibleFrom}.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE operations (
      sequence INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      key_digest TEXT NOT NULL UNIQUE,
      key_name TEXT NOT NULL,
      state TEXT NOT NULL,
      due_at_ms INTEGER,
      document TEXT NOT NULL
    )`,
    "CREATE INDEX operations_due ON operations (due_at_ms)",
  ],
  [
    // Expiry gets its own column, so that a million expiring operations do not slow down the search for due ones.
    "ALTER TABLE operations ADD COLUMN expires_at_ms INTEGER",
    "UPDATE operations SET expires_at_ms = due_at_ms, due_at_ms = NULL WHERE state IN ('created', 'rejected', 'not_created')",
    "DROP INDEX operations_due",
    "CREATE INDEX operations_due ON operations (state, due_at_ms) WHERE due_at_ms IS NOT NULL",
    "CREATE INDEX operations_expiry ON operations (expires_at_ms) WHERE expires_at_ms IS NOT NULL",
    "CREATE INDEX operations_of_key ON operations (key_name, sequence)",
    "CREATE INDEX operations_in_state ON operations (state, sequence)",
    `CREATE INDEX operations_patience ON operations (json_extract(document, '$.patientUntilMs'))
     WHERE state = 'queued'`,
  ],
  [
    // With this index, a list of one key's operations in one state reads only their rows.
    "CREATE INDEX operations_of_key_in_state ON operations (key_name, state, sequence)",
    "DROP INDEX operations_of_key",
    // Half of a SHA-256 still identifies a key. It makes the only index with random inserts half as large.
    "UPDATE operations SET key_digest = substr(key_digest, 1, 32)",
  ],
  [
    // These indexes have every column of a list, so a list reads no document. A document can take hundreds of pages.
    ...["operations_listed ON operations (state", "operations_listed_of_key ON operations (key_name, state"].map(
      (index) => `CREATE INDEX ${index}, sequence, id, coalesce(due_at_ms, expires_at_ms),
        json_extract(document, '$.vendor'), json_extract(document, '$.guarantee'), json_extract(document, '$.isAsync'),
        json_extract(document, '$.createdAtMs'), json_extract(document, '$.updatedAtMs'), json_extract(document, '$.attempt'))`,
    ),
    "DROP INDEX operations_in_state",
    "DROP INDEX operations_of_key_in_state",
    "ALTER TABLE ledger ADD COLUMN applied INTEGER",
  ],
  [
    // The index includes the key, so that the ledger can find the due operations of each key.
    "DROP INDEX operations_due",
    "CREATE INDEX operations_due ON operations (state, key_name, due_at_ms) WHERE due_at_ms IS NOT NULL",
    // The approximate number of each key's operations: an exact count would write two more rows for each create. The triggers
    // count only an operation whose id ends in 0, and count it as 16. The last digit of an id is random. A delete subtracts
    // exactly what the insert added, so errors do not add up.
    "CREATE TABLE key_usage (key_name TEXT PRIMARY KEY, operations INTEGER NOT NULL) WITHOUT ROWID",
    `INSERT INTO key_usage (key_name, operations)
     SELECT key_name, 16 * count(*) FROM operations WHERE substr(id, -1) = '0' GROUP BY key_name`,
    `CREATE TRIGGER operations_added AFTER INSERT ON operations WHEN substr(NEW.id, -1) = '0' BEGIN
       INSERT INTO key_usage (key_name, operations) VALUES (NEW.key_name, 16)
       ON CONFLICT (key_name) DO UPDATE SET operations = operations + 16;
     END`,
    `CREATE TRIGGER operations_removed AFTER DELETE ON operations WHEN substr(OLD.id, -1) = '0' BEGIN
       UPDATE key_usage SET operations = operations - 16 WHERE key_name = OLD.key_name;
     END`,
  ],
  [
    // Finds the operation that owns an account. An account belongs to at most one operation.
    `CREATE INDEX operations_account ON operations (json_extract(document, '$.created.account.id'))
     WHERE state = 'created'`,
  ],
];

/**
 * The number of migrations that the oldest compatible gateway has. The ledger still works after a rollback to that gateway.
 * Raise this number only for a migration that breaks older code. Such a migration removes or renames what older statements
 * use, or needs older code to write something new.
 */
export const compatibleFrom = 3;

/**
 * Upgrades the schema. The table `ledger` stores how many migrations were applied (`applied`), and how many migrations a
 * gateway must have to open the ledger (`version`). Until version 3 the table had no `applied`, and `version` had both
 * meanings.
 */
export function migrate(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS ledger (version INTEGER NOT NULL)");
  const [ledger] = sql.exec<{ version: number; applied?: number | null }>("SELECT * FROM ledger").toArray();
  if (ledger === undefined) sql.exec("INSERT INTO ledger (version) VALUES (0)");
  const { version, applied } = { version: 0, ...ledger };
  // A newer deploy may have written rows that this code misreads, so refuse to open the ledger.
  if (version > migrations.length)
    throw new Error(
      `The ledger's schema has version ${version}, but this gateway knows only versions up to ${migrations.length}`,
    );
  const missing = migrations.slice(applied ?? version);
  if (missing.length === 0) return;
  for (const statement of missing.flat()) sql.exec(statement);
  sql.exec("UPDATE ledger SET version = ?, applied = ?", compatibleFrom, migrations.length);
}
