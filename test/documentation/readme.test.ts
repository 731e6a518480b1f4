import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import packageJson from "../../package.json" with { type: "json" };
import { destinationOf, isUnique } from "../../adapters/engine/adapter.ts";
import { adapters } from "../../adapters/index.ts";
import { faultNames } from "../../sandbox/faults.ts";
import { type CanonicalField, canonicalFieldNames, canonicalFields } from "../../schemas/account.ts";
import { guaranteeLevel } from "../../schemas/documents/capability.ts";
import { previews } from "../../schemas/documents/preview.ts";
import { operationState } from "../../schemas/operation.ts";
import { type ProblemKind, problemKinds } from "../../schemas/problem.ts";
import { problem as problemSchema } from "../../schemas/documents/problem.ts";
import { visible } from "../../schemas/text.ts";
import { demoConnections, demoVariables, hasty, openGateway, useVendors } from "../support/gateway.ts";
import { asRow, example, lasting, pages, table } from "./readme.ts";

useVendors();
const gateway = openGateway();

describe("the dialects on the first screen", () => {
  it.each(demoConnections)("%s is what the gateway would send", async (connection) => {
    const answer = await gateway.call("/v1/accounts/preview", {
      connection,
      headers: { Prefer: "handling=lenient" },
      body: example("request"),
    });
    const [preview] = previews.parse(answer.json).previews;
    expect(preview?.problems).toEqual([]);
    expect(preview?.request?.body).toEqual(JSON.parse(example(connection)));
  });

  it("is refused by Garmat without leniency, with a pointer to each field it has no place for", async () => {
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
  it("say what each field takes, and where it lives, as the schema and the adapters do", () => {
    const homes = canonicalFieldNames.options.map((field) => [
      `\`${field}\``,
      valuesOf(field),
      ...adapters.map(({ fields, reply }) => {
        const support = fields[field];
        if (support.kind === "unsupported") return "—";
        if (support.kind === "mappable") return "mappable";
        if (support.kind === "implied") return `only \`${String(support.value)}\``;
        const { to, kind } = support.destination;
        const [envelope = ""] = reply.envelopes;
        return `\`${to.slice(envelope.length + 1)}\`${kind === "uuid" ? ", a UUID" : ""}`;
      }),
    ]);
    expect(table("homes").map(asRow)).toEqual(homes.map(asRow));
  });

  it("list every problem as the code knows it", () => {
    const rows = Object.entries<ProblemKind>(problemKinds).map(([code, { status, effect, retry, remedy, unkeyed }]) => [
      String(status),
      `\`${code}\``,
      effect === "unknown" ? "perhaps" : "no",
      retry,
      unkeyed === undefined ? remedy : `${remedy} Without a key: ${unkeyed.remedy}`,
    ]);
    expect(table("problems").map(asRow)).toEqual(rows.map(asRow));
  });

  it("list every way in which effect and retry go together", () => {
    const ways = Object.values(problemKinds).map(({ effect, retry }) => `\`${effect}\` \`${retry}\``);
    expect(table("recovery").map(([effect, retry]) => `${effect} ${retry}`)).toEqual(
      expect.toSatisfy((told: string[]) => told.toSorted().join() === [...new Set(ways)].toSorted().join()),
    );
  });

  it("list the members of a problem", () => {
    const told = table("members").map(([member = ""]) => member.replaceAll("`", ""));
    // What the RFC itself explains is left out.
    expect([...told, "type", "title", "status"].toSorted()).toEqual(Object.keys(problemSchema.shape).toSorted());
  });

  it("list every guarantee", () => {
    expect(table("levels").map(([level]) => level)).toEqual(guaranteeLevel.options.map((level) => `\`${level}\``));
  });

  it("say of each connection what a keyed create is promised, and why, as the gateway does", async () => {
    const published = (await gateway.connections()).map(({ id, guarantee }) => [
      `\`${id}\``,
      `\`${guarantee?.level}\``,
      guarantee?.assumption ?? "",
    ]);
    expect(table("guarantees").map(asRow)).toEqual(published.map(asRow));
  });

  it("say of each vendor what is unique and what an account is known again by, as the adapters do", () => {
    const recognised = adapters.map((adapter) => {
      const { title, lookups } = adapter;
      const [first] = lookups;
      const unique = canonicalFieldNames.options.filter((field) => isUnique(adapter, field));
      const finds = destinationOf(adapter, "external_ref") === undefined ? "candidates" : "account";
      return [title, unique.map((field) => `\`${field}\``).join(", ") || "—", finds, first?.by];
    });
    const told = table("recognition").map(([vendor, unique, again = ""]) => {
      const by = /`(\w+)`/.exec(again)?.[1];
      return [vendor, unique, again.startsWith("nothing") ? "candidates" : "account", by];
    });
    expect(told).toEqual(recognised);
  });

  it("list every state of an operation", () => {
    expect(table("states").map(([state]) => state)).toEqual(operationState.options.map((state) => `\`${state}\``));
  });

  it("list every fault of the sandbox", () => {
    const listed = table("faults").map(([fault = ""]) => fault);
    expect(listed.toSorted()).toEqual(faultNames.map((name) => `\`fault:${name}\``).toSorted());
  });

  it.each(table("faults"))("tell what %s ends in", async (fault, _doing, ending = "") => {
    const hurried = openGateway(demoVariables(hasty));
    const name = `${fault.replaceAll("`", "")} Acme`;
    const { status, problem } = await hurried.create("demo-elastic-path", { name });
    expect(ending.split(";")[0]).toBe(problem === undefined ? String(status) : `${status} \`${problem.code}\``);
  });

  it("list the headers of an answer that a browser may read", async () => {
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
  allOf: z.optional(z.array(z.object({ pattern: z.string() }))),
  format: z.optional(z.string()),
  enum: z.optional(z.array(z.string())),
});

/** What a field takes, in the words of the table. */
function valuesOf(field: CanonicalField): string {
  const {
    type,
    maxLength,
    allOf = [],
    format,
    enum: values,
  } = valueSchema.parse(z.toJSONSchema(canonicalFields[field]));
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (format === "email") return `an e-mail address of at most ${maxLength}`;
  if (type === "boolean") return "`true`, `false`";
  return `text of at most ${maxLength}${allOf.some(({ pattern }) => pattern === visible.source) ? ", not blank" : ""}`;
}

describe("what the pages name", () => {
  it.each(named(/npm run ([\w:-]+)/g))("npm run %s exists", (script) => {
    expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  it.each(named(/`((?:adapters|schemas|sandbox|src|test)\/[\w./-]*|\.ci\/run)`/g))("%s exists", (path) => {
    expect(existsSync(path)).toBe(path !== "sandbox/.dev.vars");
  });
});

/** What the pages have in an expression's first group, each once. */
function named(expression: RegExp): string[] {
  const found = [...pages.values()].flatMap((page) => [...page.matchAll(expression)]);
  return [...new Set(found.map(([, name = ""]) => name))];
}
