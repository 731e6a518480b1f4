/** The configuration's guide and reference: the examples have no fault, and the tables match the code. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import * as z from "zod/mini";
import { jwtBearer } from "../../adapters/engine/auth-jwt.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { connectionCommon } from "../../schemas/connection.ts";
import { readConfiguration } from "../../src/connections/configuration.ts";
import { authAdapters } from "../support/auth-vendor.ts";
import { asRow, example, examples, table } from "./readme.ts";

const defaults = connectionCommon.parse({
  id: "acme-wms",
  vendor: "clarus",
  base_url: "https://clarus-api.com",
  auth: {},
});

/** Reads a configuration as the gateway does. */
function read(text: string) {
  const digest = createHash("sha256").update("any key").digest("hex");
  const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "wrangler.toml");
  const top = 'name = "account-gateway"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"\n';
  writeFileSync(file, top + text.replace("<hex of the key's SHA-256>", digest));
  const { vars } = unstable_readConfig({ config: file });
  const names = [...text.matchAll(/secret = "(\w+)"/g)].map(([, name = ""]) => name);
  const secrets = Object.fromEntries(names.map((name) => [name, "a secret of some length"]));
  return readConfiguration(allAdapters, { ...vars, ...secrets });
}

describe("the configuration", () => {
  const commented = readFileSync("wrangler.toml", "utf8").replace(/^[\s\S]*?\n#\n/, "");

  it.each([
    ["the page", example("configuration")],
    ["wrangler.toml", commented.replaceAll(/^# ?/gm, "")],
  ])("of %s has no fault, and states the real defaults", (_where, text) => {
    const { faults, connections, keys } = read(text);
    expect(faults).toEqual([]);
    const [[id, { plan } = {}] = [], ...others] = connections;
    expect([id, others]).toEqual(["acme-wms", []]);
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

  it.each(allAdapters.map(({ vendor }) => vendor))("of the page on %s has no fault", (vendor) => {
    const { faults, connections } = read(example(vendor, "connection"));
    expect([faults, [...connections.values()].map(({ plan }) => plan?.adapter.vendor)]).toEqual([[], [vendor]]);
  });

  it("makes a key whose digest is its SHA-256", () => {
    const printed = execFileSync("bash", ["-c", example("key")], { encoding: "utf8" });
    const [, key = "", digest = ""] = /^key: {4}(\S+)\nsha256: ([0-9a-f]{64})\n$/.exec(printed) ?? [];
    expect(key.length).toBeGreaterThan(40);
    expect(digest).toBe(createHash("sha256").update(key).digest("hex"));
  });

  it.each(examples.filter(({ kind }) => kind === "check"))("is checked by $text", { timeout: 120_000 }, ({ text }) => {
    expect(execFileSync("bash", ["-c", text], { encoding: "utf8" })).toContain(" 0 faults");
  });
});

describe("the tables", () => {
  it("list every optional setting, with its default and its bounds", () => {
    const schema = z.toJSONSchema(connectionCommon, { io: "input", unrepresentable: "any" });
    const { properties = {}, required = [] } = schema;
    const members = Object.entries(properties).filter(([name]) => !required.includes(name) && name !== "auth");
    const expected = members.map(([name, property]) => {
      const {
        default: value,
        minimum,
        maximum,
      } = z
        .looseObject({
          default: z.unknown(),
          minimum: z.optional(z.number()),
          maximum: z.optional(z.number()),
        })
        .parse(property);
      const usual = typeof value === "object" ? "none" : `\`${String(value)}\``;
      return [`\`${name}\``, usual, minimum === undefined ? undefined : `${minimum} to ${maximum}: `] as const;
    });
    const listed = table("connection");
    expect(listed.map(([name, usual]) => [name, usual])).toEqual(expected.map(([name, usual]) => [name, usual]));
    for (const [index, [, , bounds = ""]] of expected.entries())
      expect(listed[index]?.[2]).toMatch(new RegExp(`^${bounds}`));
  });

  it("list every way to authenticate, with its members", () => {
    const rowOf = (type: string, members: readonly string[]) => asRow([type, members.toSorted().join(", ")]);
    const rows = [...table("auth"), ...table("own-auth").map(([type, , members]) => [type, members])];
    const listed = rows.map(([type = "", members = ""]) =>
      rowOf(
        type,
        [...members.matchAll(/`(\w+)`/g)].map(([, member = ""]) => member),
      ),
    );
    // The tables may list a way that no vendor of the repository accepts.
    for (const { schema } of allAdapters.flatMap(({ auth }) => auth)) {
      const { type, ...members } = schema.shape;
      expect(listed).toContain(rowOf(`\`${typeOf(type)}\``, Object.keys(members)));
    }
  });

  it("list every way of other adapters to authenticate, with its members", () => {
    const rowOf = (type: string, members: readonly string[]) => asRow([type, members.toSorted().join(", ")]);
    // One row has the types of the two ways to send an API key.
    const expected = new Set(
      authAdapters.map(({ auth: [{ schema }] }) => {
        const { type, ...members } = schema.shape;
        return rowOf(`\`${typeOf(type)}\``, Object.keys(members));
      }),
    );
    const listed = table("own-auth").map(([type = "", , members = ""]) =>
      rowOf(
        type,
        [...members.matchAll(/`(\w+)`/g)].map(([, member = ""]) => member),
      ),
    );
    expect(listed.toSorted()).toEqual([...expected].toSorted());
  });

  it("state the command that the fault of a private key states", () => {
    const { whyUnusable } = jwtBearer({ path: "", encoding: "form", algorithms: ["RS256"] });
    const [command = ""] = /`openssl .*`/.exec(whyUnusable?.("no key") ?? "") ?? [];
    expect(readFileSync("docs/reference/configuration.md", "utf8")).toContain(command);
    expect(command).not.toBe("");
  });
});

const typeOf = (schema: unknown): string => {
  const literal = z.instanceof(z.ZodMiniLiteral).parse(schema);
  return String([...literal.def.values][0]);
};
