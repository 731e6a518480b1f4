/** The schemas of the OpenAPI document, generated from the gateway's own zod schemas. */
import * as z from "zod/mini";
import { accountRequestSchema } from "../adapters/engine/connection-schema.ts";
import type { Adapter } from "../adapters/engine/adapter.ts";
import { account, confirmedFieldEntry, fieldEntry, warning } from "../schemas/documents/account.ts";
import {
  connectionCheck,
  connectionDescription,
  connectionList,
  fieldCapability,
  guarantee,
} from "../schemas/documents/capability.ts";
import { describeFields } from "../schemas/documents/fields.ts";
import { jsonValue } from "../schemas/json.ts";
import { operation, operationList, operationSummary, transition } from "../schemas/documents/operation.ts";
import { resolution } from "../schemas/operation.ts";
import { preview, previews } from "../schemas/documents/preview.ts";
import { problem, problemError } from "../schemas/documents/problem.ts";
import { problemCodes } from "../schemas/problem.ts";
import { problemKind } from "../schemas/documents/problem-meanings.ts";
import { problemSchema, problemSchemaName } from "./problems.ts";

const answers = {
  Account: account,
  ConfirmedFieldEntry: confirmedFieldEntry,
  Connection: connectionDescription,
  ConnectionCheck: connectionCheck,
  ConnectionList: connectionList,
  FieldCapability: fieldCapability,
  FieldEntry: fieldEntry,
  Guarantee: guarantee,
  Health: z.object({ status: z.literal("ok") }),
  Json: jsonValue,
  JsonSchema: z
    .looseObject({ $schema: z.url(), title: z.string(), type: z.literal("object") })
    .check(z.describe("A JSON Schema (draft 2020-12).")),
  OpenApi: z
    .looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) })
    .check(z.describe("An OpenAPI document: https://spec.openapis.org/oas/v3.1.1")),
  Operation: operation,
  OperationList: operationList,
  OperationSummary: operationSummary,
  Preview: preview,
  Previews: previews,
  Problem: problem,
  ProblemError: problemError,
  ProblemKind: problemKind,
  Transition: transition,
  Warning: warning,
};

export type SchemaName = keyof typeof answers | "AccountRequest" | "Resolution";

export const schemaReference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export function componentSchemas(adapters: readonly Adapter[]): Record<string, object> {
  describeFields();
  const all: Record<SchemaName, z.core.$ZodType> = {
    ...answers,
    AccountRequest: accountRequestSchema(adapters),
    Resolution: resolution,
  };
  const named = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(all)) named.add(schema, { id });
  const { schemas } = z.toJSONSchema(named, {
    uri: (id) => schemaReference(id).$ref,
    override: ({ jsonSchema: written }) => {
      // The format `date-time` is sufficient, so leave out the long pattern.
      if (written.format === "date-time") delete written.pattern;
    },
  });
  const generated = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema)]),
  );
  const read = { ...generated, Json: anyJson };
  const { Problem: base = {} } = generated;
  const problems = problemCodes.options.map((code) => [problemSchemaName(code), problemSchema(code, base)] as const);
  const written = [...Object.entries(read), ...problems];
  return Object.fromEntries(written.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Accepts the same values as zod's schema, which refers to itself: openapi-typescript makes a faulty type of such a schema. */
const anyJson: z.core.JSONSchema.BaseSchema = { description: "Any JSON value." };

/** Removes `$schema` and `$id`, which a schema in an OpenAPI document does not need. */
function withoutIdentity(schema: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema {
  const { $schema: _, $id: __, ...rest } = schema;
  return rest;
}
