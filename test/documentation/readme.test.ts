import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import * as z from "zod/mini";
import packageJson from "../../package.json" with { type: "json" };
import { isHome, isUnique } from "../../adapters/engine/row.ts";
import { adapters } from "../../adapters/index.ts";
import { faultNames } from "../../sandbox/faults.ts";
import { type CanonicalField, canonicalFieldNames, canonicalFields } from "../../schemas/account.ts";
import { connectionCommon } from "../../schemas/connection.ts";
import { previews } from "../../schemas/preview.ts";
import { operationState } from "../../schemas/operation.ts";
import { type ProblemKind, problemKinds } from "../../schemas/problem.ts";
import { readConfiguration } from "../../src/configuration.ts";
import { demoConnections, demoVariables, hasty, openGateway, useVendors } from "../gateway/gateway.ts";
import { asRow, example, lasting, readme, table } from "./readme.ts";

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
    expect(lasting(answer.text)).toEqual(lasting(example("problem")));
  });
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
        const rule = fields[field];
        if (rule === undefined) return "—";
        if (rule === "mappable") return rule;
        if (!isHome(rule)) return `only \`${String(rule.implied)}\``;
        const [envelope = ""] = reply.envelopes;
        return `\`${rule.to.slice(envelope.length + 1)}\`${rule.kind === "uuid" ? ", a UUID" : ""}`;
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

  it("say of each connection what a keyed create is promised, and why, as the gateway does", async () => {
    const published = (await gateway.connections()).map(({ id, guarantee }) => [
      `\`${id}\``,
      `\`${guarantee?.level}\``,
      guarantee?.assumption ?? "",
    ]);
    expect(table("guarantees").map(asRow)).toEqual(published.map(asRow));
  });

  it("say of each vendor what is unique and what an account is known again by, as the adapters do", () => {
    const everything = { name: "n", code: "c", external_ref: "e", registration_id: "r" };
    const recognised = adapters.map(({ title, fields, lookup }) => {
      const unique = canonicalFieldNames.options.filter((field) => isUnique(fields[field]));
      const { finds, by } = lookup(everything) ?? {};
      return [title, unique.map((field) => `\`${field}\``).join(", ") || "—", finds, by];
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
  pattern: z.optional(z.string()),
  format: z.optional(z.string()),
  enum: z.optional(z.array(z.string())),
});

/** What a field takes, in the words of the table. */
function valuesOf(field: CanonicalField): string {
  const { type, maxLength, pattern, format, enum: values } = valueSchema.parse(z.toJSONSchema(canonicalFields[field]));
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(", ");
  if (format === "email") return "an e-mail address";
  if (type === "boolean") return "`true`, `false`";
  return `text of at most ${maxLength}${pattern === undefined ? "" : ", not blank"}`;
}

describe("the configuration", () => {
  const commented = readFileSync("wrangler.toml", "utf8").replace(/^[\s\S]*?\n#\n/, "");

  it.each([
    ["the README", example("configuration")],
    ["wrangler.toml", commented.replaceAll(/^# ?/gm, "")],
  ])("of %s has no fault, and says what would be so anyway where it says that it does", (_where, text) => {
    const digest = createHash("sha256").update("any key").digest("hex");
    const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "wrangler.toml");
    const top = 'name = "account-gateway"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"\n';
    writeFileSync(file, top + text.replace("<hex of the key's SHA-256>", digest));
    const { vars } = unstable_readConfig({ config: file });
    const { faults, connections, keys } = readConfiguration(adapters, {
      ...vars,
      ACME_CLARUS_SECRET: "a secret of some length",
    });
    expect(faults).toEqual([]);
    const [[id, { plan } = {}] = [], ...others] = connections;
    expect([id, others]).toEqual(["acme-wms", []]);
    const defaults = connectionCommon.parse({ id, vendor: "clarus", base_url: "https://clarus-api.com", auth: {} });
    const { require_key, timeout_ms, stamp, settle_window_ms, rate_per_s, retention_days } = defaults;
    expect(plan?.connection).toMatchObject({
      require_key,
      timeout_ms,
      stamp,
      settle_window_ms,
      rate_per_s,
      retention_days,
    });
    expect(keys.map(({ name }) => name)).toEqual(["billing"]);
  });

  it("makes a key whose digest is its SHA-256", () => {
    const printed = execFileSync("bash", ["-c", example("key")], { encoding: "utf8" });
    const [, key = "", digest = ""] = /^key: {4}(\S+)\nsha256: ([0-9a-f]{64})\n$/.exec(printed) ?? [];
    expect(key.length).toBeGreaterThan(40);
    expect(digest).toBe(createHash("sha256").update(key).digest("hex"));
  });
});

describe("what the README names", () => {
  it.each(named(/npm run ([\w:-]+)/g))("npm run %s exists", (script) => {
    expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  it.each(named(/`((?:adapters|schemas|sandbox|src|test)\/[\w./-]*|\.ci\/run)`/g))("%s exists", (path) => {
    expect(existsSync(path)).toBe(path !== "sandbox/.dev.vars");
  });
});

/** What the README has in an expression's first group, each once. */
function named(expression: RegExp): string[] {
  return [...new Set([...readme.matchAll(expression)].map(([, name = ""]) => name))];
}
