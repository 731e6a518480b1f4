/** The ways of authenticating that several vendors have in common. Only an {@link Auth} holds a secret. */
import * as z from "zod/mini";
import { type SecretReference, secretReference, tokenUrl } from "../../schemas/connection.ts";

/** How a connection authenticates, as data. The vendor client makes the `Authorization` header from it. */
export type Auth =
  /** A credential that goes into the header unchanged. */
  | { kind: "fixed"; prefix: "Bearer " | ""; credential: string }
  /** A bearer token that the vendor client requests with credentials. */
  | { kind: "token"; request: TokenRequest; tokenMember: "access_token" | "session_token" };

/** One way of authenticating: the schema of `auth` in the configuration, and the {@link Auth} that it results in. */
export interface AuthScheme {
  schema: z.ZodMiniObject;
  authenticate: (auth: unknown, context: AuthContext) => Auth;
}

export interface AuthContext {
  /** Without a trailing slash. */
  baseUrl: string;
  reveal: (secret: SecretReference) => string;
}

export interface TokenRequest {
  url: string;
  encoding: "form" | "json";
  body: Record<string, string>;
  /** The members of the body that are secret. */
  secrets: readonly string[];
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

const nonEmpty = z.string().check(z.minLength(1));
const clientCredentialsMembers = {
  type: z.literal("client_credentials"),
  client_id: nonEmpty,
  client_secret: secretReference,
  token_url: z.optional(tokenUrl),
  scope: z.optional(nonEmpty),
  audience: z.optional(nonEmpty),
};

/** OAuth 2.0 client credentials (RFC 6749 §4.4), posted to `token_url`, or to `path` below the base URL. */
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

/** A key that is the whole value of `Authorization`. */
export const rawKey = scheme({ type: z.literal("api_key"), api_key: secretReference }, (auth, { reveal }) => ({
  kind: "fixed",
  prefix: "",
  credential: reveal(auth.api_key),
}));

/** A key for which the vendor issues a session token at `path` below the base URL. */
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
