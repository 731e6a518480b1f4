/** The accounts that the schema accepts. */
import { describe, expect, test } from "vitest";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { canonicalFieldNames } from "../../schemas/account.ts";
import { accountFrom } from "../support/arbitraries.ts";

const schema = accountRequestSchema(allAdapters);
const faultsOf = (body: unknown): [path: string, message: string][] => {
  const { success, error } = schema.safeParse(body);
  expect(success).toBe(error === undefined);
  return error?.issues.map(({ path, message }) => [path.join("."), message]) ?? [];
};
const accepts = (body: unknown) => faultsOf(body).length === 0;

const optional = canonicalFieldNames.options.filter((field) => field !== "name");

test("only the name is required", () => {
  expect(accepts({ name: "A" })).toBe(true);
  expect(faultsOf({}).map(([path]) => path)).toEqual(["name"]);
});

test.each([...optional, "address", "custom", "vendor_options"])("%s may be null, and stays null", (field) => {
  const body = accountFrom({ name: "A", [field]: null });
  expect(schema.parse(body)).toEqual(body);
});

test("nested values may be null too, but the name may not", () => {
  const body = { name: "A", custom: { a: null }, vendor_options: { clarus: { string1: null, integer5: null } } };
  expect(schema.parse(body)).toEqual(body);
  expect(accepts({ name: "A", vendor_options: { clarus: null } })).toBe(true);
  expect(faultsOf({ name: null }).map(([path]) => path)).toEqual(["name"]);
});

describe("an account has at most 200 values", () => {
  const custom = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, index]));

  test("counted over all members", () => {
    expect(accepts({ name: "A", custom: custom(199) })).toBe(true);
    expect(
      accepts({ name: "A", custom: custom(197), vendor_options: { clarus: { string1: "b", string2: null } } }),
    ).toBe(true);
  });

  test.each([
    ["custom.f199", { name: "A", custom: custom(7900) }],
    [
      "vendor_options.clarus.string2",
      { name: "A", custom: custom(198), vendor_options: { clarus: { string1: "b", string2: "c" } } },
    ],
    ["email", { name: "A", custom: custom(199), email: null }],
    ["address.city", { name: "A", custom: custom(198), address: { line1: "Main Street 1", city: "Berlin" } }],
    // Unknown members and empty objects count too.
    ["f200", custom(7900)],
    [
      "custom.e.f199",
      {
        name: "A",
        custom: { e: Object.fromEntries(Object.keys(custom(7900)).map((key, index) => [key, index === 0 ? 1 : {}])) },
      },
    ],
  ])("the error names only the first value above the limit: %s", (path, body) => {
    expect(faultsOf(body)).toEqual([[path, expect.stringMatching(/at most 200/)]]);
  });
});

describe.each([
  ["name", 1024],
  ["code", 255],
  ["external_ref", 2048],
  ["legal_name", 1024],
  ["registration_id", 63],
  ["parent_id", 255],
  ["phone", 50],
  ["tax_id", 63],
  ["address.line1", 255],
  ["address.line2", 255],
  ["address.city", 255],
  ["address.region", 255],
  ["address.postal_code", 32],
])("%s", (field, limit) => {
  const withField = (value: unknown) => accountFrom({ name: "A", [field]: value });

  test.each(["x", "é", "𝒳", "👩"])(`has at most ${limit} characters, counted in code points: %s`, (character) => {
    expect(accepts(withField(character.repeat(limit)))).toBe(true);
    expect(faultsOf(withField(character.repeat(limit + 1)))).toEqual([
      [field, `Too long: at most ${limit} characters`],
    ]);
  });

  const mustNotBeBlank = ["name", "code", "parent_id"].includes(field);
  test.each(["", " ", "\u00A0\u2003\uFEFF", "\u200B", "\u202E\u2066"])(
    `%j is ${mustNotBeBlank ? "blank, and refused" : "a value"}`,
    (blank) => {
      expect(faultsOf(withField(blank))).toEqual(mustNotBeBlank ? [[field, "Must not be blank"]] : []);
    },
  );

  test.each(["\u0000", "\n", "\r", "\t", "\u001B", "\u007F", "\u0085", "\u009B"])(
    "refuses the control character %j",
    (control) => {
      expect(faultsOf(withField(`Acme${control}Corp`))).toEqual([
        [field, "Must not contain control characters, such as a line break"],
      ]);
    },
  );

  test.each(["می\u200Cخواهم", "क्\u200Dष", "👩\u200D🔬", "\u200Fשלום\u200E", "❤\uFE0F", "\u2067عربي\u2069"])(
    "keeps the joiners and marks inside of %j",
    (value) => {
      expect(faultsOf(withField(value))).toEqual([]);
    },
  );

  test.each([1, true, [], {}, ["x"]])("refuses %j", (value) => {
    expect(faultsOf(withField(value)).map(([path]) => path)).toEqual([field]);
  });
});

test("an e-mail address has at most 254 characters", () => {
  const email = (length: number) => `${"x".repeat(length - "@acme.example".length)}@acme.example`;
  expect(faultsOf({ name: "A", email: email(254) })).toEqual([]);
  expect(faultsOf({ name: "A", email: email(255) })).toEqual([["email", "Too long: at most 254 characters"]]);
});

test.each([
  [{ email: "nobody" }, "email"],
  [{ email: "" }, "email"],
  [{ email: "a b@acme.example" }, "email"],
  [{ email: "Acme <info@acme.example>" }, "email"],
  [{ active: "true" }, "active"],
  [{ active: 1 }, "active"],
  [{ type: "garmat" }, "type"],
  [{ type: "account" }, "type"],
  [{ type: "Customer" }, "type"],
  [{ customer_type: "other" }, "customer_type"],
  [{ industry: "" }, "industry"],
  [{ website: "acme.example" }, "website"],
  [{ website: "javascript:alert(1)" }, "website"],
  [{ website: "https://" }, "website"],
  [{ website: "https:///path" }, "website"],
  [{ website: "https://acme.example/a b" }, "website"],
  [{ website: `https://acme.example/${"x".repeat(2048)}` }, "website"],
  [{ currency: "eur" }, "currency"],
  [{ currency: "EURO" }, "currency"],
  [{ currency: "" }, "currency"],
  [{ address: "Main Street 1, Berlin" }, "address"],
  [{ address: [] }, "address"],
  [{ address: { country: "Germany" } }, "address.country"],
  [{ address: { country: "de" } }, "address.country"],
  [{ address: { city: 1 } }, "address.city"],
  [{ address: { city: { name: "Berlin" } } }, "address.city"],
  [{ custom: [] }, "custom"],
  [{ custom: "x" }, "custom"],
  [{ custom: { a: {} } }, "custom.a"],
  [{ custom: { a: [1] } }, "custom.a"],
  [{ custom: { a: 1.5 } }, "custom.a"],
  [{ custom: { "1st": 1 } }, "custom.1st"],
  [{ custom: { "": 1 } }, "custom."],
  [{ custom: { "a/b": 1 } }, "custom.a/b"],
  [{ custom: { ["x".repeat(65)]: 1 } }, `custom.${"x".repeat(65)}`],
  [{ vendor_options: { clarus: { integer1: "1" } } }, "vendor_options.clarus.integer1"],
  [{ vendor_options: { clarus: { integer1: 1.5 } } }, "vendor_options.clarus.integer1"],
  [{ vendor_options: { clarus: { boolean1: 1 } } }, "vendor_options.clarus.boolean1"],
  [{ vendor_options: { clarus: { datetime1: "2024-01-01" } } }, "vendor_options.clarus.datetime1"],
  [{ vendor_options: { clarus: { datetime1: "2024-01-01T00:00:00" } } }, "vendor_options.clarus.datetime1"],
  [{ vendor_options: { clarus: { datetime1: "2024-02-30T00:00:00Z" } } }, "vendor_options.clarus.datetime1"],
  [{ vendor_options: { clarus: [] } }, "vendor_options.clarus"],
])("%j is refused", (members, path) => {
  expect(faultsOf({ name: "A", ...members }).map(([at]) => at)).toEqual([path]);
});

test.each([
  "https://acme.example",
  "http://acme.example:8080/a?b#c",
  "https://müller.example",
  "https://acme.example?q",
])("the website %s is accepted", (website) => {
  expect(accepts({ name: "A", website })).toBe(true);
});

test("each part of an address is optional", () => {
  expect(accepts({ name: "A", address: {} })).toBe(true);
  expect(accepts({ name: "A", address: { city: "Berlin", country: null } })).toBe(true);
});

test.each([2 ** 53 - 1, -(2 ** 53 - 1), 0])("the integer %i is accepted", (integer) => {
  expect(accepts({ name: "A", custom: { n: integer }, vendor_options: { clarus: { integer1: integer } } })).toBe(true);
});

test.each([2 ** 53, -(2 ** 53), 1e300, Number.POSITIVE_INFINITY, Number.NaN])("the number %f is refused", (number) => {
  expect(accepts({ name: "A", custom: { n: number } })).toBe(false);
  expect(accepts({ name: "A", vendor_options: { clarus: { integer1: number } } })).toBe(false);
});

test.each([
  [{ nickname: "x" }, "nickname"],
  [{ Name: "x" }, "Name"],
  [{ constructor: "x" }, "constructor"],
  [{ "address.city": "x" }, "address.city"],
  [{ address: { street: "x" } }, "street"],
  [{ vendor_options: { acme: {} } }, "acme"],
  // Elastic Path and Garmat have no options.
  [{ vendor_options: { garmat: { status: "active" } } }, "status"],
  [{ vendor_options: { clarus: { string6: "x" } } }, "string6"],
  [{ vendor_options: { clarus: { code: "x" } } }, "code"],
  [{ vendor_options: { clarus: { external_system_reference1: "x" } } }, "external_system_reference1"],
])("the error names the unknown member of %j", (members, name) => {
  const issues = schema.safeParse({ name: "A", ...members }).error?.issues ?? [];
  expect(issues).toMatchObject([{ code: "unrecognized_keys", keys: [name] }]);
});

test.each([
  '{"name":"A","custom":{"__proto__":"x"}}',
  '{"name":"A","__proto__":{"code":"x"}}',
  '{"name":"A","vendor_options":{"clarus":{"__proto__":{}}}}',
  '{"name":"A","vendor_options":{"__proto__":{"clarus":{}}}}',
])("%s is refused", (text) => {
  expect(accepts(JSON.parse(text))).toBe(false);
});

test("all faults are reported at once", () => {
  const body = {
    name: " ",
    code: "x".repeat(256),
    email: "x",
    active: "x",
    type: "x",
    custom: { a: {}, b: 1.5 },
    nickname: "x",
  };
  expect(
    faultsOf(body)
      .map(([path]) => path)
      .toSorted(),
  ).toEqual(["", "active", "code", "custom.a", "custom.b", "email", "name", "type"]);
});

test.each([null, [], "x", 1, true])("%j is not a valid account", (body) => {
  expect(accepts(body)).toBe(false);
});
