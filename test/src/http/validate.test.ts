/** Invalid bodies and queries are refused with a pointer to each error. */
import { describe, expect, test } from "vitest";
import { creates, loggedText, openGateway, useVendors, vendorTraffic } from "../../support/gateway.ts";

useVendors();

const acme = { name: "Acme" };

describe("the media type", () => {
  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/vnd.api+json",
    "application/json; charset=latin1",
    "",
  ])("%j is refused", async (type) => {
    const { status, problem } = await openGateway().create("demo-garmat", JSON.stringify(acme), {
      headers: { "Content-Type": type },
    });
    expect(status).toBe(415);
    expect(problem?.code).toBe("unsupported_media_type");
  });

  test("an encoded body is refused", async () => {
    const gateway = openGateway();
    const { status, problem } = await gateway.create("demo-garmat", acme, { headers: { "Content-Encoding": "gzip" } });
    expect(status).toBe(415);
    expect(problem?.detail).toContain("gzip");
    const headers = { "Content-Encoding": "IDENTITY" };
    expect((await gateway.create("demo-garmat", acme, { headers })).status).toBe(201);
  });

  test.each([
    "application/json",
    "application/json;charset=utf-8",
    'application/json ; charset="UTF-8"',
    "Application/JSON",
  ])("%j is accepted", async (type) => {
    const { status } = await openGateway().create("demo-garmat", JSON.stringify(acme), {
      headers: { "Content-Type": type },
    });
    expect(status).toBe(201);
  });
});

describe("the size of the body", () => {
  const limit = 64 * 1024;
  const sized = (size: number) => `{"name":"Acme"}${" ".repeat(size - 15)}`;
  const streamed = (text: string) =>
    new ReadableStream<Uint8Array>({
      start(stream) {
        for (let at = 0; at < text.length; at += 10_000)
          stream.enqueue(new TextEncoder().encode(text.slice(at, at + 10_000)));
        stream.close();
      },
    });

  test.each([
    ["with its length", (size: number) => [sized(size), { "Content-Length": String(size) }] as const],
    ["without its length", (size: number) => [streamed(sized(size)), {}] as const],
  ])("%s: 64 KiB are accepted, one byte more is refused", async (_, bodyOf) => {
    const gateway = openGateway();
    const [fits, fitsHeaders] = bodyOf(limit);
    expect((await gateway.create("demo-garmat", fits, { headers: { ...fitsHeaders } })).status).toBe(201);
    const [exceeds, exceedsHeaders] = bodyOf(limit + 1);
    const { status, problem } = await gateway.create("demo-garmat", exceeds, { headers: { ...exceedsHeaders } });
    expect(status).toBe(413);
    expect(problem?.code).toBe("body_too_large");
    expect(creates()).toHaveLength(1);
  });
});

describe("JSON", () => {
  const bytes = (...parts: (string | number[])[]) =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

  test.each<[what: string, body: string | Uint8Array, detail: RegExp, pointer: string]>([
    ["an empty body", "", /not JSON/, ""],
    ["an incomplete object", '{"name": "Acme"', /position 15 \(line 1, column 16\)/, ""],
    ["an error on a later line", '{\n  "name": "Acme",\n  nope\n}', /line 3, column 3/, ""],
    ["a trailing comma", '{"name": "Acme",}', /position 16/, ""],
    ["a comment", '{"name": "Acme"} // no', /position 17/, ""],
    ["single quotes", "{'name': 'Acme'}", /position 1\b/, ""],
    ["a number with a leading zero", '{"name": "Acme", "custom": {"a": 01}}', /not JSON/, ""],
    ["a raw control character", '{"name": "Ac\u0001me"}', /not JSON/, ""],
    ["two documents", '{"name": "Acme"}{"name": "Acme"}', /position 16/, ""],
    ["a byte order mark", "\uFEFF{}", /not JSON/, ""],
    ["a duplicate member", '{"name": "Acme", "name": "Other"}', /Duplicate member \/name /, "/name"],
    [
      "a duplicate member with another escape",
      '{"name": "Acme", "n\\u0061me": "Other"}',
      /Duplicate member \/name /,
      "/name",
    ],
    [
      "a duplicate member in a nested object",
      '{"name": "Acme", "custom": {"a/b": 1, "a/b": 1}}',
      /Duplicate member/,
      "/custom/a~1b",
    ],
    ["a duplicate __proto__", '{"name": "Acme", "__proto__": 1, "__proto__": 2}', /Duplicate member/, "/__proto__"],
    [
      "a number too small for a double",
      '{"name": "Acme", "custom": {"a": 1e-400}}',
      /number 1e-400 cannot be represented exactly/,
      "",
    ],
    [
      "a number with more digits than a double has",
      '{"name": "Acme", "custom": {"a": 1.00000000000000000001}}',
      /represented exactly/,
      "",
    ],
    [
      "an integer that no double represents",
      '{"name": "Acme", "custom": {"a": 9007199254740993}}',
      /represented exactly/,
      "",
    ],
    ["half a surrogate pair", '{"name": "Acme \\ud83d"}', /lone surrogate/, "/name"],
    [
      "half a surrogate pair in a member's name",
      '{"name": "Acme", "custom": {"\\udc00": 1}}',
      /lone surrogate/,
      "/custom",
    ],
    ["bytes that are not UTF-8", bytes('{"name": "Acme', [0xff], '"}'), /not UTF-8/, ""],
    ["an overlong encoding", bytes('{"name": "', [0xc0, 0xaf], '"}'), /not UTF-8/, ""],
    ["a surrogate in UTF-8", bytes('{"name": "', [0xed, 0xa0, 0x80], '"}'), /not UTF-8/, ""],
    ["nesting that is too deep", `{"name": "Acme", "custom": ${"[".repeat(33)}${"]".repeat(33)}}`, /nested/, ""],
    ["nesting deeper than any stack", "[".repeat(30_000) + "]".repeat(30_000), /nested/, ""],
    ["nesting that never ends", "[".repeat(60_000), /not JSON|nested/, ""],
    ["members that never end", '{"a":'.repeat(12_000), /not JSON|nested/, ""],
  ])("%s is refused", async (_, body, detail, pointer) => {
    const { status, problem } = await openGateway().create("demo-garmat", body);
    expect(status).toBe(400);
    expect(problem?.code).toBe("invalid_json");
    expect(problem?.detail).toMatch(detail);
    expect(problem?.errors?.map((error) => error.pointer)).toEqual([pointer]);
    expect(vendorTraffic()).toEqual([]);
  });

  test.each([undefined, "4096"])(
    "an incomplete body is answered as an error of the caller (Content-Length: %s)",
    async (length) => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"name": "Ac')),
        pull: (controller) => controller.error(new Error("Network connection lost.")),
      });
      const headers = length === undefined ? {} : { "Content-Length": length };
      const { problem } = await openGateway().create("demo-garmat", body, { headers });
      expect(problem).toMatchObject({
        code: "invalid_json",
        detail: expect.stringContaining("The body is incomplete"),
      });
      expect(loggedText()).not.toContain("error");
    },
  );

  test("the longest possible number is read quickly", async () => {
    const number = `1${"0".repeat(60_000)}1`;
    for (let count = 0; count < 8; count += 1) {
      const { problem } = await openGateway().create("demo-garmat", `{"name": "Acme", "custom": {"a": ${number}}}`);
      expect(problem?.detail).toMatch(/represented exactly/);
    }
    // With a backtracking regular expression, eight such numbers take 15 s.
  }, 10_000);

  test("members that only look like duplicates are accepted", async () => {
    const body =
      '{"name": "\\"name\\": \\\\", "custom": null, "vendor_options": {"clarus": {"string1": "a: {\\"b\\": 1}"}}}';
    const { status, account } = await openGateway().create("demo-garmat", body);
    expect(status).toBe(201);
    expect(account?.name).toBe('"name": \\');
  });
});

describe("the account", () => {
  test("one answer names every error with its pointer", async () => {
    const { status, problem } = await openGateway().create("demo-clarus", {
      name: " \u00a0",
      code: "",
      external_ref: "x".repeat(2049),
      legal_name: 7,
      registration_id: "x".repeat(64),
      email: "nobody",
      active: "yes",
      type: "garmat",
      customer_type: "MSO",
      industry: "farming",
      custom: { tier: { nested: true }, "not a key": "x", big: 2 ** 53, half: 0.5 },
      vendor_options: { clarus: { string1: 1, string9: "x" }, nobody: {} },
      unknown: true,
      "a/b~c": 1,
    });
    expect(status).toBe(422);
    expect(problem?.code).toBe("invalid_account");
    expect(problem?.errors?.map(({ pointer }) => pointer).toSorted()).toEqual(
      [
        "/name",
        "/code",
        "/external_ref",
        "/legal_name",
        "/registration_id",
        "/email",
        "/active",
        "/type",
        "/customer_type",
        "/industry",
        "/custom/tier",
        "/custom/not a key",
        "/custom/big",
        "/custom/half",
        "/vendor_options/clarus/string1",
        "/vendor_options/clarus/string9",
        "/vendor_options/nobody",
        "/unknown",
        "/a~1b~0c",
      ].toSorted(),
    );
    for (const { detail } of problem?.errors ?? []) expect(detail).not.toMatch(/^$|invalid input/i);
    expect(vendorTraffic()).toEqual([]);
  });

  test.each([
    ["null", null],
    ["a string", "Acme"],
    ["a number", 7],
    ["an array", [{ name: "Acme" }]],
  ])("%s is not a valid account", async (_, body) => {
    const { problem } = await openGateway().create("demo-garmat", JSON.stringify(body));
    expect(problem).toMatchObject({ code: "invalid_account", errors: [{ pointer: "" }] });
  });

  test("an account without a name is refused because the name is required", async () => {
    const { problem } = await openGateway().create("demo-garmat", {});
    expect(problem?.errors).toEqual([{ pointer: "/name", detail: "Is required" }]);
    const { problem: nullName } = await openGateway().create("demo-garmat", { name: null });
    expect(nullName?.errors).toMatchObject([{ pointer: "/name" }]);
  });

  test("__proto__ is refused like any other unknown member", async () => {
    const { problem } = await openGateway().create(
      "demo-garmat",
      '{"name": "Acme", "__proto__": {"type": "distributor"}}',
    );
    expect(problem).toMatchObject({ code: "invalid_account" });
    const { problem: custom } = await openGateway().create(
      "demo-garmat",
      '{"name": "Acme", "custom": {"__proto__": 1}}',
    );
    expect(custom).toMatchObject({
      code: "invalid_account",
      errors: [{ pointer: expect.stringMatching(/^\/custom/) }],
    });
  });

  test("lengths are counted in characters, not in UTF-16 units", async () => {
    const gateway = openGateway();
    expect((await gateway.create("demo-garmat", { name: "😀".repeat(1024) })).status).toBe(201);
    expect((await gateway.create("demo-garmat", { name: "😀".repeat(1025) })).status).toBe(422);
  });

  test("the vendor's own limits are checked before the request is sent", async () => {
    const { problem } = await openGateway().create("demo-elastic-path", { name: "Acme", parent_id: "not-a-uuid" });
    expect(problem).toMatchObject({
      code: "invalid_account",
      errors: [{ pointer: "/parent_id", detail: expect.stringContaining("UUID") }],
    });
    expect(vendorTraffic()).toEqual([]);
  });

  test("one answer names all fields that the vendor does not have, and what to do", async () => {
    const { status, problem } = await openGateway().create("demo-garmat", {
      name: "Acme",
      email: "info@acme.example",
      legal_name: "Acme GmbH",
      custom: { tier: "gold" },
    });
    expect(status).toBe(422);
    expect(problem).toMatchObject({
      code: "unsupported_field",
      errors: ["/legal_name", "/email", "/custom/tier"].map((pointer) => ({
        pointer,
        detail: expect.stringContaining("Prefer: handling=lenient"),
      })),
    });
    expect(vendorTraffic()).toEqual([]);
  });
});

describe("the query", () => {
  test.each([
    "?include=everything",
    "?include=",
    "?include=fields,",
    "?includes=fields",
    "?include=fields&x=1",
    "?__proto__=1",
  ])("%s is refused", async (query) => {
    const { status, problem } = await openGateway().create("demo-garmat", acme, { query });
    expect(status).toBe(400);
    expect(problem?.code).toBe("invalid_query");
    expect(vendorTraffic()).toEqual([]);
  });

  test.each([
    ["/v1/accounts/preview", { body: acme }],
    ["/v1/connections", {}],
    ["/v1/connections/demo-garmat/schema", {}],
    ["/v1/connections/demo-garmat/check", { method: "POST" }],
  ])("%s accepts no query", async (path, options) => {
    const { json } = await openGateway().call(`${path}?include=fields`, options);
    expect(json).toMatchObject({ code: "invalid_query" });
  });
});
