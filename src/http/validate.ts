/** Checks a request's body and query against their schemas. */
import { zValidator } from "@hono/zod-validator";
import type { Context } from "hono";
import * as z from "zod/mini";
import { type IJson, parseIJson } from "../../schemas/i-json.ts";
import { maxDepth, toPointer } from "../../schemas/json-pointer.ts";
import { messages } from "../../schemas/messages.ts";
import { operationState } from "../../schemas/operation.ts";
import type { ProblemCode } from "../../schemas/problem.ts";
import type { ProblemError } from "../../schemas/documents/problem.ts";
import { errorsFromIssues, ProblemException } from "../problem.ts";
import { BodyTooLargeError, readBody } from "../read-message.ts";
import type { AppEnvironment } from "./request-state.ts";

const maxBodyBytes = 64 * 1024;

const isJson = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Throws `unsupported_media_type` unless the body is JSON. */
function requireJsonType({ req }: Context<AppEnvironment>): void {
  const refuse = (detail: string) => new ProblemException({ code: "unsupported_media_type", detail });
  const encoding = req.header("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    throw refuse(`Content-Encoding ${encoding} is not supported; send the body unencoded`);
  if (!isJson.test(req.header("Content-Type") ?? ""))
    throw refuse("The Content-Type must be `application/json`, in UTF-8 and without other parameters");
}

/**
 * Reads the body and checks it against `schema`. Throws `invalid_json` if the body is not I-JSON (RFC 7493), and the problem
 * `invalid` if the schema refuses it. Does not use zod-validator, which would parse the body a second time.
 */
export async function readJson<Schema extends z.ZodMiniType>(
  c: Context<AppEnvironment>,
  schema: Schema,
  invalid: ProblemCode,
): Promise<z.output<Schema>> {
  requireJsonType(c);
  const tooLarge = { code: "body_too_large", detail: `The body is larger than ${maxBodyBytes} bytes` } as const;
  if (Number(c.req.header("Content-Length")) > maxBodyBytes) throw new ProblemException(tooLarge);
  const bytes = await readBody(c.req.raw, maxBodyBytes).catch((error: unknown) => {
    if (error instanceof BodyTooLargeError) throw new ProblemException(tooLarge);
    throw new ProblemException({ code: "invalid_json", detail: "The body is incomplete" });
  });
  const result = z.safeParse(schema, parseBody(bytes), messages);
  if (!result.success) throw new ProblemException({ code: invalid, errors: errorsFromIssues(result.error.issues) });
  return result.data;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseBody(bytes: ArrayBuffer | Uint8Array) {
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

const includeQuery = z.strictObject({
  include: z.pipe(
    z.pipe(
      z.array(z.string()),
      z.transform((values) => values.flatMap((each) => each.split(","))),
    ),
    z.array(included),
  ),
});

/**
 * Reads `?include=fields,vendor_response`, or `?include=fields&include=vendor_response`. Throws `invalid_query`. Does not use
 * zod-validator, which would also run for a request without a query.
 */
export function readInclude({ req }: Context<AppEnvironment>): readonly Included[] {
  if (!req.url.includes("?")) return [];
  const result = includeQuery.safeParse({ include: [], ...req.queries() });
  if (!result.success) throw invalidQuery(result.error.issues);
  return result.data.include;
}

function query<Shape extends z.core.$ZodShape>(shape: Shape) {
  return zValidator("query", z.strictObject(shape), (result) => {
    if (!result.success) throw invalidQuery(result.error.issues);
  });
}

function invalidQuery(issues: readonly z.core.$ZodIssue[]): ProblemException {
  const errors = errorsFromIssues(issues);
  return new ProblemException({
    code: "invalid_query",
    detail: errors.map(({ pointer, detail }) => `\`${pointer.slice(1)}\`: ${detail}`).join("; "),
  });
}

/** The message for an invalid cursor. */
export const cursorFault = "Must be a `next_cursor` of this list";

export const previewQuery = query({ cursor: z.optional(z.string()) });
export const operationsQuery = query({
  connection: z.string({ error: "Must be the id of a connection" }),
  state: z.optional(z.enum(operationState.options, { error: "Must be a state of an operation" })),
  cursor: z.optional(z.string({ error: cursorFault })),
});
export const noQuery = query({});
