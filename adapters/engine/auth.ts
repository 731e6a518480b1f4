/**
 * The authentication schemes of adapters. The configuration names secrets, and an {@link Auth} contains their values.
 */
import { hmac as hmacOf } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import * as z from "zod/mini";
import { type SecretReference, secretReference, tokenUrl } from "../../schemas/connection.ts";
import { nonEmpty } from "../../schemas/text.ts";

/** How a connection authenticates, as data. The vendor client makes the headers and the query of a request from it. */
export type Auth = AuthKind & {
  /** Names the client at the vendor, if the configuration does. Another client can be another tenant. */
  client?: string | undefined;
  /** The secrets in a token request or in an encoded credential. The redaction also knows the credential itself. */
  secrets?: readonly string[];
};

type AuthKind =
  /** The header's value is the prefix followed by the credential. `header`: `Authorization` if it is left out. */
  | { kind: "fixed"; header?: string; prefix: string; credential: string }
  /** The credential is a parameter of the URL's query. Both are percent-encoded. */
  | { kind: "query"; parameter: string; credential: string }
  /** The headers are a signature of the request. */
  | { kind: "signed"; credential: string; sign: Sign }
  /** The vendor client requests a bearer token. */
  | { kind: "token"; request: TokenRequest; tokenMember: "access_token" | "session_token" };

/** Makes the headers that sign a request. A pure function. */
export type Sign = (key: string, request: SignedRequest) => Record<string, string>;

export interface SignedRequest {
  method: string;
  url: string;
  /** `""` if the request has no body. */
  body: string;
  /** Milliseconds since the epoch. */
  nowMs: number;
}

/** One authentication scheme: the schema of `auth` in the configuration, and how to make an {@link Auth} from it. */
export interface AuthScheme {
  schema: z.ZodMiniObject;
  authenticate: (auth: unknown, context: AuthContext) => Auth;
  /** Why the scheme cannot use a secret, as the predicate of a sentence. Default: it can use every secret. */
  whyUnusable?: (secret: string) => string | undefined;
}

export interface AuthContext {
  /** Has no trailing slash. */
  baseUrl: string;
  /** Returns the value of a secret. */
  reveal: (secret: SecretReference) => string;
}

export interface TokenRequest {
  url: string;
  encoding: "form" | "json";
  body: Record<string, string>;
  /** Members that are made for each token request with a key, such as a signed JWT (RFC 7523). */
  assertion?: { key: string; make: (key: string, nowMs: number) => Promise<Assertion> };
}

/** `reason` follows the vendor's name in a message. */
export type Assertion =
  | { kind: "made"; members: Readonly<Record<string, string>> }
  | { kind: "unusable_key"; reason: string };

/** Makes a scheme from the members of its `auth`, and a function that reads them. */
export function scheme<Shape extends z.core.$ZodShape>(
  shape: Shape,
  authenticate: (auth: z.infer<z.ZodMiniObject<Shape>>, context: AuthContext) => Auth,
): AuthScheme {
  const schema = z.strictObject(shape);
  return { schema, authenticate: (auth, context) => authenticate(schema.parse(auth), context) };
}

/** A bearer token from the configuration (RFC 6750 §2.1). */
export const bearer = scheme({ type: z.literal("bearer"), token: secretReference }, (auth, { reveal }) => ({
  kind: "fixed",
  prefix: "Bearer ",
  credential: reveal(auth.token),
}));

const clientCredentialsMembers = {
  type: z.literal("client_credentials"),
  client_id: nonEmpty,
  client_secret: secretReference,
  token_url: z.optional(tokenUrl),
  scope: z.optional(nonEmpty),
  audience: z.optional(nonEmpty),
};

/** OAuth 2.0 client credentials (RFC 6749 §4.4). The gateway posts them to `token_url`, or to `path` below the base URL. */
export function clientCredentials({ path, encoding }: { path: string; encoding: "form" | "json" }): AuthScheme {
  return scheme(clientCredentialsMembers, (auth, { baseUrl, reveal }) => ({
    kind: "token",
    client: auth.client_id,
    secrets: [reveal(auth.client_secret)],
    tokenMember: "access_token",
    request: {
      url: auth.token_url ?? `${baseUrl}${path}`,
      encoding,
      body: {
        grant_type: "client_credentials",
        client_id: auth.client_id,
        client_secret: reveal(auth.client_secret),
        ...(auth.scope === undefined ? {} : { scope: auth.scope }),
        ...(auth.audience === undefined ? {} : { audience: auth.audience }),
      },
    },
  }));
}

/** An API key that is the whole value of `Authorization`. */
export const rawKey = scheme({ type: z.literal("api_key"), api_key: secretReference }, (auth, { reveal }) => ({
  kind: "fixed",
  prefix: "",
  credential: reveal(auth.api_key),
}));

/** A session token: the gateway posts an API key to `path` below the base URL, and the vendor answers with the token. */
export function session({ path }: { path: string }): AuthScheme {
  return scheme({ type: z.literal("session"), api_key: secretReference }, (auth, { baseUrl, reveal }) => ({
    kind: "token",
    secrets: [reveal(auth.api_key)],
    tokenMember: "session_token",
    request: {
      url: `${baseUrl}${path}`,
      encoding: "json",
      body: { api_key: reveal(auth.api_key) },
    },
  }));
}

/**
 * HTTP Basic (RFC 7617). `secret` says which part is secret: the password, or the user name with an empty password, as Stripe
 * uses it.
 */
export function basic({ secret }: { secret: "password" | "username" }): AuthScheme {
  const type = z.literal("basic");
  const authWith = (pair: string, value: string, client?: string): Auth => ({
    kind: "fixed",
    client,
    prefix: "Basic ",
    credential: btoa(pair),
    secrets: [value],
  });
  if (secret === "username")
    return scheme({ type, username: secretReference }, (auth, { reveal }) =>
      authWith(`${reveal(auth.username)}:`, reveal(auth.username)),
    );
  // A colon ends the user name (RFC 7617 §2).
  const username = z
    .string()
    .check(z.regex(/^[\x20-\x39\x3b-\x7e]+$/, { error: "Must be printable ASCII without a colon" }));
  return scheme({ type, username, password: secretReference }, (auth, { reveal }) =>
    authWith(`${auth.username}:${reveal(auth.password)}`, reveal(auth.password), auth.username),
  );
}

/** An API key in a header of the vendor's own, after an optional prefix such as `Token `. */
export function headerKey({ header, prefix = "" }: { header: string; prefix?: string }): AuthScheme {
  return scheme({ type: z.literal("api_key"), api_key: secretReference }, (auth, { reveal }) => ({
    kind: "fixed",
    header,
    prefix,
    credential: reveal(auth.api_key),
  }));
}

/** An API key in a parameter of the query. Other schemes are safer, because servers log URLs. */
export function queryKey({ parameter }: { parameter: string }): AuthScheme {
  return scheme({ type: z.literal("api_key"), api_key: secretReference }, (auth, { reveal }) => ({
    kind: "query",
    parameter: encodeURIComponent(parameter),
    credential: encodeURIComponent(reveal(auth.api_key)),
    secrets: [reveal(auth.api_key)],
  }));
}

/** What an HMAC can sign. */
interface HmacParts {
  method: string;
  /** With the query. */
  path: string;
  /** As in the timestamp's header; `""` if there is none. */
  timestamp: string;
  /** `""` if the request has no body. */
  body: string;
}

const timestampFormats = {
  seconds: (nowMs: number) => String(Math.floor(nowMs / 1000)),
  milliseconds: String,
  iso: (nowMs: number) => new Date(nowMs).toISOString(),
};

interface HmacOptions {
  /** The header of the signature. */
  header: string;
  /** The text before the signature, such as `sha256=`. */
  prefix?: string;
  encoding: "hex" | "base64";
  /** The header that carries the time of the request. */
  timestamp?: { header: string; format: keyof typeof timestampFormats };
  /** The header that carries the connection's `key_id`. Without it, a connection has no `key_id`. */
  keyIdHeader?: string;
  /** The text to sign. */
  text: (parts: HmacParts) => string;
}

/** An HMAC-SHA-256 over each request (RFC 2104). The key is the secret's text. */
export function hmac({ header, prefix = "", encoding, timestamp, keyIdHeader, text }: HmacOptions): AuthScheme {
  const keyId = z.string().check(z.regex(/^[\x21-\x7e]+$/, { error: "Must be printable ASCII without spaces" }));
  const members = { type: z.literal("hmac"), key: secretReference };
  const signWith = (key: string, client?: string): Auth => ({
    kind: "signed",
    client,
    credential: key,
    sign: (credential, { method, url, body, nowMs }) => {
      const { pathname, search } = new URL(url);
      const time = timestamp === undefined ? "" : timestampFormats[timestamp.format](nowMs);
      const signed = utf8ToBytes(text({ method, path: pathname + search, timestamp: time, body }));
      const signature = hmacOf(sha256, utf8ToBytes(credential), signed);
      return {
        ...(keyIdHeader === undefined || client === undefined ? {} : { [keyIdHeader]: client }),
        ...(timestamp === undefined ? {} : { [timestamp.header]: time }),
        [header]: prefix + (encoding === "hex" ? bytesToHex(signature) : btoa(String.fromCharCode(...signature))),
      };
    },
  });
  return keyIdHeader === undefined
    ? scheme(members, (auth, { reveal }) => signWith(reveal(auth.key)))
    : scheme({ ...members, key_id: keyId }, (auth, { reveal }) => signWith(reveal(auth.key), auth.key_id));
}

/**
 * An OAuth 2.0 refresh token (RFC 6749 §6), for a vendor that lets its clients use the same refresh token again. The gateway
 * posts it to `token_url`, or to `path` below the base URL.
 */
export function refreshToken({ path, encoding }: { path: string; encoding: "form" | "json" }): AuthScheme {
  const members = {
    type: z.literal("refresh_token"),
    refresh_token: secretReference,
    client_id: z.optional(nonEmpty),
    client_secret: z.optional(secretReference),
    token_url: z.optional(tokenUrl),
    scope: z.optional(nonEmpty),
  };
  return scheme(members, (auth, { baseUrl, reveal }) => ({
    kind: "token",
    client: auth.client_id,
    secrets: [auth.refresh_token, ...(auth.client_secret === undefined ? [] : [auth.client_secret])].map(reveal),
    tokenMember: "access_token",
    request: {
      url: auth.token_url ?? `${baseUrl}${path}`,
      encoding,
      body: {
        grant_type: "refresh_token",
        refresh_token: reveal(auth.refresh_token),
        ...(auth.client_id === undefined ? {} : { client_id: auth.client_id }),
        ...(auth.client_secret === undefined ? {} : { client_secret: reveal(auth.client_secret) }),
        ...(auth.scope === undefined ? {} : { scope: auth.scope }),
      },
    },
  }));
}
