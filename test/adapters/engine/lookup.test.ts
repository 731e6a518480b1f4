/** The lookup of each vendor: its request, and what its reply proves. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type LookupRecord, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { onTheWire } from "../../../packages/adapter-kit/src/json.ts";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";
import { isStoredAsSent, textComparer } from "../../../adapters/engine/compare-text.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { type LookupEvidence, lookupFor, recognise } from "../../../adapters/engine/lookup.ts";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import type { TextField } from "../../../schemas/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { sampleOf } from "../../support/samples.ts";

afterEach(() => vi.restoreAllMocks());

const stamp = "0190a7c81de07f3c9d3be0c5a1b2c3d4";
const record: LookupRecord = { id: "1", name: "Acme", code: "A-1", external_ref: "ref-1", registration_id: "REG-1" };

/** Encodes an account and prepares its lookup. The `stamp` is sent if the account has no `external_ref`. */
function lookedUp(vendor: string, account: Record<string, string>, options: { stamp?: string; by?: TextField } = {}) {
  const plan = planOf(sampleOf(vendor));
  const sent = encode(plan, accountRequestSchema(allAdapters).parse(account), "strict", options.stamp);
  expect(sent.faults).toEqual([]);
  const lookup = lookupFor(plan, sent, options.by);
  if (lookup === undefined) throw new Error("There is no lookup for this account");
  const read = (reply: Json, sinceMs = 0) => {
    const listed = lookup.read(reply, lookup.value);
    return listed && recognise(plan, lookup, sent, listed, { operationCreatedAtMs: sinceMs, redact: (shown) => shown });
  };
  const found = (...records: Partial<LookupRecord>[]) =>
    onTheWire(
      sampleOf(vendor).found?.(
        records.map((each) => ({ ...record, ...each })),
        lookup.by,
      ),
    );
  return {
    lookup,
    request: lookup.request(lookup.value, plan.connection),
    read,
    found,
    see: (...records: Partial<LookupRecord>[]) => kindsIn(read(found(...records))),
  };
}

/** The recognition of each record; `unreadable` if the reply proves nothing. */
function kindsIn(evidence: LookupEvidence | undefined) {
  if (evidence === undefined) return "unreadable";
  return evidence.records.map(({ recognition }) => recognition).join(", ") || "nothing";
}

describe("Clarus", () => {
  const account = { name: "Acme", code: "A-1", external_ref: "ref-1" };

  test("sends the code as a GraphQL variable, and does not insert it into the query", () => {
    const { request } = lookedUp("clarus", { ...account, code: 'A"-1' });
    expect(request).toMatchObject({
      method: "POST",
      path: "/graphql",
      body: { variables: { filter: { code: { eq: 'A"-1' } } } },
    });
    expect(JSON.stringify(request.body)).not.toContain("ref-1");
  });

  test("a record with our code and reference is ours; with another reference or none it is probably another, and with another name certainly", () => {
    const { see } = lookedUp("clarus", account);
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "ref-2" })).toBe("probably_another");
    expect(see({ external_ref: "" })).toBe("probably_another");
    for (const external_ref of ["ref-2", ""]) expect(see({ external_ref, name: "Other" })).toBe("another");
    expect(see()).toBe("nothing");
  });

  test("the code alone does not identify our account", () => {
    const { see, lookup } = lookedUp("clarus", { name: "Acme", code: "A-1" });
    expect(lookup.canRecognise).toBe(false);
    expect(see({})).toBe("unsure");
  });

  test("a record with a code other than the requested one proves nothing", () => {
    expect(lookedUp("clarus", account).see({ code: "A-10" })).toBe("unsure");
  });

  test("a 200 reply that reports an error proves nothing, even if it has records", () => {
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
  ])("looks up the reference %s with the filter %s", (external_ref, filter) => {
    expect(lookedUp("elastic_path", { name: "Acme", external_ref }).request).toMatchObject({
      method: "GET",
      path: "/v2/accounts",
      query: { filter },
    });
  });

  test("looks up by the unique registration id if there is one, and by name only as a last resort", () => {
    for (const reference of [{}, { external_ref: "ref-1" }]) {
      const { lookup, request } = lookedUp("elastic_path", { name: "Acme", registration_id: "R-1", ...reference });
      expect(lookup.by).toBe("registration_id");
      expect(request.query).toMatchObject({ filter: 'eq(registration_id,"R-1")' });
    }
    expect(lookedUp("elastic_path", { name: "Acme" }).lookup).toMatchObject({ by: "name", canRecognise: false });
  });

  test("looks up by the stamp if the vendor may change the registration id", () => {
    const registered = { name: "Acme", registration_id: "HRB  1" };
    expect(lookedUp("elastic_path", registered, { stamp }).lookup).toMatchObject({ by: "external_ref", value: stamp });
    expect(lookedUp("elastic_path", registered).lookup).toMatchObject({ by: "registration_id", provesAbsence: false });
  });

  test("looks up by the field that the vendor reports as a duplicate, if it was sent", () => {
    const account = { name: "Acme", external_ref: "ref-1" };
    expect(lookedUp("elastic_path", account, { by: "name" }).lookup.by).toBe("name");
    expect(lookedUp("elastic_path", account, { by: "code" }).lookup.by).toBe("external_ref");
  });

  test("an incomplete list, or one that reports an error, proves no absence", () => {
    const { read, found } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
    const list = { data: [] };
    expect(kindsIn(read({ ...list, meta: { results: { total: 0 } } }))).toBe("nothing");
    expect(read({ ...list, meta: { results: { total: 26 } } })).toBeUndefined();
    const { data } = found(...Array.from({ length: 100 }, () => ({ name: "Other" }))) as { data: Json[] };
    expect(read({ data })).toBeUndefined();
    expect(read({ ...list, errors: [{ title: "Timeout" }] })).toBeUndefined();
    expect(read({ errors: [{ title: "Timeout" }] })).toBeUndefined();
  });

  test("a record with the caller's reference and another name is unsure", () => {
    const { see } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ name: "Other" })).toBe("unsure");
    expect(see({ name: "Other" }, {})).toBe("unsure, ours");
    // The filter returned this record, so the vendor changed the reference or ignored the filter.
    expect(see({ external_ref: "ref-10" })).toBe("unsure");
  });

  test("a record with our stamp is ours, under any name", () => {
    const { see } = lookedUp("elastic_path", { name: "Acme" }, { stamp });
    expect(see({ external_ref: stamp, name: "Other" })).toBe("ours");
    expect(see({ external_ref: stamp.toUpperCase(), name: "Other" })).toBe("ours");
    expect(see({ external_ref: "another" })).toBe("unsure");
  });

  test("a record with our registration id is another's if its reference differs, and ours with our reference or stamp", () => {
    const registered = { name: "Acme", registration_id: "REG-1" };
    const { see } = lookedUp("elastic_path", { ...registered, external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "ref-2" })).toBe("probably_another");
    expect(see({ external_ref: "ref-2", name: "Other" })).toBe("another");
    const stamped = lookedUp("elastic_path", registered, { stamp });
    expect(stamped.see({ external_ref: stamp, name: "ACME LTD" })).toBe("ours");
    expect(stamped.see({ external_ref: "ref-2", name: "Other" })).toBe("another");
  });

  describe("the creation time of an account", () => {
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

    test("an account older than the operation is not ours, with a tolerance for clocks that differ", () => {
      const { read } = lookedUp("elastic_path", { name: "Acme", external_ref: "ref-1" });
      expect(kindsIn(read(created("2026-11-29T12:00:01Z"), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:58:00Z"), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:50:00Z"), sinceMs))).toBe("probably_another");
    });

    test("a newer account with our registration id and name is ours if nothing else was sent", () => {
      const { read, see } = lookedUp("elastic_path", { name: "Acme", registration_id: "REG-1" });
      expect(kindsIn(read(created("2026-11-29T12:00:01Z", null), sinceMs))).toBe("ours");
      expect(kindsIn(read(created("2026-11-29T11:50:00Z", null), sinceMs))).toBe("probably_another");
      // This record has no creation time.
      expect(see({})).toBe("unsure");
    });
  });
});

describe("Zendesk", () => {
  test("looks up by the reference, and by name only as a last resort", () => {
    expect(lookedUp("zendesk", { name: "Acme", external_ref: "a&b=c" }).request).toEqual({
      method: "GET",
      path: "/api/v2/organizations/search",
      query: { external_id: "a&b=c" },
    });
    expect(lookedUp("zendesk", { name: "Acme" }).request.query).toEqual({ name: "Acme" });
  });

  test("recognises our account under a trimmed name, and with our stamp under any name", () => {
    const { see } = lookedUp("zendesk", { name: " Acme ", external_ref: "ref-1" });
    expect(see({})).toBe("ours");
    expect(see({ external_ref: "REF-1" })).toBe("ours");
    expect(see({ name: "Other" })).toBe("unsure");
    expect(lookedUp("zendesk", { name: "Acme" }, { stamp }).see({ external_ref: stamp, name: "Other" })).toBe("ours");
  });

  test("an account with our name is probably another's, unless it has our stamp", () => {
    const { see } = lookedUp("zendesk", { name: "Acme" }, { stamp, by: "name" });
    expect(see({ external_ref: "ref-1" })).toBe("probably_another");
    expect(see({ external_ref: stamp })).toBe("ours");
  });

  test("one page of several, or a reply with an error, proves no absence", () => {
    const { read, found } = lookedUp("zendesk", { name: "Acme", external_ref: "ref-1" });
    const list = Object(found());
    expect(kindsIn(read(list))).toBe("nothing");
    expect(read({ ...list, next_page: "https://acme.zendesk.com/next" })).toBeUndefined();
    expect(read({ ...list, error: "ServiceUnavailable" })).toBeUndefined();
  });
});

describe("Garmat", () => {
  test("accounts with our name are unsure, on any page, so a person decides", () => {
    const { see, read, found, lookup } = lookedUp("garmat", { name: "Acme" });
    expect(lookup.canRecognise).toBe(false);
    expect(see({}, { id: "2", name: "ACME" }, { id: "3", name: "Acme 2" })).toBe("unsure, unsure");
    expect(see()).toBe("nothing");
    expect(kindsIn(read({ ...Object(found({})), pages: 3 }))).toBe("unsure");
    // The example in the vendor's documentation omits the id.
    expect(kindsIn(read({ data: [{ name: "Acme" }] }))).toBe("unsure");
  });
});

describe("many records", () => {
  test("are compared with the sent text, which is normalised only once", () => {
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

  test("are limited to 100, because the ledger stores each", () => {
    const { read, found } = lookedUp("elastic_path", { name: "Acme" }, { stamp });
    const ours = Array.from({ length: 1_000 }, (_, index) => ({ id: String(index + 1), external_ref: stamp }));
    expect(read(found(...ours))?.records).toHaveLength(100);
  });
});

test.each(["Acme &lpar;UK&rpar; &amp; Co", "Acme (UK) &#38; Co", "ACME (UK) &#x26;amp; Co"])(
  "a name that the vendor escapes is recognised: %s",
  (name) => {
    const { see } = lookedUp("elastic_path", { name: "Acme (UK) & Co", external_ref: "ref-1" });
    expect(see({ name })).toBe("ours");
  },
);

test.each([
  ["cut after a whole word", "Acme Gardening and", "ours"],
  ["cut within an escape", "Acme Gardening and Sons &am", "ours"],
  ["too short to recognise", "Acme Gardening", "unsure"],
  ["another name with the same beginning", "Acme Gardening and Daughters", "unsure"],
] as const)("a name that the vendor cuts: %s", (_case, name, expected) => {
  const { see } = lookedUp("elastic_path", { name: "Acme Gardening and Sons & Co", external_ref: "ref-1" });
  expect(see({ name })).toBe(expected);
});

describe("an absence", () => {
  const provesAbsence = (vendor: string, account: Record<string, string>, options = {}) =>
    lookedUp(vendor, account, options).lookup.provesAbsence;

  test.each(["elastic_path", "zendesk"])("by our stamp is a proof for %s", (vendor) => {
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
  ])("by the reference %j proves that there is no account: %s", (external_ref, isProof) => {
    expect(provesAbsence("zendesk", { name: "Acme", external_ref })).toBe(isProof);
  });

  test("by a long reference is a proof if the vendor documents that it stores long references", () => {
    expect(provesAbsence("elastic_path", { name: "Acme", external_ref: "x".repeat(2000) })).toBe(true);
    expect(provesAbsence("elastic_path", { name: "Acme", external_ref: `${"x".repeat(30)}&` })).toBe(false);
  });

  test("by a unique field is a proof if the vendor stores the value unchanged", () => {
    const account = { name: "Acme", external_ref: "r" };
    expect(provesAbsence("clarus", { ...account, code: "A-1" })).toBe(true);
    expect(provesAbsence("clarus", { ...account, code: "M\u00FCller & S\u00F6hne" })).toBe(false);
    expect(provesAbsence("elastic_path", { name: "Acme", registration_id: "x".repeat(63) })).toBe(true);
  });

  test("by a code made from a name is a proof", () => {
    expect(isStoredAsSent(codeFromName("The Very Long Name of a M\u00FCller & S\u00F6hne Company"), 32)).toBe(true);
  });

  test("by name is no proof", () => {
    expect(provesAbsence("garmat", { name: "Acme <Corp>" })).toBe(false);
  });
});

test("text that consists only of markup is compared without changes", () => {
  expect(textComparer("<Alice Ltd>")("<Bob Ltd>")).toBe("different");
  expect(textComparer("<Alice Ltd>")("<Alice Ltd>")).toBe("same");
});
