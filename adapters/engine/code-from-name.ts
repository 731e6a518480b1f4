import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The code that stands for a name where the caller has none: up to 40 upper-case letters, digits and hyphens, then `-`
 * and 8 hex digits of the SHA-256 of the NFC name. The same name always gives the same code; two names share one with
 * a chance of one in 2^32, and then only where their first 40 characters agree.
 *
 * `Müller & Söhne` → `MULLER-SOHNE-` and 8 digits.
 */
export function codeFromName(name: string): string {
  const readable = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  const digest = bytesToHex(sha256(utf8ToBytes(name.normalize("NFC"))));
  // A name without a Latin letter or digit leaves nothing readable.
  return `${readable || "ACCOUNT"}-${digest.slice(0, 8)}`;
}
