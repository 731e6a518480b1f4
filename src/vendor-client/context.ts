/** The context of requests to a vendor: network, clock, deadline and trace. */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Environment } from "../environment.ts";
import type { Progress } from "../progress.ts";

export interface VendorContext {
  fetch: typeof fetch;
  /** The time in milliseconds since the epoch. */
  now: () => number;
  /** Keeps the Worker running until the promise settles, even if the client disconnects. */
  waitUntil: (promise: Promise<unknown>) => void;
  /** The value of the header `traceparent` in requests to the vendor (W3C Trace Context). */
  traceparent: string;
  /** When all requests together must end, in milliseconds since the epoch. */
  deadlineMs: number;
  progress: Progress;
  /** Called just before the account is sent; not for a token request, a probe or a lookup. */
  onSend?: () => void;
}

/** Repeats the version of package.json, because not every runtime can import that file. A test compares the two. */
export const userAgent = "account-gateway/0.1.0";

/** The Worker's `fetch`. Requests to `*.sandbox.test` go to the sandbox, if one is bound. */
export function fetchFor({ SANDBOX: sandbox }: Environment): VendorContext["fetch"] {
  if (sandbox === undefined) return (input, init) => fetch(input, init);
  return (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname.endsWith(".sandbox.test") ? sandbox.fetch(request) : fetch(request);
  };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparentFormat = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Continues the caller's trace with a new span. Starts a new trace if the header is missing or invalid (§3.2.4). */
export function childTraceparent(header: string | undefined): string {
  const [, traceId = randomHex(16), flags = "00"] = traceparentFormat.exec(header ?? "") ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}

function randomHex(bytes: number): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(bytes)));
}
