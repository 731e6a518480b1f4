/** The ways of authenticating that vendors share. A secret sits in an {@link Auth} and nowhere else. */
import * as z from "zod/mini";
import { secretReference, tokenUrl } from "../../schemas/connection.ts";
import type { AuthContext, AuthScheme } from "./adapter.ts";

/** How a request proves who sends it: data, made into headers in one place. */
export type Auth =
  /** The value of `Authorization`, as it stands. */
  | { type: "fixed"; prefix: "Bearer " | ""; credential: string }
  /** A bearer token to be had in exchange for credentials. */
  | { type: "exchange"; request: TokenRequest; tokenMember: "access_token" | "session_token" };

export interface TokenRequest {
  url: string;
  encoding: "form" | "json";
  body: Record<string, string>;
  /** Those members of the body that are secret. */
  secrets: readonly string[];
}

function scheme<Shape extends z.core.$ZodShape>(
  shape: Shape,
  authenticate: (auth: z.infer<z.ZodMiniObject<Shape>>, context: AuthContext) => Auth,
): AuthScheme {
  const schema = z.strictObject(shape);
  return { schema, authenticate: (auth, context) => authenticate(schema.parse(auth), context) };
}

/** A bearer token minted elsewhere (RFC 6750 §2.1). */
export const bearer = scheme({ type: z.literal("bearer"), token: secretReference }, (auth, { reveal }) => ({
  type: "fixed",
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

/** OAuth 2.0 client credentials (RFC 6749 §4.4), posted to `path` below the base URL unless `token_url` says otherwise. */
export function clientCredentials({ path, encoding }: { path: string; encoding: "form" | "json" }): AuthScheme {
  return scheme(clientCredentialsMembers, (auth, { baseUrl, reveal }) => ({
    type: "exchange",
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

/** A key that stands in `Authorization` by itself. */
export const rawKey = scheme({ type: z.literal("api_key"), api_key: secretReference }, (auth, { reveal }) => ({
  type: "fixed",
  prefix: "",
  credential: reveal(auth.api_key),
}));

/** A key that is exchanged for a session's token at `path` below the base URL. */
export function session({ path }: { path: string }): AuthScheme {
  return scheme({ type: z.literal("session"), api_key: secretReference }, (auth, { baseUrl, reveal }) => ({
    type: "exchange",
    tokenMember: "session_token",
    request: {
      url: `${baseUrl}${path}`,
      encoding: "json",
      body: { api_key: reveal(auth.api_key) },
      secrets: ["api_key"],
    },
  }));
}
