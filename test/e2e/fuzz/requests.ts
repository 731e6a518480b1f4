/**
 * Random requests to every operation of the OpenAPI document, with any method. The test makes paths, queries, headers
 * and bodies from the document's parameters and schemas, and breaks most of them.
 */
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { openApiDocument } from "../../../openapi/openapi.ts";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import { account } from "../../../schemas/documents/account.ts";
import { type Problem, problem } from "../../../schemas/documents/problem.ts";
import { problemCodes } from "../../../schemas/problem.ts";
import { isPage } from "../../support/contract.ts";
import { bytesOf, canary, edited, headerValues, hostileTexts } from "../../support/fuzz/hostile.ts";
import { valuesOf } from "../../support/fuzz/schema-values.ts";
import {
  acme,
  clearRecords,
  configureAll,
  connectionOf,
  interceptVendors,
  ledgerAt,
  loggedText,
  loseCreates,
  respondAsync,
  restoreVendors,
  sendRequest,
  sends,
  vendors,
} from "../../support/workerd/ledger.ts";
import { hangMs } from "./counts.ts";
import { faultsIn } from "./faults.ts";

const schema = z.record(z.string(), z.unknown());
const parameter = z.object({ name: z.string(), in: z.enum(["path", "query", "header"]), schema });
const operationSchema = z.object({
  tags: z.tuple([z.string()]),
  parameters: z.array(z.object({ $ref: z.string() })),
  requestBody: z.optional(z.object({ content: z.object({ "application/json": z.object({ schema }) }) })),
  responses: z.record(z.string(), z.object({ headers: z.optional(schema) })),
});
const { paths, components } = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), operationSchema)),
    components: z.object({ parameters: z.record(z.string(), parameter), schemas: schema }),
  })
  .parse(openApiDocument(allAdapters));

/** The operations that the Worker serves. */
export const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, each]) => !isPage(each))
    .map(([method, each]) => ({ ...each, path, method: method.toUpperCase() })),
);
type Operation = (typeof operations)[number];

const text = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary", maxLength: 30 }));
/** A URL cannot have a lone surrogate. */
const inUrl = (value: unknown) => encodeURIComponent(String(value).toWellFormed());
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Ids and header values that the gateway knows, so that requests reach real resources. All other parameters get random
 * values from their schema.
 */
function known(operationIds: readonly string[]): Record<string, fc.Arbitrary<string>> {
  const connectionIds = vendors.map(connectionOf);
  const connection = fc.constantFrom(...connectionIds, "none");
  return {
    connection,
    connectionId: connection,
    operationId: fc.constantFrom(...operationIds, ...connectionIds.map((id) => `${id}.${crypto.randomUUID()}`)),
    code: fc.constantFrom(...problemCodes.options),
    cursor: fc.constantFrom(...operationIds, ...connectionIds.map((id) => `${id}.${crypto.randomUUID()}`)),
    "Gateway-Connection": headerValues(...connectionIds),
    "Idempotency-Key": headerValues("a", '"a"', "b", "c", "d", `${canary}-key`, "x".repeat(255), "x".repeat(256)),
    Prefer: headerValues(
      "handling=lenient",
      "handling=strict",
      "respond-async",
      "a, handling=strict",
      "handling=loose",
    ),
    traceparent: headerValues(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`, `00-${"0".repeat(32)}-${"b".repeat(16)}-01`),
    "X-Request-Id": headerValues("0123456789abcdef", "f".repeat(64)),
  };
}

/** Headers to add to any request, such as `Accept`. */
const otherHeaders: Record<string, fc.Arbitrary<string>> = {
  Accept: headerValues("application/json", "text/html", "*/*;q=0", "a/b;c"),
  Cookie: headerValues(canary),
  Origin: headerValues("https://canary.example", "null"),
  "Content-Encoding": headerValues("identity", "gzip"),
  "X-HTTP-Method-Override": headerValues("DELETE"),
  "X-Forwarded-Host": headerValues("canary.example"),
  "X-Original-URL": headerValues("/v1/operations"),
};

interface FuzzRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
}

const mostly = (usual: readonly string[], others: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: others });

function requestsTo(operation: Operation, operationIds: readonly string[]): fc.Arbitrary<FuzzRequest> {
  const values = known(operationIds);
  const parameters = operation.parameters.map(({ $ref }) => {
    const key = $ref.split("/").at(-1) ?? "";
    const declared = parameter.parse(components.parameters[key]);
    return { ...declared, values: values[key] ?? valuesOf(declared.schema, components.schemas) };
  });
  /** Mostly valid values. Header values stay unchanged, because they already include broken ones. */
  const valuesIn = (place: "path" | "query" | "header") =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === place)
        .map(({ name, values: usual }) => [
          name,
          place === "header" ? usual : fc.oneof({ weight: 4, arbitrary: usual }, text),
        ]),
    );
  const unknownParameters = fc.dictionary(fc.constantFrom("canary", "__proto__", "include", "x", "connection"), text, {
    maxKeys: 2,
  });
  const query = fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unknownParameters });
  const documents = valuesOf(
    operation.requestBody?.content["application/json"].schema ?? { $ref: "AccountRequest" },
    components.schemas,
  );
  return fc
    .record({
      method: fc.oneof({ weight: 9, arbitrary: fc.constant(operation.method) }, fc.constantFrom(...methods)),
      path: fc.record(valuesIn("path")),
      query: fc.record(valuesIn("query"), { requiredKeys: [] }),
      more: query,
      // Values that make a request fail early are rare.
      slash: fc.oneof(
        { weight: 19, arbitrary: fc.constant("") },
        { weight: 1, arbitrary: fc.constantFrom("/", "//", "/.", "%2f", ";x", "%00") },
      ),
      authorization: mostly(
        ["Bearer demo-key", "Bearer operator-key"],
        headerValues("Bearer other-key", `Bearer ${canary}`, "Basic demo-key"),
      ),
      type: mostly(["application/json"], headerValues("application/json; charset=utf-8", "text/plain")),
      headers: fc.record(valuesIn("header"), { requiredKeys: [], noNullPrototype: true }),
      others: fc.oneof(
        { weight: 4, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.record(otherHeaders, { requiredKeys: [], noNullPrototype: true }) },
      ),
      body: bytesOf(edited(documents)),
    })
    .map(({ method, path, query: own, more, slash, authorization, type, headers, others, body }) => {
      const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        inUrl(Object.entries(path).find(([key]) => key === name)?.[1]),
      );
      const pairs = [...Object.entries(own), ...Object.entries(more)].map(([name, value]) => `${name}=${inUrl(value)}`);
      return {
        method,
        url: `https://gateway.test${filled}${slash}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`,
        headers: { Authorization: authorization, "Content-Type": type, ...headers, ...others },
        body: method === "GET" || method === "HEAD" ? undefined : body,
      };
    });
}

/** Sends a request, and returns the faults of its answer. `sendRequest` checks that the OpenAPI document declares the answer. */
async function faultsAfter({ method, url, headers, body }: FuzzRequest): Promise<string[]> {
  clearRecords();
  const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body }) });
  const { status, text: answer } = await sendRequest(request);
  const created = status === 201 ? account.parse(JSON.parse(answer)) : undefined;
  const found: Partial<Problem> = status >= 400 && method !== "HEAD" ? problem.parse(JSON.parse(answer)) : {};
  return faultsIn({
    "the gateway failed": status === 500,
    "the log shows values of the request": loggedText().toLowerCase().includes(canary),
    "an account without an id": created?.id.trim() === "",
    // An account with an operation may be a replay.
    "an account that was never sent": created?.operation === null && sends() !== 1,
    "refused, and sent": found.origin === "client" && (found.effect !== "none" || sends() > 0),
  });
}

/** Creates operations in several states, over connections that accept as much as possible. */
async function prepare(): Promise<string[]> {
  await configureAll({
    clarus: { require_key: false, mapping: { legal_name: "string1", "custom.tier": "string2" } },
    elastic_path: { require_key: false, handling: "lenient" },
    garmat: { require_key: false, stamp: false },
    zendesk: { require_key: false, handling: "lenient" },
  });
  const created = await ledgerAt("elastic_path").create(acme, { key: "demo-key" });
  const rejected = await ledgerAt("clarus").create({ name: "Acme", code: "" });
  interceptVendors(loseCreates);
  const open = await Promise.all(vendors.map((vendor) => ledgerAt(vendor).create({ name: "Acme Open" })));
  restoreVendors();
  const queued = await ledgerAt("garmat").create({ name: "Acme Later" }, { headers: respondAsync });
  return [created, rejected, ...open, queued].flatMap(
    ({ account: one, problem: other, operation: third }) => one?.operation ?? other?.operation ?? third?.id ?? [],
  );
}

const tags = [...new Set(operations.map(({ tags: [tag] }) => tag))];

/** Sends `numRuns` requests to the operations of each tag. Call it at the top of a test file that uses ledgers. */
export function fuzzRequests(numRuns: number, timeoutMs?: number): void {
  afterEach(restoreVendors);
  test.each(tags)(
    "%s: no request makes the gateway fail",
    async (tag) => {
      const operationIds = await prepare();
      expect(operationIds.length).toBeGreaterThan(4);
      const tagged = operations.filter(({ tags: [own] }) => own === tag);
      const requests = fc.oneof(...tagged.map((each) => requestsTo(each, operationIds)));
      const property = fc.asyncProperty(requests, async (request) => {
        expect(await faultsAfter(request)).toEqual([]);
      });
      await fc.assert(property, { numRuns, timeout: hangMs });
    },
    timeoutMs,
  );
}
