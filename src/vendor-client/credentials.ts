/** A connection's credentials and tokens. Only this file puts a secret into a header. Tokens are kept only in memory. */
import type { Auth, SignedRequest, TokenRequest } from "../../adapters/engine/auth.ts";
import { isAmbiguous, type NotSent, unavailable } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { readVendorJson } from "../../adapters/engine/vendor-json.ts";
import { sleep } from "../../schemas/sleep.ts";
import { tokenReply } from "../../schemas/token.ts";
import { isTimeout, withTimeout } from "../time.ts";
import { type VendorContext, userAgent } from "./context.ts";
import { readReply } from "../read-message.ts";

/** A shorter secret could be an ordinary word, and redaction would remove that word from every reply. */
export const minSecretLength = 8;

/** The text that replaces a secret. */
export const redacted = "[redacted]";

export const tokenTimeoutMs = 5_000;
const timedOut = `gave no token within ${tokenTimeoutMs} ms`;
const retryDelayMs = 100;
const renewEarlyMs = 60_000;
/** Used if the vendor does not say how long a token is valid. */
const assumedLifetimeMs = 600_000;

type TokenAuth = Extract<Auth, { kind: "token" }>;
type TokenResult = { kind: "token"; token: string } | NotSent;

interface CachedToken {
  token: string;
  renewAtMs: number;
}

/** The secrets of a connection, without its token. */
export const secretsOf = (auth: Auth): string[] => [
  ...(auth.kind === "token" ? [] : [auth.credential]),
  ...(auth.secrets ?? []),
];

/** What authenticates a request. */
export interface Credentials {
  headers: Record<string, string>;
  /** A parameter of the URL's query, percent-encoded. */
  query?: string;
}

/** The credentials of a request. `token`: the result of {@link tokenFor}. */
export function authorize(auth: Auth, token: string, request: SignedRequest): Credentials {
  switch (auth.kind) {
    case "fixed":
      return { headers: { [auth.header ?? "Authorization"]: `${auth.prefix}${auth.credential}` } };
    case "query":
      return { headers: {}, query: `${auth.parameter}=${auth.credential}` };
    case "signed":
      return { headers: auth.sign(auth.credential, request) };
    case "token":
      return { headers: { Authorization: `Bearer ${token}` } };
  }
}

/** The credentials of a request with their secrets redacted, for a preview. */
export function redactedCredentials(auth: Auth, request: SignedRequest): Credentials {
  const shown = auth.kind === "token" ? auth : { ...auth, credential: redacted };
  const credentials = authorize(shown, redacted, request);
  if (auth.kind !== "signed") return credentials;
  return { headers: Object.fromEntries(Object.keys(credentials.headers).map((name) => [name, redacted])) };
}

const cachedTokens = new WeakMap<Plan, CachedToken>();
/** The running token request of each connection. There is at most one. */
const tokenRequests = new WeakMap<Plan, Promise<TokenResult>>();

/**
 * A token for the connection, or why there is none. `refused`: a token that the vendor has refused. If it is set, the
 * function returns a different token if possible. Never throws.
 */
export async function tokenFor(plan: Plan, context: VendorContext, refused?: string): Promise<TokenResult> {
  const current = cachedTokens.get(plan);
  // The vendor refused this token, so no other request may use it.
  if (current?.token === refused) cachedTokens.delete(plan);
  else if (current !== undefined && context.now() < current.renewAtMs) return { kind: "token", token: current.token };
  return newTokenFor(plan, context);
}

/** Like {@link tokenFor}, but never returns a cached token. */
export async function newTokenFor(plan: Plan, context: VendorContext): Promise<TokenResult> {
  const { auth } = plan;
  if (auth.kind !== "token") return { kind: "token", token: auth.credential };
  const requested = tokenRequests.get(plan) ?? startTokenRequest(plan, auth, context);
  try {
    return await withTimeout(tokenTimeoutMs, () => requested);
  } catch {
    // The token request may have ended with the Worker request that started it, so the next caller must start a new one.
    forget(plan, requested);
    return unavailable(plan, timedOut);
  }
}

function startTokenRequest(plan: Plan, auth: TokenAuth, context: VendorContext): Promise<TokenResult> {
  const requested: Promise<TokenResult> = withTimeout(tokenTimeoutMs, (deadline) =>
    fetchToken(plan, auth, context, deadline),
  )
    .catch((error) => unavailable(plan, isTimeout(error) ? timedOut : "could not be reached at its token endpoint"))
    .finally(() => forget(plan, requested));
  tokenRequests.set(plan, requested);
  context.waitUntil(requested);
  return requested;
}

function forget(plan: Plan, requested: Promise<TokenResult>): void {
  if (tokenRequests.get(plan) === requested) tokenRequests.delete(plan);
}

/** Posts a token request, and posts it again after an error. Unlike a repeated create, a repeated token request does no harm. */
async function postTwice(
  { url, encoding, body }: TokenRequest,
  { fetch, traceparent }: VendorContext,
  deadline: AbortSignal,
): Promise<Response> {
  const content =
    encoding === "form"
      ? { type: "application/x-www-form-urlencoded", body: new URLSearchParams(body).toString() }
      : { type: "application/json", body: JSON.stringify(body) };
  const post = () =>
    fetch(url, {
      method: "POST",
      body: content.body,
      headers: { Accept: "application/json", "Content-Type": content.type, "User-Agent": userAgent, traceparent },
      redirect: "manual",
      signal: deadline,
    });
  const first = await post().catch(() => undefined);
  if (first !== undefined && first.status < 500) return first;
  // Ignore errors from cancel().
  first?.body?.cancel().catch(() => {});
  await sleep(retryDelayMs);
  return post();
}

async function fetchToken(
  plan: Plan,
  auth: TokenAuth,
  context: VendorContext,
  deadline: AbortSignal,
): Promise<TokenResult> {
  const { assertion } = auth.request;
  const made = await assertion?.make(assertion.key, context.now());
  if (made?.kind === "unusable_key") return { ...unavailable(plan, made.reason), reason: "unauthorized" };
  const body = { ...auth.request.body, ...made?.members };
  const response = await postTwice({ ...auth.request, body }, context, deadline);
  const { status, retryAfterSeconds, body: text } = await readReply(response);
  if (status >= 400) {
    const reason = status === 429 ? "rate_limited" : isAmbiguous(status) ? "unavailable" : "unauthorized";
    const detail = `${plan.adapter.title} answered the token request with ${status}`;
    return { kind: "not_sent", reason, detail, status, retryAfterSeconds };
  }
  const read = tokenReply.safeParse(readVendorJson(text));
  const token = read.success ? read.data[auth.tokenMember] : undefined;
  if (!response.ok || token === undefined)
    return { ...unavailable(plan, "answered the token request without a token"), status };
  const lifetimeMs = read.data?.expires_in === undefined ? assumedLifetimeMs : read.data.expires_in * 1000;
  cachedTokens.set(plan, { token, renewAtMs: context.now() + Math.max(lifetimeMs - renewEarlyMs, lifetimeMs / 2) });
  return { kind: "token", token };
}
