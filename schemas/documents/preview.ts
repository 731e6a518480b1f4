import * as z from "zod/mini";
import { fieldEntry } from "./account.ts";
import { jsonValue } from "../json.ts";
import { problem } from "./problem.ts";

/**
 * The preview for one connection. If there are `problems`, the gateway would refuse the create. `request.body` then has
 * only the supported fields.
 */
export const preview = z.object({
  connection: z.string(),
  vendor: z.nullable(z.string()),
  request: z
    .nullable(
      z.object({
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()).check(z.describe("Secrets redacted.")),
        body: jsonValue,
      }),
    )
    .check(z.describe("`null` if the connection is misconfigured.")),
  fields: z.array(fieldEntry),
  problems: z.array(problem),
});
export type Preview = z.infer<typeof preview>;

/** The answer of `POST /v1/accounts/preview`: one preview per connection. */
export const previews = z.object({
  previews: z.array(preview),
  next_cursor: z
    .nullable(z.string())
    .check(z.describe("The first connection that is not in this answer; `null` if the answer shows all.")),
});
