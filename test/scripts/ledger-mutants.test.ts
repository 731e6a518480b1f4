import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutants } from "../../scripts/ledger-mutants.ts";

// Running all mutants takes a long time. This test only checks that each one still applies to the code.
describe("each mutant of the ledger", () => {
  it.each(mutants)("applies to the code: $name", ({ file, text, replacement }) => {
    expect(readFileSync(file, "utf8").split(text)).toHaveLength(2);
    expect(replacement).not.toBe(text);
  });
});
