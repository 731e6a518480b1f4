/** `codeFromName` makes a code for an account that has none. */
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

  test("has the documented format, and is equal for all Unicode forms of a name", () => {
    fc.assert(
      fc.property(name, (given) => {
        const code = codeFromName(given);
        expect(code).toMatch(/^[A-Z0-9-]{1,40}-[0-9a-f]{16}$/);
        expect(codeFromName(given.normalize("NFD"))).toBe(code);
        expect(codeFromName(given.normalize("NFC"))).toBe(code);
      }),
    );
  });

  test("differs between names without Latin letters, because of its 64-bit digest", () => {
    const names = Array.from({ length: 100_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + (index >> 8), 0x3400 + (index & 255)),
    );
    expect(new Set(names.map(codeFromName)).size).toBe(names.length);
  });

  test("differs if names differ in case, accents, spaces or the last character", () => {
    const similar = [
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
    expect(new Set(similar.map(codeFromName)).size).toBe(similar.length);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one.normalize("NFC") !== other.normalize("NFC"));
        expect(codeFromName(one)).not.toBe(codeFromName(other));
      }),
    );
  });
});
