import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFilter, passes } from "../../sandbox/elastic-path-filter.ts";

const quote = (value: string): string => `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
const eq = (operand: string) => [{ operator: "eq", attribute: "external_ref", operands: [operand] }];

test("reads any quoted text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      expect(parseFilter(`eq(external_ref,${quote(value)})`)).toEqual(eq(value));
    }),
  );
});

test("reads any text with all characters escaped and no quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const escaped = value.replaceAll(/./gsu, "\\$&");
      expect(parseFilter(`eq(external_ref,${escaped})`)).toEqual(eq(value));
    }),
  );
});

test("never throws", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom("eq", "(", ")", ",", ":", '"', "\\", "name", "in", "id"));
  const parse = fc.property(fc.array(piece), (pieces) => void parseFilter(pieces.join("")));
  expect(fc.check(parse)).toMatchObject({ failed: false });
});

test("`eq` matches only the same value", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (value, other) => {
      const [condition] = parseFilter(`eq(name,${quote(value)})`) ?? [];
      expect(condition && passes(condition, other)).toBe(value === other);
    }),
  );
});

const rowPasses = (filter: string, value: string | null) =>
  parseFilter(filter)?.every((condition) => passes(condition, value));

describe("the examples in the documentation", () => {
  test.each([
    [
      "eq(id,3fa85f64-5717-4562-b3fc-2c963f66afa6)",
      "3fa85f64-5717-4562-b3fc-2c963f66afa6",
      "deb6b25f-8451-4211-9a22-95610333df23",
    ],
    ["ge(created_at,2024-04-29T00:00:00.000Z)", "2024-04-29T00:00:00.000Z", "2024-04-28T23:59:59.999Z"],
    ["le(updated_at,2024-04-29T00:00:00.000Z)", "2024-04-29T00:00:00.000Z", "2024-04-29T00:00:00.001Z"],
    ["like(name,*swan*)", "a swan, swimming", "Swan"],
    ["like(registration_id,00000000-0000-1000-8000-*)", "00000000-0000-1000-8000-1", "10000000-0000-1000-8000-1"],
    ["like(external_ref,16be*)", "16be", "a16be"],
    ["in(id,a,b)", "b", "c"],
    ["gt(id,b):lt(id,d)", "c", "d"],
  ])("%s", (filter, passing, failing) => {
    expect(rowPasses(filter, passing)).toBe(true);
    expect(rowPasses(filter, failing)).toBe(false);
    expect(rowPasses(filter, null)).toBe(false);
  });
});

test.each([
  "",
  "eq",
  "eq()",
  "eq(name)",
  "eq(name,a",
  "eq(name,a,b)",
  "eq(name,a)b",
  "eq(name,a):",
  'eq(name,"a)',
  "eq(email,a)",
  "gt(name,a)",
  "in(id)",
  "eq(name,a(b)",
  'eq(name,"a"b)',
  "eq(name,a\\",
])("is not a valid filter: %s", (filter) => {
  expect(parseFilter(filter)).toBeNull();
});
