import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { parseIJson } from "../i-json.ts";
import { ProblemException } from "../problem.ts";

export const maxBodyBytes = 64 * 1024;

const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Lets a request pass whose body is JSON that can be read without loss; throws the problem it has otherwise. */
export const jsonBody: readonly [MiddlewareHandler, MiddlewareHandler, MiddlewareHandler] = [
  createMiddleware(async (c, next) => {
    const isEncoded = (c.req.header("Content-Encoding") ?? "identity") !== "identity";
    if (isEncoded || !isJson.test(c.req.header("Content-Type") ?? ""))
      throw new ProblemException({ code: "unsupported_media_type" });
    return next();
  }),
  bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new ProblemException({ code: "body_too_large", detail: `The body is larger than ${maxBodyBytes} bytes` });
    },
  }),
  createMiddleware(async (c, next) => {
    const read = parseIJson(await c.req.arrayBuffer());
    if ("fault" in read)
      throw new ProblemException({ code: "invalid_json", detail: read.fault.detail, errors: [read.fault] });
    return next();
  }),
];
