const maxRetryAfterSeconds = 3600;

/** Reads a `Retry-After` header: a number or an HTTP date (RFC 9110 §10.2.3). Returns the seconds to wait, at most an hour. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const isDate = /^[A-Z][a-z]{2}, .* GMT$/.test(header);
  const seconds = isDate ? Math.ceil((Date.parse(header) - nowMs) / 1000) : Number(/^\d+$/.exec(header)?.[0]);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), maxRetryAfterSeconds);
}
