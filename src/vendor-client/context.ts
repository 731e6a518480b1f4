/** What every request to a vendor needs. */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Environment } from "../environment.ts";
import type { Progress } from "../progress.ts";

export interface VendorContext {
  fetch: typeof fetch;
  /** In milliseconds since the epoch. */
  now: () => number;
  /** Keeps work alive that other requests may wait for, after its own client has gone. */
  waitUntil: (promise: Promise<unknown>) => void;
  /** W3C Trace Context, sent to the vendor. */
  traceparent: string;
  /** The deadline of all requests together. */
  deadlineMs: number;
  progress: Progress;
  /** Called just before the account is handed to the network; not for a token request, a probe or a lookup. */
  onSend?: () => void;
}

/** As in package.json, which not every runtime can import; a test compares the two. */
export const userAgent = "account-gateway/0.1.0";

/** The Worker's network: requests to `*.sandbox.test` go to the sandbox, if one is bound. */
export function fetchFor({ SANDBOX: sandbox }: Environment): VendorContext["fetch"] {
  if (sandbox === undefined) return (input, init) => fetch(input, init);
  return (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname.endsWith(".sandbox.test") ? sandbox.fetch(request) : fetch(request);
  };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparentFormat = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The caller's trace with a new span; a new trace if the caller's header is missing or invalid (§3.2.4). */
export function childTraceparent(header: string | undefined): string {
  const [, traceId = randomHex(16), flags = "00"] = traceparentFormat.exec(header ?? "") ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}

function randomHex(bytes: number): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(bytes)));
}
