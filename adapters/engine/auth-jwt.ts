/** A signed JWT that the vendor exchanges for a token (RFC 7523). A file of its own, because only this scheme uses `jose`. */
import { importPKCS8, SignJWT } from "jose";
import * as z from "zod/mini";
import { secretReference, tokenUrl } from "../../schemas/connection.ts";
import type { Json } from "../../schemas/json.ts";
import { nonEmpty } from "../../schemas/text.ts";
import { type AuthScheme, scheme } from "./auth.ts";

type Algorithm = "RS256" | "PS256" | "ES256" | "EdDSA";

interface JwtBearerOptions {
  /** Where the gateway posts the JWT, below the base URL, unless the connection has a `token_url`. */
  path: string;
  encoding: "form" | "json";
  /** The algorithms that the vendor accepts. The first one is the default of a connection's `algorithm`. */
  algorithms: readonly [Algorithm, ...Algorithm[]];
  /** For how long a JWT is valid. Default: 3 minutes. */
  lifetimeSeconds?: number;
  /** Whether the vendor reads `scope` from the token request (RFC 7521 §4.1) or from the JWT. Default: from the request. */
  scopeIn?: "request" | "jwt";
  /** Other claims that the vendor requires. */
  claims?: Readonly<Record<string, Json>>;
}

/**
 * A JWT that the gateway signs with the connection's private key, and exchanges for a bearer token. `issuer`, `subject` and
 * `audience` are the JWT's claims. The default audience is the URL of the token request.
 */
export function jwtBearer({
  path,
  encoding,
  algorithms,
  lifetimeSeconds = 180,
  scopeIn = "request",
  claims = {},
}: JwtBearerOptions): AuthScheme {
  const members = {
    type: z.literal("jwt_bearer"),
    issuer: nonEmpty,
    subject: z.optional(nonEmpty),
    audience: z.optional(nonEmpty),
    private_key: secretReference,
    key_id: z.optional(nonEmpty),
    algorithm: z._default(z.enum(algorithms), algorithms[0]),
    scope: z.optional(nonEmpty),
    token_url: z.optional(tokenUrl),
  };
  const made = scheme(members, (auth, { baseUrl, reveal }) => {
    const { issuer, subject, audience, key_id: kid, algorithm: alg } = auth;
    const url = auth.token_url ?? `${baseUrl}${path}`;
    const scope = auth.scope === undefined ? {} : { scope: auth.scope };
    return {
      kind: "token",
      client: [issuer, subject].join(" "),
      secrets: [reveal(auth.private_key)],
      tokenMember: "access_token",
      request: {
        url,
        encoding,
        body: {
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          ...(scopeIn === "request" ? scope : {}),
        },
        assertion: {
          key: reveal(auth.private_key),
          make: async (key, nowMs) => {
            const iat = Math.floor(nowMs / 1000);
            const jwt = new SignJWT({
              ...claims,
              ...(scopeIn === "jwt" ? scope : {}),
              iss: issuer,
              ...(subject === undefined ? {} : { sub: subject }),
              aud: audience ?? url,
              iat,
              exp: iat + lifetimeSeconds,
              jti: crypto.randomUUID(),
            }).setProtectedHeader({ alg, typ: "JWT", ...(kid === undefined ? {} : { kid }) });
            try {
              const privateKey = await importPKCS8(
                `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`,
                alg,
              );
              return { kind: "made", members: { assertion: await jwt.sign(privateKey) } };
            } catch {
              return {
                kind: "unusable_key",
                reason: `got no token request: the connection's private key cannot sign with ${alg}`,
              };
            }
          },
        },
      },
    };
  });
  return { ...made, whyUnusable };
}

/** The gateway reads the key only when it requests a token, so this checks the key's form. */
function whyUnusable(key: string): string | undefined {
  if (isPkcs8(key)) return undefined;
  const found = key.includes("-----BEGIN") ? "is a PEM file" : "is not a private key in PKCS#8 format";
  return `${found}; set it to the one line that \`openssl pkcs8 -topk8 -nocrypt -outform DER -in key.pem | base64 -w0\` prints`;
}

/** Whether the text is base64 of an unencrypted and complete PKCS#8 key: a sequence of a version, an algorithm and a key (RFC 5208 §5). */
function isPkcs8(key: string): boolean {
  if (!z.base64().safeParse(key).success) return false;
  const der = Uint8Array.from(atob(key), (byte) => byte.charCodeAt(0));
  const [sequence, size = 0] = der;
  // A length of 128 or more follows in further bytes (X.690 §8.1.3).
  const lengthBytes = size < 0x80 ? 0 : size - 0x80;
  const content = der.slice(2 + lengthBytes);
  const length = lengthBytes === 0 ? size : der.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const [integer, one, , algorithm] = content;
  return sequence === 0x30 && content.length === length && integer === 2 && one === 1 && algorithm === 0x30;
}
