import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectionSchema } from "../../../adapters/engine/connection-schema.ts";
import { readColumnMap } from "../../../packages/cli/src/import/column-map.ts";
import { checkRows } from "../../../packages/cli/src/import/check-rows.ts";
import { readRows } from "../../../packages/cli/src/import/read-rows.ts";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import type { Json } from "../../../schemas/json.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import { type DemoConnection, demoVariables } from "../../support/gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));

interface CheckOptions {
  connection?: DemoConnection;
  map?: string[];
  keyColumn?: string;
  delimiter?: string;
  isLenient?: boolean;
}

function check(name: string, text: string | Uint8Array, options: CheckOptions = {}) {
  const {
    connection = "demo-clarus",
    map = [],
    keyColumn = "external_ref",
    delimiter = ",",
    isLenient = false,
  } = options;
  const file = join(folder, name);
  writeFileSync(file, text);
  const plan = readConfiguration(allAdapters, demoVariables()).connections.get(connection)?.plan;
  if (plan === undefined) throw new Error(`${connection} has no plan`);
  const schema: Record<string, Json> = JSON.parse(JSON.stringify(connectionSchema(plan, allAdapters)));
  const { rows, faults } = checkRows(readRows(file, delimiter), {
    schema,
    isLenient,
    map: readColumnMap(map),
    keyColumn,
  });
  return {
    rows,
    accounts: rows.map(({ account }) => account),
    faults: faults.map(({ row, column, detail }) => [row, column, detail]),
  };
}

describe("the address in a CSV file", () => {
  const text = "name,external_ref,address.city,address.country\nAcme,crm-1,Berlin,Germany\n";

  it("is an object in the account", () => {
    const { accounts } = check("address.csv", text, { isLenient: true });
    expect(accounts).toMatchObject([{ name: "Acme", address: { city: "Berlin", country: "Germany" } }]);
  });

  it("has a fault in each column that the connection cannot carry", () => {
    const { faults } = check("address.csv", text);
    expect(faults.map(([row, column]) => [row, column])).toEqual([
      [2, "address.city"],
      [2, "address.country"],
    ]);
    expect(check("address.csv", text, { isLenient: true }).faults).toEqual([]);
  });
});

describe("a CSV file", () => {
  it("becomes accounts: fields from headers or --map, nested fields from paths, types from the schema, and no empty cells", () => {
    const { rows, faults } = check(
      "accounts.csv",
      `\uFEFFCompany Name,external_ref,active,custom.tier,vendor_options.clarus.integer1,vendor_options.clarus.boolean1,code,Notes
"Acme, ""Inc"" of York",crm-1,TRUE,42,42,false,007,"a
note"

Bolt,Ü 2,,,,,,
`,
      { map: ["Company Name=name", "Notes="] },
    );
    expect(faults).toEqual([]);
    expect(rows).toMatchObject([
      {
        row: 2,
        key: "crm-1",
        account: {
          name: 'Acme, "Inc" of York',
          external_ref: "crm-1",
          active: true,
          // A text field keeps text that looks like a number.
          custom: { tier: "42" },
          vendor_options: { clarus: { integer1: 42, boolean1: false } },
          code: "007",
        },
      },
      { row: 4, key: "%C3%9C%202", account: { name: "Bolt", external_ref: "Ü 2" } },
    ]);
    expect(Object.keys(rows[1]?.account ?? {})).toEqual(["name", "external_ref"]);
  });

  it("reports every fault with its row and column in the file", () => {
    const { faults } = check(
      "faults.csv",
      `Company Name,external_ref,active,email,Notes,vendor_options.clarus.integer1,customer_type,custom.unmapped,vendor_options.clarus.string1
Acme,crm-1,maybe,nobody,x,1.5,giant,x,x
 ,crm-1,,,x,9007199254740993,,,
Cog,,,,,,,,
Dog,crm-4
,crm-5,,,,,,,
Eel,crm-6,,,x,,,,
"Fox
Inc",crm-7,,,x,,,,
`,
      { map: ["Company Name=name"] },
    );
    expect(faults).toEqual([
      [1, "Notes", expect.stringMatching(/^Is not a field of an account: .*--map "<column>="/)],
      [2, "email", "Must be an e-mail address"],
      [2, "active", "Must be true or false"],
      [
        2,
        "customer_type",
        "Must be one of consolidator, mso, manufacturer, banner_or_franchise, buying_group, dealer_group",
      ],
      [2, "custom.unmapped", expect.stringMatching(/^This connection does not send this field to the vendor: leave/)],
      [2, "vendor_options.clarus.string1", expect.stringMatching(/^This connection does not send/)],
      [2, "vendor_options.clarus.integer1", "Must be a whole number"],
      [3, "Company Name", "Must not be blank"],
      [3, "vendor_options.clarus.integer1", "Must be a whole number"],
      [3, "external_ref", "Duplicate of row 2: each account needs its own value"],
      [4, "external_ref", expect.stringMatching(/^Is empty: /)],
      [5, null, expect.stringMatching(/^Has 2 cells, but the header has 9: /)],
      [6, "Company Name", "Is required: give it a value"],
      [8, "Company Name", "Must not contain control characters, such as a line break"],
    ]);
  });

  it.each([
    ["a column in --map that the file does not have", "name,external_ref\nA,1\n", ["Company=name"], "Company"],
    ["two columns for one field", "name,Company,external_ref\nA,B,1\n", ["Company=name"], "Company"],
    ["two columns with the same name", "name,name,external_ref\nA,B,1\n", [], "name"],
    ["a missing key column", "name,code\nA,1\nB,2\n", [], "external_ref"],
    ["a column without a name", "name,,external_ref\nA,B,1\n", [], null],
  ])("reports %s", (_what, text, map, column) => {
    expect(check("header.csv", text, { map }).faults.map((fault) => fault.slice(0, 2))).toEqual([[1, column]]);
  });

  it.each([
    ["semicolons", "name;external_ref\nA;1\n", 'pass --delimiter ";"'],
    ["another encoding", Uint8Array.of(0x6e, 0xfc, 0x0a), "is not UTF-8: save it as UTF-8"],
    ["an open quote", 'name,external_ref\n"A,1\n', "Correct the quotes in that row"],
    ["no content", "", "the first row must name the columns"],
  ])("with %s is refused, and the error says what to do", (_what, text, remedy) => {
    expect(() => check("refused.csv", text)).toThrow(remedy);
  });

  it("can have another delimiter", () => {
    expect(check("semicolons.csv", "name;external_ref\nA;1\n", { delimiter: ";" }).accounts).toEqual([
      { name: "A", external_ref: "1" },
    ]);
  });

  it("can have fields that a lenient connection drops", () => {
    const text = "name,legal_name,external_ref,active\nA,A Ltd,1,false\n";
    const strict = check("lenient.csv", text, { connection: "demo-garmat" });
    expect(strict.faults.map(([, column]) => column)).toEqual(["external_ref", "legal_name"]);
    expect(check("lenient.csv", text, { connection: "demo-garmat", isLenient: true }).faults).toEqual([]);
    const elasticPath = { connection: "demo-elastic-path" } as const;
    expect(check("lenient.csv", text, elasticPath).faults).toEqual([
      [2, "active", "Must be true or empty: the vendor has no other value"],
    ]);
    expect(check("lenient.csv", text, { ...elasticPath, isLenient: true }).faults).toEqual([]);
  });
});

describe("an NDJSON file", () => {
  it("becomes accounts, with members renamed by --map", () => {
    const { rows, faults } = check(
      "accounts.ndjson",
      `{"title": "Acme", "active": true, "code": null, "custom": {"tier": "gold", "crm": null}, "id": 7}

{"title": "Bolt", "vendor_options": {"clarus": {"integer1": 1}}, "id": 8}`,
      { map: ["title=name", "id="], keyColumn: "id" },
    );
    expect(faults).toEqual([]);
    expect(rows).toMatchObject([
      { row: 1, key: "7", account: { name: "Acme", active: true, code: null, custom: { tier: "gold", crm: null } } },
      { row: 3, key: "8", account: { name: "Bolt", vendor_options: { clarus: { integer1: 1 } } } },
    ]);
  });

  it("reports its faults by line, and does not convert text to booleans", () => {
    const { faults } = check(
      "faults.ndjson",
      `{"name": "Acme", "active": "true", "external_ref": "1", "extra": 1, "custom": {"unmapped": 1}}
[]
{"name": "Bolt", "external_ref": {"no": "key"}}
{"name": "Cog", "external_ref": "4", "__proto__": 1}`,
    );
    expect(faults).toEqual([
      [1, "extra", expect.stringMatching(/^Is not a field of an account/)],
      [1, "active", "Must be true or false"],
      [1, "custom.unmapped", expect.stringMatching(/^This connection does not send/)],
      [2, null, expect.stringMatching(/^Is not a JSON object/)],
      [3, "external_ref", "Must be text"],
      [3, "external_ref", expect.stringMatching(/^Cannot be a key/)],
      [4, null, expect.stringMatching(/^Is not a JSON object/)],
    ]);
  });

  it("can have its key in any field of the account", () => {
    const { rows } = check("key.ndjson", '{"name": "Acme", "custom": {"tier": "gold"}}', { keyColumn: "custom.tier" });
    expect(rows.map(({ key }) => key)).toEqual(["gold"]);
  });
});

it("gives an account the same digest if its members have another order", () => {
  const [one, other] = check(
    "order.ndjson",
    '{"name": "A", "external_ref": "1", "active": true}\n{"active": true, "external_ref": "1", "name": "A"}',
  ).rows;
  expect(one?.sha256).toBe(other?.sha256);
});

describe("a line of NDJSON", () => {
  const faultsOf = (...lines: string[]) => check("lines.ndjson", lines.join("\n")).faults;
  const good = '{"name":"Acme","external_ref":"crm-1"}';

  it.each([
    ["a duplicate member", '{"name":"Acme","external_ref":"crm-2","name":"Bolt"}', "name", /^Duplicate member/],
    [
      "a duplicate member, written in two ways",
      '{"name":"A","n\\u0061me":"B","external_ref":"2"}',
      "name",
      /^Duplicate member/,
    ],
    [
      "a duplicate member of a nested object",
      '{"name":"A","external_ref":"2","custom":{"tier":1,"tier":2}}',
      "tier",
      /^Duplicate member/,
    ],
    ["a lone surrogate", '{"name":"A \\ud83d","external_ref":"2"}', "name", /lone surrogate/],
    [
      "a lone surrogate in a nested object",
      '{"name":"A","external_ref":"2","custom":{"tier":"\\udc00"}}',
      "custom",
      /lone surrogate/,
    ],
    ["a lone surrogate in a name", '{"name":"A","external_ref":"2","x\\ud800":1}', "x\ufffd", /lone surrogate/],
    [
      "deeply nested arrays",
      `{"name":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      null,
      /^Is nested more than 32 levels deep/,
    ],
    [
      "a number that a double changes",
      '{"name":"A","custom":{"n":9007199254740993}}',
      null,
      /^The number 9007199254740993/,
    ],
    ["a number that a double rounds to 0", '{"name":"A","custom":{"n":1e-400}}', null, /^The number 1e-400/],
    ["invalid JSON", '{"name":"A"', null, /^Is not a JSON object/],
    ["an array", '["A","A"]', null, /^Is not a JSON object/],
  ])("%s is reported as a fault", (_, line, column, detail) => {
    expect(faultsOf(good, line)).toEqual([[2, column, expect.stringMatching(detail)]]);
  });

  it.each([
    ["the same member in two objects", '{"name":"A","external_ref":"2","custom":{"name":"A"}}'],
    ["text that looks like a member", String.raw`{"name":"\"name\": {\"name\":","external_ref":"2"}`],
    ["a complete surrogate pair", String.raw`{"name":"\ud83d\ude00 😀","external_ref":"2"}`],
  ])("%s is not a fault", (_, line) => {
    expect(faultsOf(good, line).filter(([, , detail]) => /Duplicate|surrogate|nested/.test(String(detail)))).toEqual(
      [],
    );
  });
});

it("reports every fault of 5,000 faulty columns", () => {
  const columns = Array.from({ length: 5000 }, (_, index) => `custom.c${index}`);
  const text = ["name,external_ref", "A,1", "B,2"].map((row) => `${row},${columns.join(",")}\n`).join("");
  const { faults } = check("wide.csv", text, {
    map: columns.slice(0, 2500).map((column, at) => `${column}=custom.d${at}`),
  });
  // One fault for each cell, and one for the number of values in each row.
  expect(faults).toHaveLength(10_000 + 2);
});
