/** Sends an encoded account to its vendor. No other code sends accounts. */
import type { Encoded, Sendable } from "../../adapters/engine/encode.ts";
import { interpret, type Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Progress } from "../progress.ts";
import type { VendorContext } from "./context.ts";
import { redactedAuthorization } from "./credentials.ts";
import { redactOutcome, redactorFor } from "./redact.ts";
import { headersFor, requestVendor, type VendorAnswer } from "./request-vendor.ts";

/** A create request as the vendor receives it. */
export interface VendorRequest {
  method: "POST";
  url: string;
  headers: Record<string, string>;
  body: Encoded["body"];
}

/** The request that would be sent, with its secrets redacted. */
export function previewRequest(plan: Plan, encoded: Encoded, traceparent: string): VendorRequest {
  const call = createCall(plan, encoded);
  return { ...call, headers: headersFor(plan, call, redactedAuthorization(plan.auth), traceparent) };
}

const createCall = ({ url }: Plan, { body }: Sendable) => ({ method: "POST" as const, url, body });

/** Never throws: every failure is an outcome. */
export async function sendAccount(plan: Plan, sendable: Sendable, context: VendorContext): Promise<Outcome> {
  const { progress } = context;
  const onSend = () => {
    progress.sends += 1;
    context.onSend?.();
  };
  const { answer, secrets } = await requestVendor(plan, { ...createCall(plan, sendable), onSend }, context);
  const outcome = readOutcome(plan, sendable, answer, secrets, progress);
  progress.outcome = outcome;
  return outcome;
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
        return redactor.isClean(answer.body) ? outcome : redactOutcome(plan, sendable, outcome, redactor);
      } catch (fault) {
        // This is an error in the gateway, but the account was sent, so the outcome is unknown.
        progress.fault = fault;
        const { status } = answer;
        const detail = `${plan.adapter.title} answered ${status}, but the gateway failed to read the answer`;
        return { kind: "unknown", reason: "ambiguous_answer", detail, status, vendorErrors: [] };
      }
  }
}
