/** What became of one send, and how it is told from the vendor's answer. */
import { type TextField, textFields } from "../../schemas/account.ts";
import type { Json } from "../../schemas/json.ts";
import type { ProblemError } from "../../schemas/problem.ts";
import type { VendorError } from "./adapter.ts";
import { isShown, textComparer } from "./compare-text.ts";
import { type Decoded, decode, readId } from "./decode.ts";
import type { Sendable } from "./encode.ts";
import { sentText, shownText } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import type { Row } from "./row.ts";
import { isObject, type JsonObject, toPath, valueAt } from "../../schemas/json-pointer.ts";
import { isBlank } from "../../schemas/text.ts";
import { type LocatedError, locateErrors, toProblemError } from "./vendor-errors.ts";
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
      /** `not_processed`: the answer is not the vendor's own, or it says that the request came to the wrong place. */
      reason: "duplicate" | "invalid" | "not_processed" | "rate_limited" | "unauthorized";
      /** Of a duplicate: the field whose value the vendor holds already. */
      duplicateOf: TextField | undefined;
      /** Whether it may be the refusal of a request that was repeated on its way, after the first created the account. */
      mayBeOurs: boolean;
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
      vendorErrors: VendorError[];
    };

/** The vendor failed before the account was sent, so no account was created. */
export type NotSent = Extract<Outcome, { kind: "not_sent" }>;

/** `what` the vendor did instead of what was asked of it. */
export function unavailable({ adapter }: Plan, what: string): NotSent {
  const detail = `${adapter.title} ${what}`;
  return { kind: "not_sent", reason: "unavailable", detail, status: undefined, retryAfterSeconds: undefined };
}

/** Statuses below 500 that an intermediary may send whatever the vendor did (RFC 9110 §15.5.9, RFC 8470 §5.2; 499 is nginx's). */
const ambiguousStatuses = new Set([408, 425, 499]);

/** Whether a status leaves open what became of the request: these, and a server's own failures. */
export function isAmbiguous(status: number): boolean {
  return status >= 500 || ambiguousStatuses.has(status);
}

/**
 * Statuses of a request that came to the wrong place (RFC 9110 §15.5.5, §15.5.6, §15.5.20): a proxy sends them too, and
 * the same request may succeed later.
 */
const misdirectedStatuses = new Set([404, 405, 421]);

/** No vendor says by its status alone that an account is a duplicate: the words decide. */
const duplicateWords =
  "(?:already (?:exists|been taken|taken|in use|used|registered)|been taken|duplicate|not unique|must be unique|unique(?:ness)? (?:constraint|violation))";
const isOfDuplicate = new RegExp(`\\b${duplicateWords}`, "i");

/** Said of the account, or of nothing in particular: not of a header, or of the caller's address. */
const isOfDuplicateAccount = new RegExp(
  `^(?:(?:an?|the|this|such an?) )?(?:(?:account|customer|record|resource|entity|entry)\\b.*?)?(?:^| )?(?:has |is )?${duplicateWords}`,
  "i",
);

/** The fields by which vendors tell one account from another: of any other a value may stand twice. */
const identifyingFields: ReadonlySet<string> = new Set(["/code", "/registration_id", "/external_ref", "/name"]);

/** More than an account has leaves, and more than anybody reads: what a vendor says beyond it is of no use to a caller. */
const maxErrors = 100;
const maxErrorLength = 1000;

/** Takes the secrets out of a vendor's text. */
type Redact = (text: string) => string;

/** Reads an answer to a create; total: no status and no body makes it throw. */
export function interpret(plan: Plan, encoded: Sendable, reply: Reply, redact: Redact = (text) => text): Outcome {
  const { status } = reply;
  const body = readVendorJson(reply.body);
  const vendorErrors = readErrors(plan, body, redact);
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
  const complaints = locateErrors(plan, encoded, vendorErrors).map((complaint) => ({
    ...complaint,
    row: complaint.row ?? (isDuplicate(complaint) ? onlyUniqueRow(plan, encoded) : undefined),
  }));
  const errors = complaints.map((complaint) => toProblemError(encoded, complaint));
  if (misdirectedStatuses.has(status) || errors.length === 0) return { ...rejected, reason: "not_processed", errors };
  const duplicate = complaints.find(isDuplicate);
  const mayBeOurs = duplicate !== undefined || status === 409 || vendorErrors.some(hintsAtDuplicate);
  if (duplicate === undefined) return { ...rejected, reason: "invalid", errors, mayBeOurs };
  return { ...rejected, reason: "duplicate", duplicateOf: fieldOf(duplicate.row) ?? "name", errors, mayBeOurs };
}

function readErrors({ adapter }: Plan, body: Json | undefined, redact: Redact): VendorError[] {
  // Redacted first: a secret that is cut is hard to find.
  const clip = (text: string | undefined) => (text === undefined ? undefined : redact(text).slice(0, maxErrorLength));
  // An error may also stand beside the id, within the envelope.
  const around = toPath(adapter.reply.id).slice(0, -1);
  const within = around.length > 0 && isObject(body) ? valueAt(body, around) : undefined;
  const errors = [body, within].values().flatMap((each) => (each === undefined ? [] : adapter.readErrors(each)));
  return errors
    .take(maxErrors)
    .map(({ title, detail, pointer }) => ({ title: clip(title), detail: clip(detail), pointer: clip(pointer) }))
    .toArray();
}

function isDuplicate({ error, row }: LocatedError): boolean {
  const texts = [error.title, error.detail].filter((text) => text !== undefined);
  if (row === undefined) return texts.some((text) => isOfDuplicateAccount.test(text));
  return identifyingFields.has(row.field) && texts.some((text) => isOfDuplicate.test(text));
}

/** Words that are no proof of a duplicate, but a reason to look. */
function hintsAtDuplicate({ title, detail }: VendorError): boolean {
  return /\bexists|_exists|taken|duplicat|unique|already|in use|conflict/i.test(`${title} ${detail}`);
}

/** The one unique field that was sent: a duplicate of which nothing else is said must be a duplicate of it. */
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
  if (!isObject(body)) return violation("its body is no JSON object");
  // Anything else than these two promises less than an account (RFC 9110 §15.3).
  if (status !== 200 && status !== 201) return violation("that is no status for a created account");
  if (vendorErrors.length > 0) return violation("its body reports an error");
  const wrong = plan.constants.find(({ path, value }) => (valueAt(body, path) ?? value) !== value);
  if (wrong !== undefined) return violation(`\`${wrong.to}\` is not \`${String(wrong.value)}\``);
  const id = readId(plan, body);
  if (id === undefined) return violation("its body has no id");
  const unechoed = plan.adapter.reply.echoes.find((field) => !isEchoed(plan, encoded, body, field));
  if (unechoed !== undefined) return violation(`it does not repeat the \`${unechoed}\` that it was sent`);
  return { kind: "created", status, body, ...decode(plan, id, body, encoded) };
}

/** Whether a reply shows a text that was sent, as it was sent or as a vendor may store it. */
function isEchoed(plan: Plan, { fields }: Sendable, body: JsonObject, field: TextField): boolean {
  const sent = sentText(plan, fields, field);
  return sent === undefined || isShown(textComparer(sent)(shownText(plan, body, field)));
}
