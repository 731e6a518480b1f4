import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutants } from "../../scripts/ledger-mutants.ts";

// Running them all takes long: here it is seen that they still fit the code that they break.
describe("a mutant of the ledger", () => {
  it.each(mutants)("has its place in the code: $name", ({ file, text, replacement }) => {
    expect(readFileSync(file, "utf8").split(text)).toHaveLength(2);
    expect(replacement).not.toBe(text);
  });
});
