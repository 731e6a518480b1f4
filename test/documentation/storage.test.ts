/** `docs/explanation/storage.md`: the tables list the columns and indexes that the migrations make. */
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { migrations } from "../../src/ledger/sqlite-schema.ts";
import { table } from "./readme.ts";

const database = new DatabaseSync(":memory:");
database.exec("CREATE TABLE ledger (version INTEGER NOT NULL)");
for (const statement of migrations.flat()) database.exec(statement);
const namesOf = (query: string) =>
  database
    .prepare(query)
    .all()
    .map(({ name }) => `\`${String(name)}\``);

it.each(["operations", "key_usage", "ledger"])("lists every column of %s", (name) => {
  const columns = namesOf(`SELECT name FROM pragma_table_info('${name}')`);
  expect(table(`columns of ${name}`).map(([column]) => column)).toEqual(columns);
});

it("lists every index", () => {
  const indexes = namesOf("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
  expect(new Set(table("indexes").map(([index]) => index))).toEqual(new Set(indexes));
});
