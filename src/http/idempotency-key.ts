import { ProblemException } from "../problem.ts";

/**
 * A key, bare or as a quoted string (RFC 9651 §3.3.3); throws `invalid_idempotency_key`. A bare one has no comma: it
 * could not be told from two headers.
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const isQuoted = header.startsWith('"');
  const [, quoted] = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header) ?? [];
  const key = isQuoted ? quoted?.replace(/\\(.)/g, "$1") : header;
  if (key === undefined || (!isQuoted && key.includes(",")) || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new ProblemException({ code: "invalid_idempotency_key" });
  }
  return key;
}
