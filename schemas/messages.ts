import * as z from "zod/mini";

const units = new Map([
  ["string", "characters"],
  ["array", "items"],
]);

/** What is said of a value where its schema has no words of its own: of zod's English only what these schemas need. */
export function message(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type")
    return `Invalid input: expected ${issue.expected}, received ${typeName(issue.input)}`;
  if (issue.code === "invalid_value") return `Invalid option: expected one of ${z.util.joinValues(issue.values, "|")}`;
  if (issue.code === "too_small") return `Too small: expected ${bounded(issue.origin, `>=${issue.minimum}`)}`;
  if (issue.code === "too_big") return `Too big: expected ${bounded(issue.origin, `<=${issue.maximum}`)}`;
  if (issue.code === "invalid_format" && issue.format === "regex")
    return `Invalid string: must match pattern ${issue.pattern}`;
  return undefined;
}

const typeName = (value: unknown): string =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : z.util.parsedType(value);

function bounded(origin: string, bound: string): string {
  const unit = units.get(origin);
  return unit === undefined ? `${origin} to be ${bound}` : `${origin} to have ${bound} ${unit}`;
}
