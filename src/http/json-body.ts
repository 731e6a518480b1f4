import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import * as z from "zod/mini";
import { messages } from "../../schemas/messages.ts";
import type { ProblemCode } from "../../schemas/problem.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { parseIJson } from "./i-json.ts";
import { issueErrors } from "./issue-errors.ts";
import { ProblemException } from "../problem.ts";

export const maxBodyBytes = 64 * 1024;

const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const declaredAsJson = createMiddleware<AppEnvironment>(async (c, next) => {
  const refuse = (detail: string) => new ProblemException({ code: "unsupported_media_type", detail });
  const encoding = c.req.header("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") throw refuse(`The body is sent as ${encoding}; send it as it is`);
  if (!isJson.test(c.req.header("Content-Type") ?? ""))
    throw refuse("The body is not declared as JSON in UTF-8, without other parameters");
  c.set("isReadingBody", true);
  return next();
});

const limited = bodyLimit({
  maxSize: maxBodyBytes,
  onError: () => {
    throw new ProblemException({ code: "body_too_large", detail: `The body is larger than ${maxBodyBytes} bytes` });
  },
});

interface Validated<Schema extends z.ZodMiniType<object>> {
  in: { json: z.input<Schema> };
  out: { json: z.output<Schema> };
}

/**
 * Lets a request pass whose body is JSON that can be read without loss, and is what `schema` says: `c.req.valid("json")`.
 * Throws the problem it has otherwise, `invalid` where only the schema refuses it. Not zod-validator's: that would parse
 * the body a second time.
 */
export function jsonBody<Schema extends z.ZodMiniType<object>>(schema: Schema, invalid: ProblemCode) {
  const validated = createMiddleware<AppEnvironment, string, Validated<Schema>>(async (c, next) => {
    const read = parseIJson(await c.req.arrayBuffer());
    c.set("isReadingBody", false);
    if ("fault" in read)
      throw new ProblemException({ code: "invalid_json", detail: read.fault.detail, errors: [read.fault] });
    const result = z.safeParse(schema, read.value, messages);
    if (!result.success) throw new ProblemException({ code: invalid, errors: issueErrors(result.error.issues) });
    c.req.addValidatedData("json", result.data);
    return next();
  });
  return [declaredAsJson, limited, validated] as const;
}
