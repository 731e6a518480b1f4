import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { createMiddleware } from "hono/factory";
import type { GatewayKey } from "../../schemas/connection.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { ProblemException } from "../problem.ts";

/** Lets a request pass that carries a gateway key. */
export const requireKey = createMiddleware<AppEnvironment>(async (c, next) => {
  const key = authenticate(c.req.header("Authorization"), c.get("configuration").keys);
  c.set("key", key);
  c.get("log").key = key.name;
  return next();
});

/** The gateway key that `Authorization` carries (RFC 6750 §2.1); throws `unauthenticated`. */
function authenticate(header: string | undefined, keys: readonly GatewayKey[]): GatewayKey {
  const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "") ?? [];
  if (token === undefined) throw unauthenticated("The request carries no `Authorization: Bearer <gateway key>`", "");
  const digest = sha256(utf8ToBytes(token));
  // Every digest of every key is compared, so that the time taken tells nothing.
  const [key] = keys.filter(
    ({ sha256: digests }) => digests.filter((each) => isSame(digest, hexToBytes(each))).length > 0,
  );
  if (key === undefined) throw unauthenticated("The gateway key is not known here", ', error="invalid_token"');
  return key;
}

/** Reads every byte, wherever they differ. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return (
    left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), left.length ^ right.length) ===
    0
  );
}

function unauthenticated(detail: string, error: string): ProblemException {
  const headers = { "WWW-Authenticate": `Bearer realm="account-gateway"${error}` };
  return new ProblemException({ code: "unauthenticated", detail, headers });
}
