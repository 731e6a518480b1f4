/** `docs/explanation/security.md`: every threat names tests that exist. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/explanation/security.md", "utf8");

test("every threat names tests that exist", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && line.split(" | ").length === 3);
  const threats = rows.filter((row) => !/^\| (?:-+|Threat|Asset)/.test(row));
  const held = threats.filter((row) => row.includes("test/"));
  expect(held.length).toBeGreaterThan(12);
  const named = held.flatMap((row) =>
    [...row.matchAll(/`((?:test|packages)\/[\w./-]+)`/g)].map(([, path = ""]) => path),
  );
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  // Only the rows about assets may name no test.
  const assets = page.slice(page.indexOf("## Assets"), page.indexOf("## Entry points"));
  expect(threats.filter((row) => !row.includes("test/") && !assets.includes(row))).toEqual([]);
});
