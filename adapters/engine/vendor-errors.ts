/** Reads the errors that a vendor reports, and finds the field that each error is about. */
import type { Json } from "../../schemas/json.ts";
import { isObject, type JsonObject, toPath, toShortPointer } from "../../schemas/json-pointer.ts";
import type { ProblemError } from "../../schemas/documents/problem.ts";
import type { VendorError } from "./adapter.ts";
import type { Sendable } from "./encode.ts";
import type { Plan } from "./plan.ts";
import type { Row } from "./row.ts";

/**
 * Reads the errors of a body in the usual shapes:
 *
 * - `errors` or `error`: a text, a JSON:API object (https://jsonapi.org/format/#errors), `{field: [text]}`, or a list
 *   of these.
 * - `errorCode` or `error_code`.
 * - `message`, if the body has none of these errors. If the body has `data` or an `id`, `message` counts only together
 *   with a flag such as `success: false`.
 *
 * A flag such as `success: false` is always an error, even without a `message`. The function accepts any JSON and never
 * throws. It yields nothing if the body reports no error. {@link readEnglish} reads the errors' texts.
 */
export function* readErrors(body: Json): Generator<VendorError> {
  if (!isObject(body)) return;
  const { errors = null, error = null, errorCode = null, error_code = null, message = null } = body;
  const isRefused = ["success", "ok", "created"].some((flag) => body[flag] === false || body[flag] === "false");
  const hasContent = "data" in body || "id" in body;
  const fallback = isRefused ? itemErrors(message) : errorsIn(hasContent ? null : message);
  let isEmpty = true;
  for (const value of [errors, error, errorCode, error_code])
    for (const each of errorsIn(value)) {
      isEmpty = false;
      yield readEnglish(each);
    }
  if (isEmpty) for (const each of fallback) yield readEnglish(each);
}

function errorsIn(value: Json): Iterable<VendorError> {
  // Some vendors send an error code of 0 or an empty text to report that there is no error.
  if (value === null || value === false || value === 0 || value === "") return [];
  if (Array.isArray(value)) return value.values().flatMap(itemErrors);
  if (!isObject(value)) return [{ detail: String(value) }];
  if (Object.values(value).some(Array.isArray)) return errorsByField(value);
  return Object.keys(value).length > 0 ? [toVendorError(value)] : [];
}

function* errorsByField(texts: JsonObject): Generator<VendorError> {
  for (const [field, text] of Object.entries(texts)) {
    const pointer = toShortPointer([field]);
    for (const each of errorsIn(text)) yield { ...each, pointer: each.pointer ?? pointer };
  }
}

/** Every item in a list of errors is an error, even an empty item. */
function* itemErrors(value: Json): Generator<VendorError> {
  let isEmpty = true;
  for (const each of errorsIn(value)) {
    isEmpty = false;
    yield each;
  }
  if (isEmpty) yield {};
}

function toVendorError({ title, detail, message, source }: JsonObject): VendorError {
  const text = (part: Json | undefined) => (typeof part === "string" ? part : undefined);
  return {
    title: text(title),
    detail: text(detail) ?? text(message),
    pointer: isObject(source) ? text(source["pointer"]) : undefined,
  };
}

/** Phrases that report a duplicate. */
const duplicate =
  "\\b(?:already (?:exists|been taken|taken|in use|used|registered)|been taken|duplicate|not unique|must be unique|unique(?:ness)? (?:constraint|violation))";
const saysDuplicate = new RegExp(duplicate, "i");
/** The phrase is about the account (`The account already exists`), or names no subject (`has already been taken`). */
const saysDuplicateAccount = new RegExp(
  `^(?:(?:an?|the|this|such an?) )?(?:(?:account|customer|record|resource|entity|entry)\\b.*?)?(?:^| )?(?:has |is )?${duplicate}`,
  "i",
);
/** An error without any of these words does not mean a duplicate. */
const mayMeanDuplicate = /\bexists|_exists|taken|duplicat|unique|already|in use|conflict/i;

/** Sets `isDuplicate` and `prose` from the error's English texts. An adapter's `readErrors` can use it. */
export function readEnglish(error: VendorError): VendorError {
  const { title, detail } = error;
  const texts = [title, detail].filter((text) => typeof text === "string");
  const has = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  const read = { ...error, prose: detail ?? title ?? undefined };
  if (has(saysDuplicateAccount)) return { ...read, isDuplicate: true };
  if (has(saysDuplicate)) return { ...read, isDuplicate: true, needsField: true };
  return has(mayMeanDuplicate) ? read : { ...read, isDuplicate: false };
}

/** Whether a vendor's body reports an error. An adapter's lookups can use it. */
export const hasErrors = (errors: Iterator<VendorError>): boolean => !errors.next().done;

/** A vendor's error, and the row that the error is about; `undefined` if the engine cannot find the row. */
export interface LocatedError {
  error: VendorError;
  row: Row | undefined;
}

/** Finds the row that each error is about: by the error's pointer, otherwise by a field's name in the error's prose. */
export function locateErrors(plan: Plan, sendable: Sendable, errors: readonly VendorError[]): LocatedError[] {
  const names = plan.rows.flatMap(namesOf);
  return errors.map((error) => {
    const row = error.pointer === undefined ? undefined : rowAt(plan, error.pointer);
    return { error, row: row ?? rowNamedIn(names, sendable, error.prose ?? "") };
  });
}

/** Makes an entry of a problem's `errors`. If the field is unknown, the pointer is `""`: the whole body. */
export function toProblemError({ sources }: Sendable, { error: { title, detail }, row }: LocatedError): ProblemError {
  return {
    // If a fallback filled the row, point at the field that the value comes from.
    pointer: row === undefined ? "" : (sources[row.to] ?? row.field),
    detail: detail || title || "The vendor gives no detail",
  };
}

/** The row at a pointer (`data.attributes.code`) into the vendor's body, or the only row whose pointer ends with it (`/code`). */
function rowAt(plan: Plan, pointer: string): Row | undefined {
  const onTheWire = `/${pointer.replaceAll(".", "/").replace(/^\/+/, "")}`;
  const { shapes = [] } = plan.adapter;
  const normalised = shapes.reduceRight((shown, { toTable }) => toTable?.(shown) ?? shown, onTheWire);
  const exact = plan.byTarget.get(normalised);
  return exact ?? onlyOne(plan.rows.filter(({ to }) => to.endsWith(normalised)));
}

interface Name {
  row: Row;
  /** Matches `registration_id` or `RegistrationID` anywhere in a text. A name of one word has no identifier. */
  identifier: RegExp | undefined;
  /** Matches the name's words in a phrase: `legal name is too long`, `missing code`, `name: …`. */
  phrase: RegExp;
  /** Matches the name in quotes. */
  quoted: RegExp;
}

const introductions = "^|[.;:,]\\s+|\\b(?:the|this|its|field|attribute|parameter|property|member|account)\\s+";
const verbs = "is|was|are|must|has|have|cannot|can|can't|should|does|may|needs|already|not|too";
const adjectives = "bad|invalid|missing|duplicate|required|blank|empty|malformed";

/** The names that a vendor's text may use for a row: the vendor's name, that name without `_id`, and the mapped field's name. */
function namesOf(row: Row): Name[] {
  const own = row.path.at(-1) ?? "";
  const canonical = toPath(row.field).at(-1) ?? "";
  const names = new Set([own, own.replace(/_id$/, ""), ...(row.disposition === "mapped" ? [canonical] : [])]);
  return [...names].map((name) => {
    const words = name.split("_").map((word) => word.replace(/[^\w]/g, "\\W"));
    const spaced = words.join("[ _-]?");
    return {
      row,
      identifier: words.length > 1 ? new RegExp(`\\b(?:${words.join("_")}|${words.join("")})\\b`, "i") : undefined,
      phrase: new RegExp(
        `(?:${introductions})${spaced}(?::|\\s+(?:account\\s+)?(?:${verbs})\\b)|\\b(?:${adjectives})\\s+(?:field\\s+|account\\s+)?${spaced}\\s*(?:$|[.,;:])`,
        "i",
      ),
      quoted: new RegExp(`['"\`](?:[\\w.]+\\.)?${spaced}['"\`]`, "i"),
    };
  });
}

/** The only row that a text names. Quoted names come first, then identifiers, then phrases. */
function rowNamedIn(names: readonly Name[], sendable: Sendable, text: string): Row | undefined {
  // A phrase counts only for a field that was sent or is required.
  const likely = names.filter(({ row }) => row.to in sendable.sources || row.required);
  return (
    onlyRow(names.filter(({ quoted }) => quoted.test(text))) ??
    onlyRow(names.filter(({ identifier }) => identifier?.test(text))) ??
    onlyRow(likely.filter(({ phrase }) => phrase.test(text)))
  );
}

function onlyRow(names: readonly Name[]): Row | undefined {
  return onlyOne(new Set(names.map(({ row }) => row)));
}

/** The item, if there is exactly one. */
export function onlyOne<Item>(items: Iterable<Item>): Item | undefined {
  const [only, ...others] = items;
  return others.length === 0 ? only : undefined;
}
