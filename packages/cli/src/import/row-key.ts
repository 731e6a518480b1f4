/** The Idempotency-Key of a row: the value that tells its account from every other, however often the file is sent. */
import type { Json } from "../../../../schemas/json.ts";

/** The gateway takes 255 characters; some are left for `nextKey`. */
const maxKeyLength = 250;

/**
 * Printable ASCII whatever the value: two values never share a key. `:` stands in none, so that what follows one is ours.
 * `null` where the value cannot be a key.
 */
export function rowKey(value: Json | undefined): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value);
  if (text.trim() === "" || !text.isWellFormed()) return null;
  const key = encodeURIComponent(text);
  return key.length <= maxKeyLength ? key : null;
}

/**
 * The key of a row that was corrected after the vendor had refused it: to the ledger another request, since the first
 * one's key stands for its body for good.
 */
export function nextKey(key: string): string {
  const [first = "", count = "1"] = key.split(":");
  return `${first}:${Number(count) + 1}`;
}

export const firstKey = (key: string): string => key.split(":")[0] ?? "";
