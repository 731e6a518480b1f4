/** Sends an encoded account to its vendor. No other code sends accounts. */
import type { LookupRequest } from "../../adapters/engine/adapter.ts";
import type { SignedRequest } from "../../adapters/engine/auth.ts";
import type { Encoded, Sendable } from "../../adapters/engine/encode.ts";
import { interpret, type Outcome, type Reply, toVendorReply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { sleep } from "../../schemas/sleep.ts";
import type { Progress } from "../progress.ts";
import { readCall } from "./look-up.ts";
import type { VendorContext } from "./context.ts";
import { redactedCredentials } from "./credentials.ts";
import { redactOutcome, redactorFor } from "./redact.ts";
import { requestVendor, type VendorAnswer, type VendorCall, writeRequest } from "./request-vendor.ts";

/** How long the gateway waits before it asks for a result, unless the vendor's `Retry-After` is longer. */
const minFollowSeconds = 1;

/** A create request as the vendor receives it. */
export interface VendorRequest {
  method: "POST" | "PUT";
  url: string;
  headers: Record<string, string>;
  body: Encoded["body"];
}

/** The request that would be sent, with its secrets redacted. */
export function previewRequest(plan: Plan, encoded: Encoded, traceparent: string): VendorRequest {
  const call = createCall(plan, encoded);
  const authorizeWith = (request: Omit<SignedRequest, "nowMs">) =>
    redactedCredentials(plan.auth, { ...request, nowMs: 0 });
  const { url, headers } = writeRequest(plan, call, authorizeWith, traceparent);
  return { method: call.method, url, headers, body: call.body };
}

function createCall({ url, adapter }: Plan, { body, headers }: Sendable) {
  return { method: adapter.method ?? ("POST" as const), url, body, headers, encoding: adapter.encoding };
}

/** Never throws: every failure is an outcome. */
export async function sendAccount(plan: Plan, sendable: Sendable, context: VendorContext): Promise<Outcome> {
  const { progress } = context;
  const onSend = () => {
    progress.sends += 1;
    context.onSend?.();
  };
  const call = { ...createCall(plan, sendable), onSend };
  const { answer, secrets } = await sendAndFollow(plan, call, context).catch((fault) => {
    // This is an error in the adapter, but the account was sent, so the outcome is unknown.
    progress.fault = fault;
    return noAnswer(`${plan.adapter.title} answered, and the gateway failed to read it`, []);
  });
  const outcome = readOutcome(plan, sendable, answer, secrets, progress);
  progress.outcome = outcome;
  return outcome;
}

/** Sends the create and, if the vendor creates the account later, asks for the result until the deadline. */
async function sendAndFollow(plan: Plan, call: VendorCall, context: VendorContext): Promise<VendorAnswer> {
  const { title, reply } = plan.adapter;
  let last = await requestVendor(plan, call, context);
  let asked: LookupRequest | undefined;
  for (;;) {
    const { answer, secrets } = last;
    const next = answer.kind === "reply" ? reply.follow?.(toVendorReply(answer)) : undefined;
    // A failed read says nothing about the account, so ask again.
    const isFailedRead = asked !== undefined && (answer.kind !== "reply" || answer.status >= 400);
    asked = next ?? (isFailedRead ? asked : undefined);
    if (asked === undefined) return last;
    const { retryAfterSeconds = 0 } = answer.kind === "no_answer" ? {} : answer;
    // `Retry-After: 0` would cause a tight loop.
    const waitMs = Math.max(retryAfterSeconds, minFollowSeconds) * 1000;
    if (context.now() + waitMs >= context.deadlineMs)
      return noAnswer(`${title} accepted the account, but did not report the result in time`, secrets);
    await sleep(waitMs);
    last = await requestVendor(plan, readCall(plan, asked), context);
  }
}

function noAnswer(detail: string, secrets: string[]): VendorAnswer {
  return { answer: { kind: "no_answer", detail }, secrets };
}

function readOutcome(
  plan: Plan,
  sendable: Sendable,
  answer: VendorAnswer["answer"],
  secrets: readonly string[],
  progress: Progress,
): Outcome {
  switch (answer.kind) {
    case "not_sent":
      return answer;
    case "no_answer":
      return { kind: "unknown", reason: "no_answer", detail: answer.detail, status: undefined, vendorErrors: [] };
    case "reply":
      try {
        const redactor = redactorFor(plan, secrets);
        const outcome = interpret(plan, sendable, answer, redactor.text);
        return redactor.isClean(evidenceOf(plan, answer)) ? outcome : redactOutcome(plan, sendable, outcome, redactor);
      } catch (fault) {
        // This is an error in the gateway, but the account was sent, so the outcome is unknown.
        progress.fault = fault;
        const { status } = answer;
        const detail = `${plan.adapter.title} answered ${status}, but the gateway failed to read the answer`;
        return { kind: "unknown", reason: "ambiguous_answer", detail, status, vendorErrors: [] };
      }
  }
}

/** The parts of an answer that an outcome can contain. Only an adapter with `normalise` reads headers. */
function evidenceOf({ adapter }: Plan, { headers = [], body }: Reply): string {
  return adapter.reply.normalise === undefined ? body : [body, ...[...headers].flat()].join("\n");
}
