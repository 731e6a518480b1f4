import * as z from "zod";

/** Any JSON value (RFC 8259). */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };

/** A JSON Pointer into a document (RFC 6901); never the whole document. */
export type Pointer = `/${string}`;

export const pointerSchema = z.templateLiteral(["/", z.string()]);
