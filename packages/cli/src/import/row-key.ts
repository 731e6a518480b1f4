/** The Idempotency-Key of a row. It comes from the value in the key column, so every run sends the same key. */
import type { Json } from "../../../../schemas/json.ts";

/** The gateway accepts 255 characters. The rest is for the counter that `nextKey` adds. */
const maxKeyLength = 250;

/**
 * Percent-encodes the value, so that two values never have the same key, and no key contains the `:` of `nextKey`. Returns
 * `null` if the value cannot be a key.
 */
export function rowKey(value: Json | undefined): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value);
  if (text.trim() === "" || !text.isWellFormed()) return null;
  const key = encodeURIComponent(text);
  return key.length <= maxKeyLength ? key : null;
}

/**
 * The key of a row that was corrected after the vendor rejected it, such as `crm-1:2`. The ledger accepts a key only with
 * the body of its first request, so a corrected row needs a new key.
 */
export function nextKey(key: string): string {
  const [first = "", count = "1"] = key.split(":");
  return `${first}:${Number(count) + 1}`;
}

/** `crm-1:2` → `crm-1`. */
export const firstKey = (key: string): string => key.split(":")[0] ?? "";
