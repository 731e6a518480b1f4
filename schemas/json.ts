import * as z from "zod";

/** Any JSON value (RFC 8259). */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
export const jsonSchema: z.ZodType<Json> = z.json();

/** A JSON Pointer into a document (RFC 6901), never the whole document. */
export const pointerSchema = z.templateLiteral(["/", z.string()]);
export type Pointer = z.infer<typeof pointerSchema>;
