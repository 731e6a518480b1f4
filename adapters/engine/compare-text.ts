/** Compares text that was sent with what the vendor shows of it: vendors change what they store. */
import type { Json } from "../../schemas/json.ts";
import { characterOf, htmlReference } from "./html-reference.ts";

/**
 * - `same`: identical.
 * - `changed`: equal once case, accents, white space, Unicode form, markup and invisible characters are set aside.
 * - `cut`: the beginning of it, changed or not.
 * - `different`: another value.
 * - `missing`: the vendor shows no value.
 */
export type TextComparison = "same" | "changed" | "cut" | "different" | "missing";

/** Shorter beginnings are too common to be taken for a text that was cut. */
const minCutLength = 16;

/** Compares one text that was sent with all that a vendor shows for it: it is normalised once. */
export function textComparer(sent: string): (shown: Json | undefined) => TextComparison {
  let normalSent: string | undefined;
  return (shown) => {
    if (shown === undefined || shown === null || shown === "") return "missing";
    if (typeof shown !== "string" && typeof shown !== "number") return "different";
    const text = String(shown);
    if (text === sent) return "same";
    normalSent ??= normalForm(sent);
    // Text that is markup alone has no normal form to compare.
    if (normalSent !== "" && normalForm(text) === normalSent) return "changed";
    // A cut may go through an escape, a tag or a surrogate pair.
    const whole = normalForm(text.toWellFormed().replace(/(?:\uFFFD|\\|&#?\w{0,8}|<[^<>]*)$/, ""));
    return text.length >= minCutLength && whole !== "" && normalSent.startsWith(whole) ? "cut" : "different";
  };
}

/** Whether the vendor shows the text that was sent, if only as it stores it. */
export function isShown(comparison: TextComparison): comparison is "same" | "changed" | "cut" {
  return comparison === "same" || comparison === "changed" || comparison === "cut";
}

const htmlReferences = new RegExp(htmlReference, "gi");

/** Decodes once. */
function decodeEscapes(text: string): string {
  return text
    .replace(
      htmlReferences,
      (whole, decimal?: string, hex?: string, name?: string) => characterOf(decimal, hex, name) ?? whole,
    )
    .replace(/\\(["'\\])/g, "$1");
}

function normalForm(text: string): string {
  // What passes two systems may be escaped twice.
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
 * Whether a text stays as it is in every system that changes text: printable ASCII with nothing to escape, single spaces,
 * and not longer than what the vendor stores whole.
 */
export function isStoredAsSent(text: string, storedLength: number): boolean {
  return (
    text.length <= storedLength && /^[^\s<>&"'`\\%]+(?: [^\s<>&"'`\\%]+)*$/.test(text) && /^[\x20-\x7e]*$/.test(text)
  );
}
