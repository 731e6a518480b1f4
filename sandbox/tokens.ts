import type { Sandbox } from "./options.ts";

/** Issues a token that its store remembers; it holds until it expires or is removed. */
export async function issueToken({ store, clock, newId }: Sandbox, lifetimeSeconds: number): Promise<string> {
  const token = newId();
  await store.addToken(token, clock.now() + lifetimeSeconds * 1000);
  return token;
}

/** What follows `Bearer` in the request's `Authorization` header. */
export const bearerToken = (headers: Headers): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];

/** Whether the request carries a token that holds. */
export async function holdsToken({ store, clock }: Sandbox, headers: Headers): Promise<boolean> {
  const token = bearerToken(headers);
  return token !== undefined && (await store.hasToken(token, clock.now()));
}
