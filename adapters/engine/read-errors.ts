import type { Json } from "../../schemas/json.ts";
import type { VendorError } from "./adapter.ts";
import { isObject, type JsonObject, toShortPointer } from "../../schemas/json-pointer.ts";

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
