import type { Json } from "../../schemas/json.ts";
import { isTooDeep } from "./pointer.ts";

/**
 * What a vendor's body says, or `undefined` where it says nothing that can be read: no JSON, or nested beyond reason.
 * An integer that a double cannot hold is kept as a string of its digits, since it may be an id.
 */
export function readVendorJson(text: string): Json | undefined {
  try {
    const value: Json = /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function keepDigits(_member: string, value: unknown, context?: { source: string }): unknown {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) ? context?.source : value;
}
