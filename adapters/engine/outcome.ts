/** What became of one send, and how it is told from the vendor's answer. */
import type { Json } from "../../schemas/json.ts";
import type { ProblemError } from "../../schemas/problem.ts";
import type { VendorError } from "./adapter.ts";
import { asObject, type Decoded, decode, readId } from "./decode.ts";
import type { Encoded } from "./encode.ts";
import type { Plan } from "./plan.ts";
import { valueAt } from "./pointer.ts";
import { translateErrors, uniqueSource } from "./vendor-errors.ts";
import { readVendorJson } from "./vendor-json.ts";

/** A vendor's answer whose body was read to its end. */
export interface Reply {
  status: number;
  body: string;
  retryAfterSeconds: number | undefined;
}

export type Outcome =
  | ({ kind: "created"; status: number; body: Json } & Decoded)
  | {
      kind: "rejected";
      reason: "duplicate" | "invalid" | "rate_limited" | "unauthorized";
      status: number;
      errors: ProblemError[];
      vendorErrors: VendorError[];
      retryAfterSeconds: number | undefined;
    }
  /** Provably not sent. */
  | {
      kind: "not_sent";
      reason: "unavailable" | "rate_limited" | "unauthorized";
      detail: string;
      status: number | undefined;
      retryAfterSeconds: number | undefined;
    }
  /** Handed to the network, and no answer that tells. An account may exist. */
  | {
      kind: "unknown";
      reason: "no_answer" | "ambiguous_answer" | "unreadable_success";
      detail: string;
      status: number | undefined;
    };

/** Statuses below 500 that an intermediary may send whatever the vendor did (RFC 9110 §15.5.9, RFC 8470 §5.2; 499 is nginx's). */
const ambiguousStatuses = new Set([408, 425, 499]);

/** No vendor says by its status alone that an account is a duplicate: the words decide. */
const duplicateWords =
  /\b(already (exists|been taken|taken|in use|used|registered)|been taken|duplicate|not unique|must be unique|unique(ness)? (constraint|violation))/i;

/** Reads an answer to a create; total: no status and no body makes it throw. */
export function interpret(plan: Plan, encoded: Encoded, reply: Reply): Outcome {
  const { status } = reply;
  const body = readVendorJson(reply.body);
  if (status >= 200 && status < 300) return interpretSuccess(plan, encoded, status, body);
  if (status < 400 || status >= 500 || ambiguousStatuses.has(status)) {
    return { kind: "unknown", reason: "ambiguous_answer", detail: `${plan.adapter.title} answered ${status}`, status };
  }
  const vendorErrors = body === undefined ? [] : plan.adapter.readErrors(body);
  const rejected = { kind: "rejected" as const, status, vendorErrors, retryAfterSeconds: reply.retryAfterSeconds };
  const errors = translateErrors(plan, encoded, vendorErrors);
  if (status === 401 || status === 403) return { ...rejected, reason: "unauthorized", errors: [] };
  if (status === 429) return { ...rejected, reason: "rate_limited", errors: [] };
  if (!vendorErrors.some(isDuplicate)) return { ...rejected, reason: "invalid", errors };
  const unique = uniqueSource(plan, encoded);
  return {
    ...rejected,
    reason: "duplicate",
    errors: errors.map((error, index) => {
      const isNameless = error.pointer === "" && isDuplicate(vendorErrors[index] ?? {});
      return isNameless && unique !== undefined ? { ...error, pointer: unique } : error;
    }),
  };
}

function isDuplicate({ title = "", detail = "" }: VendorError): boolean {
  return duplicateWords.test(`${title} ${detail}`);
}

function interpretSuccess(plan: Plan, encoded: Encoded, status: number, body: Json | undefined): Outcome {
  const violation = (detail: string): Outcome => ({
    kind: "unknown",
    reason: "unreadable_success",
    detail: `${plan.adapter.title} answered ${status}, but ${detail}`,
    status,
  });
  const reply = asObject(body);
  if (body === undefined || reply === undefined) return violation("its body is no JSON object");
  // Anything else than these two promises less than an account (RFC 9110 §15.3).
  if (status !== 200 && status !== 201) return violation("that is no status for a created account");
  if (plan.adapter.readErrors(body).length > 0) return violation("its body reports an error");
  const wrong = plan.constants.find(({ path, value }) => (valueAt(reply, path) ?? value) !== value);
  if (wrong !== undefined) return violation(`\`${wrong.to}\` is not \`${String(wrong.value)}\``);
  const id = readId(plan, reply);
  if (id === undefined) return violation("its body has no id");
  return { kind: "created", status, body, ...decode(plan, id, reply, encoded) };
}
