/** The one place where a secret becomes a header, and where it is taken out of what a vendor sends back. */
import type { Auth } from "../../adapters/engine/auth.ts";

/** Shorter ones could not be told from ordinary words where a reply is searched for them. */
export const minSecretLength = 8;

/** What stands in place of a secret in all that is shown. */
export const redacted = "[redacted]";

/** The `Authorization` of a request; `token` is what an exchange has come to. */
export function authorization(auth: Auth, token: string): string {
  return auth.type === "fixed" ? `${auth.prefix}${auth.credential}` : `Bearer ${token}`;
}

/** The same header as it is shown in a preview. */
export function redactedAuthorization(auth: Auth): string {
  return auth.type === "fixed" ? `${auth.prefix}${redacted}` : `Bearer ${redacted}`;
}

/** Every secret of a connection. */
export function secretsOf(auth: Auth): string[] {
  return auth.type === "fixed"
    ? [auth.credential]
    : auth.request.secrets.flatMap((member) => auth.request.body[member] ?? []);
}

/**
 * What was read from a vendor, as JSON, without the secrets, however its strings write them. The reading comes first:
 * a text that is changed before it is read may no longer say that an account was created.
 */
export function redact<Value>(value: Value, secrets: readonly string[]): Value {
  const searched = secrets.filter((secret) => secret.length >= minSecretLength);
  const whole = JSON.stringify(value);
  // Where nothing is escaped, a secret would stand in the whole as it is: so it is with most replies.
  if (!/[\\%+]/.test(whole) && !searched.some((secret) => whole.includes(secret))) return value;
  const patterns = searched.toSorted((left, right) => right.length - left.length).map(anyWriting);
  const clean = (text: string) => patterns.reduce((rest, pattern) => rest.replaceAll(pattern, redacted), text);
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return clean(part);
    if (typeof part === "number") return clean(String(part)) === String(part) ? part : redacted;
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([member, child]) => [clean(member), walk(child)]));
  };
  return walk(value) as Value;
}

/**
 * A secret as it stands, or escaped for JSON, a URL or a form; a secret is printable ASCII. The backslashes are bounded,
 * lest a long row of them be walked from each of its members: seven stand before a quote in JSON in JSON in JSON.
 */
function anyWriting(secret: string): RegExp {
  const characters = [...secret].map((character) => {
    const hex = character.charCodeAt(0).toString(16).padStart(2, "0");
    const anyCase = hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    const plain = character === "\\" ? "\\\\{1,8}" : `\\\\{0,7}\\x${hex}`;
    return `(?:${plain}|\\\\{1,7}u00${anyCase}|%${anyCase}${character === " " ? "|\\+" : ""})`;
  });
  return new RegExp(characters.join(""), "g");
}
