/** The gateway's OpenAPI document: https://spec.openapis.org/oas/v3.1.1 */
import type { Adapter } from "../adapters/engine/adapter.ts";
import packageJson from "../package.json" with { type: "json" };
import { type ProblemCode, problemCodes, problemKinds } from "../schemas/problem.ts";
import { examples } from "./examples.ts";
import { type AnswerHeader, answerHeaders, requestHeaders } from "./headers.ts";
import { type Content, type Operation, operations, type Reply, tags } from "./operations.ts";
import { parameters } from "./parameters.ts";
import { problemExample, problemSchemaName } from "./problems.ts";
import { componentSchemas } from "./schemas.ts";

const description = `
One request format creates customer accounts at several vendors. The gateway translates the request, sends it to the vendor,
and translates the answer or the error back. It drops no field without a warning.

**To recover from any failure, retry with the same \`Idempotency-Key\` until the \`effect\` is not \`unknown\`.** The gateway
then creates no account twice.

Every failure is a problem (RFC 9457). Its \`code\` identifies it, and its \`type\` is the address of its explanation. A path
that is not listed here answers 404 \`not_found\`.
`.trim();

export function openApiDocument(adapters: readonly Adapter[]) {
  return {
    openapi: "3.1.1",
    info: {
      title: "Account Gateway",
      summary: packageJson.description,
      description,
      version: packageJson.version,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The gateway that serves this document" }],
    security: [{ gatewayKey: [] }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths: paths(),
    components: {
      securitySchemes: {
        gatewayKey: { type: "http", scheme: "bearer", description: "A gateway key: `demo-key` with `npm run dev`." },
      },
      parameters: {
        ...parameters,
        ...mapValues(requestHeaders, (header, name) => ({ name, in: "header", ...header })),
      },
      headers: answerHeaders,
      examples: { ...examples, ...fromCodes(problemCodes.options, exampleOf) },
      schemas: componentSchemas(adapters),
    },
  };
}

function paths(): Record<string, object> {
  const entries = operations.map(({ path }) => {
    const ofPath = operations.filter((operation) => operation.path === path);
    return [path, Object.fromEntries(ofPath.map((operation) => [operation.method, toOpenApi(operation)]))] as const;
  });
  return Object.fromEntries(entries);
}

function toOpenApi(operation: Operation): object {
  const { id, tag, summary, description: text, isOpen, isStatic, requestHeaders: headers, body, replies } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: text,
    ...(isOpen ? { security: [] } : {}),
    parameters: [...operation.parameters, ...headers].map((name) => reference("parameters", name)),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf([body]) } }),
    responses: {
      ...mapValues(replies, (reply) => response(reply, operation)),
      ...(isStatic ? { 405: { description: "Use GET or HEAD." } } : problemResponses(operation)),
    },
  };
}

function response({ description: text, contents, headers = [] }: Reply, operation: Operation): object {
  const own = operation.isStatic ? {} : { headers: headersOf(operation, [...operation.headers, ...headers]) };
  return { description: text, ...own, content: contentOf(contents) };
}

/** The problem responses of an operation, by status. */
function problemResponses(operation: Operation): Record<number, object> {
  const statuses = new Set(operation.problems.map((code) => problemKinds[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const codes = operation.problems.filter((code) => problemKinds[code].status === status);
      return [status, problemResponse(codes, status, operation)];
    }),
  );
}

function problemResponse(codes: readonly ProblemCode[], status: number, operation: Operation): object {
  const schemas = codes.map((code) => reference("schemas", problemSchemaName(code)));
  const mapping = fromCodes(codes, (code) => reference("schemas", problemSchemaName(code)).$ref);
  const [only] = schemas;
  return {
    description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join("\n\n"),
    headers: headersOf(operation, problemHeaders(status, operation)),
    content: {
      "application/problem+json": {
        schema: schemas.length === 1 ? only : { oneOf: schemas, discriminator: { propertyName: "code", mapping } },
        examples: fromCodes(codes, (code) => reference("examples", code)),
      },
    },
  };
}

/** The gateway answers 405 before it runs the operation, so the answer has none of the operation's headers. */
const problemHeaders = (status: number, { headers }: Operation): readonly AnswerHeader[] =>
  status === 405 ? ["Allow"] : status === 401 ? [...headers, "WWW-Authenticate"] : headers;

function headersOf({ path }: Operation, names: readonly AnswerHeader[]): object {
  const always = path.startsWith("/v1/") ? ["X-Request-Id", "Cache-Control"] : ["X-Request-Id"];
  return Object.fromEntries([...always, ...names].map((name) => [name, reference("headers", name)]));
}

function contentOf(contents: readonly Content[]): object {
  return Object.fromEntries(
    contents.map(({ type = "application/json", schema, examples: names = [] }) => [
      type,
      {
        schema: schema === undefined ? { type: "string" } : reference("schemas", schema),
        examples: Object.fromEntries(names.map((name) => [name, reference("examples", name)])),
      },
    ]),
  );
}

const exampleOf = (code: ProblemCode) => ({ summary: problemKinds[code].title, value: problemExample(code) });

const reference = (kind: "examples" | "headers" | "parameters" | "schemas", name: string) => ({
  $ref: `#/components/${kind}/${name}`,
});

const fromCodes = <Value>(codes: readonly ProblemCode[], value: (code: ProblemCode) => Value): Record<string, Value> =>
  Object.fromEntries(codes.map((code) => [code, value(code)]));

const mapValues = <Value, Mapped>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Mapped,
): Record<string, Mapped> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
