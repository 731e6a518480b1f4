/** Reads the headers of a create: `Gateway-Connection`, `Idempotency-Key` and `Prefer`. */
import type { Context } from "hono";
import type { Handling } from "../../adapters/engine/encode.ts";
import type { GatewayKey } from "../../schemas/connection.ts";
import { planOf, selectConnection } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { ProblemException } from "../problem.ts";
import type { AppEnvironment } from "./request-state.ts";

interface CreateHeaders {
  entry: ConnectionEntry;
  idempotencyKey: string | undefined;
  preferences: Preferences;
}

/** Reads the headers of a create. Throws if one is invalid, or the connection needs an Idempotency-Key. */
export function readCreateHeaders(c: Context<AppEnvironment>, gatewayKey: GatewayKey): CreateHeaders {
  const entry = selectConnection(c.get("configuration"), gatewayKey, c.req.header("Gateway-Connection"));
  const log = c.get("log");
  log.connection = entry.id;
  if (entry.vendor !== undefined && entry.plan !== undefined) log.vendor = entry.vendor;
  const idempotencyKey = readIdempotencyKey(c.req.header("Idempotency-Key"));
  c.set("idempotencyKey", idempotencyKey);
  const preferences = readPreferences(c.req.header("Prefer"));
  const refuse = (detail: string) => new ProblemException({ code: "idempotency_key_required", detail });
  if (idempotencyKey === undefined) {
    // Check this only without a key. With a key, the ledger may have an answer from before the configuration changed.
    if (planOf(entry).connection.require_key)
      throw refuse(`The connection \`${entry.id}\` creates accounts only with an Idempotency-Key`);
    if (preferences.respondAsync) throw refuse("`Prefer: respond-async` needs an Idempotency-Key");
  }
  return { entry, idempotencyKey, preferences };
}

/**
 * Reads the key: plain text or a quoted string (RFC 9651 §3.3.3). Plain text must have no comma, because HTTP joins repeated
 * headers with commas. Throws `invalid_idempotency_key`.
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

/** Matches one preference: the text up to a comma that is not in a quoted string. */
const preferenceFormat = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/**
 * Reads `handling` and `respond-async` of `Prefer` (RFC 7240 §4.1, §4.4). Ignores other preferences (§2). If a preference is
 * repeated, the first one counts. Throws `invalid_header` for an unknown `handling`: if the gateway ignored the value, it
 * might send more or less than the caller wants.
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
