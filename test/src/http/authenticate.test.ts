/** Gateway keys. A comparison takes the same time for every key. The tests count reads, because measured times vary. */
import { Hono } from "hono/tiny";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AppEnvironment } from "../../../src/http/request-state.ts";
import { isSame, requireKey } from "../../../src/http/authenticate.ts";
import { digests } from "../../support/gateway-keys.ts";
import { openGateway, useVendors, vendorTraffic } from "../../support/gateway.ts";

useVendors();

const acme = { name: "Acme" };

const digestOf = (key: string) => createHash("sha256").update(key).digest("hex");

describe("the gateway compares every digest of every key, for any key in the request", () => {
  test.each(["first", "second", "last", "unknown"])("%s", async (presented) => {
    const compared: string[] = [];
    const keys = [["first", "second"], ["third"], ["last"]].map((names) => ({
      name: names.join("-"),
      sha256: new Proxy(names.map(digestOf), {
        get(target, member) {
          if (/^\d+$/.test(String(member))) compared.push(names[Number(member)] ?? "");
          return Reflect.get(target, member);
        },
      }),
      connections: [],
      operator: false,
    }));
    const app = new Hono<AppEnvironment>().use((c, next) => {
      c.set("configuration", { allowedOrigins: [], connections: new Map(), keys, faults: [] });
      c.set("log", {});
      return next();
    });
    app.get("/", requireKey, (c) => c.text(c.var.key.name));
    app.onError((_error, c) => c.text("", 401));
    const response = await app.request("/", { headers: { Authorization: `Bearer ${presented}` } });
    expect(response.status).toBe(presented === "unknown" ? 401 : 200);
    expect(compared).toEqual(["first", "second", "third", "last"]);
  });
});

test.each([
  ["nowhere", 32, -1, true],
  ["in the first byte", 32, 0, false],
  ["in the last byte", 32, 31, false],
  ["in length", 31, -1, false],
])("two digests that differ %s are read completely", (_, length, at, same) => {
  const left = new Uint8Array(32).fill(7);
  const right = new Uint8Array(length).fill(7);
  if (at >= 0) right[at] = 8;
  let reads = 0;
  const watched = new Proxy(right, {
    get(bytes, member) {
      if (/^\d+$/.test(String(member))) reads += 1;
      return Reflect.get(bytes, member, bytes);
    },
  });
  expect(isSame(left, watched)).toBe(same);
  expect(reads).toBe(32);
});

describe("the gateway key", () => {
  test.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["another scheme", "Basic ZGVtby1rZXk="],
    ["no scheme", "demo-key"],
    ["two keys", "Bearer demo-key demo-key"],
    ["an unknown key", "Bearer demo-keys"],
    ["the digest itself", `Bearer ${digests["demo-key"]}`],
    ["a key in the wrong case", "Bearer DEMO-KEY"],
  ])("%s is refused on every route that needs a key", async (_, authorization) => {
    const gateway = openGateway();
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    const answers = await Promise.all([
      gateway.create("demo-clarus", acme, { key: null, headers }),
      gateway.preview("demo-clarus", acme, { key: null, headers }),
      gateway.call("/v1/connections", { key: null, headers }),
      gateway.call("/v1/connections/demo-clarus/schema", { key: null, headers }),
      gateway.call("/v1/connections/demo-clarus/check", { method: "POST", key: null, headers }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer realm="account-gateway"/);
      expect(answer.json).toMatchObject({ code: "unauthenticated" });
    }
    expect(vendorTraffic()).toEqual([]);
  });

  test("the challenge names an error only if the request has a key (RFC 6750 §3)", async () => {
    const gateway = openGateway();
    const without = await gateway.create("demo-clarus", acme, { key: null });
    const wrong = await gateway.create("demo-clarus", acme, { key: "wrong" });
    expect(without.headers.get("WWW-Authenticate")).not.toContain("error");
    expect(wrong.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
  });

  test("the name of the scheme is case-insensitive", async () => {
    const { status } = await openGateway().create("demo-garmat", acme, {
      headers: { Authorization: "bearer demo-key" },
    });
    expect(status).toBe(201);
  });

  test("is checked before the body", async () => {
    const { problem } = await openGateway().create("none", "{", {
      key: "wrong",
      headers: { "Content-Type": "text/plain" },
    });
    expect(problem?.code).toBe("unauthenticated");
  });
});
