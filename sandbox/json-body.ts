import type { Context } from "hono";

export type JsonBody = { value: unknown } | { status: 400 | 415; fault: string };

/** The request's JSON; may be read more than once. */
export async function readJson(context: Context): Promise<JsonBody> {
  const contentType = context.req.header("Content-Type") ?? "";
  if (!/^application\/json\b/i.test(contentType))
    return { status: 415, fault: "Content-Type must be application/json" };
  try {
    return { value: JSON.parse(await context.req.text()) };
  } catch {
    return { status: 400, fault: "The body is not valid JSON" };
  }
}
