/** Turns errors of the connection's JSON Schema into messages for the person who edits the file. */
import type { ErrorObject } from "ajv/dist/2020.js";
import { countryCode, currencyCode, webUrl } from "../../../../schemas/account.ts";
import { toPath } from "../../../../schemas/json-pointer.ts";
import { visible, withoutControls } from "../../../../schemas/text.ts";

export interface SchemaFault {
  /** The path of the value. Empty for the row as a whole. */
  path: readonly string[];
  detail: string;
  /** Accounts have no such field. */
  isUnknown: boolean;
}

/**
 * At most one fault for each value: the first that the schema reports. With `isLenient`, fields that the connection cannot
 * send are not faults, because the gateway drops them.
 */
export function schemaFaults(errors: readonly ErrorObject[], isLenient: boolean): SchemaFault[] {
  const relevant = errors.filter((error) => !(isLenient && isUnsupported(error)));
  const byPath = new Map<string, SchemaFault>();
  for (const error of relevant) {
    const path = pathIn(error);
    const detail = detailOf(error);
    const name = JSON.stringify(path);
    if (detail !== undefined && !byPath.has(name))
      byPath.set(name, { path, detail, isUnknown: error.keyword === "additionalProperties" });
  }
  return [...byPath.values()];
}

/** The path of the value that the error is about. */
export function pathIn({ instancePath, params }: ErrorObject): string[] {
  const path = toPath(instancePath);
  const member: unknown = params["additionalProperty"] ?? params["missingProperty"] ?? params["propertyName"];
  return member === undefined ? path : [...path, String(member)];
}

/** Whether the error is "must be null". Every field may also be `null`, so this error does not help the user. */
const isOrNull = ({ keyword, schemaPath }: ErrorObject): boolean =>
  keyword === "type" && schemaPath.endsWith("/anyOf/1/type");

/** Whether the connection cannot send the field: its schema allows only `null` or one constant value. */
const isUnsupported = (error: ErrorObject): boolean =>
  error.keyword === "const" || (error.keyword === "type" && error.params["type"] === "null" && !isOrNull(error));

const formats = new Map([
  ["email", "an e-mail address"],
  ["uuid", "a UUID"],
  ["date-time", "a date and time such as 2026-11-24T09:30:00Z"],
]);

const patterns = new Map([
  [visible.source, "not be blank"],
  [withoutControls.source, "not contain control characters, such as a line break"],
  [webUrl.source, "be a URL that begins with http:// or https://"],
  [currencyCode.source, "be a currency code such as EUR"],
  [countryCode.source, "be a country code such as DE"],
]);

const types = new Map([
  ["string", "text"],
  ["boolean", "true or false"],
  ["integer", "a whole number"],
]);

const leaveOut = 'leave the column out with --map "<column>="';

/** Returns `undefined` for an error that only repeats another error. */
function detailOf(error: ErrorObject): string | undefined {
  const { keyword, params, message, parentSchema, propertyName } = error;
  if (isOrNull(error) || propertyName !== undefined) return undefined;
  if (isUnsupported(error) && keyword === "type")
    return `${String(parentSchema?.["description"] ?? "This connection does not send this field to the vendor")}: ${leaveOut}, or drop it with --handling lenient`;
  switch (keyword) {
    case "anyOf":
    case "not":
      return undefined;
    case "required":
      return "Is required: give it a value";
    case "additionalProperties":
      return `Is not a field of an account: name its field with --map "<column>=<field>", or ${leaveOut}`;
    case "propertyNames":
      return "Is not a valid name for a custom field: use a letter, then up to 63 letters, digits, `_`, `.` or `-`";
    case "type":
      return `Must be ${types.get(String(params["type"])) ?? `of type ${String(params["type"])}`}`;
    case "enum":
      return `Must be one of ${[params["allowedValues"]].flat().join(", ")}`;
    case "const":
      return `Must be ${JSON.stringify(params["allowedValue"])} or empty: the vendor has no other value`;
    case "maxLength":
      return `Must have at most ${String(params["limit"])} characters`;
    case "pattern":
    case "format":
      return `Must ${formOf(parentSchema?.["format"], params["pattern"], message)}`;
    default:
      return message === undefined ? undefined : `It ${message}`;
  }
}

function formOf(format: unknown, pattern: unknown, message = "have another format"): string {
  const named = formats.get(String(format));
  if (named !== undefined) return `be ${named}`;
  return patterns.get(String(pattern)) ?? message.replace(/^must /, "");
}
