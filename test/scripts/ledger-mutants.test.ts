/** The texts that the mutants replace. `npm run test:mutants` takes too long for every change. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutants } from "../../scripts/ledger-mutants.ts";

test.each(mutants)("$name: the file has the text once", ({ file, text }) => {
  expect(readFileSync(file, "utf8").split(text)).toHaveLength(2);
});
