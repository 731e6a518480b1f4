import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import packageJson from "../../package.json" with { type: "json" };
import { createAccountGateway } from "../../packages/client/src/index.ts";
import { requestHeaders } from "../../openapi/headers.ts";
import { operations } from "../../openapi/operations.ts";
import { faultNames } from "../../sandbox/faults.ts";
import {
  type CanonicalField,
  canonicalFieldNames,
  canonicalFields,
  countryCode,
  currencyCode,
  webUrl,
} from "../../schemas/account.ts";
import { guaranteeLevel } from "../../schemas/documents/capability.ts";
import { previews } from "../../schemas/documents/preview.ts";
import { operationState } from "../../schemas/operation.ts";
import { type ProblemKind, problemKinds } from "../../schemas/problem.ts";
import { problem as problemSchema } from "../../schemas/documents/problem.ts";
import { visible } from "../../schemas/text.ts";
import { demoConnections, demoVariables, shortTimeout, openGateway, useVendors } from "../support/gateway.ts";
import { asRow, example, lasting, pages, table } from "./readme.ts";

useVendors();
const gateway = openGateway();

describe("the dialects", () => {
  it.each(demoConnections)("of %s are what the gateway would send", async (connection) => {
    const answer = await gateway.call("/v1/accounts/preview", {
      connection,
      headers: { Prefer: "handling=lenient" },
      body: example("request"),
    });
    const [preview] = previews.parse(answer.json).previews;
    expect(preview?.problems).toEqual([]);
    expect(preview?.request?.body).toEqual(JSON.parse(example(connection)));
  });

  it("lack fields on Garmat, which the gateway refuses without leniency", async () => {
    const answer = await gateway.call("/v1/accounts", { connection: "demo-garmat", body: example("request") });
    expect(problemSchema.parse(answer.json).errors?.map(({ pointer }) => pointer)).toEqual([
      "/external_ref",
      "/legal_name",
    ]);
  });
});

it("shows a problem as the gateway answers it", async () => {
  const answer = await gateway.call("/v1/accounts", { connection: "demo-garmat", body: example("refused") });
  expect(lasting(answer.text)).toEqual(lasting(example("problem")));
});

it("shows the field report of custom fields and a vendor's options", async () => {
  const { account } = await gateway.create("demo-clarus", example("custom"), { query: "?include=fields" });
  expect(account?.fields).toEqual(JSON.parse(example("fields")));
});

describe("the tables", () => {
  it("list every field with its values", () => {
    const rows = canonicalFieldNames.options.map((field) => [`\`${field}\``, valuesOf(field)]);
    expect(table("fields").map(asRow)).toEqual(rows.map(asRow));
  });

  it("list every problem", () => {
    const rows = Object.entries<ProblemKind>(problemKinds).map(([code, { status, effect, retry, remedy, unkeyed }]) => [
      String(status),
      `\`${code}\``,
      effect === "unknown" ? "perhaps" : "no",
      retry,
      unkeyed === undefined ? remedy : `${remedy} Without a key: ${unkeyed.remedy}`,
    ]);
    expect(table("problems").map(asRow)).toEqual(rows.map(asRow));
  });

  it("list every combination of effect and retry", () => {
    const ways = Object.values(problemKinds).map(({ effect, retry }) => `\`${effect}\` \`${retry}\``);
    expect(table("recovery").map(([effect, retry]) => `${effect} ${retry}`)).toEqual(
      expect.toSatisfy((listed: string[]) => listed.toSorted().join() === [...new Set(ways)].toSorted().join()),
    );
  });

  it("list the members of a problem", () => {
    const listed = table("members").map(([member = ""]) => member.replaceAll("`", ""));
    // The RFC explains `type`, `title` and `status`.
    expect([...listed, "type", "title", "status"].toSorted()).toEqual(Object.keys(problemSchema.shape).toSorted());
  });

  it("list every guarantee", () => {
    expect(table("levels").map(([level]) => level)).toEqual(guaranteeLevel.options.map((level) => `\`${level}\``));
  });

  it("list every state of an operation", () => {
    expect(table("states").map(([state]) => state)).toEqual(operationState.options.map((state) => `\`${state}\``));
  });

  it("list every fault of the sandbox", () => {
    const listed = table("faults").map(([fault = ""]) => fault);
    expect(listed.toSorted()).toEqual(faultNames.map((name) => `\`fault:${name}\``).toSorted());
  });

  it.each(table("faults"))("state the answer to %s", async (fault, _doing, ending = "") => {
    const hurried = openGateway(demoVariables(shortTimeout));
    const name = `${fault.replaceAll("`", "")} Acme`;
    const { status, problem } = await hurried.create("demo-elastic-path", { name });
    expect(ending.split(";")[0]).toBe(problem === undefined ? String(status) : `${status} \`${problem.code}\``);
  });

  it("list the response headers that a browser page can read", async () => {
    const origin = "https://app.example.com";
    const opened = openGateway({ ...demoVariables(), ALLOWED_ORIGINS: origin });
    const { headers } = await opened.call("/v1/connections", { headers: { Origin: origin } });
    const listed = table("response headers").map(([header = ""]) => header.replaceAll("`", ""));
    expect(headers.get("Access-Control-Expose-Headers")).toBe(listed.join(","));
  });
});

const valueSchema = z.looseObject({
  type: z.string(),
  maxLength: z.optional(z.number()),
  pattern: z.optional(z.string()),
  allOf: z.optional(z.array(z.object({ pattern: z.string() }))),
  format: z.optional(z.string()),
  enum: z.optional(z.array(z.string())),
});

/** What a value that matches the pattern is, in the words of the table. */
const wordsOf = new Map([
  [webUrl.source, (maxLength = 0) => `a URL of at most ${maxLength}, \`http://\` or \`https://\``],
  [currencyCode.source, () => "a currency code such as `EUR` (ISO 4217)"],
  [countryCode.source, () => "a country code such as `DE` (ISO 3166-1 alpha-2)"],
]);

/** A field's values, in the words of the table. */
function valuesOf(field: CanonicalField): string {
  const {
    type,
    maxLength,
    pattern = "",
    allOf = [],
    format,
    enum: values,
  } = valueSchema.parse(z.toJSONSchema(canonicalFields[field]));
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (format === "email") return `an e-mail address of at most ${maxLength}`;
  if (type === "boolean") return "`true`, `false`";
  const patterns = [pattern, ...allOf.map((each) => each.pattern)];
  const [words] = patterns.flatMap((each) => wordsOf.get(each) ?? []);
  return words?.(maxLength) ?? `text of at most ${maxLength}${patterns.includes(visible.source) ? ", not blank" : ""}`;
}

describe("the page on the HTTP API", () => {
  const page = pages.get("docs/reference/http-api.md") ?? "";

  it.each(operations)("lists $method $path", ({ method, path }) => {
    const isListed = page.includes(`\`${method.toUpperCase()} ${path}`) || page.includes(`\`${path}\``);
    expect(isListed).toBe(true);
  });

  it("lists every request header", () => {
    const listed = table("request headers").map(([header = ""]) => header.replaceAll("`", ""));
    expect(listed).toEqual(["Authorization", ...Object.keys(requestHeaders)]);
  });
});

it("the client's reference lists every call", () => {
  const client = createAccountGateway({ baseUrl: "https://gateway.test", key: "key" });
  const calls = Object.entries(client).flatMap(([group, own]) =>
    Object.keys(own).map((call) => `\`${group}.${call}\``),
  );
  expect(new Set(table("calls").map(([call]) => call))).toEqual(new Set(calls));
});

describe("a name in the docs", () => {
  it.each(named(/npm run ([\w:-]+)/g))("npm run %s exists", (script) => {
    expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  it.each(named(/`((?:adapters|schemas|sandbox|src|test)\/[\w./-]*|\.ci\/run)`/g))("%s exists", (path) => {
    expect(existsSync(path)).toBe(path !== "sandbox/.dev.vars");
  });
});

/** Everything that the expression's first group matches in the pages, without duplicates. */
function named(expression: RegExp): string[] {
  const found = [...pages.values()].flatMap((page) => [...page.matchAll(expression)]);
  return [...new Set(found.map(([, name = ""]) => name))];
}
