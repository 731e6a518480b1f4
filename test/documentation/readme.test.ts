import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import packageJson from "../../package.json" with { type: "json" };
import { isHome } from "../../adapters/engine/plan.ts";
import { adapters } from "../../adapters/index.ts";
import { faultNames } from "../../sandbox/faults.ts";
import { canonicalFieldNames } from "../../schemas/account.ts";
import { previews } from "../../schemas/preview.ts";
import { problemKinds } from "../../schemas/problem.ts";
import { readConfiguration } from "../../src/configuration.ts";
import { demoConnections, openGateway, useVendors } from "../gateway/gateway.ts";
import { example, readme, table } from "./readme.ts";

useVendors();
const { call } = openGateway();

describe("the three dialects on the first screen", () => {
  it.each(demoConnections)("%s is what the gateway would send", async (connection) => {
    const answer = await call("/v1/accounts/preview", {
      connection,
      headers: { Prefer: "handling=lenient" },
      body: example("request"),
    });
    const [preview] = previews.parse(answer.json).previews;
    expect(preview?.problems).toEqual([]);
    expect(preview?.request?.body).toEqual(JSON.parse(example(connection)));
  });

  it("is refused by Garmat without leniency, with a pointer to each field it has no place for", async () => {
    const answer = await call("/v1/accounts", { connection: "demo-garmat", body: example("request") });
    expect(answer.json).toMatchObject({
      code: "unsupported_field",
      errors: [{ pointer: "/external_ref" }, { pointer: "/legal_name" }],
    });
  });
});

describe("the tables", () => {
  it("say where each field lives as the adapters do", () => {
    const homes = canonicalFieldNames.options.map((field) => [
      `\`${field}\``,
      ...adapters.map(({ fields, reply }) => {
        const rule = fields[field];
        if (rule === undefined) return "—";
        if (rule === "mappable") return rule;
        if (!isHome(rule)) return `only \`${String(rule.implied)}\``;
        const [envelope = ""] = reply.envelopes;
        return `\`${rule.to.slice(envelope.length + 1)}\``;
      }),
    ]);
    expect(table("homes")).toEqual(homes);
  });

  it("list every problem as the code knows it", () => {
    const rows = Object.entries(problemKinds).map(([code, { status, effect, retry, remedy }]) => [
      String(status),
      `\`${code}\``,
      effect === "unknown" ? "perhaps" : "no",
      retry,
      remedy,
    ]);
    expect(table("problems")).toEqual(rows);
  });

  it("list every fault of the sandbox", () => {
    expect(table("faults").map(([fault]) => fault)).toEqual(
      expect.arrayContaining(faultNames.map((name) => `\`fault:${name}\``)),
    );
    expect(table("faults")).toHaveLength(faultNames.length);
  });
});

describe("the configuration", () => {
  it("of the example has no fault", () => {
    const digest = createHash("sha256").update("any key").digest("hex");
    const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "wrangler.toml");
    const top = 'name = "account-gateway"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"\n';
    writeFileSync(file, top + example("configuration").replace("<hex of the key's SHA-256>", digest));
    const { vars } = unstable_readConfig({ config: file });
    const { faults, connections, keys } = readConfiguration(adapters, {
      ...vars,
      ACME_CLARUS_SECRET: "a secret of some length",
    });
    expect(faults).toEqual([]);
    expect([...connections.keys()]).toEqual(["acme-wms"]);
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
  it.each([...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script))(
    "npm run %s exists",
    (script) => {
      expect(Object.keys(packageJson.scripts)).toContain(script);
    },
  );

  it.each(
    [...readme.matchAll(/`((?:adapters|schemas|sandbox|src|test)\/[\w./-]*|\.ci\/run)`/g)].map(([, path = ""]) => path),
  )("%s exists", (path) => {
    expect(existsSync(path)).toBe(path !== "sandbox/.dev.vars");
  });
});
