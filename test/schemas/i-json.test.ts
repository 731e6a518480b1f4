/** I-JSON: `parseIJson` reads the same value as `JSON.parse`, or reports a fault and its position. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseIJson } from "../../schemas/i-json.ts";

test.each([
  ["", 0],
  ["undefined", 0],
  ["\uFEFF{}", 0],
  ["01", 1],
  ["-", 1],
  ["1 x", 2],
  ["[1,,2]", 3],
  ['{"a"', 4],
  ['"\\q"', 2],
  ['"\\u12', 5],
  ['"a\nb"', 2],
  ['{"a":tru}', 8],
  ['{"a":1,}', 7],
  ['{"a":"x"y}', 8],
])("%j has a syntax error at %i", (text, offset) => {
  expect(parseIJson(text)).toEqual({ kind: "syntax", offset });
});

test.each<[text: string, path: string[]]>([
  ['{"a":1,"a":2}', ["a"]],
  ['{"a":1,"\\u0061":2}', ["a"]],
  ['[{"a":1},{"b":[1,{"c":1,"c":2}]}]', ["1", "b", "1", "c"]],
  ['{"a":{"a":1},"b":[{"a":1},{"a":2}],"__proto__":1,"__proto__":2}', ["__proto__"]],
])("%s has a duplicate member", (text, path) => {
  expect(parseIJson(text)).toEqual({ kind: "duplicate_member", path });
});

test.each([
  ["1e400", "1e400"],
  ["[9007199254740993]", "9007199254740993"],
  ["0.1000000000000000055", "0.1000000000000000055"],
  [`1${"0".repeat(60)}1`, `1${"0".repeat(39)}`],
])("%s has an inexact number", (text, number) => {
  expect(parseIJson(text)).toEqual({ kind: "inexact_number", number });
});

test("deep nesting and lone surrogates are faults", () => {
  expect(parseIJson("[".repeat(40) + "]".repeat(40))).toEqual({ kind: "too_deep" });
  expect(parseIJson('{"a":["\\ud83d"]}')).toEqual({ kind: "lone_surrogate", path: ["a", "0"] });
  expect(parseIJson('{"\\udc00":1}')).toEqual({ kind: "lone_surrogate", path: ["\udc00"] });
});

test("the output of JSON.stringify is read unchanged", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      expect(parseIJson(text)).toEqual({ kind: "value", value: JSON.parse(text) });
    }),
  );
});

test("a text that is cut off has a syntax error at its end", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.nat(), (json, seed) => {
      const text = `[${json}]`;
      const cut = text.slice(0, seed % text.length);
      expect(parseIJson(cut)).toEqual({ kind: "syntax", offset: cut.length });
    }),
  );
});

test("it throws for no text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0aet-+. \n') }), (text) => {
      const read = parseIJson(text);
      expect(read.kind === "syntax" ? read.offset : 0).toBeLessThanOrEqual(text.length);
    }),
  );
});
