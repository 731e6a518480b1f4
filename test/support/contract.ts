/** Checks requests and answers against the OpenAPI document. The validator uses no `eval`, which workerd forbids. */
import { Validator } from "@cfworker/json-schema";
import { expect } from "vitest";
import * as z from "zod/mini";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { openApiDocument } from "../../openapi/openapi.ts";

const schema = z.record(z.string(), z.unknown());
const contents = z.record(z.string(), z.object({ schema }));
const header = z.looseObject({ required: z.optional(z.boolean()), schema });
const response = z.object({
  headers: z._default(z.record(z.string(), z.object({ $ref: z.string() })), {}),
  content: z._default(contents, {}),
});
const operation = z.object({
  requestBody: z.optional(z.object({ content: contents })),
  responses: z.record(z.string(), response),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ headers: z.record(z.string(), header), schemas: z.record(z.string(), schema) }),
});
type Schema = z.infer<typeof schema>;
type Contents = z.infer<typeof contents>;
type Response = z.infer<typeof response>;

/** Whether this is a static page. The Worker does not serve it, so the document declares no headers for the page. */
export const isPage = ({ responses }: { responses: Record<string, { headers?: object | undefined }> }): boolean =>
  Object.values(responses).every(({ headers = {} }) => Object.keys(headers).length === 0);

export interface Exchange {
  method: string;
  path: string;
  /** The body of the request; `undefined` if it is not text. */
  sent: string | undefined;
  status: number;
  headers: Headers;
  text: string;
}

/** Headers that the document does not declare: they describe the content, or are for browsers. */
const undeclaredHeaders = /^(content-(type|length|security-policy)|x-content-type-options|vary|access-control-.*)$/;

/** The answer for an unknown path. */
const notFound = (pathname: string) =>
  response.parse({
    headers: Object.fromEntries(
      ["X-Request-Id", ...(pathname.startsWith("/v1/") ? ["Cache-Control"] : [])].map((name) => [
        name,
        { $ref: `#/components/headers/${name}` },
      ]),
    ),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/NotFoundProblem" } } },
  });

/** Returns the check against the document of these adapters. Each schema is compiled once. */
export function contractOf(adapters: readonly Adapter[]): (exchange: Exchange) => void {
  const known = contracts.get(adapters) ?? newContract(adapters);
  contracts.set(adapters, known);
  return known;
}

const contracts = new Map<readonly Adapter[], (exchange: Exchange) => void>();

function newContract(adapters: readonly Adapter[]): (exchange: Exchange) => void {
  const { paths, components } = document.parse(openApiDocument(adapters));
  const routes = Object.entries(paths)
    .filter(([, methods]) => !Object.values(methods).every(isPage))
    .map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
      methods,
    }));
  const validators = new Map<object, Validator>();

  function faultsOf(what: string, value: unknown, to: Schema): string[] {
    const validator = validators.get(to) ?? new Validator({ ...to, components }, "2020-12");
    validators.set(to, validator);
    const { valid, errors } = validator.validate(value);
    return valid ? [] : errors.map(({ instanceLocation, error }) => `${what} ${instanceLocation}: ${error}`);
  }

  function headerFaults(headers: Headers, declaredHeaders: Response["headers"]): string[] {
    const names = Object.keys(declaredHeaders);
    const undeclared = [...headers.keys()].filter(
      (name) => !undeclaredHeaders.test(name) && !names.some((each) => each.toLowerCase() === name),
    );
    const faulty = names.flatMap((name) => {
      const { required = false, schema: to = {} } = components.headers[name] ?? {};
      const value = headers.get(name);
      return value === null ? (required ? [`${name} is missing`] : []) : faultsOf(name, value, to);
    });
    return [...undeclared.map((name) => `${name} is not declared`), ...faulty];
  }

  /** The declarations in the document for this answer and its request. */
  function declared({ method, path, status }: Exchange): { response: Response; body?: Contents } | undefined {
    const { pathname } = new URL(path, "https://gateway.test");
    const methods = routes.find(({ pattern }) => pattern.test(pathname))?.methods;
    if (methods === undefined) return status === 404 ? { response: notFound(pathname) } : undefined;
    const operationOfMethod = methods[method === "HEAD" ? "get" : method.toLowerCase()];
    // The document declares a 405 with the other methods of the path.
    const found = (operationOfMethod ?? (status === 405 ? Object.values(methods)[0] : undefined))?.responses[status];
    return found && { response: found, body: operationOfMethod?.requestBody?.content ?? {} };
  }

  return (exchange) => {
    const { method, path, status, headers, sent, text } = exchange;
    // The preflight request of a browser.
    if (method === "OPTIONS" && status === 204) return expect(text).toBe("");
    const found = declared(exchange);
    const type = headers.get("Content-Type")?.split(";")[0] ?? "";
    const content = found?.response.content[type];
    if (found === undefined || content === undefined)
      throw new Error(`The document declares no ${status} of ${type} for ${method} ${path}`);
    const isJson = type.endsWith("json");
    const accepted = status < 300 && sent !== undefined ? found.body?.["application/json"] : undefined;
    expect([
      ...headerFaults(headers, found.response.headers),
      ...(method === "HEAD" ? [] : faultsOf(text, isJson ? JSON.parse(text) : text, content.schema)),
      ...(accepted === undefined ? [] : faultsOf(sent ?? "", JSON.parse(sent ?? ""), accepted.schema)),
    ]).toEqual([]);
  };
}
