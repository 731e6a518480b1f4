/** Checks of what an app gives. It goes into URLs and headers, and a runtime's own error would quote an invalid value. */

export function checkedBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#]/.test(url.href) || url.username || url.password)
    throw new TypeError("`baseUrl` must be an absolute URL without credentials, such as https://gateway.example.com");
  return url.href;
}

/** One word of printable ASCII. */
export function checkedWord(name: "key" | "connection", word: string): string {
  // An environment variable that is not set is `undefined`, whatever its type says.
  if (typeof word === "string" && /^[\x21-\x7e]+$/.test(word)) return word;
  throw new TypeError(`\`${name}\` must be printable ASCII without white space: check where your app reads it from`);
}

/** As a quoted string (RFC 9651 §3.3.3), which may contain a comma. */
export function quotedIdempotencyKey(idempotencyKey: string): string {
  // Without the check, `null` would become a key of four characters.
  if (typeof idempotencyKey === "string" && /^[\x20-\x7e]{1,255}$/.test(idempotencyKey))
    return `"${idempotencyKey.replaceAll(/["\\]/g, "\\$&")}"`;
  throw new TypeError("`idempotencyKey` must be 1 to 255 printable ASCII characters");
}

/** With `NaN` the client would never stop waiting. */
export function checkedTimeoutMs(timeoutMs: number): number {
  if (timeoutMs > 0) return timeoutMs;
  throw new TypeError("`timeoutMs` must be a number of milliseconds above 0");
}

/** For a call that needs one connection. */
export function requiredConnection(connection: string | undefined): string {
  if (connection !== undefined) return connection;
  throw new TypeError("Name the connection: in the call, or as `connection` of `createAccountGateway`");
}
