import { bytesToHex } from "@noble/hashes/utils.js";

/** W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header */
const format = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The caller's trace with a span of our own; a new trace where the caller sends none that can be read (§3.2.4). */
export function childTraceparent(header: string | undefined): string {
  const [, traceId = randomHex(16), flags = "00"] = format.exec(header ?? "") ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}

function randomHex(bytes: number): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(bytes)));
}
