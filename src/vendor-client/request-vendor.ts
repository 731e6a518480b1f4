/** One request to a vendor under the connection's credentials, and a second only where a token was refused. */
import type { Reply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Json } from "../../schemas/json.ts";
import { authorization, secretsOf } from "./credentials.ts";
import { isTimeout, within } from "./deadline.ts";
import { type NotSent, unavailable } from "./not-sent.ts";
import { readReply, ReplyTooLargeError } from "./read-reply.ts";
import type { SendContext } from "./context.ts";
import { tokenTimeoutMs, tokenFor } from "./tokens.ts";
import { userAgent } from "./user-agent.ts";

const maxLeaseMs = 25_000;
/** What the gateway itself takes, so that a vendor has the whole of its time. */
const overheadMs = 1_000;

/** How long a send may take in all: a token, a send that is refused, another token and another send. */
export function leaseMsOf({ auth, connection }: Plan): number {
  const vendorsMs = auth.kind === "fixed" ? connection.timeout_ms : 2 * (tokenTimeoutMs + connection.timeout_ms);
  return Math.min(vendorsMs + overheadMs, maxLeaseMs);
}

export interface VendorCall {
  method: "GET" | "POST";
  url: string;
  body?: Json;
  /** Whatever the answer holds, its status says enough. */
  isProbe?: true;
}

/** It was handed to the network, and no complete answer came. */
export interface NoAnswer {
  kind: "no_answer";
  detail: string;
}

export interface VendorAnswer {
  answer: Reply | NoAnswer | NotSent;
  /** How often the request was handed to the network. */
  attempts: number;
  tokenMs: number;
  vendorMs: number;
  /** What must not be shown of the answer. */
  secrets: string[];
}

/** The headers of a request, with these credentials. */
export function headersFor(plan: Plan, { body }: VendorCall, credentials: string, traceparent: string) {
  return {
    Accept: "application/json",
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    "User-Agent": userAgent,
    ...plan.headers,
    Authorization: credentials,
    traceparent,
  };
}

/** Never throws: whatever goes wrong is an answer. */
export async function requestVendor(plan: Plan, call: VendorCall, context: SendContext): Promise<VendorAnswer> {
  const spent = { attempts: 0, tokenMs: 0, vendorMs: 0, secrets: secretsOf(plan.auth) };

  const token = async (refused?: string) => {
    const askedMs = context.now();
    const exchanged = await tokenFor(plan, context, refused);
    spent.tokenMs += context.now() - askedMs;
    return exchanged;
  };
  const timeLeftMs = () => Math.min(plan.connection.timeout_ms, context.untilMs - context.now());
  const attempt = async (withToken: string) => {
    spent.secrets.push(withToken);
    spent.attempts += 1;
    const sentMs = context.now();
    const answer = await request(plan, call, context, withToken, timeLeftMs());
    spent.vendorMs += context.now() - sentMs;
    return answer;
  };

  const first = await token();
  if ("failure" in first) return { ...spent, answer: first.failure };
  if (timeLeftMs() <= 0) return { ...spent, answer: unavailable(plan, "gave its token too late") };
  const answer = await attempt(first.token);
  // What a refused token asked for was not done; a different one may do. A raw key has no different one.
  const isRefused = "status" in answer && answer.status === 401 && plan.auth.kind === "token";
  if (!isRefused) return { ...spent, answer };
  const second = await token(first.token);
  if ("failure" in second || second.token === first.token || timeLeftMs() <= 0) return { ...spent, answer };
  const again = await attempt(second.token);
  return { ...spent, answer: again };
}

/** From the moment the request is handed to the network, nothing but a complete answer tells what became of it. */
async function request(
  plan: Plan,
  call: VendorCall,
  context: SendContext,
  token: string,
  timeoutMs: number,
): Promise<Reply | NoAnswer> {
  const { method, url, body } = call;
  const headers = headersFor(plan, call, authorization(plan.auth, token), context.traceparent);
  try {
    return await within(timeoutMs, async (deadline) => {
      const init = { method, headers, redirect: "manual", signal: deadline } as const;
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      // Not through ky: it is never to retry here, and costs a sixth of the throughput; a `Request` costs a twentieth.
      const response = await context.fetch(url, { ...init, ...text });
      return await readReply(call.isProbe ? withoutBody(response) : response);
    });
  } catch (error) {
    return { kind: "no_answer", detail: `${plan.adapter.title} ${whyNoAnswer(error, timeoutMs)}` };
  }
}

function withoutBody(response: Response): Response {
  // Nobody waits for it; that it cannot be cancelled either is no further news.
  response.body?.cancel().catch(() => {});
  return new Response(null, response);
}

/** The runtime's own words for a failure differ and mislead: a refused connection and a reset after sending look alike. */
function whyNoAnswer(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `gave no complete answer within ${timeoutMs} ms`;
  if (error instanceof ReplyTooLargeError) return "gave an answer too large to be read";
  return "gave no complete answer: the connection failed";
}
