/** Shapes and encodings: what goes on the wire comes back, and no JSON makes a shape throw. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onTheWire } from "../../../packages/adapter-kit/src/json.ts";
import type { WireShape } from "../../../adapters/engine/adapter.ts";
import { arrayAt, bracketForm, join, split } from "../../../adapters/engine/shapes.ts";
import type { Json } from "../../../schemas/json.ts";
import { isObject, type JsonObject } from "../../../schemas/json-pointer.ts";

const text = fc.string({ minLength: 1 });
const fullName = { whole: "/person/name", first: "/person/first", rest: "/person/last", separator: " " } as const;
const nested = { whole: "/name", first: "/name/first", rest: "/name/last", separator: " " } as const;
const place = { whole: "/place", first: "/address/city", rest: "/address/region", separator: ", " } as const;

describe("on the wire", () => {
  test.each<[what: string, WireShape, table: JsonObject, wire: JsonObject]>([
    [
      "an array",
      arrayAt("/data/emails"),
      { data: { emails: { 0: { value: "a@b" }, 1: { value: "c@d" } } } },
      { data: { emails: [{ value: "a@b" }, { value: "c@d" }] } },
    ],
    ["no array", arrayAt("/data/emails"), { data: { name: "Acme" } }, { data: { name: "Acme" } }],
    [
      "an array in more than ten items",
      arrayAt("/lines"),
      { lines: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [index, `line ${index}`])) },
      { lines: Array.from({ length: 12 }, (_, index) => `line ${index}`) },
    ],
    [
      "a text in two parts",
      split(fullName),
      { person: { name: "Ada King Lovelace" } },
      { person: { first: "Ada", last: "King Lovelace" } },
    ],
    ["a text without the separator", split(fullName), { person: { name: "Acme" } }, { person: { first: "Acme" } }],
    ["a text that starts with the separator", split(fullName), { person: { name: " X" } }, { person: { last: "X" } }],
    ["an empty text", split(fullName), { person: { name: "" } }, { person: { first: "" } }],
    ["parts in an object of the text's name", split(nested), { name: "A B" }, { name: { first: "A", last: "B" } }],
    ["two texts in one", join(place), { address: { city: "Bonn", region: "NRW" } }, { place: "Bonn, NRW" }],
    ["the first of two texts", join(place), { address: { city: "Bonn" } }, { place: "Bonn" }],
    ["the second of two texts", join(place), { address: { region: "NRW" } }, { place: ", NRW" }],
    ["neither of two texts", join(place), { name: "Acme" }, { name: "Acme" }],
    ["`__proto__`", arrayAt("/__proto__"), { ["__proto__"]: { 0: "x" } }, { ["__proto__"]: ["x"] }],
    [
      "parts in `__proto__` and `constructor`",
      split({ whole: "/toString", first: "/__proto__/a", rest: "/constructor/b", separator: "-" }),
      { toString: "x-y" },
      { ["__proto__"]: { a: "x" }, constructor: { b: "y" } },
    ],
  ])("%s", (_, shape, table, wire) => {
    expect(JSON.stringify(sorted(shape.toWire(table)))).toBe(JSON.stringify(sorted(wire)));
    expect(JSON.stringify(sorted(shape.fromWire(wire)))).toBe(JSON.stringify(sorted(table)));
  });
});

describe("from the wire", () => {
  test.each<[what: string, WireShape, wire: JsonObject, table: JsonObject]>([
    ["an empty array", arrayAt("/emails"), { emails: [] }, { emails: {} }],
    ["a value that is no array", arrayAt("/emails"), { emails: "none" }, { emails: "none" }],
    ["no text", split(fullName), { person: { first: null, last: null } }, { person: { first: null, last: null } }],
    ["one text that is `null`", split(fullName), { person: { first: "A", last: null } }, { person: { name: "A" } }],
    [
      "a number, which is not a part",
      split(fullName),
      { person: { first: 7, last: "B" } },
      { person: { first: 7, last: "B" } },
    ],
    ["a number instead of two texts", join(place), { place: 7 }, { place: 7 }],
  ])("%s", (_, shape, wire, table) => expect(shape.fromWire(wire)).toEqual(table));

  test.each([arrayAt("/toString"), arrayAt("/__proto__/x"), split({ ...fullName, whole: "/constructor" })])(
    "an inherited member is not a value (%#)",
    (shape) => {
      expect(shape.toWire({})).toEqual({});
      expect(shape.fromWire({})).toEqual({});
    },
  );
});

test("an array comes back as it was sent", () => {
  const shape = arrayAt("/a/b");
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (items) => {
      const wire = onTheWire({ a: { b: items }, other: 1 });
      if (!isObject(wire)) throw new Error("Not an object");
      expect(shape.toWire(shape.fromWire(wire))).toEqual(wire);
    }),
  );
});

test("a text comes back from its two parts", () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[ ,.-]{1,3}$/), (name, separator) => {
      const shape = split({ ...fullName, separator });
      expect(shape.fromWire(shape.toWire({ person: { name } }))).toEqual({ person: { name } });
    }),
  );
});

test("two texts come back from one, if the first does not contain the separator", () => {
  const shape = join(place);
  fc.assert(
    fc.property(text, fc.option(text, { nil: undefined }), (city, region) => {
      fc.pre(!city.includes(place.separator));
      const table = { address: { city, ...(region === undefined ? {} : { region }) } };
      expect(shape.fromWire(shape.toWire(table))).toEqual(table);
    }),
  );
});

describe.each([arrayAt("/a"), arrayAt("/a/0/b"), arrayAt("/__proto__/a"), split(fullName), split(nested), join(place)])(
  "shape %#",
  (shape) => {
    const member = fc.constantFrom(
      "a",
      "b",
      "0",
      "__proto__",
      "constructor",
      "person",
      "name",
      "first",
      "last",
      "place",
    );
    const { body } = fc.letrec<{ body: JsonObject; value: Json }>((tie) => ({
      body: fc.dictionary(member, tie("value"), { maxKeys: 4 }),
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("x", "x y", "", null, 1, true),
        tie("body"),
        fc.array(tie("value")),
      ),
    }));

    test("never throws, and changes neither its input nor a prototype", () => {
      fc.assert(
        fc.property(body, (given) => {
          const before = JSON.stringify(given);
          for (const change of [shape.toWire, shape.fromWire]) expect(isObject(change(given))).toBe(true);
          expect(JSON.stringify(given)).toBe(before);
          expect(Object.prototype).not.toHaveProperty("a");
        }),
        { numRuns: 300 },
      );
    });
  },
);

describe("an error's pointer", () => {
  test.each([
    [split(fullName), "/person/last", "/person/name"],
    [split(fullName), "/person/first", "/person/name"],
    [split(fullName), "/other", "/other"],
    [join(place), "/place", "/address/city"],
    [join(place), "/other", "/other"],
  ])("%#: %o → %s", (shape, wire, table) => expect(shape.toTable?.(wire)).toBe(table));
});

describe("a form", () => {
  test.each<[JsonObject, string]>([
    [{ name: "Acme & Co", active: true, count: 3, note: null }, "name=Acme+%26+Co&active=true&count=3&note="],
    [
      { address: { city: "Köln", lines: ["a", { text: "b" }] } },
      "address[city]=K%C3%B6ln&address[lines][0]=a&address[lines][1][text]=b",
    ],
    [{ empty: {}, none: [] }, ""],
    [{ ["__proto__"]: { x: 1 } }, "__proto__[x]=1"],
    [{ "a=b&c": "[x]" }, "a%3Db%26c=%5Bx%5D"],
  ])("%j", (body, form) => {
    expect(bracketForm.write(body)).toBe(form.replace(/\[(\w*)\](?=[[=])/g, "%5B$1%5D"));
  });

  test("has every scalar once, as text", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (given) => {
        const body = onTheWire(given);
        if (!isObject(body)) throw new Error("Not an object");
        const sent = [...new URLSearchParams(bracketForm.write(body)).values()];
        expect(sent).toEqual(textsIn(body));
      }),
    );
  });
});

function textsIn(value: Json): string[] {
  if (typeof value !== "object" || value === null) return [String(value ?? "").toWellFormed()];
  return Object.values(value).flatMap(textsIn);
}

/** The members in the order of their names, because shapes may change the order. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([member, child]) => [member, sorted(child)]));
}
