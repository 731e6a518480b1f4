import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import { authAdapters, authVariables, newKeyPair } from "../../support/auth-vendor.ts";
import { demoConnections, demoVariables, openGateway, useVendors, warnings } from "../../support/gateway.ts";

useVendors();

const clarus = {
  id: "acme-wms",
  vendor: "clarus",
  base_url: "https://clarus-api.example",
  subdomain: "acme",
  auth: { type: "client_credentials", client_id: "gateway", client_secret: { secret: "ACME_SECRET" } },
};
const key = { name: "billing", sha256: ["a".repeat(64)], connections: ["*"] };
const garmat = {
  id: "acme-gdx",
  vendor: "garmat",
  base_url: "https://garmat.example",
  auth: { type: "api_key", api_key: { secret: "ACME_SECRET" } },
};
const valid = { CONNECTION_ACME: clarus, KEY_BILLING: key, ACME_SECRET: "0123456789abcdef" };

const read = (changes: Record<string, unknown>) => readConfiguration(allAdapters, { ...valid, ...changes });
const faultsOf = (changes: Record<string, unknown>) =>
  read(changes).faults.map(({ path, detail }) => `${path}: ${detail}`);
const connection = (changes: object) => ({ CONNECTION_ACME: { ...clarus, ...changes } });

test("the demo configuration has no faults", () => {
  const { connections, keys, faults } = readConfiguration(allAdapters, demoVariables());
  expect(faults).toEqual([]);
  expect([...connections.keys()]).toEqual(demoConnections);
  expect(keys.map(({ name }) => name)).toEqual(["demo"]);
});

test("an environment without configuration has no faults and no connections", () => {
  expect(readConfiguration(allAdapters, {})).toEqual({
    allowedOrigins: [],
    connections: new Map(),
    keys: [],
    faults: [],
  });
});

test("a variable may be a table or JSON", () => {
  const { faults, connections } = read({ CONNECTION_ACME: JSON.stringify(clarus), KEY_BILLING: JSON.stringify(key) });
  expect(faults).toEqual([]);
  expect(connections.get("acme-wms")?.plan?.url).toBe("https://clarus-api.example/api/accounts");
});

test.each<[what: string, changes: Record<string, unknown>, fault: RegExp]>([
  [
    "an unknown vendor",
    connection({ vendor: "nobody" }),
    new RegExp(`^CONNECTION_ACME\\.vendor: Must be one of ${allAdapters.map(({ vendor }) => vendor).join(", ")}$`),
  ],
  ...["mapping", "defaults", "fallback"].map((member): [string, Record<string, unknown>, RegExp] => [
    `__proto__ in the ${member}`,
    { CONNECTION_ACME: JSON.stringify({ ...clarus, [member]: null }).replace("null", '{"__proto__":"string1"}') },
    new RegExp(`^CONNECTION_ACME\\.${member}: .*__proto__`),
  ]),
  ["no vendor", connection({ vendor: undefined }), /^CONNECTION_ACME\.vendor: /],
  [
    "a value that is not a table",
    { CONNECTION_ACME: "clarus" },
    /^CONNECTION_ACME: Must be a TOML table or valid JSON$/,
  ],
  ["a key that is not a table", { KEY_BILLING: "billing" }, /^KEY_BILLING: Must be a TOML table or valid JSON$/],
  ["a list", { CONNECTION_ACME: [] }, /^CONNECTION_ACME/],
  ["no id", connection({ id: undefined }), /^CONNECTION_ACME\.id: Is required/],
  ["an id with capitals", connection({ id: "Acme" }), /^CONNECTION_ACME\.id: /],
  ["no base URL", connection({ base_url: undefined }), /^CONNECTION_ACME\.base_url: Is required/],
  [
    "http to a public host",
    connection({ base_url: "http://clarus-api.example" }),
    /^CONNECTION_ACME\.base_url: Must use https/,
  ],
  [
    "http to a host that begins like loopback",
    connection({ base_url: "http://127.0.0.1.example" }),
    /base_url: Must use https/,
  ],
  [
    "http to a host named like loopback",
    connection({ base_url: "http://localhost.example" }),
    /base_url: Must use https/,
  ],
  ["a URL with another scheme", connection({ base_url: "ftp://clarus-api.example" }), /base_url: Must use https/],
  [
    "a URL with credentials",
    connection({ base_url: "https://user:pass@clarus-api.example" }),
    /base_url: Must not contain credentials/,
  ],
  [
    "a URL with a query",
    connection({ base_url: "https://clarus-api.example/?a=b" }),
    /base_url: Must not have a query/,
  ],
  ["a value that is not a URL", connection({ base_url: "clarus-api.example" }), /base_url: Must be an absolute URL/],
  [
    "a token URL over http",
    connection({ auth: { ...clarus.auth, token_url: "http://login.example" } }),
    /auth\.token_url: Must use https/,
  ],
  ["no subdomain", connection({ subdomain: undefined }), /^CONNECTION_ACME\.subdomain: Is required/],
  ["an unknown member", connection({ sub_domain: "acme" }), /^CONNECTION_ACME\.sub_domain: /],
  ["a time-out that is too long", connection({ timeout_ms: 10_001 }), /timeout_ms: /],
  ["a time-out that is too short", connection({ timeout_ms: 99 }), /timeout_ms: /],
  ["an unknown handling", connection({ handling: "loose" }), /handling: /],
  [
    "another vendor's kind of authentication",
    connection({ auth: { type: "session", api_key: { secret: "ACME_SECRET" } } }),
    /auth/,
  ],
  [
    "an inline secret",
    connection({ auth: { ...clarus.auth, client_secret: "0123456789abcdef" } }),
    /^CONNECTION_ACME\.auth\.client_secret: Put the secret's name here, `\{ secret = "NAME" \}`, not the secret itself$/,
  ],
  [
    "a missing secret",
    { ACME_SECRET: undefined },
    /^CONNECTION_ACME\.auth\.client_secret: There is no secret ACME_SECRET; set it with/,
  ],
  ["a secret that is not text", { ACME_SECRET: { a: 1 } }, /There is no secret ACME_SECRET/],
  ["a short secret", { ACME_SECRET: "1234567" }, /auth\.client_secret: The secret ACME_SECRET is shorter than 8/],
  [
    "a secret with a line break at its end",
    { ACME_SECRET: "0123456789abcdef\n" },
    /auth\.client_secret: The secret ACME_SECRET cannot be sent in a header/,
  ],
  [
    "a secret with a space before it",
    { ACME_SECRET: " 0123456789abcdef" },
    /The secret ACME_SECRET cannot be sent in a header/,
  ],
  ["a secret that is not ASCII", { ACME_SECRET: "0123456789äöü" }, /The secret ACME_SECRET cannot be sent in a header/],
  [
    "a mapping of the wrong type",
    connection({ mapping: { legal_name: "integer1" } }),
    /^CONNECTION_ACME\.mapping\.legal_name: The slot `integer1` holds an integer; `legal_name` is a string$/,
  ],
  [
    "a slot used twice",
    connection({ mapping: { legal_name: "string1", "custom.tier": "string1" } }),
    /mapping\.custom\.tier: The mapping of `legal_name` already uses the slot `string1`/,
  ],
  [
    "an unknown slot",
    connection({ mapping: { legal_name: "string6" } }),
    /mapping\.legal_name: Clarus has no slot `string6`; it has /,
  ],
  [
    "a slot by an inherited name",
    connection({ mapping: { legal_name: "constructor" } }),
    /mapping\.legal_name: Clarus has no slot/,
  ],
  [
    "a mapping of a field that has its own destination",
    connection({ mapping: { email: "string1" } }),
    /mapping\.email: Clarus has its own field for `email`/,
  ],
  [
    "a mapping of an unknown field",
    connection({ mapping: { nothing: "string1" } }),
    /mapping\.nothing: Must be a canonical field or/,
  ],
  [
    "a mapping for a vendor without mappable members",
    { CONNECTION_ACME: { ...garmat, mapping: { "custom.tier": "string1" } } },
    /mapping\.custom\.tier: Garmat has no slot/,
  ],
  ["a default that is invalid for the field", connection({ defaults: { active: "yes" } }), /defaults\.active: /],
  [
    "a default for a field that is not sent",
    connection({ defaults: { parent_id: "7" } }),
    /defaults\.parent_id: This connection does not send this field/,
  ],
  ["a default name", connection({ defaults: { name: "Acme" } }), /defaults\.name: /],
  ["a fallback to itself", connection({ fallback: { code: ["code"] } }), /fallback\.code: A field cannot fill itself/],
  ["a fallback from a field that is not text", connection({ fallback: { code: ["active"] } }), /fallback\.code/],
  ["an empty fallback", connection({ fallback: { code: [] } }), /fallback\.code/],
  [
    "an id used twice",
    { CONNECTION_OTHER: clarus },
    /^CONNECTION_OTHER\.id: Another connection also has the id `acme-wms`; both are disabled$/,
  ],
  ["a key without digest", { KEY_BILLING: { ...key, sha256: [] } }, /^KEY_BILLING\.sha256: /],
  [
    "an inline key",
    { KEY_BILLING: { ...key, sha256: ["secret-key"] } },
    /^KEY_BILLING\.sha256\.0: Must be the 64 hex digits/,
  ],
  ["a key without name", { KEY_BILLING: { ...key, name: undefined } }, /^KEY_BILLING\.name: Is required/],
  ["an unknown member of a key", { KEY_BILLING: { ...key, connection: "acme-wms" } }, /^KEY_BILLING\.connection: /],
  [
    "a key for no connection",
    { KEY_BILLING: { ...key, connections: ["none"] } },
    /^KEY_BILLING\.connections: There is no connection `none`$/,
  ],
  [
    "a key's name used twice",
    { KEY_OTHER: { ...key, sha256: ["b".repeat(64)] } },
    /^KEY_OTHER\.name: Another key also has the name `billing`$/,
  ],
  [
    "a digest used twice",
    { KEY_OTHER: { ...key, name: "other" } },
    /^KEY_OTHER\.sha256: Another key has the same digest$/,
  ],
  [
    "a digest used twice, in capitals",
    { KEY_OTHER: { ...key, name: "other", sha256: ["A".repeat(64)] } },
    /^KEY_OTHER\.sha256: Another key has the same digest$/,
  ],
])("%s is reported, and nothing else", (_, changes, fault) => {
  const [first, ...others] = faultsOf(changes);
  expect(first).toMatch(fault);
  expect(others).toEqual([]);
});

describe("an address", () => {
  const withToken = (token_url: string) => connection({ auth: { ...clarus.auth, token_url } });

  test.each([
    // Loopback hosts, in any notation, may use http.
    ["http://localhost:8080", "http://localhost:8080"],
    ["http://LOCALHOST", "http://localhost"],
    ["http://127.0.0.1:1", "http://127.0.0.1:1"],
    ["http://127.255.255.254", "http://127.255.255.254"],
    ["http://127.1", "http://127.0.0.1"],
    ["http://2130706433", "http://127.0.0.1"],
    ["http://0x7f.0.0.01", "http://127.0.0.1"],
    ["http://\uff11\uff12\uff17.0.0.1", "http://127.0.0.1"],
    ["http://[::1]/", "http://[::1]"],
    ["http://[0:0:0:0:0:0:0:1]", "http://[::1]"],
    // Any host may use https. The gateway uses the ASCII form of the host.
    ["HTTPS://CLARUS-API.EXAMPLE:443", "https://clarus-api.example"],
    ["https://clarus-api.example.", "https://clarus-api.example."],
    ["https://cl\u0430rus-api.example", "https://xn--clrus-api-1yh.example"],
    ["https://xn--mller-kva.example", "https://xn--mller-kva.example"],
    ["https://m\u00fcller.example", "https://xn--mller-kva.example"],
    ["https://clarus-api\u3002example", "https://clarus-api.example"],
    ["https://clarus-api.example\\@evil.example/x", "https://clarus-api.example"],
    ["https://10.0.0.1", "https://10.0.0.1"],
    ["https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"],
    ["\thttps://clarus-api.example\n", "https://clarus-api.example"],
  ])("%j becomes %s, as in a browser (WHATWG URL)", (address, origin) => {
    const planned = (changes: Record<string, unknown>) => read(changes).connections.get(clarus.id)?.plan;
    expect(new URL(planned(connection({ base_url: address }))?.url ?? "").origin).toBe(origin);
    expect(planned(withToken(address))?.auth).toMatchObject({
      request: { url: expect.stringContaining(`${origin}/`) },
    });
  });

  const http = "Must use https; only loopback hosts may use http";
  const credentials = "Must not contain credentials";
  const none = "Must be an absolute URL";

  test.each([
    // These hosts only look like loopback hosts, or the scheme is not http or https.
    ["http://127.0.0.1.example", http],
    ["http://127.0.0.1.nip.io", http],
    ["http://localhost.example", http],
    ["http://localhost.", http],
    ["http://notlocalhost", http],
    ["http://l\u043ecalhost", http],
    ["http://0.0.0.0", http],
    ["http://10.0.0.1", http],
    ["http://169.254.169.254", http],
    ["http://128.0.0.1", http],
    ["http://[::]", http],
    ["http://[::ffff:127.0.0.1]", http],
    ["http://[fe80::1]", http],
    ["http://[fd00:ec2::254]", http],
    ["http://clarus-api.example#@127.0.0.1", http],
    ["http://clarus-api.example\\@127.0.0.1", http],
    ["http://localhost@evil.example", http],
    ["javascript:alert(1)", http],
    ["data:text/plain,x", http],
    ["file:///etc/passwd", http],
    ["ws://127.0.0.1", http],
    ["blob:https://clarus-api.example/x", http],
    ["https://user:pass@clarus-api.example", credentials],
    ["https://clarus-api.example@evil.example", credentials],
    ["https://clarus-api.example:443@evil.example", credentials],
    ["https://:pass@clarus-api.example", credentials],
    ["http://evil.example@localhost", credentials],
    ["https://clarus-api.example%40evil.example", none],
    ["//clarus-api.example", none],
    ["/relative", none],
    ["https://", none],
    ["https://[::1", none],
    ["https://256.0.0.1", none],
    ["https://a b.example", none],
    ["https://clarus-api.example:99999", none],
    ["https://clarus-api\u0000.example", none],
  ])("%j is refused: %s", (address, detail) => {
    expect(faultsOf(connection({ base_url: address }))).toContain(`CONNECTION_ACME.base_url: ${detail}`);
    expect(faultsOf(withToken(address))).toContain(`CONNECTION_ACME.auth.token_url: ${detail}`);
  });
});

test.each([
  [5 * 1024, 0],
  [5 * 1024 + 1, 1],
])("a variable of %i bytes has %i faults", (size, count) => {
  const withNote = (note: string) => ({ mapping: { "custom.note": "string5" }, defaults: { "custom.note": note } });
  const empty = JSON.stringify({ ...clarus, ...withNote("é") });
  const padding = size - new TextEncoder().encode(empty).length;
  const text = JSON.stringify({
    ...clarus,
    ...withNote(`é${"x".repeat(Math.min(padding, 2000))}`),
  });
  const value = text.padEnd(text.length + size - new TextEncoder().encode(text).length);
  const found = faultsOf({ CONNECTION_ACME: value });
  const fault = `CONNECTION_ACME: Has ${size} bytes; the limit for a variable is 5120`;
  expect(found).toEqual(Array.from({ length: count }, () => fault));
});

test.each(["*", "https://a.example/", "https://a.example/path", "app.example"])(
  "%s is not a valid origin",
  (origin) => {
    const { faults, allowedOrigins } = readConfiguration(allAdapters, {
      ALLOWED_ORIGINS: `https://b.example, ${origin}`,
    });
    expect(faults).toMatchObject([{ path: "ALLOWED_ORIGINS", detail: expect.stringContaining(`\`${origin}\``) }]);
    expect(allowedOrigins).toEqual(["https://b.example"]);
  },
);

test("the size of a table is the size of its JSON", () => {
  const mapping = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`custom.field_${index}`, `string${index}`]),
  );
  expect(faultsOf(connection({ mapping }))[0]).toMatch(/^CONNECTION_ACME: Has \d+ bytes/);
});

test("two unreadable variables are not reported as duplicates", () => {
  expect(faultsOf({ CONNECTION_A: "{", CONNECTION_B: "{" })).toEqual([
    "CONNECTION_A: Must be a TOML table or valid JSON",
    "CONNECTION_B: Must be a TOML table or valid JSON",
  ]);
});

test("all faults of all variables are reported together", () => {
  const found = faultsOf({
    ACME_SECRET: undefined,
    ...connection({
      base_url: "http://public.example",
      timeout_ms: 1,
      mapping: { legal_name: "integer1", "custom.a": "string1", "custom.b": "string1" },
    }),
    CONNECTION_OTHER: { ...clarus, id: "other", vendor: "nobody" },
    KEY_BILLING: { ...key, sha256: ["x"], operator: "yes" },
  });
  expect(found.map((fault) => fault.replace(/: .*/, "")).toSorted()).toEqual([
    "CONNECTION_ACME.auth.client_secret",
    "CONNECTION_ACME.base_url",
    "CONNECTION_ACME.mapping.custom.b",
    "CONNECTION_ACME.mapping.legal_name",
    "CONNECTION_ACME.timeout_ms",
    "CONNECTION_OTHER.auth.client_secret",
    "CONNECTION_OTHER.vendor",
    "KEY_BILLING.operator",
    "KEY_BILLING.sha256.0",
  ]);
});

describe("the private key of a JWT", () => {
  const faultsWith = (value: string | undefined) => {
    const variables = authVariables("jwtBearer", "https://vendor.example", value ?? "");
    return readConfiguration(authAdapters, { ...variables, VENDOR_SECRET: value }).faults.map(
      ({ path, detail }) => `${path}: ${detail}`,
    );
  };
  const form =
    "set it to the one line that `openssl pkcs8 -topk8 -nocrypt -outform DER -in key.pem | base64 -w0` prints";

  test("in one line of base64 has no fault", async () => {
    expect(faultsWith((await newKeyPair()).privateKey)).toEqual([]);
  });

  test.each([
    ["-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n", `is a PEM file; ${form}`],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\n-----END RSA PRIVATE KEY-----", `is a PEM file; ${form}`],
    ["canary-0123456789", `is not a private key in PKCS#8 format; ${form}`],
    ["short", "is shorter than 8 characters"],
  ])("%j is a fault", (value, fault) => {
    expect(faultsWith(value)).toEqual([`CONNECTION_OWN.auth.private_key: The secret VENDOR_SECRET ${fault}`]);
  });

  test("that is missing is a fault", () => {
    expect(faultsWith(undefined)).toEqual([
      expect.stringMatching(/^CONNECTION_OWN\.auth\.private_key: There is no secret VENDOR_SECRET/),
    ]);
  });
});

test("no fault contains a secret", () => {
  const found = faultsOf({
    ACME_SECRET: "canary-0123456789\n",
    ...connection({ auth: { ...clarus.auth, client_secret: "canary-inline-secret" } }),
    KEY_BILLING: { ...key, sha256: ["canary-inline-key"] },
  });
  expect(found.length).toBeGreaterThan(0);
  expect(found.join("\n")).not.toContain("canary");
});

describe("in a running Worker", () => {
  const broken = demoVariables({ mapping: { legal_name: "nowhere" } }, "demo-clarus");

  test("a fault disables its connection, and no other", async () => {
    const gateway = openGateway(broken);
    const { status, problem } = await gateway.create("demo-clarus", { name: "Acme" });
    expect(status).toBe(500);
    expect(problem).toMatchObject({
      code: "misconfigured",
      effect: "none",
      detail: expect.stringContaining("demo-clarus"),
    });
    expect((await gateway.create("demo-elastic-path", { name: "Acme" })).status).toBe(201);
    expect((await gateway.create("demo-garmat", { name: "Acme" })).status).toBe(201);
    expect((await gateway.call("/healthz")).status).toBe(200);
  });

  test("the faults are logged once", async () => {
    const gateway = openGateway({ ...demoVariables(), ...connection({ timeout_ms: 1 }) });
    await gateway.create("demo-garmat", { name: "Acme" });
    await gateway.create("demo-garmat", { name: "Acme" });
    const paths = ["CONNECTION_ACME.timeout_ms", "CONNECTION_ACME.auth.client_secret"];
    expect(warnings().map((line) => JSON.parse(line))).toEqual([
      { configuration_faults: paths.map((path) => ({ path, detail: expect.any(String) })) },
    ]);
  });

  test("it is listed as misconfigured, and its schema is refused", async () => {
    const gateway = openGateway(broken);
    expect((await gateway.connections()).map(({ id, status }) => [id, status])).toEqual(
      demoConnections.map((id) => [id, id === "demo-clarus" ? "misconfigured" : "ready"]),
    );
    const { json } = await gateway.call("/v1/connections/demo-clarus/schema");
    expect(json).toMatchObject({ code: "misconfigured" });
  });

  test("callers do not see the faults", async () => {
    const { text } = await openGateway(broken).create("demo-clarus", { name: "Acme" });
    expect(text).not.toContain("nowhere");
  });

  test("two connections with the same id are both disabled", async () => {
    const variables = demoVariables();
    const gateway = openGateway({
      ...variables,
      CONNECTION_TWIN: { ...(variables["CONNECTION_DEMO_GARMAT"] as object), id: "demo-clarus" },
    });
    expect((await gateway.create("demo-clarus", { name: "Acme" })).problem?.code).toBe("misconfigured");
    expect((await gateway.create("demo-garmat", { name: "Acme" })).status).toBe(201);
  });

  test("a key that names a missing connection can use its other connections", async () => {
    const variables = demoVariables();
    const gateway = openGateway({
      ...variables,
      KEY_DEMO: { ...(variables["KEY_DEMO"] as object), connections: ["gone", "demo-garmat"] },
    });
    expect((await gateway.create("demo-garmat", { name: "Acme" })).status).toBe(201);
    expect((await gateway.create("gone", { name: "Acme" })).problem?.code).toBe("connection_not_found");
  });

  test("an invalid key can use nothing and does not affect other keys", async () => {
    const gateway = openGateway({ ...demoVariables(), KEY_BROKEN: { name: "broken", sha256: [], connections: ["*"] } });
    expect((await gateway.call("/v1/connections", { key: "broken" })).status).toBe(401);
    expect((await gateway.call("/v1/connections")).status).toBe(200);
  });

  test("during a rotation, the old and the new key can use the same connections", async () => {
    const variables = demoVariables();
    const demo = variables["KEY_DEMO"] as { sha256: string[] };
    const digest = createHash("sha256").update("new-key").digest("hex").toUpperCase();
    const gateway = openGateway({ ...variables, KEY_DEMO: { ...demo, sha256: [...demo.sha256, digest] } });
    const [old, renewed, other] = await Promise.all(
      ["demo-key", "new-key", "other-key"].map((each) => gateway.call("/v1/connections", { key: each })),
    );
    expect([old?.status, renewed?.status, other?.status]).toEqual([200, 200, 401]);
    expect(old?.json).toEqual(renewed?.json);
  });
});
