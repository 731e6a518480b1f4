/** The one place where a secret becomes a header, and where it is taken out of what a vendor sends back. */
import type { Auth } from "../../adapters/engine/auth.ts";

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

/** A vendor's text without the secrets, in any of the ways a body would write them. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, redacted)), text);
}
