import * as z from "zod/mini";

/** Any JSON value (RFC 8259). */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
export const jsonValue: z.ZodMiniType<Json> = z.json();

/** A record that refuses a member `__proto__`. zod's own record drops such a member silently. */
export function recordOf<Value extends z.ZodMiniType>(names: z.ZodMiniString, values: Value) {
  return z.pipe(
    z.unknown().check(
      z.refine((value) => typeof value !== "object" || value === null || !Object.hasOwn(value, "__proto__"), {
        error: "`__proto__` is not allowed as a member's name",
      }),
    ),
    z.record(names, values),
  );
}

/** A JSON Pointer to a member of a document (RFC 6901), never to the whole document. */
export const pointerSchema = /* @__PURE__ */ z.templateLiteral(["/", /* @__PURE__ */ z.string()]);
export type Pointer = z.infer<typeof pointerSchema>;
