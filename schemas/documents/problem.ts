/** A problem as the API shows it (RFC 9457). */
import * as z from "zod/mini";
import { jsonValue } from "../json.ts";
import { effects, origins, problemCodes, retries } from "../problem.ts";

/** One fault, with a JSON Pointer into the caller's body. `""` is the whole body (RFC 6901 §5). */
export const problemError = z.object({ pointer: z.string(), detail: z.string() });
export type ProblemError = z.infer<typeof problemError>;

/** An answer of `application/problem+json`. */
export const problem = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: problemCodes,
    origin: z.enum(origins),
    effect: z.enum(effects),
    retry: z.enum(retries),
    errors: z.optional(z.array(problemError)),
    vendor: z.optional(
      z.object({
        name: z.string(),
        connection: z.string(),
        status: z.int(),
        errors: z.array(jsonValue),
      }),
    ),
    operation: z.optional(z.string()),
  })
  .register(z.globalRegistry, { title: "Problem" });
export type Problem = z.infer<typeof problem>;
