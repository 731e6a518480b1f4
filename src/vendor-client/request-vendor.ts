/** Sends a request to a vendor with the connection's credentials. If the vendor refuses the token, tries once more. */
import { type NotSent, unavailable } from "../../adapters/engine/outcome.ts";
import type { BodyEncoding } from "../../adapters/engine/adapter.ts";
import type { SignedRequest } from "../../adapters/engine/auth.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Json } from "../../schemas/json.ts";
import { isObject } from "../../schemas/json-pointer.ts";
import { isTimeout, withTimeout } from "../time.ts";
import { type VendorContext, userAgent } from "./context.ts";
import { authorize, type Credentials, secretsOf, tokenFor, tokenTimeoutMs } from "./credentials.ts";
import { BodyTooLargeError, type CompleteReply, readReply } from "../read-message.ts";

const maxLeaseMs = 25_000;
/** Time for the gateway's own work, so that the vendor gets its full timeout. */
const overheadMs = 1_000;

/** The longest time for a send. With tokens: a token request, a refused send, a second token request and a second send. */
export function leaseMsOf({ auth, connection }: Plan): number {
  const vendorsMs = auth.kind !== "token" ? connection.timeout_ms : 2 * (tokenTimeoutMs + connection.timeout_ms);
  return Math.min(vendorsMs + overheadMs, maxLeaseMs);
}

export interface VendorCall {
  method: "GET" | "POST" | "PUT";
  url: string;
  body?: Json;
  /** How the body becomes text. Default: JSON. */
  encoding?: BodyEncoding | undefined;
  /** The headers that only this request has. */
  headers?: Sendable["headers"];
  /** Only the answer's status matters, so the gateway does not read the body. */
  isProbe?: true;
  /** Called just before the request is sent. */
  onSend?: () => void;
}

/** The request was sent, but no complete answer arrived. */
export interface NoAnswer {
  kind: "no_answer";
  detail: string;
}

export interface VendorAnswer {
  answer: CompleteReply | NoAnswer | NotSent;
  /** The secrets that the answer may contain. */
  secrets: string[];
}

/** Writes the call as an HTTP request. `authorizeWith` makes its credentials. */
export function writeRequest(
  plan: Plan,
  { method, url, body, encoding, headers }: VendorCall,
  authorizeWith: (request: Omit<SignedRequest, "nowMs">) => Credentials,
  traceparent: string,
) {
  const text = isObject(body) && encoding !== undefined ? encoding.write(body) : JSON.stringify(body);
  const credentials = authorizeWith({ method, url, body: text ?? "" });
  return {
    method,
    url: credentials.query === undefined ? url : addQuery(url, credentials.query),
    headers: {
      Accept: "application/json",
      ...(text === undefined ? {} : { "Content-Type": encoding?.contentType ?? "application/json" }),
      "User-Agent": userAgent,
      ...plan.headers,
      ...headers,
      ...credentials.headers,
      traceparent,
    } as Record<string, string>,
    text,
  };
}

/** Adds parameters to a URL. Writes a space as `%20`, because `+` means a space only in forms. */
export function withQuery(url: string, query: Readonly<Record<string, string>>): string {
  return addQuery(url, new URLSearchParams(query).toString().replaceAll("+", "%20"));
}

const addQuery = (url: string, query: string): string => `${url}${url.includes("?") ? "&" : "?"}${query}`;

/** Never throws: every failure is an answer. */
export async function requestVendor(plan: Plan, call: VendorCall, context: VendorContext): Promise<VendorAnswer> {
  const { progress } = context;
  const secrets = secretsOf(plan.auth);
  const token = async (refused?: string) => {
    const startedMs = context.now();
    const result = await tokenFor(plan, context, refused);
    progress.tokenMs += context.now() - startedMs;
    return result;
  };
  const timeLeftMs = () => Math.min(plan.connection.timeout_ms, context.deadlineMs - context.now());
  const send = async (withToken: string) => {
    secrets.push(withToken);
    const startedMs = context.now();
    const answer = await request(plan, call, context, withToken, timeLeftMs());
    progress.vendorMs += context.now() - startedMs;
    return answer;
  };

  const first = await token();
  if (first.kind === "not_sent") return { answer: first, secrets };
  if (timeLeftMs() <= 0)
    return { answer: unavailable(plan, "sent the token so late that no time was left for the request"), secrets };
  const answer = await send(first.token);
  // A 401 means that the vendor did nothing, so try once more with a new token. A fixed credential cannot be renewed.
  const isRefused = answer.kind === "reply" && answer.status === 401 && plan.auth.kind === "token";
  if (!isRefused) return { answer, secrets };
  const second = await token(first.token);
  if (second.kind === "not_sent" || second.token === first.token || timeLeftMs() <= 0) return { answer, secrets };
  return { answer: await send(second.token), secrets };
}

/** Sends the request once. Even if no complete answer arrives, the vendor may have processed the request. */
async function request(
  plan: Plan,
  call: VendorCall,
  context: VendorContext,
  token: string,
  timeoutMs: number,
): Promise<CompleteReply | NoAnswer> {
  const authorizeWith = (unsigned: Omit<SignedRequest, "nowMs">) =>
    authorize(plan.auth, token, { ...unsigned, nowMs: context.now() });
  const { method, url, headers, text } = writeRequest(plan, call, authorizeWith, context.traceparent);
  try {
    return await withTimeout(timeoutMs, async (deadline) => {
      const init = { method, headers, redirect: "manual", signal: deadline } as const;
      call.onSend?.();
      // Uses `fetch` directly: ky would cost a sixth of the throughput, and a `Request` object a twentieth.
      const response = await context.fetch(url, text === undefined ? init : { ...init, body: text });
      return await readReply(call.isProbe ? withoutBody(response) : response);
    });
  } catch (error) {
    return { kind: "no_answer", detail: `${plan.adapter.title} ${whyNoAnswer(error, timeoutMs)}` };
  }
}

function withoutBody(response: Response): Response {
  // Ignore errors from cancel().
  response.body?.cancel().catch(() => {});
  return new Response(null, response);
}

/** Ignores the runtime's message: it is the same for a refused connection and for a reset after the request was sent. */
function whyNoAnswer(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `gave no complete answer within ${timeoutMs} ms`;
  if (error instanceof BodyTooLargeError) return "gave an answer too large to be read";
  return "gave no complete answer: the connection failed";
}
