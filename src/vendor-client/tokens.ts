/** Tokens for the connections that exchange credentials for one: in memory only, one exchange at a time per connection. */
import ky from "ky";
import type { Auth } from "../../adapters/engine/auth.ts";
import { isAmbiguous } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { readVendorJson } from "../../adapters/engine/vendor-json.ts";
import { tokenReply } from "../../schemas/token.ts";
import { isTimeout, within } from "./deadline.ts";
import { type NotSent, unavailable } from "./not-sent.ts";
import type { SendContext } from "./context.ts";
import { readReply } from "./read-reply.ts";
import { userAgent } from "./user-agent.ts";

export const tokenTimeoutMs = 5_000;
const timedOut = `gave no token within ${tokenTimeoutMs} ms`;
const renewEarlyMs = 60_000;
/** Where the vendor does not say how long a token lives. */
const assumedLifetimeMs = 600_000;

type TokenAuth = Extract<Auth, { kind: "token" }>;
type TokenResult = { token: string } | { failure: NotSent };
interface Held {
  token: string;
  renewAtMs: number;
}

const held = new WeakMap<Plan, Held>();
const pending = new WeakMap<Plan, Promise<TokenResult>>();

/** A token for the connection, other than `refused`, if one was; or why there is none. Never throws. */
export async function tokenFor(plan: Plan, context: SendContext, refused?: string): Promise<TokenResult> {
  const current = held.get(plan);
  // What one request was refused with, no other need try.
  if (current?.token === refused) held.delete(plan);
  else if (current !== undefined && context.now() < current.renewAtMs) return { token: current.token };
  return newTokenFor(plan, context);
}

/** The same, whatever token is held: credentials that are exchanged are exchanged now. */
export async function newTokenFor(plan: Plan, context: SendContext): Promise<TokenResult> {
  const { auth } = plan;
  if (auth.kind === "fixed") return { token: auth.credential };
  const exchanged = pending.get(plan) ?? begin(plan, auth, context);
  try {
    return await within(tokenTimeoutMs, () => exchanged);
  } catch {
    // The request that began it may be gone, and it with it: the next caller begins anew.
    forget(plan, exchanged);
    return { failure: unavailable(plan, timedOut) };
  }
}

function begin(plan: Plan, auth: TokenAuth, context: SendContext): Promise<TokenResult> {
  const exchanged: Promise<TokenResult> = within(tokenTimeoutMs, (deadline) =>
    fetchToken(plan, auth, context, deadline),
  )
    .catch((error) => ({
      failure: unavailable(plan, isTimeout(error) ? timedOut : "could not be reached for a token"),
    }))
    .finally(() => forget(plan, exchanged));
  pending.set(plan, exchanged);
  context.waitUntil(exchanged);
  return exchanged;
}

function forget(plan: Plan, exchanged: Promise<TokenResult>): void {
  if (pending.get(plan) === exchanged) pending.delete(plan);
}

async function fetchToken(
  plan: Plan,
  auth: TokenAuth,
  context: SendContext,
  deadline: AbortSignal,
): Promise<TokenResult> {
  const { url, encoding, body } = auth.request;
  const response = await ky.post(url, {
    ...(encoding === "form" ? { body: new URLSearchParams(body) } : { json: body }),
    headers: { Accept: "application/json", "User-Agent": userAgent, traceparent: context.traceparent },
    redirect: "manual",
    signal: deadline,
    timeout: false,
    // Asking for a token twice does no harm, unlike creating an account twice.
    retry: { limit: 1, methods: ["post"], delay: () => 100 },
    hooks: {
      afterResponse: [
        ({ response: first, retryCount }) => (first.status >= 500 && retryCount === 0 ? ky.retry() : first),
      ],
    },
    throwHttpErrors: false,
    fetch: context.fetch,
  });
  const reply = await readReply(response);
  const refusal = { kind: "not_sent" as const, status: reply.status, retryAfterSeconds: reply.retryAfterSeconds };
  const said = `${plan.adapter.title} answered ${reply.status} when it was asked for a token`;
  if (reply.status === 429) return { failure: { ...refusal, reason: "rate_limited", detail: said } };
  if (isAmbiguous(reply.status)) return { failure: { ...refusal, reason: "unavailable", detail: said } };
  if (reply.status >= 400) return { failure: { ...refusal, reason: "unauthorized", detail: said } };
  const read = tokenReply.safeParse(readVendorJson(reply.body));
  const token = read.success ? read.data[auth.tokenMember] : undefined;
  if (!response.ok || token === undefined)
    return { failure: { ...unavailable(plan, "gave an answer that holds no token"), status: reply.status } };
  const lifetimeMs = read.data?.expires_in === undefined ? assumedLifetimeMs : read.data.expires_in * 1000;
  held.set(plan, { token, renewAtMs: context.now() + Math.max(lifetimeMs - renewEarlyMs, lifetimeMs / 2) });
  return { token };
}
