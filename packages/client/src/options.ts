/** Checks the app's values for URLs and headers. The runtime's own errors would quote an invalid value, such as a wrong key. */

export function checkedBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#]/.test(url.href) || url.username || url.password)
    throw new TypeError("`baseUrl` must be an absolute URL without credentials, such as https://gateway.example.com");
  return url.href;
}

/** Returns the value if it is printable ASCII without white space. Otherwise throws. */
export function checkedHeaderValue(name: "key" | "connection", value: string): string {
  // An unset environment variable is `undefined`, even if its type is `string`.
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new TypeError(`\`${name}\` must be printable ASCII without white space: check how your app reads it`);
}

/** Quotes the key (RFC 9651 §3.3.3), because it may contain a comma. */
export function quotedIdempotencyKey(idempotencyKey: string): string {
  // `test` alone would accept `null` as the text "null".
  if (typeof idempotencyKey === "string" && /^[\x20-\x7e]{1,255}$/.test(idempotencyKey))
    return `"${idempotencyKey.replaceAll(/["\\]/g, "\\$&")}"`;
  throw new TypeError("`idempotencyKey` must be 1 to 255 printable ASCII characters");
}

export function checkedTimeoutMs(timeoutMs: number): number {
  if (timeoutMs > 0) return timeoutMs;
  throw new TypeError("`timeoutMs` must be a number of milliseconds above 0");
}

export function requiredConnection(connection: string | undefined): string {
  if (connection !== undefined) return connection;
  throw new TypeError("The connection is missing: pass it to the call or to `createAccountGateway`");
}
