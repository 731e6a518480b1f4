/** What every adapter must keep, whichever vendor it is for. */
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { accountRequestSchema, connectionSchema } from "../../../adapters/engine/connection-schema.ts";
import type { Adapter, Lookup } from "../../../adapters/engine/adapter.ts";
import { capabilities } from "../../../adapters/engine/capabilities.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { type LookupEvidence, lookupFor, recognise } from "../../../adapters/engine/lookup.ts";
import { interpret, type Outcome } from "../../../adapters/engine/outcome.ts";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import { account as accountSchema } from "../../../schemas/documents/account.ts";
import type { CanonicalField } from "../../../schemas/account.ts";
import { serviceUrl } from "../../../schemas/connection.ts";
import type { Json } from "../../../schemas/json.ts";
import { type AdapterFixtures, canary, type LookupRecord, type Members, planOf, type Sample } from "./fixtures.ts";
import { onTheWire, scalarsOf, withValueAt } from "./json.ts";
import { nothingReported } from "./nothing-reported.ts";
import { unfilledIn } from "./unfilled.ts";

/** The longest bodies take a second, and a busy machine is no fault. */
const timeoutMs = 60_000;

const statuses = Array.from({ length: 500 }, (_, index) => 100 + index);
const successes = [200, 201];
/** Both ends of every class and all that an outcome turns on, for bodies that take long to read. */
const telling = [
  100, 199, 200, 201, 202, 204, 206, 299, 300, 302, 399, 400, 401, 403, 404, 408, 409, 422, 425, 429, 499, 500, 503,
  599,
];

/** What an answer of this status must come to, whatever nonsense its body is. */
function verdictOf(status: number): string {
  if (status === 401 || status === 403) return "rejected: unauthorized";
  if (status === 429) return "rejected: rate_limited";
  if (status === 404 || status === 405 || status === 421) return "rejected: not_processed";
  if (status >= 400 && status < 500 && ![408, 425, 499].includes(status)) return "rejected";
  if (status >= 200 && status < 300) return "unknown: unreadable_success";
  return "unknown: ambiguous_answer";
}

const summary = (outcome: Outcome): string =>
  "reason" in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind;

/** A bare `rejected` leaves the reason open. */
const isAsExpected = (outcome: Outcome, expected: string): boolean =>
  expected === "rejected"
    ? outcome.kind === "rejected" && ["invalid", "duplicate", "not_processed"].includes(outcome.reason)
    : summary(outcome) === expected;

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

const hostileBaseUrls = [
  "https://vendor.test",
  "https://vendor.test/",
  "https://vendor.test//",
  "https://vendor.test/tenant/a",
  "https://VENDOR.test:443/x/",
  "https://vendor.test:8443",
  "https://vendor.test?",
  "https://vendor.test/#",
  "https://vendor.test/x?",
  "https://vendor.test/x?#",
  "https://vendor.test?to=https://evil.test",
  "https://vendor.test#@evil.test",
  "https://vendor.test@evil.test",
  "https://vendor.test:secret@evil.test",
  "https://vendor.test/@evil.test",
  "https://vendor.test\\@evil.test",
  "https://vendor.test//evil.test",
  "https://vendor.test/..//evil.test/",
  "https://vendor.test/%2e%2e/%2F%2Fevil.test",
  "https:vendor.test",
  "https:\\\\vendor.test",
  " https://vendor.test ",
  "https://vendor.test/\n/x",
  "https://[::1]:8443",
  "http://[::1]",
  "http://127.0.0.1:8787",
  "http://localhost",
  "https://v\u00E9ndor.test",
  "https://vendor.test/\u{1F600}",
];

/**
 * The suite that every adapter of the gateway passes, as tests of vitest: to be called at the top of a test file. The
 * fixtures are all that it knows of the vendor. What `npm run new-adapter` left to be filled in comes first, and alone.
 */
export function testAdapter(adapter: Adapter, fixtures: AdapterFixtures): void {
  const sample: Sample = { adapter, ...fixtures };
  const unfilled = unfilledIn(sample);
  test.each(unfilled)("$at is filled in", ({ at, instruction }) => expect.fail(`${at}: ${instruction}`));
  if (unfilled.length > 0) return;
  describe("conformance", { timeout: timeoutMs }, () => {
    conformance(sample);
  });
}

function conformance(sample: Sample): void {
  const { adapter } = sample;

  /** One create, as full as a connection can make it. */
  function create(members: Members = {}) {
    const plan = planOf(sample, members);
    const able = Object.entries(capabilities(plan)).filter(
      ([, { support }]) => support === "supported" || support === "required",
    );
    const carried = able.map(([field, { format }]) => [field, format === "uuid" ? exampleUuid : examples[field]]);
    const request = accountRequestSchema([adapter]).parse({ name: "Acme", ...Object.fromEntries(carried) });
    const encoded = encode(plan, request, "strict");
    expect(encoded.faults).toEqual([]);
    const answer = (status: number, body: string) =>
      interpret(plan, encoded, { status, body, retryAfterSeconds: undefined });
    const reply = withValueAt(onTheWire(encoded.body), adapter.reply.id, "vendor-id-1");
    return { plan, request, encoded, answer, reply };
  }

  describe.each(sample.examples)("speaks as the vendor's own example does: $title", (example) => {
    const plan = planOf(sample);
    const encoded = encode(plan, accountRequestSchema([adapter]).parse(example.account), "strict");

    test("sends its request", () => {
      expect(encoded.faults).toEqual([]);
      expect(onTheWire(encoded.body)).toEqual(example.request);
      expect(sample.wireRequest.parse(example.request)).toEqual(example.request);
    });

    if (example.reply === undefined) return;
    test("reads its reply", () => {
      const reply = { status: 201, body: JSON.stringify(example.reply), retryAfterSeconds: undefined };
      const outcome = interpret(plan, encoded, reply);
      if (outcome.kind !== "created") throw new Error(summary(outcome));
      const { account, fields } = outcome;
      const reads = { ...nothingReported, vendor: adapter.vendor, connection: "test", ...example.reads };
      expect(account).toEqual(reads);
      // What the vendor reports otherwise than it was sent is told by a warning.
      const isContradicted = fields.some(({ confirmed }) => confirmed === false);
      expect(isContradicted).toBe(account.warnings.length > 0);
    });
  });

  test("sends nothing that the vendor's page does not list, however full the account", () => {
    const wire = onTheWire(create().encoded.body);
    expect(sample.wireRequest.parse(wire)).toEqual(wire);
  });

  describe("reads an answer", () => {
    const { answer, reply, encoded, plan } = create();
    const genuine = JSON.stringify(reply);

    test.each(successes)("a genuine success of %i is created", (status) => {
      const outcome = answer(status, genuine);
      if (outcome.kind !== "created") throw new Error(summary(outcome));
      expect(outcome).toMatchObject({ status, body: reply, account: { id: "vendor-id-1", vendor: adapter.vendor } });
      z.omit(accountSchema, { operation: true }).parse(outcome.account);
    });

    test("a genuine body under any other status is not created", () => {
      const wrong = statuses.filter((status) => !successes.includes(status));
      expect(wrong.filter((status) => !isAsExpected(answer(status, genuine), verdictOf(status)))).toEqual([]);
    });

    const withoutId = withValueAt(onTheWire(encoded.body), adapter.reply.id, null);
    const wrongIds: Json[] = [null, "", "  ", 0, -1, "0", "-1", true, [], {}, ["1"], { id: 1 }];
    const bodies: Record<string, string> = {
      nothing: "",
      "white space": " \r\n",
      HTML: "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>",
      garbage: "\u0000\u0001\uFFFD\uFFFD{]}",
      "plain text": "OK",
      null: "null",
      true: "true",
      "a number": "1",
      "a number no double holds": "1e999",
      "a string": '"created"',
      "an empty object": "{}",
      "an empty array": "[]",
      "an array of accounts": `[${genuine}]`,
      "a success without an id": JSON.stringify(onTheWire(encoded.body)),
      "a success whose id is null": JSON.stringify(withoutId),
      "the request come back": JSON.stringify(encoded.body),
      "an error": JSON.stringify(sample.rejection("Something is wrong")),
      "an error beside an account": JSON.stringify({ ...asMembers(reply), ...asMembers(sample.rejection("Wrong")) }),
      "JSON cut off": genuine.slice(0, -1),
      "JSON cut off in a string": genuine.slice(0, genuine.lastIndexOf('"')),
      "two documents": `${genuine}${genuine}`,
      "more after the end": `${genuine}<!-- served in 3 ms -->`,
      "10 000 arrays deep": nested(10_000, "[", "]"),
      "`__proto__`": '{"__proto__":{"id":"1","data":{"id":"1"},"result":{"key":"1"}}}',
      "`__proto__` below": '{"data":{"__proto__":{"id":"1","type":"account"}},"result":{"__proto__":{"key":"1"}}}',
      "`constructor`": '{"constructor":{"prototype":{"id":"1"}},"toString":1,"hasOwnProperty":2}',
      "1 MB of text": "x".repeat(1_000_000),
      ...Object.fromEntries(
        wrongIds.map((id) => [
          `the id ${JSON.stringify(id)}`,
          JSON.stringify(withValueAt(onTheWire(encoded.body), adapter.reply.id, id)),
        ]),
      ),
      ...Object.fromEntries(
        ["errors", "error", "fault", "data", "result", "id"].map((member) => [
          `\`${member}\` of a wrong type`,
          JSON.stringify({ [member]: [[null, 1, "x", { status: {}, title: [], source: 1 }]] }),
        ]),
      ),
    };

    const slow: Record<string, string> = {
      "10 000 objects deep": `${'{"data":'.repeat(10_000)}1${"}".repeat(10_000)}`,
      "an account with 10 000 arrays in it": genuine.replace(/\}$/, `,"x":${nested(10_000, "[", "]")}}`),
      "errors 10 000 deep": `{"errors":${nested(10_000, "[", "]")},"error":${nested(10_000, "[", "]")}}`,
      "1 MB of digits": "9".repeat(1_000_000),
    };
    const cases = [
      ...Object.entries(bodies).map(([name, body]) => ({ name, body, tried: statuses })),
      ...Object.entries(slow).map(([name, body]) => ({ name, body, tried: telling })),
    ];

    test.each(cases)("no status makes an account of $name", ({ body, tried }) => {
      const wrong = tried.flatMap((status) => {
        const outcome = answer(status, body);
        return isAsExpected(outcome, verdictOf(status)) ? [] : [`${status} came to ${summary(outcome)}`];
      });
      expect(wrong).toEqual([]);
    });

    test("1 MB of JSON is no account either", () => {
      const items = Array.from({ length: 20_000 }, () => ({ detail: "x".repeat(40), source: { pointer: "/data/x" } }));
      const body = JSON.stringify({ errors: items, error: "x".repeat(100_000), data: { items } });
      expect(body.length).toBeGreaterThan(1_000_000);
      for (const status of [200, 201, 302, 400, 401, 422, 500]) {
        expect([status, isAsExpected(answer(status, body), verdictOf(status))]).toEqual([status, true]);
      }
    });

    test("a success that states another constant is unreadable", () => {
      for (const pointer of Object.keys(adapter.constants)) {
        const outcome = answer(201, JSON.stringify(withValueAt(reply, pointer, "something else")));
        expect(summary(outcome)).toBe("unknown: unreadable_success");
      }
    });

    test("a success that repeats another value than it was sent, or none, is no account of ours", () => {
      expect(adapter.reply.repeats).toContain("name");
      for (const field of adapter.reply.repeats) {
        const row = plan.byField.get(`/${field}`);
        if (row === undefined) throw new Error(`\`${field}\` has no place in the body`);
        const tried = (value: Json) => summary(answer(201, JSON.stringify(withValueAt(reply, row.to, value))));
        for (const other of ["Somebody else", null, 7, {}]) expect(tried(other)).toBe("unknown: unreadable_success");
        const sent = String(encoded.fields.find(({ to }) => to === row.to)?.value);
        for (const changed of [sent.toUpperCase(), ` ${sent}  `, `${sent}\u200B`])
          expect(tried(changed)).toBe("created");
      }
    });

    test("no JSON makes it throw or takes a leaf away", () => {
      const leaf = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.double(), fc.string());
      const pointers = scalarsOf(reply).map(([pointer]) => pointer);
      fc.assert(
        fc.property(
          fc.constantFrom(...pointers, "/extra", "/data/extra"),
          leaf,
          fc.constantFrom(...successes),
          (pointer, value, status) => {
            const body = onTheWire(withValueAt(reply, pointer, onTheWire(value)));
            const outcome = answer(status, JSON.stringify(body));
            expect(["created", "unknown: unreadable_success"]).toContain(summary(outcome));
            if (outcome.kind !== "created") return;
            z.omit(accountSchema, { operation: true }).parse(outcome.account);
            expect(asText(outcome.body)).toEqual(asText(body));
            // What stands at the pointer is in the account: read, or as it came.
            const kept = scalarsOf(outcome.account).map(([, each]) => String(each));
            const received = scalarsOf(valueIn(body, pointer)).filter(
              ([, each]) => typeof each === "string" || typeof each === "number",
            );
            const isKept = (each: unknown) => kept.includes(String(each)) || isCoded(each) || isConstant(pointer, each);
            expect(received.filter(([, each]) => !isKept(each))).toEqual([]);
          },
        ),
        { numRuns: 300 },
      );
      fc.assert(
        fc.property(fc.json(), fc.constantFrom(...statuses), (body, status) => void answer(status, body)),
        { numRuns: 300 },
      );
      fc.assert(
        fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...statuses), (body, status) => {
          expect(answer(status, body).kind).not.toBe("created");
        }),
      );
    });

    /** Whether a row's codec turns the value into another. */
    const isCoded = (value: unknown) =>
      planOf(sample).rows.some(({ values }) => values?.some(([, vendor]) => vendor === value));
    const isConstant = (pointer: string, value: unknown) =>
      Object.entries(adapter.constants).some(([to, constant]) => to === pointer && constant === value);

    test("errors are read without a throw from any JSON, and a rejection yields its words", () => {
      fc.assert(fc.property(fc.jsonValue(), (body) => void Array.from(adapter.readErrors(onTheWire(body)))));
      expect([...adapter.readErrors(sample.rejection("Too long"))]).toMatchObject([{ detail: "Too long" }]);
    });
  });

  describe("points at the caller's body", () => {
    const { plan, encoded, answer } = create();
    const reject = (detail: string, pointer?: string, status = 422) => {
      const outcome = answer(status, JSON.stringify(sample.rejection(detail, pointer)));
      if (outcome.kind !== "rejected") throw new Error(summary(outcome));
      return { reason: outcome.reason, errors: outcome.errors };
    };
    const rejection = Iterator.from(adapter.readErrors(sample.rejection("x", "/there")));
    const tellsPointers = rejection.some(({ pointer }) => pointer !== undefined);
    const sent = encoded.fields.filter(({ disposition }) => disposition === "sent" || disposition === "mapped");

    test("every pointer of the vendor's, if it tells any", () => {
      for (const { field, to } of sent) {
        const pointer = tellsPointers ? field : "";
        expect(reject("is wrong", to ?? "")).toEqual({ reason: "invalid", errors: [{ pointer, detail: "is wrong" }] });
      }
      expect(reject("is wrong", "/no/such").errors).toEqual([{ pointer: "", detail: "is wrong" }]);
    });

    test("every name that stands quoted in prose", () => {
      for (const { field, to } of sent) {
        const name = plan.byTarget.get(to ?? "")?.path.at(-1) ?? "";
        if (!/^[\w ]+$/.test(name)) continue;
        for (const spelt of [name, name.toUpperCase(), name.replaceAll("_", " ")]) {
          expect(reject(`Validation failed: field '${spelt}' on the 'min' tag.`).errors[0]?.pointer).toBe(field);
        }
      }
      expect(reject("Something is wrong").errors).toEqual([{ pointer: "", detail: "Something is wrong" }]);
    });

    test.each([400, 409, 422])("a duplicate of status %i is told by its words alone", (status) => {
      for (const words of ["has already been taken", "already exists", "Duplicate value", "must be unique"]) {
        expect(reject(words, undefined, status).reason).toBe("duplicate");
      }
      expect(reject("is not valid", undefined, status).reason).toBe("invalid");
    });

    test("a duplicate that names no field points at the one unique field sent, if it is one", () => {
      const unique = plan.rows.filter((row) => row.unique).map(({ field }) => field);
      const [only = ""] = unique.length === 1 ? unique : [];
      expect(reject("The account already exists").errors[0]?.pointer).toBe(only);
    });
  });

  describe("keeps its secret", () => {
    test.each(sample.auth.map((auth) => [String(auth["type"]), auth] as const))("%s", (_, auth) => {
      const { plan, encoded, answer, reply } = create({ auth });
      const { auth: secret, adapter: _adapter, ...rest } = plan;
      expect(inspect(secret, { depth: null })).toContain(canary);
      const outcomes = [
        answer(201, JSON.stringify(reply)),
        answer(201, ""),
        answer(422, JSON.stringify(sample.rejection("x"))),
        answer(500, ""),
      ];
      const seen = [
        rest,
        encoded,
        outcomes,
        capabilities(plan),
        connectionSchema(plan, [plan.adapter]),
        adapter.headers(plan.connection),
      ];
      expect(inspect(seen, { depth: null, maxArrayLength: null, maxStringLength: null })).not.toContain(canary);
    });
  });

  describe("stays on the connection's origin", () => {
    const urls = (base: string) => {
      const plans = sample.auth.map((auth) => planOf(sample, { base_url: base, auth }));
      return plans.flatMap((plan) => [
        [plan.url, adapter.path] as const,
        ...(plan.auth.kind === "token" ? [[plan.auth.request.url, undefined] as const] : []),
        ...plan.adapter.lookups.map(({ request }) => {
          const { path } = request("x");
          return [`${plan.connection.base_url}${path}`, path] as const;
        }),
      ]);
    };
    const staysOn = (base: string) => {
      const { origin } = new URL(base);
      for (const [url, path] of urls(base)) {
        const parsed = new URL(url);
        expect(parsed).toMatchObject({ origin, search: "", hash: "", username: "", password: "" });
        expect(parsed.href).not.toMatch(/[?#]/);
        if (path !== undefined) expect(parsed.pathname.endsWith(path)).toBe(true);
      }
    };

    test("whatever base URL is accepted", () => {
      const accepted = hostileBaseUrls.filter((base) => serviceUrl.safeParse(base).success);
      expect(accepted.length).toBeGreaterThan(10);
      accepted.forEach(staysOn);
    });
  });

  const keys = { name: "Acme Ltd", code: "ACME-1", external_ref: 'ref "1" \\ 2', registration_id: "REG-1" };
  const ours: LookupRecord = { id: "vendor-id-1", ...keys };
  if (adapter.lookups.length === 0) return;

  describe.each([...adapter.lookups])("looks an account up by $by", (lookup: Lookup) => {
    const { found } = sample;
    if (found === undefined) throw new Error("The adapter looks accounts up: add `found` to its fixtures");
    const plan = planOf(sample);
    const carried = Object.entries(keys).filter(([field]) => plan.byField.has(`/${field}`));
    const request = accountRequestSchema([adapter]).parse(Object.fromEntries(carried));
    const sent = encode(plan, request, "strict");
    const asked = lookupFor(plan, sent, lookup.by);
    if (asked === undefined || asked.by !== lookup.by) throw new Error(`\`${lookup.by}\` has no place in the body`);
    const { canRecognise } = asked;
    const read = (reply: Json): LookupEvidence | undefined => {
      const listed = lookup.read(reply, asked.value);
      return listed && recognise(plan, asked, sent, listed, { sinceMs: 0, clean: (record) => record });
    };
    const see = (...records: LookupRecord[]) => read(onTheWire(found(records)));
    const idsOf = (sighting: LookupEvidence | undefined) =>
      sighting?.records.flatMap(({ recognition, id }) => (recognition === "ours" ? [id] : []));
    /** The ids that are recognised or, where nothing can be, those for a person to judge. */
    const seenIn = (sighting: LookupEvidence | undefined) =>
      canRecognise ? idsOf(sighting) : sighting?.records.map(({ id }) => id);
    const stranger = { id: "2", name: "Other", code: "OTHER", external_ref: "other", registration_id: "OTHER" };

    test("and recognises it, alone or among others", () => {
      for (const records of [[ours], [stranger, ours], [ours, stranger]]) {
        const sighting = see(...records);
        expect(seenIn(sighting)).toEqual(["vendor-id-1"]);
      }
      expect(see()?.records).toEqual([]);
    });

    test("and recognises it as the vendor may store it", () => {
      const rewritings: ((value: string) => string)[] = [
        (value) => value.toLowerCase(),
        (value) => value.toUpperCase(),
        (value) => `  ${value.replaceAll(" ", "  ")} `,
        (value) => `${value}\u200B`,
        (value) => value.replaceAll('"', "&quot;").replaceAll("\\", "&#92;"),
        (value) => value.normalize("NFD"),
      ];
      for (const rewrite of rewritings) {
        const rewritten = Object.entries(keys).map(([field, value]) => [field, rewrite(value)]);
        const sighting = see({ ...ours, ...Object.fromEntries(rewritten) });
        expect(seenIn(sighting)).toEqual(["vendor-id-1"]);
      }
    });

    test("and takes no neighbour for it, but tells of each that the vendor returned", () => {
      const neighbours: ((value: string) => string)[] = [
        (value) => `${value}0`,
        (value) => value.slice(0, -1),
        (value) => `x${value}`,
        () => "",
        () => "%",
        () => "*",
      ];
      for (const alter of neighbours) {
        const altered = Object.fromEntries(Object.entries(keys).map(([field, value]) => [field, alter(value)]));
        // The second is ours in all but what is asked for.
        for (const members of [altered, { [lookup.by]: altered[lookup.by] }]) {
          const sighting = see({ ...ours, id: "neighbour", ...members });
          expect([members, idsOf(sighting)]).toEqual([members, []]);
          if (!canRecognise || sighting === undefined) continue;
          expect(sighting.records).toHaveLength(1);
        }
      }
    });

    test("and never throws, nor recognises an account in any JSON", () => {
      const unlike = fc.oneof(
        fc.jsonValue(),
        fc.jsonValue().map((value) => withSomething(onTheWire(found([ours])), onTheWire(value))),
      );
      fc.assert(fc.property(unlike, (body) => void read(onTheWire(body))));
      fc.assert(
        fc.property(fc.json(), (text) => {
          expect(idsOf(read(readVendorJson(text) ?? null)) ?? []).toEqual([]);
        }),
      );
      const bodies = [
        null,
        [],
        {},
        "x",
        { errors: [{ message: "x" }] },
        { error: "x" },
        { data: null },
        { data: {} },
        { data: [1] },
      ];
      expect(bodies.filter((body) => lookup.read(body, asked.value) !== undefined)).toEqual([]);
    });

    test("and reads numbers that no double holds", () => {
      const text = JSON.stringify(found([{ ...ours, id: "BIG" }]));
      for (const number of ["1e999", "12345678901234567890"]) {
        const body = readVendorJson(text.replace('"BIG"', `${number},"relationships":{"x":${number}}`));
        const sighting = read(body ?? null);
        expect(seenIn(sighting)).toEqual([number]);
      }
    });
  });
}

const exampleUuid = "96b1f750-55d3-4768-a3f8-adffba694a2c";
const examples: Record<string, Json> = {
  name: "Acme",
  code: "ACME-1",
  external_ref: "ref-1",
  legal_name: "Acme Ltd",
  registration_id: "REG-1",
  email: "info@acme.example",
  parent_id: "1",
  active: true,
  type: "customer",
  customer_type: "mso",
  industry: "other",
} satisfies Record<CanonicalField, Json>;

/** A number that no double holds is kept as its digits: as text the two are one. */
function asText(document: Json): [string, string][] {
  return scalarsOf(document).map(([pointer, value]) => [pointer, String(value)]);
}

function asMembers(value: Json): Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function valueIn(document: Json, pointer: string): Json | undefined {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<Json | undefined>(
      (value, member) => (value === undefined ? undefined : asMembers(value)[member]),
      document,
    );
}

/** The document with its first leaf replaced. */
function withSomething(document: Json, value: Json): Json {
  if (Array.isArray(document)) return document.map((each) => withSomething(each, value));
  if (typeof document !== "object" || document === null) return value;
  const [[member, child] = ["x", null], ...rest] = Object.entries(document);
  return { ...Object.fromEntries(rest), [member]: withSomething(child, value) };
}
