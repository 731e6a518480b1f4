/** How each vendor is asked for an account again, and what its answer proves. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type LookupRecord, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { onTheWire } from "../../../packages/adapter-kit/src/json.ts";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";
import { isStoredAsSent, textComparer } from "../../../adapters/engine/compare-text.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { type LookupEvidence, lookupFor, recognise } from "../../../adapters/engine/lookup.ts";
import { adapters } from "../../../adapters/index.ts";
import type { TextField } from "../../../schemas/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { sampleOf } from "../../support/samples.ts";

afterEach(() => vi.restoreAllMocks());

const stamp = "0190a7c81de07f3c9d3be0c5a1b2c3d4";
const record: LookupRecord = { id: "1", name: "Acme", code: "A-1", external_ref: "ref-1", registration_id: "REG-1" };

/** What was sent, and a lookup of it; with a `stamp` where the account has no `external_ref`. */
function lookedUp(vendor: string, account: Record<string, string>, options: { stamp?: string; by?: TextField } = {}) {
  const plan = planOf(sampleOf(vendor));
  const sent = encode(plan, accountRequestSchema(adapters).parse(account), "strict", options.stamp);
  expect(sent.faults).toEqual([]);
  const lookup = lookupFor(plan, sent, options.by);
  if (lookup === undefined) throw new Error("Looks nothing up");
  const read = (reply: Json, sinceMs = 0) => {
    const listed = lookup.read(reply, lookup.value);
    return listed && recognise(plan, lookup, sent, listed, { operationCreatedAtMs: sinceMs, redact: (shown) => shown });
  };
  const found = (...records: Partial<LookupRecord>[]) =>
    onTheWire(sampleOf(vendor).found?.(records.map((each) => ({ ...record, ...each }))));
  return {
    lookup,
    asked: lookup.request(lookup.value),
    read,
    found,
    see: (...records: Partial<LookupRecord>[]) => kindsIn(read(found(...records))),
  };
}

/** How many records of each kind; `unreadable` where the reply proves nothing. */
function kindsIn(sighting: LookupEvidence | undefined) {
  if (sighting === undefined) return "unreadable";
  return sighting.records.map(({ recognition }) => recognition).join(", ") || "nothing";
}

describe("Clarus", () => {
  const account = { name: "Acme", code: "A-1", external_ref: "ref-1" };

  test("asks by code, as a variable of the query and not as a part of it", () => {
    const { asked } = lookedUp("clarus", { ...account, code: 'A"-1' });
    expect(asked).toMatchObject({
      method: "POST",
      path: "/graphql",
      body: { variables: { filter: { code: { eq: 'A"-1' } } } },
    });
    expect(JSON.stringify(asked.body)).not.toContain("ref-1");
  });

  test("the code with our reference is ours; with another or none it is another's, certainly if the name is too", () => {
    const { see } = lookedUp("clarus", account);
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "ref-2" })).toBe("probably_another");
    expect(see({ external_ref: "" })).toBe("probably_another");
    for (const external_ref of ["ref-2", ""]) expect(see({ external_ref, name: "Other" })).toBe("another");
    expect(see()).toBe("nothing");
  });

  test("the code alone does not tell whose account it is", () => {
    const { see, lookup } = lookedUp("clarus", { name: "Acme", code: "A-1" });
    expect(lookup.canRecognise).toBe(false);
    expect(see({})).toBe("unsure");
  });

  test("a record that shows another code than it was asked for proves nothing", () => {
    expect(lookedUp("clarus", account).see({ code: "A-10" })).toBe("unsure");
  });

  test("a reply of 200 that reports an error proves nothing, whatever it holds", () => {
    const { read } = lookedUp("clarus", account);
    const members = { data: { accounts: { all: { edges: [] } } } };
    expect(kindsIn(read(members))).toBe("nothing");
    expect(kindsIn(read({ ...members, errors: [] }))).toBe("nothing");
    for (const errors of [[{ message: "timeout" }], [null], "timeout", { message: "timeout" }]) {
      expect(read({ ...members, errors })).toBeUndefined();
    }
    expect(read({ data: null, errors: [{ message: "timeout" }] })).toBeUndefined();
    expect(read({ data: { accounts: { all: { edges: [{ node: null }] } } } })).toBeUndefined();
  });
});

describe("Elastic Path", () => {
  test.each([
    ["ref-1", 'eq(external_ref,"ref-1")'],
    ['a"b', 'eq(external_ref,"a\\"b")'],
    ["a\\b", 'eq(external_ref,"a\\\\b")'],
    ['\\"', 'eq(external_ref,"\\\\\\"")'],
    ['x"):eq(name,"y', 'eq(external_ref,"x\\"):eq(name,\\"y")'],
    ["a,b)(&=", 'eq(external_ref,"a,b)(&=")'],
  ])("asks for the reference %s by %s", (external_ref, filter) => {
    expect(lookedUp("elastic_path", { name: "Acme", external_ref }).asked).toMatchObject({
      method: "GET",
      path: "/v2/accounts",
      query: { filter },
    });
  });

  test("asks by the unique registration id where there is one, and by name last", () => {
    for (const reference of [{}, { external_ref: "ref-1" }]) {
      const { lookup, asked } = lookedUp("elastic_path", { name: "Acme", registration_id: "R-1", ...reference });
      expect(lookup.by).toBe("registration_id");
      expect(asked.query).toMatchObject({ filter: 'eq(registration_id,"R-1")' });
    }
    expect(lookedUp("elastic_path", { name: "Acme" }).lookup).toMatchObject({ by: "name", canRecognise: false });
  });

  test("asks by the stamp where the vendor may store the registration id otherwise", () => {
    const registered = { name: "Acme", registration_id: "HRB  1" };
    expect(lookedUp("elastic_path", registered, { stamp }).lookup).toMatchObject({ by: "external_ref", value: stamp });
    expect(lookedUp("elastic_path", registered).lookup).toMatchObject({ by: "registration_id", provesAbsence: false });
  });

  test("asks by the field of which the vendor says that it exists", () => {
    const account = { name: "Acme", external_ref: "ref-1" };
    expect(lookedUp("elastic_path", account, { by: "name" }).lookup.by).toBe("name");
    expect(lookedUp("elastic_path", account, { by: "code" }).lookup.by).toBe("external_ref");
  });

  test("nothing is absent from a list that goes on, or that reports an error", () => {
    const { read, found } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
    const list = { data: [] };
    expect(kindsIn(read({ ...list, meta: { results: { total: 0 } } }))).toBe("nothing");
    expect(read({ ...list, meta: { results: { total: 26 } } })).toBeUndefined();
    const { data } = found(...Array.from({ length: 100 }, () => ({ name: "Other" }))) as { data: Json[] };
    expect(read({ data })).toBeUndefined();
    expect(read({ ...list, errors: [{ title: "Timeout" }] })).toBeUndefined();
    expect(read({ errors: [{ title: "Timeout" }] })).toBeUndefined();
  });

  test("a reference of the caller's with another name may be ours or not", () => {
    const { see } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ name: "Other" })).toBe("unsure");
    expect(see({ name: "Other" }, {})).toBe("unsure, ours");
    // The filter found it, so that it is the vendor's own writing of the reference, or a filter that is passed over.
    expect(see({ external_ref: "ref-10" })).toBe("unsure");
  });

  test("our stamp is proof by itself, under whatever name", () => {
    const { see } = lookedUp("elastic_path", { name: "Acme" }, { stamp });
    expect(see({ external_ref: stamp, name: "Other" })).toBe("ours");
    expect(see({ external_ref: stamp.toUpperCase(), name: "Other" })).toBe("ours");
    expect(see({ external_ref: "another" })).toBe("unsure");
  });

  test("a registration id with another reference is another's, with ours or our stamp it is ours", () => {
    const registered = { name: "Acme", registration_id: "REG-1" };
    const { see } = lookedUp("elastic_path", { ...registered, external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "ref-2" })).toBe("probably_another");
    expect(see({ external_ref: "ref-2", name: "Other" })).toBe("another");
    const stamped = lookedUp("elastic_path", registered, { stamp });
    expect(stamped.see({ external_ref: stamp, name: "ACME LTD" })).toBe("ours");
    expect(stamped.see({ external_ref: "ref-2", name: "Other" })).toBe("another");
  });

  describe("by the time when an account was created", () => {
    const sinceMs = Date.parse("2026-11-29T12:00:00Z");
    const created = (created_at: string, external_ref: string | null = "ref-1") => ({
      data: [
        {
          type: "account",
          id: "1",
          name: "Acme",
          external_ref,
          registration_id: "REG-1",
          meta: { timestamps: { created_at } },
        },
      ],
    });

    test("one from before the operation is not ours, but for a clock that differs", () => {
      const { read } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
      expect(kindsIn(read(created("2026-11-29T12:00:01Z"), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:58:00Z"), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:50:00Z"), sinceMs))).toBe("probably_another");
    });

    test("a registration id and a name are ours where nothing else was sent", () => {
      const { read, see } = lookedUp("elastic_path", { name: "Acme", registration_id: "REG-1" });
      expect(kindsIn(read(created("2026-11-29T12:00:01Z", null), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:50:00Z", null), sinceMs))).toBe("probably_another");
      // Of an account without a time nobody knows.
      expect(see({})).toBe("unsure");
    });
  });
});

describe("Zendesk", () => {
  test("asks for the reference, and by name last", () => {
    expect(lookedUp("zendesk", { name: "Acme", external_ref: "a&b=c" }).asked).toEqual({
      method: "GET",
      path: "/api/v2/organizations/search",
      query: { external_id: "a&b=c" },
    });
    expect(lookedUp("zendesk", { name: "Acme" }).asked.query).toEqual({ name: "Acme" });
  });

  test("finds ours under the name as the vendor trims it, and under any name where it is stamped", () => {
    const { see } = lookedUp("zendesk", { name: " Acme ", external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "REF-1" })).toBe("ours");
    expect(see({ name: "Other" })).toBe("unsure");
    expect(lookedUp("zendesk", { name: "Acme" }, { stamp }).see({ external_ref: stamp, name: "Other" })).toBe("ours");
  });

  test("a name that is taken is another's, unless it carries our reference", () => {
    const { see } = lookedUp("zendesk", { name: "Acme" }, { stamp, by: "name" });
    expect(see({ external_ref: "ref-1" })).toBe("probably_another");
    expect(see({ external_ref: stamp })).toBe("ours");
  });

  test("shows no absence on one page of several, nor beside an error", () => {
    const { read, found } = lookedUp("zendesk", { name: "Acme", external_ref: "ref-1" });
    const list = Object(found());
    expect(kindsIn(read(list))).toBe("nothing");
    expect(read({ ...list, next_page: "https://acme.zendesk.com/next" })).toBeUndefined();
    expect(read({ ...list, error: "ServiceUnavailable" })).toBeUndefined();
  });
});

describe("Garmat", () => {
  test("accounts of the name are for a person to judge, on whatever page they stand", () => {
    const { see, read, found, lookup } = lookedUp("garmat", { name: "Acme" });
    expect(lookup.canRecognise).toBe(false);
    expect(see({}, { id: "2", name: "ACME" }, { id: "3", name: "Acme 2" })).toBe("unsure, unsure");
    expect(see()).toBe("nothing");
    expect(kindsIn(read({ ...Object(found({})), pages: 3 }))).toBe("unsure");
    // The page's own example of a list omits the id.
    expect(kindsIn(read({ data: [{ name: "Acme" }] }))).toBe("unsure");
  });
});

describe("many records", () => {
  test("are compared with what was sent, which is normalised once", () => {
    const name = "Acme ".repeat(50).trim();
    const { lookup, read, found } = lookedUp("garmat", { name });
    const { see } = lookedUp("elastic_path", { name, external_ref: "ref-1" });
    const normalise = vi.spyOn(String.prototype, "normalize");
    const timesOfSent = () => normalise.mock.contexts.filter((text) => String(text).length === name.length).length;
    const shown = Array.from({ length: 100 }, (_, index) => ({ id: String(index + 1), name: `Bolt ${index}` }));
    expect(lookup.read(found(...shown), name)?.records).toEqual([]);
    expect(timesOfSent()).toBe(1);
    expect(read(found())?.records).toEqual([]);
    normalise.mockClear();
    expect(see(...shown)).toContain("unsure");
    expect(timesOfSent()).toBe(1);
  });

  test("are kept up to a limit: each takes space", () => {
    const { read, found } = lookedUp("elastic_path", { name: "Acme" }, { stamp });
    const ours = Array.from({ length: 1_000 }, (_, index) => ({ id: String(index + 1), external_ref: stamp }));
    expect(read(found(...ours))?.records).toHaveLength(100);
  });
});

test.each(["Acme &lpar;UK&rpar; &amp; Co", "Acme (UK) &#38; Co", "ACME (UK) &#x26;amp; Co"])(
  "a name is recognised as a vendor escapes it: %s",
  (name) => {
    const { see } = lookedUp("elastic_path", { name: "Acme (UK) & Co", external_ref: "ref-1" });
    expect(see({ name })).toBe("ours");
  },
);

test.each([
  ["whole words", "Acme Gardening and", "ours"],
  ["a part of an escape", "Acme Gardening and Sons &am", "ours"],
  ["too little of it", "Acme Gardening", "unsure"],
  ["another name that begins so", "Acme Gardening and Daughters", "unsure"],
] as const)("a name is recognised as a vendor cuts it: %s", (_what, name, expected) => {
  const { see } = lookedUp("elastic_path", { name: "Acme Gardening and Sons & Co", external_ref: "ref-1" });
  expect(see({ name })).toBe(expected);
});

describe("an absence", () => {
  const provesAbsence = (vendor: string, account: Record<string, string>, options = {}) =>
    lookedUp(vendor, account, options).lookup.provesAbsence;

  test.each(["elastic_path", "zendesk"])("by our stamp is a proof at %s", (vendor) => {
    expect(provesAbsence(vendor, { name: "Acme  <Corp>" }, { stamp })).toBe(true);
  });

  test.each([
    ["ref-1", true],
    ["CRM 4711/a", true],
    ["x".repeat(32), true],
    ["x".repeat(33), false],
    ["a  b", false],
    [" a", false],
    ["a&b", false],
    ["M\u00FCller", false],
    ["a\u200Bb", false],
  ])("by the reference %j is a proof: %s", (external_ref, isProof) => {
    expect(provesAbsence("zendesk", { name: "Acme", external_ref })).toBe(isProof);
  });

  test("by a long reference is a proof where the vendor's page says that it stores it whole", () => {
    expect(provesAbsence("elastic_path", { name: "Acme", external_ref: "x".repeat(2000) })).toBe(true);
    expect(provesAbsence("elastic_path", { name: "Acme", external_ref: `${"x".repeat(30)}&` })).toBe(false);
  });

  test("by a unique field is a proof if the vendor stores it as it is", () => {
    const account = { name: "Acme", external_ref: "r" };
    expect(provesAbsence("clarus", { ...account, code: "A-1" })).toBe(true);
    expect(provesAbsence("clarus", { ...account, code: "M\u00FCller & S\u00F6hne" })).toBe(false);
    expect(provesAbsence("elastic_path", { name: "Acme", registration_id: "x".repeat(63) })).toBe(true);
  });

  test("by a code that is made from a name is a proof", () => {
    expect(isStoredAsSent(codeFromName("The Very Long Name of a M\u00FCller & S\u00F6hne Company"), 32)).toBe(true);
  });

  test("by name is none", () => {
    expect(provesAbsence("garmat", { name: "Acme <Corp>" })).toBe(false);
  });
});

test("text that is markup alone is compared as it stands", () => {
  expect(textComparer("<Alice Ltd>")("<Bob Ltd>")).toBe("different");
  expect(textComparer("<Alice Ltd>")("<Alice Ltd>")).toBe("same");
});
