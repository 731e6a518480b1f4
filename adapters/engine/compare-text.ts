/** Compares the sent text with the text that the vendor shows. Vendors can change text when they store it. */
import type { Json } from "../../schemas/json.ts";

/**
 * - `same`: identical.
 * - `changed`: equal except for case, accents, white space, Unicode form, markup and invisible characters.
 * - `cut`: only the beginning of the text, possibly changed.
 * - `different`: another value.
 * - `missing`: the vendor shows no value.
 */
export type TextComparison = "same" | "changed" | "cut" | "different" | "missing";

/** A beginning shorter than this does not count as `cut`, because many texts can share it. */
const minCutLength = 16;

/** Compares one sent text with several shown values. It normalises the sent text only once. */
export function textComparer(sent: string): (shown: Json | undefined) => TextComparison {
  let normalSent: string | undefined;
  return (shown) => {
    if (shown === undefined || shown === null || shown === "") return "missing";
    if (typeof shown !== "string" && typeof shown !== "number") return "different";
    const text = String(shown);
    if (text === sent) return "same";
    normalSent ??= normalForm(sent);
    // Text that is only markup has an empty normal form.
    if (normalSent !== "" && normalForm(text) === normalSent) return "changed";
    // The vendor may cut an escape, a tag or a surrogate pair in half. Remove such a half from the end.
    const beginning = normalForm(text.toWellFormed().replace(/(?:\uFFFD|\\|&#?\w{0,8}|<[^<>]*)$/, ""));
    return text.length >= minCutLength && beginning !== "" && normalSent.startsWith(beginning) ? "cut" : "different";
  };
}

/** Whether the vendor shows the text that was sent, possibly changed. */
export function isShown(comparison: TextComparison): comparison is "same" | "changed" | "cut" {
  return comparison === "same" || comparison === "changed" || comparison === "cut";
}

/** HTML's names for the no-break space and for each printable ASCII character that is not a letter or digit. */
const namedCharacters = new Map(
  "excl!quot\"num#dollar$percnt%amp&apos'lpar(rpar)ast*plus+comma,period.sol/colon:semi;lt<equals=gt>quest?commat@lsqb[lbrack[bsol\\rsqb]rbrack]hat^lowbar_grave`lcub{lbrace{verbar|vert|rcub}rbrace}nbsp "
    .match(/[a-z]+[^a-z]/g)
    ?.map((entry) => [entry.slice(0, -1), entry.slice(-1)]),
);

/**
 * The source of a regular expression that matches an HTML character reference, such as `&amp;`, `&#38;` or `&#x26;`. Vendors
 * escape text with such references. The expression's groups are the arguments of {@link characterOf}.
 */
export const htmlReference = "&(?:#(\\d{1,7})|#x([\\da-f]{1,6})|([a-z]{2,6}));";

/** The character that a reference represents; `undefined` if the code point is invalid or the table lacks the name. */
export function characterOf(decimal?: string, hex?: string, name?: string): string | undefined {
  if (name !== undefined) return namedCharacters.get(name.toLowerCase());
  const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : undefined;
}

const htmlReferences = new RegExp(htmlReference, "gi");

/** Decodes one level of escapes. */
function decodeEscapes(text: string): string {
  return text
    .replace(
      htmlReferences,
      (whole, decimal?: string, hex?: string, name?: string) => characterOf(decimal, hex, name) ?? whole,
    )
    .replace(/\\(["'\\])/g, "$1");
}

function normalForm(text: string): string {
  // Two systems may each have escaped the text once.
  return decodeEscapes(decodeEscapes(text))
    .replace(/<[^<>]*>/g, "")
    .normalize("NFKD")
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Mn}]/gu, "")
    .replace(/ +/g, " ")
    .trim()
    .toUpperCase()
    .toLowerCase();
}

/**
 * Whether every vendor stores the text unchanged. The text must be printable ASCII without characters that need escapes, have
 * only single spaces between words, and be no longer than the vendor's limit.
 */
export function isStoredAsSent(text: string, storedLength: number): boolean {
  return (
    text.length <= storedLength && /^[^\s<>&"'`\\%]+(?: [^\s<>&"'`\\%]+)*$/.test(text) && /^[\x20-\x7e]*$/.test(text)
  );
}
