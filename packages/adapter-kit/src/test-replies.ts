/** Tests which replies to a create count as created, and that no reply makes the adapter throw. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import type { Outcome } from "../../../adapters/engine/outcome.ts";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import { account as accountSchema } from "../../../schemas/documents/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { isObject } from "../../../schemas/json-pointer.ts";
import type { Sample } from "./fixtures.ts";
import { createFully, type FullCreate, outcomeText } from "./full-create.ts";
import { onTheWire, readAt, scalarsOf, scalarTextsOf, withValueAt } from "./json.ts";

const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
const successes = [200, 201];
/** The first and last status of each class, and every status that has its own rule. Used for bodies that are slow to read. */
const selectedStatuses = [
  100, 199, 200, 201, 202, 204, 206, 299, 300, 302, 399, 400, 401, 403, 404, 408, 409, 422, 425, 429, 499, 500, 503,
  599,
];

export function testReplies(sample: Sample): void {
  const create = createFully(sample);
  testGenuineReplies(sample, create);
  testWrongReplies(sample, create);
  testAnyReply(sample, create);
}

/** Tests the reply of a vendor that created the account, unchanged and with changes. */
function testGenuineReplies(
  { adapter }: Sample,
  { outcomeOfAccount, bodyOf, created, shown, reply, encoded, plan }: FullCreate,
): void {
  test.each(created)("the vendor's reply with status %i is created", (status) => {
    const outcome = outcomeOfAccount(reply, status);
    if (outcome.kind !== "created") throw new Error(outcomeText(outcome));
    expect(outcome).toMatchObject({
      status,
      body: bodyOf(reply),
      account: { id: "vendor-id-1", vendor: adapter.vendor },
    });
    z.omit(accountSchema, { operation: true }).parse(outcome.account);
  });

  test("the vendor's reply with any other status is not created", () => {
    const others = statuses.filter((status) => !successes.includes(status) && !created.includes(status));
    expect(unexpected(others, (status) => outcomeOfAccount(reply, status))).toEqual([]);
  });

  test("a success in which a constant has another value is unreadable", () => {
    for (const pointer of Object.keys(adapter.constants)) {
      const account = withValueAt(reply, pointer, "something else");
      if (readAt(shown(account), pointer) === undefined) continue;
      expect(outcomeText(outcomeOfAccount(account))).toBe("unknown: unreadable_success");
    }
  });

  test("a success that does not repeat the sent values is unreadable", () => {
    const rowOf = (field: string) => {
      const row = plan.byField.get(`/${field}`);
      if (row === undefined) throw new Error(`The adapter has no destination for \`${field}\``);
      return row;
    };
    expect(adapter.reply.repeats.includes("name")).toBe(readAt(shown(reply), rowOf("name").to) !== undefined);
    for (const field of adapter.reply.repeats) {
      const row = rowOf(field);
      const outcomeWith = (value: Json) => outcomeText(outcomeOfAccount(withValueAt(reply, row.to, value)));
      for (const other of ["Somebody else", null, 7, {}])
        expect(outcomeWith(other)).toBe("unknown: unreadable_success");
      const sent = String(encoded.fields.find(({ to }) => to === row.to)?.value);
      for (const changed of [sent.toUpperCase(), ` ${sent}  `, `${sent}\u200B`])
        expect(outcomeWith(changed)).toBe("created");
    }
  });
}

/** Tests bodies that contain no account. */
function testWrongReplies(sample: Sample, create: FullCreate): void {
  const cases = [
    ...Object.entries(wrongBodies(sample, create)).map(([name, body]) => ({ name, body, tested: statuses })),
    ...Object.entries(slowBodies(create)).map(([name, body]) => ({ name, body, tested: selectedStatuses })),
  ];
  test.each(cases)("$name is not created with any status", ({ body, tested }) => {
    expect(unexpected(tested, (status) => create.outcomeOf(status, body))).toEqual([]);
  });

  test("1 MB of JSON is not created", () => {
    const items = Array.from({ length: 20_000 }, () => ({ detail: "x".repeat(40), source: { pointer: "/data/x" } }));
    const body = JSON.stringify({ errors: items, error: "x".repeat(100_000), data: { items } });
    expect(body.length).toBeGreaterThan(1_000_000);
    const tested = [200, 201, 302, 400, 401, 422, 500];
    expect(unexpected(tested, (status) => create.outcomeOf(status, body))).toEqual([]);
  });
}

/** Tests random values in a reply, and random bodies. */
function testAnyReply(
  sample: Sample,
  { outcomeOf, outcomeOfAccount, bodyOf, created, shown, reply, plan }: FullCreate,
): void {
  const { adapter } = sample;

  test("every value in a reply can be read, and none is lost", () => {
    const leaf = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.double(), fc.string());
    const pointers = scalarsOf(reply).map(([pointer]) => pointer);
    fc.assert(
      fc.property(
        fc.constantFrom(...pointers, "/extra", "/data/extra"),
        leaf,
        fc.constantFrom(...created),
        (pointer, value, status) => {
          const account = onTheWire(withValueAt(reply, pointer, onTheWire(value)));
          const outcome = outcomeOfAccount(account, status);
          const body = shown(account);
          expect(["created", "unknown: unreadable_success"]).toContain(outcomeText(outcome));
          if (outcome.kind !== "created") return;
          z.omit(accountSchema, { operation: true }).parse(outcome.account);
          expect(scalarTextsOf(outcome.body)).toEqual(scalarTextsOf(bodyOf(account)));
          // The account contains the value, either decoded or unchanged.
          const kept = scalarsOf(outcome.account).map(([, each]) => String(each));
          const received = scalarsOf(readAt(body, pointer)).filter(
            ([, each]) => typeof each === "string" || typeof each === "number",
          );
          const isKept = (each: unknown) => kept.includes(String(each)) || isDecoded(each) || isConstant(pointer, each);
          expect(received.filter(([, each]) => !isKept(each))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...statuses), (body, status) => void outcomeOf(status, body)),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...statuses), (body, status) => {
        expect(outcomeOf(status, body).kind).not.toBe("created");
      }),
    );
  });

  /** Whether the adapter's table decodes the vendor's value to another value. */
  const isDecoded = (value: unknown) =>
    plan.rows.some(({ values }) => values?.some(([, vendorValue]) => vendorValue === value));
  const isConstant = (pointer: string, value: unknown) =>
    Object.entries(adapter.constants).some(([to, constant]) => to === pointer && constant === value);

  test("reading errors never throws, and returns the detail of a rejection", () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => void Array.from(adapter.readErrors(onTheWire(body)))));
    expect([...adapter.readErrors(sample.rejection("Too long"))]).toMatchObject([{ detail: "Too long" }]);
  });
}

/** The statuses whose outcome is not the expected one. */
function unexpected(tested: readonly number[], outcomeOf: (status: number) => Outcome): string[] {
  return tested.flatMap((status) => {
    const outcome = outcomeOf(status);
    return isExpected(outcome, expectedOutcome(status)) ? [] : [`${status}: ${outcomeText(outcome)}`];
  });
}

/** The outcome that each status must have if the body contains no account. */
function expectedOutcome(status: number): string {
  if (status === 401 || status === 403) return "rejected: unauthorized";
  if (status === 429) return "rejected: rate_limited";
  if (status === 404 || status === 405 || status === 421) return "rejected: not_processed";
  if (status >= 400 && status < 500 && ![408, 425, 499].includes(status)) return "rejected";
  if (status >= 200 && status < 300) return "unknown: unreadable_success";
  return "unknown: ambiguous_answer";
}

/** An expected `rejected` without a reason accepts each reason that the body can decide. */
const isExpected = (outcome: Outcome, expected: string): boolean =>
  expected === "rejected"
    ? outcome.kind === "rejected" && ["invalid", "duplicate", "not_processed"].includes(outcome.reason)
    : outcomeText(outcome) === expected;

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const membersOf = (value: Json | undefined) => (isObject(value) ? value : {});

function wrongBodies({ adapter, rejection }: Sample, { encoded, reply, answerOf }: FullCreate): Record<string, string> {
  const genuine = answerOf(reply).body;
  const withId = (id: Json) => answerOf(withValueAt(reply, adapter.reply.id, id)).body;
  const wrongIds: Json[] = [null, "", "  ", 0, -1, "0", "-1", true, [], {}, ["1"], { id: 1 }];
  const errorMembers = ["errors", "error", "fault", "data", "result", "id"];
  return {
    nothing: "",
    "white space": " \r\n",
    HTML: "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
    garbage: "\u0000\u0001\uFFFD\uFFFD{]}",
    "plain text": "OK",
    null: "null",
    true: "true",
    "a number": "1",
    "a number that a double cannot represent": "1e999",
    "a string": '"created"',
    "an empty object": "{}",
    "an empty array": "[]",
    "an array of accounts": `[${genuine}]`,
    "a success without an id": JSON.stringify(onTheWire(encoded.body)),
    "the request itself": JSON.stringify(encoded.body),
    "an error": JSON.stringify(rejection("Something is wrong")),
    "an error beside an account": JSON.stringify({
      ...membersOf(readVendorJson(genuine)),
      ...membersOf(rejection("Wrong")),
    }),
    "truncated JSON": genuine.slice(0, -1),
    "JSON truncated in a string": genuine.slice(0, genuine.lastIndexOf('"')),
    "two documents": `${genuine}${genuine}`,
    "text after the document": `${genuine}<!-- served in 3 ms -->`,
    "10 000 nested arrays": nested(10_000, "[", "]"),
    "`__proto__`": '{"__proto__":{"id":"1","data":{"id":"1"},"result":{"key":"1"}}}',
    "a nested `__proto__`": '{"data":{"__proto__":{"id":"1","type":"account"}},"result":{"__proto__":{"key":"1"}}}',
    "`constructor`": '{"constructor":{"prototype":{"id":"1"}},"toString":1,"hasOwnProperty":2}',
    "1 MB of text": "x".repeat(1_000_000),
    ...Object.fromEntries(wrongIds.map((id) => [`the id ${JSON.stringify(id)}`, withId(id)])),
    ...Object.fromEntries(
      errorMembers.map((member) => [
        `\`${member}\` of a wrong type`,
        JSON.stringify({ [member]: [[null, 1, "x", { status: {}, title: [], source: 1 }]] }),
      ]),
    ),
  };
}

function slowBodies({ reply, answerOf }: FullCreate): Record<string, string> {
  const arrays = nested(10_000, "[", "]");
  return {
    "10 000 nested objects": `${'{"data":'.repeat(10_000)}1${"}".repeat(10_000)}`,
    "an account with 10 000 nested arrays": answerOf(reply).body.replace(/\}$/, `,"x":${arrays}}`),
    "10 000 nested errors": `{"errors":${arrays},"error":${arrays}}`,
    "1 MB of digits": "9".repeat(1_000_000),
  };
}
