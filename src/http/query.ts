import { zValidator } from "@hono/zod-validator";
import * as z from "zod/mini";
import { operationState } from "../../schemas/operation.ts";
import { issueErrors } from "./issue-errors.ts";
import { ProblemException } from "../problem.ts";

export const included = z.enum(["fields", "vendor_response"], { error: "Must be `fields` or `vendor_response`" });
export type Included = z.infer<typeof included>;

/** `?include=fields,vendor_response`, or the parameter once for each. */
const include = z._default(
  z.pipe(
    z.pipe(
      z.union([z.string(), z.array(z.string())]),
      z.transform((value) => [value].flat().flatMap((each) => each.split(","))),
    ),
    z.array(included),
  ),
  [],
);

function query<Shape extends z.core.$ZodShape>(shape: Shape) {
  return zValidator("query", z.strictObject(shape), (result) => {
    if (result.success) return;
    const errors = issueErrors(result.error.issues);
    throw new ProblemException({
      code: "invalid_query",
      detail: errors.map(({ pointer, detail }) => `\`${pointer.slice(1)}\`: ${detail}`).join("; "),
    });
  });
}

/** What is wrong with a cursor that is none. */
export const notCursor = "Must be a `next_cursor` of this list";

export const includeQuery = query({ include });
export const previewQuery = query({ cursor: z.optional(z.string()) });
export const operationsQuery = query({
  connection: z.string({ error: "Name the connection whose operations to list" }),
  state: z.optional(z.enum(operationState.options, { error: "Is no state of an operation" })),
  cursor: z.optional(z.string({ error: notCursor })),
});
export const noQuery = query({});
