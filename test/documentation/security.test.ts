/** What the page on security says is held by a test is held by one that exists. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync("docs/explanation/security.md", "utf8");

test("every threat names the tests that hold it, and they exist", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && line.split(" | ").length === 3);
  const threats = rows.filter((row) => !/^\| (?:-+|Threat|Asset)/.test(row));
  const held = threats.filter((row) => row.includes("test/"));
  expect(held.length).toBeGreaterThan(12);
  const named = held.flatMap((row) =>
    [...row.matchAll(/`((?:test|adapter-kit|packages)\/[\w./-]+)`/g)].map(([, path = ""]) => path),
  );
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  // What names no test is an asset.
  const assets = page.slice(page.indexOf("## Assets"), page.indexOf("## Entry points"));
  expect(threats.filter((row) => !row.includes("test/") && !assets.includes(row))).toEqual([]);
});
