import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { GatewayKey } from "../../schemas/connection.ts";
import { ProblemException } from "../problem.ts";
import type { AppEnvironment } from "./request-state.ts";

/** Refuses a request without a valid gateway key. */
export const requireKey = createMiddleware<AppEnvironment>((c, next) => {
  authenticate(c);
  return next();
});

/** The request's gateway key. Throws `unauthenticated`. */
export function authenticate(c: Context<AppEnvironment>): GatewayKey {
  const key = findKey(c.req.header("Authorization"), c.get("configuration").keys);
  c.set("key", key);
  c.get("log").key = key.name;
  return key;
}

/** The gateway key in `Authorization` (RFC 6750 §2.1). Throws `unauthenticated`. */
function findKey(header: string | undefined, keys: readonly GatewayKey[]): GatewayKey {
  const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "") ?? [];
  if (token === undefined) throw unauthenticated("The request has no header `Authorization: Bearer <gateway key>`", "");
  const digest = sha256(utf8ToBytes(token));
  // Compare every digest of every key, so that the time does not depend on the token.
  const [key] = keys.filter(
    ({ sha256: digests }) => digests.filter((each) => isSame(digest, hexToBytes(each))).length > 0,
  );
  if (key === undefined) throw unauthenticated("The gateway key is unknown", ', error="invalid_token"');
  return key;
}

/** Compares all bytes, in constant time. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

function unauthenticated(detail: string, error: string): ProblemException {
  const headers = { "WWW-Authenticate": `Bearer realm="account-gateway"${error}` };
  return new ProblemException({ code: "unauthenticated", detail, headers });
}
