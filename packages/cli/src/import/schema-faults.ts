/** What a row has against the connection's JSON Schema, in words for whoever has the file open. */
import { toPath } from "../../../../schemas/json-pointer.ts";
import type { ErrorObject } from "ajv/dist/2020.js";
import { visible, withoutControls } from "../../../../schemas/text.ts";

export interface SchemaFault {
  /** The members that lead to the value; empty where it is the row as a whole. */
  path: readonly string[];
  detail: string;
  /** Whether it has no place in any account. */
  isUnknown: boolean;
}

/**
 * One for each value: what the schema says of it first. With `isLenient` a value is none that the gateway drops because
 * the connection cannot carry it.
 */
export function schemaFaults(errors: readonly ErrorObject[], isLenient: boolean): SchemaFault[] {
  const counted = errors.filter((error) => !(isLenient && isNotCarried(error)));
  const byPath = new Map<string, SchemaFault>();
  for (const error of counted) {
    const path = pathIn(error);
    const detail = detailOf(error);
    const name = JSON.stringify(path);
    if (detail !== undefined && !byPath.has(name))
      byPath.set(name, { path, detail, isUnknown: error.keyword === "additionalProperties" });
  }
  return [...byPath.values()];
}

/** The members that lead to what the error is about. */
export function pathIn({ instancePath, params }: ErrorObject): string[] {
  const path = toPath(instancePath);
  const member: unknown = params["additionalProperty"] ?? params["missingProperty"] ?? params["propertyName"];
  return member === undefined ? path : [...path, String(member)];
}

/** The schema takes `null` wherever it takes a value: that a value is not `null` tells nothing there. */
const isOrNull = ({ keyword, schemaPath }: ErrorObject): boolean =>
  keyword === "type" && schemaPath.endsWith("/anyOf/1/type");

const isNotCarried = (error: ErrorObject): boolean =>
  error.keyword === "const" || (error.keyword === "type" && error.params["type"] === "null" && !isOrNull(error));

const formats = new Map([
  ["email", "an e-mail address"],
  ["uuid", "a UUID"],
  ["date-time", "a date and time such as 2026-11-24T09:30:00Z"],
]);

const patterns = new Map([
  [visible.source, "not be blank"],
  [withoutControls.source, "not contain control characters, such as a line break"],
]);

const types = new Map([
  ["string", "text"],
  ["boolean", "true or false"],
  ["integer", "a whole number"],
]);

const leaveOut = 'leave the column out with --map "<column>="';

/** `undefined` for what only repeats what another error says. */
function detailOf(error: ErrorObject): string | undefined {
  const { keyword, params, message, parentSchema, propertyName } = error;
  if (isOrNull(error) || propertyName !== undefined) return undefined;
  if (isNotCarried(error) && keyword === "type")
    return `${String(parentSchema?.["description"] ?? "This connection does not send this field to the vendor")}: ${leaveOut}, or have it dropped with --handling lenient`;
  switch (keyword) {
    case "anyOf":
    case "not":
      return undefined;
    case "required":
      return "Is missing, and nothing fills it: give it a value";
    case "additionalProperties":
      return `Is no field of an account: name the one it is with --map "<column>=<field>", or ${leaveOut}`;
    case "propertyNames":
      return "Is no name for a custom field: it must be a letter, then up to 63 letters, digits, `_`, `.` or `-`";
    case "type":
      return `Must be ${types.get(String(params["type"])) ?? `of type ${String(params["type"])}`}`;
    case "enum":
      return `Must be one of ${[params["allowedValues"]].flat().join(", ")}`;
    case "const":
      return `Must be ${JSON.stringify(params["allowedValue"])} or empty: the vendor knows nothing else`;
    case "maxLength":
      return `Is too long: at most ${String(params["limit"])} characters`;
    case "pattern":
    case "format":
      return `Must ${formOf(parentSchema?.["format"], params["pattern"], message)}`;
    default:
      return message === undefined ? undefined : `It ${message}`;
  }
}

function formOf(format: unknown, pattern: unknown, message = "have another form"): string {
  const named = formats.get(String(format));
  if (named !== undefined) return `be ${named}`;
  return patterns.get(String(pattern)) ?? message.replace(/^must /, "");
}
