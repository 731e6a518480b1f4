/** What all sandbox vendors share: their options, their credentials and tokens, and how they read JSON. */
import type { Context, Hono } from "hono";
import * as z from "zod/mini";
import { en } from "zod/locales";
import type { Adapter } from "../adapters/engine/adapter.ts";
import { sleep } from "../schemas/sleep.ts";
import type { SandboxStore } from "./store.ts";

/** The clock is a parameter, so that tests do not have to wait. */
export interface Clock {
  now(): number;
  /** Resolves after this time, or as soon as the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep,
};

/** The failures that a test can request. faults.ts implements them. */
export type FaultName =
  | "timeout-before-commit"
  | "timeout-after-commit"
  | "500-after-commit"
  | "reset"
  | "html-502"
  | "garbage-201"
  | "201-without-id"
  | "slow-body"
  | "429"
  | "401-once"
  | "duplicate"
  | "invalid";

export interface SandboxOptions {
  store: SandboxStore;
  clock?: Clock;
  newId?: () => string;
  /** The fault of every create, even if the account's name requests another. */
  fault?: FaultName | undefined;
  /** How long a search omits a new account, if the vendor documents such a delay. */
  readLagMs?: number;
}

/** The options with their defaults. */
export interface Sandbox extends SandboxOptions {
  clock: Clock;
  newId: () => string;
}

export const withDefaults = ({
  clock = systemClock,
  newId = () => crypto.randomUUID(),
  ...options
}: SandboxOptions): Sandbox => ({ ...options, clock, newId });

/** One vendor's adapter, its sandbox, and the demo connection to it. The vendor's own file defines it; vendors.ts lists it. */
export interface VendorSandbox {
  adapter: Adapter;
  /** The vendor's name with hyphens, below `sandbox.test`. */
  host: `${string}.sandbox.test`;
  create: (options: SandboxOptions) => Hono;
  /** What the vendor accepts. */
  credentials: Readonly<Record<string, string>>;
  /** The demo connection, without the members that all demo connections have. */
  connection: { vendor: string; auth: object; [member: string]: unknown };
  /** The secrets that the demo connection names. */
  secrets: Readonly<Record<string, string>>;
}

/** The OAuth client that most sandbox vendors accept. Its secret is public on purpose, and long enough to be redacted. */
export const client = { clientId: "sandbox", clientSecret: "sandbox-secret-0123456789" } as const;

/** The demo connection's `auth` and secret for {@link client}. */
export const clientAuth = {
  type: "client_credentials",
  client_id: client.clientId,
  client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
} as const;
export const clientSecrets = { SANDBOX_CLIENT_SECRET: client.clientSecret } as const;

/** A client credentials grant (RFC 6749, section 4.4). */
export const clientCredentialsGrant = z.object({
  grant_type: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
});

/** Issues and stores a token. The token is valid until it expires or the sandbox removes it. */
export async function issueToken({ store, clock, newId }: Sandbox, lifetimeSeconds: number): Promise<string> {
  const token = newId();
  await store.addToken(token, clock.now() + lifetimeSeconds * 1000);
  return token;
}

/** The token after `Bearer` in the `Authorization` header. */
export const bearerToken = (headers: Headers): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];

/** Whether the headers have a valid token. */
export async function hasValidToken({ store, clock }: Sandbox, headers: Headers): Promise<boolean> {
  const token = bearerToken(headers);
  return token !== undefined && (await store.hasToken(token, clock.now()));
}

export type JsonBody = { kind: "json"; value: unknown } | { kind: "error"; status: 400 | 415; detail: string };

export type ReadBody = (context: Context) => Promise<JsonBody>;

/** Reads the request's JSON. Several calls for one request return the same JSON. */
export async function readJson(context: Context): Promise<JsonBody> {
  const contentType = context.req.header("Content-Type") ?? "";
  if (!/^application\/json\b/i.test(contentType))
    return { kind: "error", status: 415, detail: "Content-Type must be application/json" };
  try {
    return { kind: "json", value: JSON.parse(await context.req.text()) };
  } catch {
    return { kind: "error", status: 400, detail: "The body is not valid JSON" };
  }
}

/** An option of `safeParse` for English error messages: `zod/mini` has no messages of its own. */
export const english = { error: en().localeError };
