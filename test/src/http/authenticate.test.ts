/** The time of a key comparison does not depend on the key. The tests count reads, because measured times vary. */
import { Hono } from "hono/tiny";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AppEnvironment } from "../../../src/http/request-state.ts";
import { isSame, requireKey } from "../../../src/http/authenticate.ts";

const digestOf = (key: string) => createHash("sha256").update(key).digest("hex");

describe("the gateway compares every digest of every key, whichever key the request has", () => {
  test.each(["first", "second", "last", "unknown"])("%s", async (presented) => {
    const compared: string[] = [];
    const keys = [["first", "second"], ["third"], ["last"]].map((names) => ({
      name: names.join("-"),
      sha256: new Proxy(names.map(digestOf), {
        get(digests, member) {
          if (/^\d+$/.test(String(member))) compared.push(names[Number(member)] ?? "");
          return Reflect.get(digests, member);
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
