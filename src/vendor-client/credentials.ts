/** The one place where a secret becomes a header. */
import type { Auth } from "../../adapters/engine/auth.ts";

/** Shorter ones could not be told from ordinary words where a reply is searched for them. */
export const minSecretLength = 8;

/** What stands in place of a secret in all that is shown. */
export const redacted = "[redacted]";

/** The `Authorization` of a request; `token` is what an exchange has come to. */
export function authorization(auth: Auth, token: string): string {
  return auth.kind === "fixed" ? `${auth.prefix}${auth.credential}` : `Bearer ${token}`;
}

/** The same header as it is shown in a preview. */
export function redactedAuthorization(auth: Auth): string {
  return auth.kind === "fixed" ? `${auth.prefix}${redacted}` : `Bearer ${redacted}`;
}

/** Every secret of a connection. */
export function secretsOf(auth: Auth): string[] {
  return auth.kind === "fixed"
    ? [auth.credential]
    : auth.request.secrets.flatMap((member) => auth.request.body[member] ?? []);
}
