/** Several keys are served in turn. */
import { expect, test } from "vitest";
import { Turns } from "../../../src/ledger/fair-share.ts";

const queue = (keyName: string, count: number) => ({
  keyName,
  items: Array.from({ length: count }, (_, index) => `${keyName}${index}`),
});

test("one of each key, then the next of each", () => {
  expect(new Turns().take([queue("a", 4), queue("b", 1), queue("c", 2)], 6)).toEqual([
    "a0",
    "b0",
    "c0",
    "a1",
    "c1",
    "a2",
  ]);
  expect(new Turns().take([], 6)).toEqual([]);
});

test("the key whose last turn is longest ago comes first", () => {
  const turns = new Turns();
  const next = () => turns.take([queue("a", 9), queue("b", 9), queue("c", 9)], 1)[0];
  expect(Array.from({ length: 7 }, next)).toEqual(["a0", "b0", "c0", "a0", "b0", "c0", "a0"]);
  expect(turns.take([queue("a", 9), queue("new", 9)], 1)).toEqual(["new0"]);
});
