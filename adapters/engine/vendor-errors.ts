/** A vendor's complaints, translated into pointers at the caller's own body. */
import type { ProblemError } from "../../schemas/problem.ts";
import type { VendorError } from "./adapter.ts";
import type { Sendable } from "./encode.ts";
import { isObject, type JsonObject, toPath, toShortPointer } from "../../schemas/json-pointer.ts";
import type { Plan } from "./plan.ts";
import type { Row } from "./row.ts";
import type { Json } from "../../schemas/json.ts";

/** A vendor's error, and the row it is about where one can be told. */
export interface LocatedError {
  error: VendorError;
  row: Row | undefined;
}

/** Finds for each error the leaf it is about: by its pointer, else by the name in its prose. */
export function locateErrors(plan: Plan, encoded: Sendable, errors: readonly VendorError[]): LocatedError[] {
  const names = plan.rows.flatMap(namesOf);
  return errors.map((error) => {
    const text = error.detail ?? error.title ?? "";
    const row = error.pointer === undefined ? undefined : rowAt(plan, error.pointer);
    return { error, row: row ?? rowNamedIn(names, encoded, text) };
  });
}

/** As an error of a problem; the pointer is `""`, the whole body, where the complaint is about no field in particular. */
export function toProblemError(encoded: Sendable, { error: { title, detail }, row }: LocatedError): ProblemError {
  return {
    pointer: row === undefined ? "" : sourceOf(encoded, row),
    detail: detail || title || "The vendor gives no detail",
  };
}

/** A complaint about a leaf that the gateway filled points at what it was filled from. */
function sourceOf(encoded: Sendable, row: Row): string {
  return encoded.sources[row.to] ?? row.field;
}

/** The row at a pointer into the vendor's body, or at the only one that ends as it does: `/attributes/code`, `data.attributes.code`. */
function rowAt(plan: Plan, pointer: string): Row | undefined {
  const given = `/${pointer.replaceAll(".", "/").replace(/^\/+/, "")}`;
  const exact = plan.byTarget.get(given);
  const [only, ...others] = exact === undefined ? plan.rows.filter(({ to }) => to.endsWith(given)) : [exact];
  return others.length === 0 ? only : undefined;
}

interface Name {
  row: Row;
  /** `registration_id` or `RegistrationID`: no ordinary word, and so a name wherever it stands; of a name of one word, nothing. */
  identifier: RegExp | undefined;
  /** Ordinary words are a name only where something is said of them: `legal name is too long`, `missing code`, `name: …`. */
  phrase: RegExp;
  quoted: RegExp;
}

const introductions = "^|[.;:,]\\s+|\\b(?:the|this|its|field|attribute|parameter|property|member|account)\\s+";
const said = "is|was|are|must|has|have|cannot|can|can't|should|does|may|needs|already|not|too";
const faulty = "bad|invalid|missing|duplicate|required|blank|empty|malformed";

/** The names by which a vendor's prose may call a row: its own, without `_id`, and the canonical one of what a mapping put there. */
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
        `(?:${introductions})${spaced}(?::|\\s+(?:account\\s+)?(?:${said})\\b)|\\b(?:${faulty})\\s+(?:field\\s+|account\\s+)?${spaced}\\s*(?:$|[.,;:])`,
        "i",
      ),
      quoted: new RegExp(`['"\`](?:[\\w.]+\\.)?${spaced}['"\`]`, "i"),
    };
  });
}

/** The one row that prose is about; a quoted name counts before an identifier, and both before ordinary words. */
function rowNamedIn(names: readonly Name[], encoded: Sendable, text: string): Row | undefined {
  // Ordinary words are of a leaf that was sent, or that should have been.
  const likely = names.filter(({ row }) => row.to in encoded.sources || row.required);
  return (
    oneOf(names.filter(({ quoted }) => quoted.test(text))) ??
    oneOf(names.filter(({ identifier }) => identifier?.test(text))) ??
    oneOf(likely.filter(({ phrase }) => phrase.test(text)))
  );
}

function oneOf(names: readonly Name[]): Row | undefined {
  const [only, ...others] = new Set(names.map(({ row }) => row));
  return others.length === 0 ? only : undefined;
}

/**
 * Reads what a body reports as wrong, in any of the shapes that are common where none is documented: `errors` or `error`
 * as text, as JSON:API's objects (https://jsonapi.org/format/#errors), as `{field: [text]}` or as a list of these; an
 * error code; a bare `message` where there is nothing else. Total; yields nothing where the body reports no error.
 */
export function* readErrors(body: Json): Generator<VendorError> {
  if (!isObject(body)) return;
  const { errors = null, error = null, errorCode = null, error_code = null, message = null } = body;
  const isRefused = ["success", "ok", "created"].some((flag) => body[flag] === false || body[flag] === "false");
  const hasContent = "data" in body || "id" in body;
  const bare = isRefused ? listed(message) : errorsIn(hasContent ? null : message);
  yield* withDefault([errors, error, errorCode, error_code].values().flatMap(errorsIn), bare);
}

function* errorsIn(value: Json): Generator<VendorError> {
  // An error code of 0, and a text without a word, are how some say that there is no error.
  if (value === null || value === false || value === 0 || value === "") return;
  if (Array.isArray(value)) for (const item of value) yield* listed(item);
  else if (!isObject(value)) yield { detail: String(value) };
  else if (Object.values(value).some(Array.isArray)) yield* errorsByField(value);
  else if (Object.keys(value).length > 0) yield toVendorError(value);
}

function* errorsByField(texts: JsonObject): Generator<VendorError> {
  for (const [field, text] of Object.entries(texts)) {
    const pointer = toShortPointer([field]);
    for (const each of errorsIn(text)) yield { ...each, pointer: each.pointer ?? pointer };
  }
}

/** What stands in a list of errors is one, even if it says nothing. */
function listed(value: Json): Iterable<VendorError> {
  return withDefault(errorsIn(value), [{}]);
}

/** The errors, or the default ones where there are none. */
function* withDefault(errors: Iterable<VendorError>, otherwise: Iterable<VendorError>): Generator<VendorError> {
  let isEmpty = true;
  for (const each of errors) {
    isEmpty = false;
    yield each;
  }
  if (isEmpty) yield* otherwise;
}

function toVendorError({ title, detail, message, source }: JsonObject): VendorError {
  const text = (part: Json | undefined) => (typeof part === "string" ? part : undefined);
  return {
    title: text(title),
    detail: text(detail) ?? text(message),
    pointer: isObject(source) ? text(source["pointer"]) : undefined,
  };
}
