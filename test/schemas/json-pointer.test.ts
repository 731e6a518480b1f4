/** JSON Pointers, and the leaves of a document. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onTheWire, scalarsOf, withValueAt } from "../../packages/adapter-kit/src/json.ts";
import { pointerSchema } from "../../schemas/json.ts";
import { leaves, setAt, toPath, toPointer, valueAt } from "../../schemas/json-pointer.ts";

describe("a JSON Pointer", () => {
  const path = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "~", "/", "~1", "~0", "~01", "__proto__")),
    {
      minLength: 1,
    },
  );

  test("is parsed into the path that it was made from", () => {
    fc.assert(
      fc.property(path, (tokens) => {
        expect(toPath(pointerSchema.parse(toPointer(tokens)))).toEqual(tokens);
      }),
    );
  });

  test("has the escapes of RFC 6901 §5", () => {
    expect(toPointer(["a/b", "m~n", "", " "])).toBe("/a~1b/m~0n// ");
    expect(toPointer([])).toBe("");
    expect(toPath("/~01")).toEqual(["~1"]);
  });

  test("points at the value that was set there, and at no inherited property", () => {
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

  test("cannot set a value below a leaf", () => {
    const document = { a: 1, b: [1] };
    expect([setAt(document, ["a", "x"], 1), setAt(document, ["b", "0"], 1)]).toEqual([false, false]);
    expect(document).toEqual({ a: 1, b: [1] });
  });

  test("exists exactly once for each leaf of a document", () => {
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
