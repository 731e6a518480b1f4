/** `docs/explanation/scale.md`: the costs are calculated correctly, and the table of attacks is complete. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type Attack, attackNames, attacks } from "../../bench/tenants/attacks.ts";
import { table } from "./readme.ts";

const page = readFileSync("docs/explanation/scale.md", "utf8");
const prices = table("price").map(([billed = "", ...numbers]) => ({
  isKeyed: billed.startsWith("_keyed:_"),
  numbers: numbers.map(Number),
}));

it("multiplies the price of each create correctly", () => {
  for (const { numbers } of prices) {
    const [each = Number.NaN, price = Number.NaN, million = Number.NaN] = numbers;
    expect(million).toBeCloseTo(each * price, 6);
  }
});

it("states the correct totals", () => {
  const sum = (rows: typeof prices) => rows.reduce((total, { numbers }) => total + (numbers[2] ?? Number.NaN), 0);
  const unkeyed = sum(prices.filter(({ isKeyed }) => !isKeyed));
  expect(page).toContain(`a million creates cost ${unkeyed.toFixed(2)} dollars without a key`);
  expect(page).toContain(`and ${sum(prices).toFixed(2)} dollars with one.`);
});

it("lists every attack of `npm run bench:tenants` with its bounds", () => {
  const listed = table("attacks").map(([name, , ...bounds]) => [name, ...bounds.map(Number)]);
  const bounds = ({ loops, perSecond, maxCalls }: Attack) => [loops, perSecond, maxCalls];
  expect(listed).toEqual(attackNames.map((name) => [`\`${name}\``, ...bounds(attacks[name])]));
});
