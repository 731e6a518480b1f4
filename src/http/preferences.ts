import type { Handling } from "../../adapters/engine/encode.ts";
import { ProblemException } from "../problem.ts";

export interface Preferences {
  handling: Handling | undefined;
  respondAsync: boolean;
}

/** What stands between commas; a comma in a quoted string separates nothing. */
const separate = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/**
 * `handling` and `respond-async` of `Prefer` (RFC 7240 §4.1, §4.4). Other preferences are ignored (§2), and the first of
 * two that differ counts; a handling that does not exist is refused, since ignoring it would send what was not meant to
 * be sent, or the reverse.
 */
export function readPreferences(prefer = ""): Preferences {
  const all = [...prefer.matchAll(separate)].map(([preference]) => preference);
  const [handling] = all.filter((each) => /^\s*handling(?![\w-])/i.test(each)).map(readHandling);
  return { handling, respondAsync: all.some((each) => /^\s*respond-async\s*(?:[;=].*)?$/i.test(each)) };
}

function readHandling(preference: string): Handling {
  const [, quoted, bare] = /^\s*handling\s*=\s*(?:"([^"]*)"|([^";\s]+))\s*(?:;.*)?$/i.exec(preference) ?? [];
  const value = quoted ?? bare;
  if (value === "strict" || value === "lenient") return value;
  throw new ProblemException({ code: "invalid_header", detail: "`Prefer: handling` is `strict` or `lenient`" });
}
