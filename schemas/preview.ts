import * as z from "zod/mini";
import { fieldEntry } from "./account.ts";
import { jsonSchema } from "./json.ts";
import { problem } from "./problem.ts";

/** What one connection would send. Where `problems` is not empty nothing would be sent, and the body shows what could be carried. */
export const preview = z.object({
  connection: z.string(),
  vendor: z.nullable(z.string()),
  request: z
    .nullable(
      z.object({
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()).check(z.describe("Secrets redacted.")),
        body: jsonSchema,
      }),
    )
    .check(z.describe("`null` where the connection is misconfigured.")),
  fields: z.array(fieldEntry),
  problems: z.array(problem),
});
export type Preview = z.infer<typeof preview>;

/** The answer of `POST /v1/accounts/preview`: one preview per connection. */
export const previews = z.object({
  previews: z.array(preview),
  next_cursor: z
    .nullable(z.string())
    .check(z.describe("The first connection that this answer had no room for; `null` where it shows all.")),
});
