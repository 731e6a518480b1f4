/** The parts of the engine that stand alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onTheWire, scalarsOf, withValueAt } from "../../../packages/adapter-kit/src/json.ts";
import { codeFromName } from "../../../adapters/engine/code-from-name.ts";
import { leaves, setAt, toPath, toPointer, valueAt } from "../../../schemas/json-pointer.ts";
import { type ValueKind, valueKinds } from "../../../adapters/engine/value-kind.ts";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import { type Json, pointerSchema } from "../../../schemas/json.ts";

const name = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme", maxLength: 1024 }),
);

describe("a code made from a name", () => {
  test.each([
    ["Müller & Söhne", /^MULLER-SOHNE-[0-9a-f]{16}$/],
    ["株式会社", /^ACCOUNT-[0-9a-f]{16}$/],
    ["  -- Acme -- ", /^ACME-[0-9a-f]{16}$/],
    ["Straße", /^STRASSE-[0-9a-f]{16}$/],
    [`${"x".repeat(14)} y`, /^X{14}-[0-9a-f]{16}$/],
  ])("%s", (given, code) => {
    expect(codeFromName(given)).toMatch(code);
  });

  test("has at most 32 characters", () => {
    expect(codeFromName("x".repeat(1024))).toMatch(/^X{15}-[0-9a-f]{16}$/);
  });

  test("does not change from one release to the next", () => {
    // SHA-256 of `Acme`: 37036cd8f9746d33…
    expect(codeFromName("Acme")).toBe("ACME-37036cd8f9746d33");
  });

  test("has one shape, and is one for names that are the same text", () => {
    fc.assert(
      fc.property(name, (given) => {
        const code = codeFromName(given);
        expect(code).toMatch(/^[A-Z0-9-]{1,40}-[0-9a-f]{16}$/);
        expect(codeFromName(given.normalize("NFD"))).toBe(code);
        expect(codeFromName(given.normalize("NFC"))).toBe(code);
      }),
    );
  });

  test("differs between names of another script, of which nothing is readable, by 64 bits", () => {
    const names = Array.from({ length: 100_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + (index >> 8), 0x3400 + (index & 255)),
    );
    expect(new Set(names.map(codeFromName)).size).toBe(names.length);
  });

  test("differs where names differ, be it in case, accent, space or the end", () => {
    const alike = [
      "Acme",
      "ACME",
      "acme",
      "Acmé",
      "Acme ",
      " Acme",
      "Acme.",
      "Acme-",
      `${"x".repeat(41)}a`,
      `${"x".repeat(41)}b`,
    ];
    expect(new Set(alike.map(codeFromName)).size).toBe(alike.length);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one.normalize("NFC") !== other.normalize("NFC"));
        expect(codeFromName(one)).not.toBe(codeFromName(other));
      }),
    );
  });
});

describe("a JSON Pointer", () => {
  const path = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "~", "/", "~1", "~0", "~01", "__proto__")),
    {
      minLength: 1,
    },
  );

  test("comes back as the path it was made of", () => {
    fc.assert(
      fc.property(path, (tokens) => {
        expect(toPath(pointerSchema.parse(toPointer(tokens)))).toEqual(tokens);
      }),
    );
  });

  test("escapes as RFC 6901 §5 does", () => {
    expect(toPointer(["a/b", "m~n", "", " "])).toBe("/a~1b/m~0n// ");
    expect(toPointer([])).toBe("");
    expect(toPath("/~01")).toEqual(["~1"]);
  });

  test("leads to what was placed there, and to nothing that is inherited", () => {
    fc.assert(
      fc.property(path, fc.oneof(fc.string(), fc.integer(), fc.constant(null)), (tokens, value) => {
        const document = {};
        expect(setAt(document, tokens, value)).toBe(true);
        expect(valueAt(document, tokens)).toBe(value);
        expect(setAt(document, tokens, "another")).toBe(false);
        expect(valueAt(document, tokens)).toBe(value);
      }),
    );
    expect(valueAt({}, ["__proto__"])).toBeUndefined();
    expect(valueAt({}, ["toString"])).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });

  test("nothing is placed below a leaf", () => {
    const document = { a: 1, b: [1] };
    expect([setAt(document, ["a", "x"], 1), setAt(document, ["b", "0"], 1)]).toEqual([false, false]);
    expect(document).toEqual({ a: 1, b: [1] });
  });

  test("every leaf of a document is found, once", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (generated) => {
        const document = Object.fromEntries(Object.entries(generated).map(([key, value]) => [key, onTheWire(value)]));
        const found = [...leaves(document)];
        const rebuilt = found.reduce((whole, [at, value]) => withValueAt(whole, toPointer(at), value), onTheWire({}));
        expect(scalarsOf(rebuilt)).toEqual(scalarsOf(document));
        expect(new Set(found.map(([at]) => toPointer(at))).size).toBe(found.length);
      }),
    );
  });
});

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
  ])("%o is none that can be read", (text) => {
    expect(readVendorJson(text)).toBeUndefined();
  });

  test("`__proto__` is a member like any other", () => {
    const value = readVendorJson('{"__proto__":{"id":9007199254740993}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"id":"9007199254740993"}}');
  });

  test("whatever is small is read as it is written", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        fc.pre(!/\d{16}|e/i.test(JSON.stringify(value)));
        expect(readVendorJson(JSON.stringify(value))).toEqual(onTheWire(value));
      }),
    );
  });
});

describe("two values mean the same", () => {
  test.each<[kind: ValueKind, sent: Json, received: Json, same: boolean]>([
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T13:00:00.000+01:00", true],
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T12:00:01Z", false],
    ["datetime", "2024-01-01T12:00:00.123456Z", "2024-01-01T12:00:00.123Z", false],
    ["datetime", "2024-01-01T12:00:00.123Z", "2024-01-01T12:00:00.1234Z", false],
    ["datetime", "2024-01-01T12:00:00.1205Z", "2024-01-01T12:00:00.125Z", false],
    ["datetime", "2024-01-01T12:00:00.123456700Z", "2024-01-01T14:30:00.1234567+02:30", true],
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T12:00:00.000000Z", true],
    // An hour of 24, a leap second and a day that does not exist are no date-times here, though `Date.parse` reads some.
    ["datetime", "2024-01-02T00:00:00Z", "2024-01-01T24:00:00Z", false],
    ["datetime", "2017-01-01T00:00:00Z", "2016-12-31T23:59:60Z", false],
    ["datetime", "2024-03-01T00:00:00Z", "2024-02-30T00:00:00Z", false],
    ["datetime", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z", false],
    ["datetime", "2024-01-01T12:00:00Z", "yesterday", false],
    ["datetime", "2024-01-01T12:00:00Z", null, false],
    ["datetime", "2024-01-01T12:00:00Z", ["2024-01-01T12:00:00Z"], false],
    ["uuid", "96B1F750-55D3-4768-A3F8-ADFFBA694A2C", "96b1f750-55d3-4768-a3f8-adffba694a2c", true],
    ["uuid", "96b1f750-55d3-4768-a3f8-adffba694a2c", "96b1f750-55d3-4768-a3f8-adffba694a2d", false],
    ["uuid", "96b1f750-55d3-4768-a3f8-adffba694a2c", ["96b1f750-55d3-4768-a3f8-adffba694a2c"], false],
    ["datetime", "2024-01-01T12:00:00.1Z", `2024-01-01T12:00:00.${"0".repeat(260_000)}1Z`, false],
    ["string", "a", "A", false],
    ["integer", 1, "1", false],
    ["boolean", true, 1, false],
    ["boolean", true, true, true],
  ])("%s: %o and %o: %o", (kind, sent, received, same) => {
    expect(valueKinds[kind].same(sent, received)).toBe(same);
  });
});
