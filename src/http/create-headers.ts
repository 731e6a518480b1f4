/** The headers of a create: its connection, its key and its preferences. */
import { createMiddleware } from "hono/factory";
import type { Handling } from "../../adapters/engine/encode.ts";
import { planOf, selectConnection } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { ProblemException } from "../problem.ts";
import type { AppEnvironment } from "./request-state.ts";

interface CreateEnvironment extends AppEnvironment {
  Variables: AppEnvironment["Variables"] & {
    entry: ConnectionEntry;
    preferences: Preferences;
  };
}

/** Refuses a create whose headers are invalid. */
export const readCreateHeaders = createMiddleware<CreateEnvironment>(async (c, next) => {
  const entry = selectConnection(c.get("configuration"), c.get("key"), c.req.header("Gateway-Connection"));
  const log = c.get("log");
  log.connection = entry.id;
  if (entry.vendor !== undefined && entry.plan !== undefined) log.vendor = entry.vendor;
  const key = readIdempotencyKey(c.req.header("Idempotency-Key"));
  c.set("entry", entry);
  c.set("idempotencyKey", key);
  const preferences = readPreferences(c.req.header("Prefer"));
  c.set("preferences", preferences);
  const refuse = (detail: string) => new ProblemException({ code: "idempotency_key_required", detail });
  if (key === undefined) {
    // With a key, the ledger's answer comes before today's configuration.
    if (planOf(entry).connection.require_key)
      throw refuse(`The connection \`${entry.id}\` creates accounts only with an Idempotency-Key`);
    if (preferences.respondAsync) throw refuse("`Prefer: respond-async` needs an Idempotency-Key");
  }
  return next();
});

/**
 * The key, bare or as a quoted string (RFC 9651 §3.3.3). A bare key has no comma, which also separates two headers.
 * Throws `invalid_idempotency_key`.
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const isQuoted = header.startsWith('"');
  const [, quoted] = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header) ?? [];
  const key = isQuoted ? quoted?.replace(/\\(.)/g, "$1") : header;
  if (key === undefined || (!isQuoted && key.includes(",")) || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new ProblemException({ code: "invalid_idempotency_key" });
  }
  return key;
}

interface Preferences {
  handling: Handling | undefined;
  respondAsync: boolean;
}

/** The parts between commas. A comma in a quoted string separates nothing. */
const preferenceFormat = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/**
 * `handling` and `respond-async` of `Prefer` (RFC 7240 §4.1, §4.4). Other preferences are ignored (§2), and of duplicates
 * the first one counts. An unknown handling is refused: if it were ignored, more or less might be sent than the caller wants.
 */
export function readPreferences(prefer = ""): Preferences {
  const all = [...prefer.matchAll(preferenceFormat)].map(([preference]) => preference);
  const [handling] = all.filter((each) => /^\s*handling(?![\w-])/i.test(each)).map(readHandling);
  return { handling, respondAsync: all.some((each) => /^\s*respond-async\s*(?:[;=].*)?$/i.test(each)) };
}

function readHandling(preference: string): Handling {
  const [, quoted, bare] = /^\s*handling\s*=\s*(?:"([^"]*)"|([^";\s]+))\s*(?:;.*)?$/i.exec(preference) ?? [];
  const value = quoted ?? bare;
  if (value === "strict" || value === "lenient") return value;
  throw new ProblemException({ code: "invalid_header", detail: "`Prefer: handling` must be `strict` or `lenient`" });
}
