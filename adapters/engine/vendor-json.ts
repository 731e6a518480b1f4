import type { Json } from "../../schemas/json.ts";
import { isObject, isTooDeep } from "../../schemas/json-pointer.ts";

/**
 * What a vendor's body says, or `undefined` where it says nothing that can be read: no JSON, or nested beyond reason.
 * An integer that a double cannot hold is kept as a string of its digits, since it may be an id; so is a number beyond
 * all doubles, which would be read as infinite, and no JSON. A lone surrogate becomes U+FFFD, as a byte that is no UTF-8
 * has: an answer that held one could not be read by every app (RFC 7493 §2.1).
 */
export function readVendorJson(text: string): Json | undefined {
  try {
    const value: Json = /\d{16}|\de\+?\d{3}/i.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    if (isTooDeep(value)) return undefined;
    return /\\ud[89a-f]/i.test(text) ? wellFormed(value) : value;
  } catch {
    return undefined;
  }
}

function keepDigits(_member: string, value: unknown, context?: { source: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return Number.isInteger(value) || !Number.isFinite(value) ? context?.source : value;
}

function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([member, child]) => [member.toWellFormed(), wellFormed(child)]));
}
