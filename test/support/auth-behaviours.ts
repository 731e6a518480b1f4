/**
 * The vendors of auth-vendor.ts over real TCP: each checks how a request authenticates, with Node's own functions. The
 * behaviour `auth-jwtBearer` has the base64url of the client's public key as its argument. Every answer repeats what the vendor received.
 */
import { createHmac, createPublicKey, verify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod/mini";
import { type AuthVendorName, authVendorNames, vendorSecret } from "./auth-vendor.ts";

/** A request to the vendor, with the members of the same name in tcp-vendor.ts. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: string;
  readonly argument: string | undefined;
  readonly count: number;
}

type Check = (call: Call) => boolean;

const headerIs =
  (name: string, value: string): Check =>
  ({ request }) =>
    request.headers[name] === value;
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Accepts a token request for which `isGranted` holds, and only the second token, so that the client must renew the first. */
const withToken =
  (isGranted: Check): Check =>
  (call) =>
    isTokenRequest(call) ? isGranted(call) : call.request.headers.authorization === `Bearer ${tokenOf(2)}`;
const isTokenRequest = ({ path }: Call) => path.endsWith("/token");
const tokenOf = (count: number) => `canary-token-${count}`;

function isSigned({ request, body }: Call): boolean {
  const [time, signature] = [request.headers["x-timestamp"], request.headers["x-signature"]];
  const text = `${request.method}\n${request.url}\n${String(time)}\n${body}`;
  const expected = createHmac("sha256", vendorSecret).update(text).digest("base64");
  const isRecent = Math.abs(Date.now() / 1000 - Number(time)) < 60;
  return signature === `sha256=${expected}` && isRecent && request.headers["x-key-id"] === "gateway";
}

const claims = z.object({ iss: z.string(), sub: z.string(), aud: z.string(), iat: z.number(), exp: z.number() });

function isSignedJwt({ request, body, argument = "" }: Call): boolean {
  const form = new URLSearchParams(body);
  const [header = "", payload = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  const key = createPublicKey({ key: Buffer.from(argument, "base64url"), format: "der", type: "spki" });
  const isGenuine = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!isGenuine || form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return false;
  const { iss, sub, aud, iat, exp } = claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
  const nowS = Date.now() / 1000;
  const isNow = iat <= nowS && nowS < exp && exp - iat <= 300;
  return (
    isNow && iss === "gateway" && sub === "erp@acme.example" && aud === `http://${request.headers.host}${request.url}`
  );
}

function isRefresh({ body }: Call): boolean {
  const { grant_type, refresh_token, client_id } = Object.fromEntries(new URLSearchParams(body));
  return grant_type === "refresh_token" && refresh_token === vendorSecret && client_id === "gateway";
}

const checks: Record<AuthVendorName, Check> = {
  basic: headerIs("authorization", `Basic ${base64(`gateway:${vendorSecret}`)}`),
  basicKey: headerIs("authorization", `Basic ${base64(`${vendorSecret}:`)}`),
  headerKey: headerIs("x-api-key", `Key ${vendorSecret}`),
  queryKey: ({ path }) => new URL(path, "http://vendor.test").searchParams.get("api key") === vendorSecret,
  hmac: isSigned,
  jwtBearer: withToken(isSignedJwt),
  refreshToken: withToken(isRefresh),
};

/** The secret as the vendor knows it, and what it received, as it came and decoded. */
function echoOf(name: AuthVendorName, { request: { headers, url = "" }, body }: Call): string {
  const { search, searchParams } = new URL(url, "http://vendor.test");
  const decoded = Buffer.from(headers.authorization?.split(" ")[1] ?? "", "base64").toString("latin1");
  // The vendor has only the public key.
  const known = name === "jwtBearer" ? "" : vendorSecret;
  return JSON.stringify([known, headers, search, ...searchParams.values(), body, decoded]);
}

function answerFrom(name: AuthVendorName, call: Call): unknown {
  const answer = (status: number, body: unknown) =>
    call.response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (!checks[name](call)) return answer(401, { errors: [{ detail: echoOf(name, call) }] });
  if (isTokenRequest(call)) return answer(200, { access_token: tokenOf(call.count), expires_in: 3600 });
  return answer(201, { id: "42", name: "Acme", echo: echoOf(name, call) });
}

export const authBehaviours: Record<string, (call: Call) => unknown> = Object.fromEntries(
  authVendorNames.map((name) => [`auth-${name}`, (call: Call) => answerFrom(name, call)]),
);
