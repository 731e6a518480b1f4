/**
 * The authentication schemes of adapters. The configuration names secrets, and an {@link Auth} contains their values.
 */
import * as z from "zod/mini";
import { type SecretReference, secretReference, tokenUrl } from "../../schemas/connection.ts";
import { nonEmpty } from "../../schemas/text.ts";

/** How a connection authenticates, as data. The vendor client makes the headers and the query of a request from it. */
export type Auth =
  /** The header's value is the prefix followed by the credential. `header`: `Authorization` if it is left out. */
  | { kind: "fixed"; header?: string; prefix: string; credential: string; secrets?: readonly string[] }
  /** The credential is a parameter of the URL's query. */
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
  /** The members of the body that are secret. */
  secrets: readonly string[];
  /** Adds a member that is made for each token request, such as a signed JWT (RFC 7523). */
  assertion?: { member: string; key: string; make: (key: string, nowMs: number) => Promise<string> };
}

function scheme<Shape extends z.core.$ZodShape>(
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
      secrets: ["client_secret"],
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
    tokenMember: "session_token",
    request: {
      url: `${baseUrl}${path}`,
      encoding: "json",
      body: { api_key: reveal(auth.api_key) },
      secrets: ["api_key"],
    },
  }));
}
