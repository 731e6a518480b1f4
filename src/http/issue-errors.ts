import type * as z from "zod/mini";
import { toPointer } from "../../schemas/json-pointer.ts";
import type { ProblemError } from "../../schemas/documents/problem.ts";

/** As many as an account has values: of a body that is wrong throughout, the answer stays small. */
const maxErrors = 200;

/** A schema's complaints as the errors of a problem, each with its pointer; no value is repeated. */
export function issueErrors(issues: readonly z.core.$ZodIssue[]): ProblemError[] {
  const errors = issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        pointer: toPointer([...issue.path, key]),
        detail: "Is not known here: leave it out",
      }));
    }
    const inner = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    const detail = issue.message.endsWith("received undefined")
      ? "Is required"
      : (inner ?? issue.message.replace(/^Invalid input: e/, "E"));
    return { pointer: toPointer(issue.path), detail };
  });
  return errors.slice(0, maxErrors);
}
