/** The headers by which a caller says how its request is to be handled. */
import type { Handling } from "../adapters/engine/encode.ts";
import { ProblemException } from "./problem.ts";

/** What stands between commas; a comma in a quoted string separates nothing. */
const preferences = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/**
 * `handling` of `Prefer` (RFC 7240 §4.4). Other preferences are ignored (§2), and the first of two that differ counts;
 * a handling that does not exist is refused, since ignoring it would send what was not meant to be sent, or the reverse.
 */
export function preferredHandling(prefer: string | undefined): Handling | undefined {
  for (const [preference] of (prefer ?? "").matchAll(preferences)) {
    const [, value] = /^\s*handling\s*=\s*"?([^";\s]*)"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (value === undefined) continue;
    if (value === "strict" || value === "lenient") return value;
    throw new ProblemException({ code: "invalid_header", detail: "`Prefer: handling` is `strict` or `lenient`" });
  }
  return undefined;
}

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
