import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { AppEnvironment } from "../app-environment.ts";
import { parseIJson } from "../i-json.ts";
import { ProblemException } from "../problem.ts";

export const maxBodyBytes = 64 * 1024;

const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Lets a request pass whose body is JSON that can be read without loss; throws the problem it has otherwise. */
export const jsonBody: readonly [MiddlewareHandler, MiddlewareHandler, MiddlewareHandler] = [
  createMiddleware<AppEnvironment>(async (c, next) => {
    const refuse = (detail: string) => new ProblemException({ code: "unsupported_media_type", detail });
    const { "content-encoding": encoding = "identity", "content-type": type = "" } = c.req.header();
    if (encoding.toLowerCase() !== "identity") throw refuse(`The body is sent as ${encoding}; send it as it is`);
    if (!isJson.test(type)) throw refuse("The body is not declared as JSON in UTF-8, without other parameters");
    c.set("isReadingBody", true);
    return next();
  }),
  bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new ProblemException({ code: "body_too_large", detail: `The body is larger than ${maxBodyBytes} bytes` });
    },
  }),
  createMiddleware<AppEnvironment>(async (c, next) => {
    const read = parseIJson(await c.req.arrayBuffer());
    c.set("isReadingBody", false);
    if ("fault" in read)
      throw new ProblemException({ code: "invalid_json", detail: read.fault.detail, errors: [read.fault] });
    return next();
  }),
];
