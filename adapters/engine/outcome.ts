/** The outcome of a create, which the engine reads from the vendor's answer. */
import { type TextField, textFields } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import type { ProblemError } from "../../schemas/documents/problem.ts";
import { fromWire, type VendorError, type VendorReply } from "./adapter.ts";
import { isShown, textComparer } from "./compare-text.ts";
import { decode, type Decoded, readId } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import { sentText, sentUniqueRows, shownValue } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import { nameOf, type Row } from "./row.ts";
import { isObject, isSameJson, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { type LocatedError, locateErrors, onlyOne, toProblemError } from "./vendor-errors.ts";
import { readVendorJson } from "./vendor-json.ts";

/** A complete answer of the vendor. */
export interface Reply {
  status: number;
  headers?: Iterable<readonly [name: string, value: string]>;
  body: string;
  retryAfterSeconds: number | undefined;
}

export function toVendorReply({ status, headers = [], body }: Reply, json = readVendorJson(body)): VendorReply {
  return { status, headers: Object.fromEntries(headers), body: json };
}

/** The answer in the form that the adapter's table describes. `sent`: the body as the vendor sent it. */
export function inTableForm({ adapter }: Plan, reply: Reply) {
  const { normalise } = adapter.reply;
  const sent = readVendorJson(reply.body);
  const { status, body } =
    normalise === undefined ? { status: reply.status, body: sent } : normalise(toVendorReply(reply, sent));
  return { status, body: fromWire(adapter, body), sent };
}

export type Outcome =
  | ({ kind: "created"; status: number; body: Json } & Decoded)
  | {
      kind: "rejected";
      /** `not_processed`: a proxy in front of the vendor answered, or the vendor does not serve this URL. */
      reason: "duplicate" | "invalid" | "not_processed" | "rate_limited" | "unauthorized";
      /** The field whose value another account already has; `undefined` unless the reason is `duplicate`. */
      duplicateOf: TextField | undefined;
      /**
       * Whether this request may have created the account although the vendor refused it. A proxy may send a request twice:
       * the vendor then accepts the first copy and refuses the second.
       */
      mayBeOurs: boolean;
      status: number;
      errors: ProblemError[];
      vendorErrors: ReportedError[];
      retryAfterSeconds: number | undefined;
    }
  /** The gateway did not send the account, so the vendor did not create it. */
  | {
      kind: "not_sent";
      reason: "unavailable" | "rate_limited" | "unauthorized";
      detail: string;
      status: number | undefined;
      retryAfterSeconds: number | undefined;
    }
  /** The gateway sent the account, but no answer shows whether the vendor created it. The account may exist. */
  | {
      kind: "unknown";
      reason: "no_answer" | "ambiguous_answer" | "unreadable_success";
      detail: string;
      status: number | undefined;
      vendorErrors: ReportedError[];
    };

export type NotSent = Extract<Outcome, { kind: "not_sent" }>;

/** The outcome if the vendor fails before the gateway sends the account. `what` follows the vendor's name in the message. */
export function unavailable({ adapter }: Plan, what: string): NotSent {
  const detail = `${adapter.title} ${what}`;
  return { kind: "not_sent", reason: "unavailable", detail, status: undefined, retryAfterSeconds: undefined };
}

/** A vendor's error as a problem shows it to the caller. */
export type ReportedError = { [Part in "title" | "detail" | "pointer"]: string | undefined };

/** Statuses below 500 that a proxy may send after the vendor got the request (RFC 9110 §15.5.9, RFC 8470 §5.2; nginx's 499). */
const ambiguousStatuses = new Set([408, 425, 499]);

/** Whether the vendor may have created the account although it answered with this status. */
export function isAmbiguous(status: number): boolean {
  return status >= 500 || ambiguousStatuses.has(status);
}

/**
 * Statuses that mean that the server does not serve this URL (RFC 9110 §15.5.5, §15.5.6, §15.5.20). Proxies also send them, so
 * the same request may succeed later.
 */
const misdirectedStatuses = new Set([404, 405, 421]);

/** An error about one of these fields can mean a duplicate account. Several accounts can share the value of any other field. */
const duplicateFields: ReadonlySet<string> = new Set(["/code", "/registration_id", "/external_ref", "/name"]);

/** The engine reads only the first errors; no caller needs more. */
const maxErrors = 100;
const maxErrorLength = 1000;

/** Removes the secrets from a vendor's text. */
type Redact = (text: string) => string;

/** Reads the answer to a create. Accepts any status and body, and never throws. */
export function interpret(plan: Plan, sendable: Sendable, reply: Reply, redact: Redact = (text) => text): Outcome {
  const { status, body, sent } = inTableForm(plan, reply);
  const reported = readVendorErrors(plan, body, redact);
  const vendorErrors = reported.map(({ title, detail, pointer }) => ({ title, detail, pointer }));
  if (status >= 200 && status < 300) {
    const shown = { status: reply.status, body: sent ?? null };
    return interpretSuccess(plan, sendable, { status, body }, shown, vendorErrors);
  }
  const isInProgress =
    sendable.headers !== undefined && plan.adapter.idempotencyKey?.inProgressStatuses.includes(status);
  if (status < 400 || isAmbiguous(status) || isInProgress) {
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
  const located = locateErrors(plan, sendable, reported).map((each) => ({
    ...each,
    row: each.row ?? (isDuplicate(each) ? onlyUniqueRow(plan, sendable) : undefined),
  }));
  const errors = located.map((each) => toProblemError(sendable, each));
  if (misdirectedStatuses.has(status) || errors.length === 0) return { ...rejected, reason: "not_processed", errors };
  const duplicate = located.find(isDuplicate);
  const mayBeOurs = status === 409 || reported.some((error) => error.isDuplicate !== false);
  if (duplicate === undefined) return { ...rejected, reason: "invalid", errors, mayBeOurs };
  return { ...rejected, reason: "duplicate", duplicateOf: fieldOf(duplicate.row) ?? "name", errors, mayBeOurs };
}

function readVendorErrors({ adapter }: Plan, body: Json | undefined, redact: Redact): (VendorError & ReportedError)[] {
  // Redact the text before cutting it, because the redaction cannot find half a secret.
  const clip = (text: string | null | undefined) =>
    typeof text === "string" ? redact(text).slice(0, maxErrorLength) : undefined;
  // Some vendors report an error inside the envelope, beside the id.
  const envelope = toPath(adapter.reply.id).slice(0, -1);
  const inner = envelope.length > 0 ? valueAt(body, envelope) : undefined;
  const errors: (VendorError & ReportedError)[] = [];
  for (const each of [body, inner])
    for (const error of each === undefined ? [] : adapter.readErrors(each)) {
      errors.push({
        ...error,
        title: clip(error.title),
        detail: clip(error.detail),
        pointer: clip(error.pointer),
        prose: clip(error.prose),
      });
      if (errors.length === maxErrors) return errors;
    }
  return errors;
}

/** Whether the error means a duplicate of the account, or of a value in one of {@link duplicateFields}. */
function isDuplicate({ error, row }: LocatedError): boolean {
  if (error.isDuplicate !== true) return false;
  return row === undefined ? error.needsField !== true : duplicateFields.has(row.field);
}

/** The unique field, if the gateway sent exactly one. A duplicate error that names no field must then be about this field. */
function onlyUniqueRow(plan: Plan, { fields }: Sendable): Row | undefined {
  return onlyOne(sentUniqueRows(plan, fields));
}

function fieldOf(row: Row | undefined): TextField | undefined {
  return textFields.safeParse(row && nameOf(row)).data;
}

/** `shown`: the answer as the vendor sent it, for the caller. */
function interpretSuccess(
  plan: Plan,
  sendable: Sendable,
  { status, body }: { status: number; body: Json | undefined },
  shown: { status: number; body: Json },
  vendorErrors: ReportedError[],
): Outcome {
  const violation = (detail: string): Outcome => ({
    kind: "unknown",
    reason: "unreadable_success",
    detail: `${plan.adapter.title} answered ${status}, but ${detail}`,
    status,
    vendorErrors,
  });
  if (!isObject(body)) return violation("its body is not a JSON object");
  // Any other success status does not say that the account exists (RFC 9110 §15.3).
  if (status !== 200 && status !== 201) return violation("only 200 and 201 mean that the account was created");
  if (vendorErrors.length > 0) return violation("its body reports an error");
  const wrong = plan.constants.find(({ path, value }) => !isSameJson(valueAt(body, path) ?? value, value));
  if (wrong !== undefined) return violation(`\`${wrong.to}\` is not \`${constantText(wrong.value)}\``);
  const id = readId(plan, body);
  if (id === undefined) return violation("its body has no id");
  const missing = plan.adapter.reply.repeats.find((field) => !isRepeated(plan, sendable, body, field));
  if (missing !== undefined) return violation(`its body does not repeat the \`${missing}\` that was sent`);
  return { kind: "created", ...shown, ...decode(plan, id, body, sendable) };
}

const constantText = (value: Json): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** Whether the reply repeats the text that was sent in the field. {@link isShown} defines the accepted changes. */
function isRepeated(plan: Plan, { fields }: Sendable, body: JsonObject, field: TextField): boolean {
  const sent = sentText(plan, fields, field);
  return sent === undefined || isShown(textComparer(sent)(shownValue(plan, body, field)));
}
