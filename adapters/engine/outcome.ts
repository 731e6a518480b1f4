/** The outcome of a send, and how the engine reads it from the vendor's answer. */
import { type TextField, textFields } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import type { ProblemError } from "../../schemas/problem.ts";
import type { VendorError } from "./adapter.ts";
import { isShown, textComparer } from "./compare-text.ts";
import { type Decoded, decode, readId } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import { sentText, shownValue } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import type { Row } from "./row.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { isBlank } from "../../schemas/text.ts";
import { type LocatedError, locateErrors, toProblemError } from "./vendor-errors.ts";
import { readVendorJson } from "./vendor-json.ts";

/** A complete answer of the vendor. */
export interface Reply {
  status: number;
  body: string;
  retryAfterSeconds: number | undefined;
}

export type Outcome =
  | ({ kind: "created"; status: number; body: Json } & Decoded)
  | {
      kind: "rejected";
      /** `not_processed`: something in front of the vendor answered, or the vendor does not serve this URL. */
      reason: "duplicate" | "invalid" | "not_processed" | "rate_limited" | "unauthorized";
      /** For a duplicate: the field whose value the vendor already holds. */
      duplicateOf: TextField | undefined;
      /** The network may have repeated the request: the first one created the account, and the vendor refuses the second. */
      mayBeOurs: boolean;
      status: number;
      errors: ProblemError[];
      vendorErrors: ReportedError[];
      retryAfterSeconds: number | undefined;
    }
  /** The request did not leave the gateway. */
  | {
      kind: "not_sent";
      reason: "unavailable" | "rate_limited" | "unauthorized";
      detail: string;
      status: number | undefined;
      retryAfterSeconds: number | undefined;
    }
  /** The request left the gateway, and no answer says what became of it. An account may exist. */
  | {
      kind: "unknown";
      reason: "no_answer" | "ambiguous_answer" | "unreadable_success";
      detail: string;
      status: number | undefined;
      vendorErrors: ReportedError[];
    };

/** The vendor failed before the account was sent, so no account was created. */
export type NotSent = Extract<Outcome, { kind: "not_sent" }>;

/** `what` the vendor did instead of what was asked of it. */
export function unavailable({ adapter }: Plan, what: string): NotSent {
  const detail = `${adapter.title} ${what}`;
  return { kind: "not_sent", reason: "unavailable", detail, status: undefined, retryAfterSeconds: undefined };
}

/** A vendor's error as a problem shows it to the caller. */
export type ReportedError = Pick<VendorError, "title" | "detail" | "pointer">;

/** Statuses below 500 that an intermediary may send whatever the vendor did (RFC 9110 §15.5.9, RFC 8470 §5.2; 499 is nginx's). */
const ambiguousStatuses = new Set([408, 425, 499]);

/** Whether the vendor may have created the account although it answered with this status. */
export function isAmbiguous(status: number): boolean {
  return status >= 500 || ambiguousStatuses.has(status);
}

/**
 * The server does not serve this URL (RFC 9110 §15.5.5, §15.5.6, §15.5.20). Proxies send these statuses too, so the same
 * request may succeed later.
 */
const misdirectedStatuses = new Set([404, 405, 421]);

/** The fields that can identify an account. Several accounts can share a value of any other field. */
const identifyingFields: ReadonlySet<string> = new Set(["/code", "/registration_id", "/external_ref", "/name"]);

/** The engine reads no more errors than these: no caller needs more. */
const maxErrors = 100;
const maxErrorLength = 1000;

/** Redacts the secrets in a vendor's text. */
type Redact = (text: string) => string;

/** Reads the answer to a create. It never throws, whatever the status and the body are. */
export function interpret(plan: Plan, encoded: Sendable, reply: Reply, redact: Redact = (text) => text): Outcome {
  const { status } = reply;
  const body = readVendorJson(reply.body);
  const reported = readVendorErrors(plan, body, redact);
  const vendorErrors = reported.map(({ title, detail, pointer }) => ({ title, detail, pointer }));
  if (status >= 200 && status < 300) return interpretSuccess(plan, encoded, status, body, vendorErrors);
  if (status < 400 || isAmbiguous(status)) {
    const detail = `${plan.adapter.title} answered ${status}`;
    return { kind: "unknown", reason: "ambiguous_answer", detail, status, vendorErrors };
  }
  const { retryAfterSeconds } = reply;
  const rejected = {
    kind: "rejected" as const,
    status,
    vendorErrors,
    retryAfterSeconds,
    duplicateOf: undefined,
    mayBeOurs: false,
  };
  if (status === 401 || status === 403) return { ...rejected, reason: "unauthorized", errors: [] };
  if (status === 429) return { ...rejected, reason: "rate_limited", errors: [] };
  const located = locateErrors(plan, encoded, reported).map((each) => ({
    ...each,
    row: each.row ?? (isDuplicate(each) ? onlyUniqueRow(plan, encoded) : undefined),
  }));
  const errors = located.map((each) => toProblemError(encoded, each));
  if (misdirectedStatuses.has(status) || errors.length === 0) return { ...rejected, reason: "not_processed", errors };
  const duplicate = located.find(isDuplicate);
  const mayBeOurs = status === 409 || reported.some((error) => error.isDuplicate !== false);
  if (duplicate === undefined) return { ...rejected, reason: "invalid", errors, mayBeOurs };
  return { ...rejected, reason: "duplicate", duplicateOf: fieldOf(duplicate.row) ?? "name", errors, mayBeOurs };
}

function readVendorErrors({ adapter }: Plan, body: Json | undefined, redact: Redact): VendorError[] {
  // Redact before the cut: a secret that is cut in two is hard to find.
  const clip = (text: string | undefined) => (text === undefined ? undefined : redact(text).slice(0, maxErrorLength));
  // An error can also be inside the envelope, beside the id.
  const envelope = toPath(adapter.reply.id).slice(0, -1);
  const inner = envelope.length > 0 && isObject(body) ? valueAt(body, envelope) : undefined;
  const errors = [body, inner].values().flatMap((each) => (each === undefined ? [] : adapter.readErrors(each)));
  return errors
    .take(maxErrors)
    .map((error) => ({
      ...error,
      title: clip(error.title),
      detail: clip(error.detail),
      pointer: clip(error.pointer),
    }))
    .toArray();
}

/** Whether the adapter says that the error means a duplicate, and the error is about the account or an identifying field. */
function isDuplicate({ error, row }: LocatedError): boolean {
  if (error.isDuplicate !== true) return false;
  return row === undefined ? error.needsField !== true : identifyingFields.has(row.field);
}

/** The only unique field that was sent: a duplicate without a known field must be a duplicate of it. */
function onlyUniqueRow(plan: Plan, { fields }: Sendable): Row | undefined {
  const isSent = ({ to }: Row) =>
    fields.some((entry) => entry.to === to && typeof entry.value === "string" && !isBlank(entry.value));
  const [only, ...others] = plan.rows.filter((row) => row.unique && isSent(row));
  return others.length === 0 ? only : undefined;
}

function fieldOf(row: Row | undefined): TextField | undefined {
  return textFields.safeParse(row?.field.slice(1)).data;
}

function interpretSuccess(
  plan: Plan,
  encoded: Sendable,
  status: number,
  body: Json | undefined,
  vendorErrors: VendorError[],
): Outcome {
  const violation = (detail: string): Outcome => ({
    kind: "unknown",
    reason: "unreadable_success",
    detail: `${plan.adapter.title} answered ${status}, but ${detail}`,
    status,
    vendorErrors,
  });
  if (!isObject(body)) return violation("its body is not a JSON object");
  // No other status says that the account exists (RFC 9110 §15.3).
  if (status !== 200 && status !== 201) return violation("only 200 and 201 mean that the account was created");
  if (vendorErrors.length > 0) return violation("its body reports an error");
  const wrong = plan.constants.find(({ path, value }) => (valueAt(body, path) ?? value) !== value);
  if (wrong !== undefined) return violation(`\`${wrong.to}\` is not \`${String(wrong.value)}\``);
  const id = readId(plan, body);
  if (id === undefined) return violation("its body has no id");
  const missing = plan.adapter.reply.repeats.find((field) => !isRepeated(plan, encoded, body, field));
  if (missing !== undefined) return violation(`its body does not repeat the \`${missing}\` that was sent`);
  return { kind: "created", status, body, ...decode(plan, id, body, encoded) };
}

/** Whether the reply has a text that was sent, unchanged or as a vendor may store it. */
function isRepeated(plan: Plan, { fields }: Sendable, body: JsonObject, field: TextField): boolean {
  const sent = sentText(plan, fields, field);
  return sent === undefined || isShown(textComparer(sent)(shownValue(plan, body, field)));
}
