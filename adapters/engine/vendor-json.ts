import type { Json } from "../../schemas/json.ts";
import { isTooDeep } from "./pointer.ts";

/**
 * What a vendor's body says, or `undefined` where it says nothing that can be read: no JSON, or nested beyond reason.
 * An integer that a double cannot hold is kept as a string of its digits, since it may be an id; so is a number beyond
 * all doubles, which would be read as infinite, and no JSON.
 */
export function readVendorJson(text: string): Json | undefined {
  try {
    const value: Json = /\d{16}|\de\+?\d{3}/i.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function keepDigits(_member: string, value: unknown, context?: { source: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return Number.isInteger(value) || !Number.isFinite(value) ? context?.source : value;
}
