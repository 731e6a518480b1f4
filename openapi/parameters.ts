/** The parameters of paths and queries. Headers are in headers.ts. */
import * as z from "zod/mini";
import { operationState } from "../schemas/operation.ts";
import { included } from "../src/http/validate.ts";

const text = { type: "string" };

export const parameters = {
  code: {
    name: "code",
    in: "path",
    required: true,
    description: "The problem's code.",
    schema: text,
    example: "outcome_unknown",
  },
  connectionId: {
    name: "id",
    in: "path",
    required: true,
    description: "The connection's id.",
    schema: text,
    example: "demo-garmat",
  },
  operationId: {
    name: "id",
    in: "path",
    required: true,
    description: "The operation's id, from an account, a problem or `Location`.",
    schema: text,
    example: "demo-elastic-path.0196f3d2-7c41-7a6e-9b52-1f0c6f1e8a37",
  },
  connection: {
    name: "connection",
    in: "query",
    required: true,
    description: "List the operations of this connection.",
    schema: text,
    example: "demo-elastic-path",
  },
  cursor: {
    name: "cursor",
    in: "query",
    description: "The `next_cursor` of the previous page.",
    schema: text,
  },
  include: {
    name: "include",
    in: "query",
    description: "`fields` adds the field report; `vendor_response` adds the vendor's answer.",
    style: "form",
    explode: false,
    schema: { type: "array", items: jsonSchemaOf(included) },
  },
  state: {
    name: "state",
    in: "query",
    description: "Only operations in this state.",
    schema: jsonSchemaOf(operationState),
  },
};
export type ParameterName = keyof typeof parameters;

function jsonSchemaOf(schema: z.core.$ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}
