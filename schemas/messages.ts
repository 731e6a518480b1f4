import * as z from "zod/mini";

/**
 * An option of `parse` and `safeParse` for errors that a person reads, because `zod/mini` has no messages of its own. `z.config`
 * would also change the messages of an app that uses zod in the same process.
 */
export const messages = { error: message };

/** The message of an issue whose schema has no message. The texts are the same as zod's English messages. */
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
