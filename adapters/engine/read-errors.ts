import type { Json } from "../../schemas/json.ts";
import type { VendorError } from "./adapter.ts";
import { isObject, type JsonObject, toPointer } from "./pointer.ts";

/**
 * Reads what a body reports as wrong, in any of the shapes that are common where none is documented: `errors` or `error`
 * as text, as JSON:API's objects (https://jsonapi.org/format/#errors), as `{field: [text]}` or as a list of these; a bare
 * `message` where there is nothing else. Total; an empty list where the body reports no error.
 */
export function readErrors(body: Json): VendorError[] {
  if (!isObject(body)) return [];
  const { errors = null, error = null, message = null } = body;
  const reported = [...complaintsIn(errors), ...complaintsIn(error)];
  const isRefused = ["success", "ok", "created"].some((flag) => body[flag] === false || body[flag] === "false");
  if (isRefused && reported.length === 0) return listed(message);
  const isOnlyMessage = reported.length === 0 && !("data" in body) && !("id" in body);
  return isOnlyMessage ? complaintsIn(message) : reported;
}

function complaintsIn(value: Json): VendorError[] {
  if (value === null || value === false) return [];
  if (Array.isArray(value)) return value.flatMap(listed);
  if (!isObject(value)) return [{ detail: String(value) }];
  const isByField = Object.values(value).some(Array.isArray);
  if (!isByField) return Object.keys(value).length === 0 ? [] : [complaint(value)];
  return Object.entries(value).flatMap(([field, texts]) =>
    complaintsIn(texts).map((each) => ({ ...each, pointer: each.pointer ?? toPointer([field]) })),
  );
}

/** What stands in a list of errors is one, even if it says nothing. */
function listed(value: Json): VendorError[] {
  const complaints = complaintsIn(value);
  return complaints.length === 0 ? [{}] : complaints;
}

function complaint({ title, detail, message, source }: JsonObject): VendorError {
  const text = (part: Json | undefined) => (typeof part === "string" ? part : undefined);
  return {
    title: text(title),
    detail: text(detail) ?? text(message),
    pointer: isObject(source) ? text(source["pointer"]) : undefined,
  };
}
