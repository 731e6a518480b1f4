/** What the ledger keeps of a request's key and body: enough to know them again, and nothing to read. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";

/** A key is its gateway key's own, by the entry's name: whoever rotates a secret keeps it. A name has no line break. */
export function keyDigest(keyName: string, idempotencyKey: string): string {
  return digest(`${keyName}\n${idempotencyKey}`);
}

/** The same for every way of writing the same body (RFC 8785). */
export function fingerprint(body: object): string {
  return digest(canonicalize(body) ?? "");
}

function digest(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}
