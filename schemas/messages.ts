import * as z from "zod/mini";

/**
 * To be passed to what parses, where somebody reads the messages: `zod/mini` comes without. Not `z.config`, which all the
 * zod of a process shares, an app's own among it.
 */
export const messages = { error: message };

/** What is said of a value where its schema has no words of its own: of zod's English only what these schemas need. */
function message(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type")
    return `Invalid input: expected ${issue.expected}, received ${typeName(issue.input)}`;
  if (issue.code === "invalid_value") return `Invalid option: expected one of ${z.util.joinValues(issue.values, "|")}`;
  if (issue.code === "too_small")
    return `Too small: expected ${issue.origin} of >=${issue.minimum}${unitOf(issue.origin)}`;
  if (issue.code === "too_big") return `Too big: expected ${issue.origin} of <=${issue.maximum}${unitOf(issue.origin)}`;
  return undefined;
}

const typeName = (value: unknown): string =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : z.util.parsedType(value);

const unitOf = (origin: string): string => (origin === "string" ? " characters" : origin === "array" ? " items" : "");
