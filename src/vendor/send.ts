/** Sends one encoded account to its vendor: the only place that does, and never twice but on a refused token. */
import type { Encoded } from "../../adapters/engine/encode.ts";
import { interpret, type Outcome, type Reply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { authorization, redact, redactedAuthorization, secretsOf } from "./authorize.ts";
import { isTimeout, raced, within } from "./deadline.ts";
import type { SendContext } from "./send-context.ts";
import { readReply, ReplyTooLargeError } from "./read-reply.ts";
import { tokenFor } from "./tokens.ts";
import { userAgent } from "./user-agent.ts";

/** Two exchanges for a token and two sends fit into it, at their usual pace. */
const leaseMs = 25_000;

export interface Sent {
  outcome: Outcome;
  /** How often the account was handed to the network. */
  attempts: number;
  tokenMs: number;
  vendorMs: number;
  /** Thrown where nothing should throw: by the reading of an answer. */
  fault?: unknown;
}

/** A create as it goes over the wire. */
export interface VendorRequest {
  method: "POST";
  url: string;
  headers: Record<string, string>;
  body: Encoded["body"];
}

/** The request with its secrets redacted. */
export function previewRequest(plan: Plan, encoded: Encoded, traceparent: string): VendorRequest {
  return requestWith(redactedAuthorization(plan.auth), plan, encoded, traceparent);
}

function requestWith(credentials: string, plan: Plan, { body }: Encoded, traceparent: string): VendorRequest {
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/json",
    "User-Agent": userAgent,
    ...plan.headers,
    Authorization: credentials,
    traceparent,
  };
  return { method: "POST", url: plan.url, headers, body };
}

/** Never throws: whatever goes wrong is an outcome. */
export async function send(plan: Plan, encoded: Encoded, context: SendContext): Promise<Sent> {
  const startedMs = context.now();
  const sent = { attempts: 0, tokenMs: 0, vendorMs: 0 };

  const token = async (refused?: string) => {
    const askedMs = context.now();
    const exchanged = await tokenFor(plan, context, refused);
    sent.tokenMs += context.now() - askedMs;
    return exchanged;
  };
  const used: string[] = [];
  const attempt = async (withToken: string) => {
    used.push(withToken);
    sent.attempts += 1;
    const sentMs = context.now();
    const timeoutMs = Math.min(plan.connection.timeout_ms, startedMs + leaseMs - sentMs);
    const answer = await exchange(plan, encoded, context, withToken, timeoutMs);
    sent.vendorMs += context.now() - sentMs;
    return answer;
  };

  const first = await token();
  if ("failure" in first) return { ...sent, outcome: first.failure };
  let answer = await attempt(first.token);
  // A refused token created nothing; a different one may do. A raw key has no different one.
  if ("status" in answer && answer.status === 401 && plan.auth.type === "exchange") {
    const second = await token(first.token);
    if ("token" in second && second.token !== first.token) answer = await attempt(second.token);
  }
  if ("kind" in answer) return { ...sent, outcome: answer };
  try {
    const outcome = interpret(plan, encoded, answer);
    return { ...sent, outcome: redact(outcome, [...secretsOf(plan.auth), ...used]) };
  } catch (fault) {
    // A fault of the gateway's own, but of an account that was sent.
    const { status } = answer;
    const detail = `${plan.adapter.title} answered ${status}, and the gateway failed to read it`;
    return {
      ...sent,
      outcome: { kind: "unknown", reason: "ambiguous_answer", detail, status, vendorErrors: [] },
      fault,
    };
  }
}

type Unknown = Extract<Outcome, { kind: "unknown" }>;

/** One send. From the moment the request is handed to the network, anything but a complete answer is `unknown`. */
async function exchange(
  plan: Plan,
  encoded: Encoded,
  context: SendContext,
  token: string,
  timeoutMs: number,
): Promise<Reply | Unknown> {
  const { url, method, headers, body } = requestWith(
    authorization(plan.auth, token),
    plan,
    encoded,
    context.traceparent,
  );
  try {
    return await within(timeoutMs, async (deadline) => {
      const request = new Request(url, {
        method,
        headers,
        body: JSON.stringify(body),
        redirect: "manual",
        signal: deadline,
      });
      // Not through ky: it is never to retry here, and costs a sixth of the throughput.
      const response = await raced(context.fetch(request), deadline);
      return await readReply(response, deadline);
    });
  } catch (error) {
    return {
      kind: "unknown",
      reason: "no_answer",
      detail: `${plan.adapter.title} ${whyNoAnswer(error, timeoutMs)}`,
      status: undefined,
      vendorErrors: [],
    };
  }
}

/** The runtime's own words for a failure differ and mislead: a refused connection and a reset after sending look alike. */
function whyNoAnswer(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `gave no complete answer within ${timeoutMs} ms`;
  if (error instanceof ReplyTooLargeError) return "gave an answer too large to be read";
  return "gave no complete answer: the connection failed";
}
