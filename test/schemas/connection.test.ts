/** The connections and gateway keys that the schemas accept. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { connectionConfiguration, keyConfiguration, secretReference, serviceUrl } from "../../schemas/connection.ts";

describe("a service's URL", () => {
  test.each([
    ["https://clarus-api.com", "https://clarus-api.com"],
    ["https://clarus-api.com/", "https://clarus-api.com"],
    ["https://clarus-api.com///", "https://clarus-api.com"],
    ["https://CLARUS-API.com:443/tenant/", "https://clarus-api.com/tenant"],
    ["https://clarus-api.com:8443", "https://clarus-api.com:8443"],
    ["https://192.0.2.1", "https://192.0.2.1"],
    ["https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"],
    ["https://a.example/x/../y", "https://a.example/y"],
    ["http://localhost:4000", "http://localhost:4000"],
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://127.1", "http://127.0.0.1"],
    ["http://127.255.0.9/x", "http://127.255.0.9/x"],
    ["http://[::1]:8787", "http://[::1]:8787"],
    ["http://[0:0:0:0:0:0:0:1]", "http://[::1]"],
  ])("%s becomes %s", (given, url) => {
    expect(serviceUrl.parse(given)).toBe(url);
  });

  test.each([
    ["http://clarus-api.com", /https/],
    ["http://localhost.example.com", /https/],
    ["http://127.0.0.1.example.com", /https/],
    ["http://127.example.com", /https/],
    ["http://10.0.0.1", /https/],
    ["http://0.0.0.0", /https/],
    ["http://[::]", /https/],
    ["http://[2001:db8::1]", /https/],
    ["http://[::1].example.com", /absolute URL/],
    ["ftp://clarus-api.com", /https/],
    ["file:///etc/passwd", /https/],
    ["javascript:alert(1)", /https/],
    ["https://user@clarus-api.com", /credentials/],
    ["https://user:secret@clarus-api.com", /credentials/],
    ["https://:secret@clarus-api.com", /credentials/],
    ["https://clarus-api.com?x=1", /query or a fragment/],
    ["https://clarus-api.com/?", /query or a fragment/],
    ["https://clarus-api.com/#", /query or a fragment/],
    ["https://clarus-api.com/x#y", /query or a fragment/],
    ["clarus-api.com", /absolute URL/],
    ["//clarus-api.com", /absolute URL/],
    ["/api", /absolute URL/],
    ["", /absolute URL/],
    ["https://", /absolute URL/],
  ])("%s is refused", (given, reason) => {
    expect(
      serviceUrl
        .safeParse(given)
        .error?.issues.map(({ message }) => message)
        .join("; "),
    ).toMatch(reason);
  });

  test("all faults are reported at once", () => {
    expect(serviceUrl.safeParse("http://user@clarus-api.com?x").error?.issues).toHaveLength(3);
  });

  test("is https or loopback, without credentials, and does not change when parsed again", () => {
    const scheme = fc.constantFrom("https:", "http:", "HTTPS:");
    const host = fc.constantFrom(
      "//a.example",
      "//A.example:443",
      "//localhost:1",
      "//[::1]",
      "//127.0.0.1",
      "//u:p@a.example",
      "a.example",
    );
    let accepted = 0;
    fc.assert(
      fc.property(scheme, host, fc.string({ unit: "grapheme-ascii" }), (...parts) => {
        const given = parts.join("");
        const read = serviceUrl.safeParse(given);
        if (!read.success) return;
        accepted += 1;
        const { protocol, hostname, username, password } = new URL(read.data);
        const isLoopback = /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname);
        expect(protocol === "https:" || isLoopback).toBe(true);
        expect(username + password).toBe("");
        expect(read.data).not.toMatch(/[?#]|\/$/);
        expect(new URL(read.data).origin).toBe(new URL(given).origin);
        expect(serviceUrl.parse(read.data)).toBe(read.data);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(5);
  });
});

describe("a connection", () => {
  const schema = connectionConfiguration({
    vendor: "acme",
    settings: { tenant: z.string() },
    auth: [
      z.strictObject({ type: z.literal("bearer"), token: secretReference }),
      z.strictObject({ type: z.literal("none") }),
    ],
  });
  const minimal = { id: "a", vendor: "acme", base_url: "https://a.example", tenant: "t", auth: { type: "none" } };
  const pathsOf = (value: unknown) =>
    schema
      .safeParse(value)
      .error?.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : issue.path.join("."))) ?? [];

  test("has strict and careful defaults", () => {
    expect(schema.parse(minimal)).toEqual({
      ...minimal,
      mapping: {},
      defaults: {},
      fallback: {},
      handling: "strict",
      require_key: true,
      stamp: true,
      settle_window_ms: 180_000,
      rate_per_s: 10,
      operations_per_key: 1_000_000,
      retention_days: 7,
      timeout_ms: 10_000,
    });
  });

  test.each([
    [{ id: "" }, ["id"]],
    [{ id: "Acme" }, ["id"]],
    [{ id: "-a" }, ["id"]],
    [{ id: "x".repeat(64) }, ["id"]],
    [{ vendor: "other" }, ["vendor"]],
    [{ base_url: "http://a.example" }, ["base_url"]],
    [{ tenant: undefined }, ["tenant"]],
    [{ auth: { type: "bearer" } }, ["auth.token"]],
    [{ auth: { type: "bearer", token: "inline" } }, ["auth.token"]],
    [{ auth: { type: "bearer", token: { secret: "lower-case" } } }, ["auth.token.secret"]],
    [{ auth: { type: "basic" } }, ["auth.type"]],
    [{ mapping: { legal_name: 1 } }, ["mapping.legal_name"]],
    [{ defaults: { active: null } }, ["defaults.active"]],
    [{ defaults: { "custom.a": 1.5 } }, ["defaults.custom.a"]],
    [{ fallback: { code: [] } }, ["fallback.code"]],
    [{ fallback: { code: ["active"] } }, ["fallback.code.0"]],
    [{ fallback: { code: "name" } }, ["fallback.code"]],
    [{ handling: "loose" }, ["handling"]],
    [{ require_key: "no" }, ["require_key"]],
    [{ stamp: null }, ["stamp"]],
    [{ stamp: "true" }, ["stamp"]],
    [{ settle_window_ms: -1 }, ["settle_window_ms"]],
    [{ settle_window_ms: 0 }, ["settle_window_ms"]],
    [{ settle_window_ms: 99 }, ["settle_window_ms"]],
    [{ settle_window_ms: 3_600_001 }, ["settle_window_ms"]],
    [{ settle_window_ms: 0.5 }, ["settle_window_ms"]],
    [{ settle_window_ms: "1000" }, ["settle_window_ms"]],
    [{ rate_per_s: 0 }, ["rate_per_s"]],
    [{ rate_per_s: 0.009 }, ["rate_per_s"]],
    [{ rate_per_s: 1000.1 }, ["rate_per_s"]],
    [{ rate_per_s: -1 }, ["rate_per_s"]],
    [{ rate_per_s: Number.POSITIVE_INFINITY }, ["rate_per_s"]],
    [{ rate_per_s: "10" }, ["rate_per_s"]],
    [{ retention_days: 0 }, ["retention_days"]],
    [{ retention_days: 366 }, ["retention_days"]],
    [{ retention_days: 1.5 }, ["retention_days"]],
    [{ timeout_ms: 99 }, ["timeout_ms"]],
    [{ timeout_ms: 10_001 }, ["timeout_ms"]],
    [{ timeout: 1000 }, ["timeout"]],
    [{ client_secret: "x" }, ["client_secret"]],
    [{ id: "A", handling: "loose", timeout: 1 }, ["id", "handling", "timeout"]],
  ])("with %j is refused", (members, paths) => {
    expect(pathsOf({ ...minimal, ...members })).toEqual(paths);
  });

  test.each([
    { stamp: false },
    { settle_window_ms: 100 },
    { settle_window_ms: 3_600_000 },
    { rate_per_s: 0.01 },
    { rate_per_s: 2.5 },
    { rate_per_s: 1000 },
    { retention_days: 1 },
    { retention_days: 365 },
    { timeout_ms: 100 },
  ])("with %j is accepted unchanged", (members) => {
    expect(schema.parse({ ...minimal, ...members })).toMatchObject(members);
  });
});

describe("a gateway key", () => {
  const digest = "AB".repeat(32);
  const minimal = { name: "billing", sha256: [digest], connections: ["*"] };

  test("has lower-case digests, and is not an operator by default", () => {
    expect(keyConfiguration.parse(minimal)).toEqual({ ...minimal, sha256: [digest.toLowerCase()], operator: false });
  });

  test.each([
    { sha256: [] },
    { sha256: ["ab"] },
    { sha256: digest },
    { name: "" },
    { connections: "*" },
    { key: "secret" },
  ])("with %j is refused", (members) => {
    expect(keyConfiguration.safeParse({ ...minimal, ...members }).success).toBe(false);
  });
});
