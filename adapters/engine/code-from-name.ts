import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The code that stands for a name where the caller has none: up to 15 upper-case ASCII letters, digits and hyphens, then
 * `-` and 16 hex digits of the SHA-256 of the NFC name. ASCII and 32 characters at most, so that a vendor stores it as it is.
 *
 * The same name always gives the same code. Names of another script have the hash alone to tell them apart, so 64 bits
 * bound the collisions: two given names share a code with a probability of at most 2^-64, and among n names any two do
 * with at most n^2 / 2^65, which is 3 in 100 million for a million names. A deliberate search finds two names that share a
 * code after some 2^32 tries.
 *
 * `Müller & Söhne` → `MULLER-SOHNE-` and 16 digits; `株式会社` → `ACCOUNT-` and 16 digits.
 */
export function codeFromName(name: string): string {
  const readable = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-")
    .slice(0, 15)
    .replace(/^-+|-+$/g, "");
  const digest = bytesToHex(sha256(utf8ToBytes(name.normalize("NFC"))));
  // A name without a Latin letter or digit leaves nothing readable.
  return `${readable || "ACCOUNT"}-${digest.slice(0, 16)}`;
}
