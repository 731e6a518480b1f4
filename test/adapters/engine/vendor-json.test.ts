/** `readVendorJson` keeps large numbers, and returns `undefined` for invalid JSON. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import { onTheWire } from "../../../packages/adapter-kit/src/json.ts";

describe("a vendor's JSON", () => {
  test.each([
    ['{"id":9007199254740993}', { id: "9007199254740993" }],
    ['{"id":-12345678901234567890123}', { id: "-12345678901234567890123" }],
    ['{"id":9007199254740991}', { id: 9_007_199_254_740_991 }],
    ['{"id":123,"text":"9007199254740993"}', { id: 123, text: "9007199254740993" }],
    ['{"pi":3.14159265358979323846,"id":1}', { pi: Math.PI, id: 1 }],
    ['{"id":1e400}', { id: "1e400" }],
    ['[{"id":9007199254740993}]', [{ id: "9007199254740993" }]],
    ['{"a":"x\\ud800","b":["\\uDC00\\ud83d"],"c":"\\ud83d\\ude00"}', { a: "x\ufffd", b: ["\ufffd\ufffd"], c: "😀" }],
    ['{"\\ud83d":1}', { "\ufffd": 1 }],
    ["1e2", 100],
    ["null", null],
  ])("%s", (text, value) => {
    expect(readVendorJson(text)).toEqual(value);
  });

  test.each([
    "",
    " ",
    "{",
    '{"a":1}}',
    "<html>",
    "NaN",
    "undefined",
    "'a'",
    '{"a":1,}',
    "\u0000",
    `${"[".repeat(64)}${"]".repeat(64)}`,
  ])("%o cannot be read", (text) => {
    expect(readVendorJson(text)).toBeUndefined();
  });

  test("`__proto__` is a member like any other", () => {
    const value = readVendorJson('{"__proto__":{"id":9007199254740993}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"id":"9007199254740993"}}');
  });

  test("other JSON is read as `JSON.parse` reads it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        fc.pre(!/\d{16}|e/i.test(JSON.stringify(value)));
        expect(readVendorJson(JSON.stringify(value))).toEqual(onTheWire(value));
      }),
    );
  });
});
