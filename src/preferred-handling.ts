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
    if (!/^\s*handling(?![\w-])/i.test(preference)) continue;
    const [, quoted, bare] = /^\s*handling\s*=\s*(?:"([^"]*)"|([^";\s]+))\s*(?:;.*)?$/i.exec(preference) ?? [];
    const value = quoted ?? bare;
    if (value === "strict" || value === "lenient") return value;
    throw new ProblemException({ code: "invalid_header", detail: "`Prefer: handling` is `strict` or `lenient`" });
  }
  return undefined;
}
