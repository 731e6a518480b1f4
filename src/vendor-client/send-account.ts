/** Sends an encoded account to its vendor. No other code sends accounts. */
import type { SignedRequest } from "../../adapters/engine/auth.ts";
import type { Encoded, Sendable } from "../../adapters/engine/encode.ts";
import { interpret, type Outcome, toVendorReply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { sleep } from "../../schemas/sleep.ts";
import type { Progress } from "../progress.ts";
import { readCall } from "./look-up.ts";
import type { VendorContext } from "./context.ts";
import { redactedCredentials } from "./credentials.ts";
import { redactOutcome, redactorFor } from "./redact.ts";
import { requestVendor, type VendorAnswer, type VendorCall, writeRequest } from "./request-vendor.ts";

/** How long the gateway waits before it asks for a result, unless the vendor says `Retry-After`. */
const defaultFollowSeconds = 1;

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
  const { answer, secrets } = await sendAndFollow(plan, { ...createCall(plan, sendable), onSend }, context);
  const outcome = readOutcome(plan, sendable, answer, secrets, progress);
  progress.outcome = outcome;
  return outcome;
}

/** Sends the create and, if the vendor creates the account later, asks for the result until the deadline. */
async function sendAndFollow(plan: Plan, call: VendorCall, context: VendorContext): Promise<VendorAnswer> {
  const { adapter } = plan;
  let last = await requestVendor(plan, call, context);
  for (;;) {
    if (last.answer.kind !== "reply") return last;
    const next = adapter.reply.follow?.(toVendorReply(last.answer));
    if (next === undefined) return last;
    const waitMs = (last.answer.retryAfterSeconds ?? defaultFollowSeconds) * 1000;
    const detail = `${adapter.title} accepted the account, but did not report the result in time`;
    const noResult = { answer: { kind: "no_answer", detail }, secrets: last.secrets } as const;
    if (context.now() + waitMs >= context.deadlineMs) return noResult;
    await sleep(waitMs);
    last = await requestVendor(plan, readCall(plan, next), context);
    // The account was sent, even if this request was not.
    if (last.answer.kind === "not_sent") return noResult;
  }
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
        // An adapter that normalises answers may read a header.
        const read = plan.adapter.reply.normalise === undefined ? "" : JSON.stringify([...(answer.headers ?? [])]);
        return redactor.isClean(answer.body) && redactor.isClean(read)
          ? outcome
          : redactOutcome(plan, sendable, outcome, redactor);
      } catch (fault) {
        // This is an error in the gateway, but the account was sent, so the outcome is unknown.
        progress.fault = fault;
        const { status } = answer;
        const detail = `${plan.adapter.title} answered ${status}, and the gateway failed to read it`;
        return { kind: "unknown", reason: "ambiguous_answer", detail, status, vendorErrors: [] };
      }
  }
}
