/** Sends one encoded account to its vendor: the only place that does. */
import type { Encoded, Sendable } from "../../adapters/engine/encode.ts";
import { interpret, type Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { redactedAuthorization } from "./credentials.ts";
import { requestVendor, headersFor } from "./request-vendor.ts";
import { redactOutcome, redactorFor } from "./redact.ts";
import type { SendContext } from "./context.ts";

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
  const call = createCall(plan, encoded);
  return { ...call, headers: headersFor(plan, call, redactedAuthorization(plan.auth), traceparent) };
}

const createCall = ({ url }: Plan, { body }: Sendable) => ({ method: "POST" as const, url, body });

/** Never throws: whatever goes wrong is an outcome. */
export async function sendAccount(plan: Plan, sendable: Sendable, context: SendContext): Promise<Sent> {
  const { answer, attempts, tokenMs, vendorMs, secrets } = await requestVendor(
    plan,
    createCall(plan, sendable),
    context,
  );
  const sent = { attempts, tokenMs, vendorMs };
  const unknown = { kind: "unknown" as const, vendorErrors: [] };
  if ("kind" in answer) {
    if (answer.kind === "not_sent") return { ...sent, outcome: answer };
    return { ...sent, outcome: { ...unknown, reason: "no_answer", detail: answer.detail, status: undefined } };
  }
  try {
    const redactor = redactorFor(plan, secrets);
    const outcome = interpret(plan, sendable, answer, redactor.text);
    const isClean = redactor.isClean(answer.body);
    return { ...sent, outcome: isClean ? outcome : redactOutcome(plan, sendable, outcome, redactor) };
  } catch (fault) {
    // A fault of the gateway's own, but of an account that was sent.
    const { status } = answer;
    const detail = `${plan.adapter.title} answered ${status}, and the gateway failed to read it`;
    return { ...sent, outcome: { ...unknown, reason: "ambiguous_answer", detail, status }, fault };
  }
}
