/** The code that the gateway makes from a name. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";

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
