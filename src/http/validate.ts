/** Middleware that checks a request's body and query against their schemas. */
import { zValidator } from "@hono/zod-validator";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import * as z from "zod/mini";
import { type IJson, parseIJson } from "../../schemas/i-json.ts";
import { maxDepth, toPointer } from "../../schemas/json-pointer.ts";
import { messages } from "../../schemas/messages.ts";
import { operationState } from "../../schemas/operation.ts";
import type { ProblemCode } from "../../schemas/problem.ts";
import type { ProblemError } from "../../schemas/documents/problem.ts";
import { errorsFromIssues, ProblemException } from "../problem.ts";
import type { AppEnvironment } from "./request-state.ts";

const maxBodyBytes = 64 * 1024;

const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const requireJsonType = createMiddleware<AppEnvironment>(async (c, next) => {
  const refuse = (detail: string) => new ProblemException({ code: "unsupported_media_type", detail });
  const encoding = c.req.header("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw refuse(`Content-Encoding ${encoding} is not supported; send the body unencoded`);
  if (!isJson.test(c.req.header("Content-Type") ?? ""))
    throw refuse("The Content-Type must be `application/json`, in UTF-8 and without other parameters");
  c.set("isReadingBody", true);
  return next();
});

const limitSize = bodyLimit({
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
 * Checks the body against `schema` and puts the result into `c.req.valid("json")`. Throws `invalid_json` if the body is not
 * I-JSON (RFC 7493), and the problem `invalid` if the schema refuses it. Does not use zod-validator, which would parse the
 * body a second time.
 */
export function jsonBody<Schema extends z.ZodMiniType<object>>(schema: Schema, invalid: ProblemCode) {
  const validated = createMiddleware<AppEnvironment, string, Validated<Schema>>(async (c, next) => {
    const bytes = await c.req.arrayBuffer();
    c.set("isReadingBody", false);
    const result = z.safeParse(schema, parseBody(bytes), messages);
    if (!result.success) throw new ProblemException({ code: invalid, errors: errorsFromIssues(result.error.issues) });
    c.req.addValidatedData("json", result.data);
    return next();
  });
  return [requireJsonType, limitSize, validated] as const;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseBody(bytes: ArrayBuffer) {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalidJson({ pointer: "", detail: "The body is not UTF-8 (RFC 8259 §8.1)" });
  }
  const read = parseIJson(text);
  if (read.kind !== "value") throw invalidJson(describeFault(read, text));
  return read.value;
}

const invalidJson = (fault: ProblemError) =>
  new ProblemException({ code: "invalid_json", detail: fault.detail, errors: [fault] });

function describeFault(fault: Exclude<IJson, { kind: "value" }>, text: string): ProblemError {
  switch (fault.kind) {
    case "syntax": {
      const { offset } = fault;
      const lines = text.slice(0, offset).split("\n");
      const what = offset === text.length ? "unexpected end" : "unexpected character";
      const where = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
      return { pointer: "", detail: `The body is not JSON: ${what} at position ${offset} (${where})` };
    }
    case "too_deep":
      return { pointer: "", detail: `Values are nested more than ${maxDepth} levels deep` };
    case "duplicate_member": {
      const pointer = toPointer(fault.path);
      return { pointer, detail: `Duplicate member ${pointer} (RFC 7493 §2.3)` };
    }
    case "inexact_number":
      return { pointer: "", detail: `The number ${fault.number} cannot be represented exactly (RFC 7493 §2.2)` };
    case "lone_surrogate": {
      const pointer = toPointer(fault.path.filter((member) => member.isWellFormed()));
      return { pointer, detail: "The string has a lone surrogate, which is not valid Unicode (RFC 7493 §2.1)" };
    }
  }
}

export const included = z.enum(["fields", "vendor_response"], { error: "Must be `fields` or `vendor_response`" });
export type Included = z.infer<typeof included>;

/** `?include=fields,vendor_response`, or `?include=fields&include=vendor_response`. */
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
    const errors = errorsFromIssues(result.error.issues);
    throw new ProblemException({
      code: "invalid_query",
      detail: errors.map(({ pointer, detail }) => `\`${pointer.slice(1)}\`: ${detail}`).join("; "),
    });
  });
}

/** The message for an invalid cursor. */
export const cursorFault = "Must be a `next_cursor` of this list";

export const includeQuery = query({ include });
export const previewQuery = query({ cursor: z.optional(z.string()) });
export const operationsQuery = query({
  connection: z.string({ error: "Must be the id of a connection" }),
  state: z.optional(z.enum(operationState.options, { error: "Must be a state of an operation" })),
  cursor: z.optional(z.string({ error: cursorFault })),
});
export const noQuery = query({});
