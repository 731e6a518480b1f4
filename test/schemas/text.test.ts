/** `isBlank` uses a list of ranges. The test compares the list with the runtime's Unicode data. */
import { expect, test } from "vitest";
import { isBlank } from "../../schemas/text.ts";

const blankBraille = 0x2800;

test("blank are white space, controls and the characters up to U+FFFF that Unicode ignores by default", () => {
  const isInvisible = (character: string) => /[\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(character);
  const wrong: string[] = [];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
    const character = String.fromCodePoint(codePoint);
    const expected = codePoint <= 0xffff && (isInvisible(character) || codePoint === blankBraille);
    if (isBlank(character) !== expected) wrong.push(`U+${codePoint.toString(16)}`);
  }
  expect(wrong).toEqual([]);
});

test.each(["", " \u200B\u202E\u0000", "\u3164\u2800"])("%j is blank", (text) => {
  expect(isBlank(text)).toBe(true);
});

test("a text with one visible character is not blank", () => {
  expect(isBlank("\u200B\u202Ex\u202C")).toBe(false);
});
