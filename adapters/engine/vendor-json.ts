import type { Json } from "../../schemas/json.ts";
import { isObject, isTooDeep } from "../../schemas/json-pointer.ts";

/**
 * Parses a vendor's body. Returns `undefined` if the body is not JSON or is nested too deeply.
 *
 * - An integer that a double cannot represent becomes a string of its digits, because it may be an id.
 * - A number that is too large for a double becomes a string of its digits too. A double would be `Infinity`.
 * - A lone surrogate becomes U+FFFD, because some apps cannot read JSON with a lone surrogate (RFC 7493 §2.1).
 */
export function readVendorJson(text: string): Json | undefined {
  try {
    const value: Json = mayBeInexact.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    if (isTooDeep(value)) return undefined;
    return /\\ud[89a-f]/i.test(text) ? wellFormed(value) : value;
  } catch {
    return undefined;
  }
}

/** Matches a number that is long or has a large exponent. It does not match digits inside a UUID, which are common. */
const mayBeInexact = /(?:^|[\s:,[])-?[\d.]*(?:\d{16}|\de\+?\d{3})/i;

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
