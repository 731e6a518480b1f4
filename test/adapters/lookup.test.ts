/** How each vendor is asked for an account again, and what its answer proves. */
import { describe, expect, test } from "vitest";
import type { LookupRecord } from "../../adapter-kit/fixtures.ts";
import { onTheWire } from "../../adapter-kit/json.ts";
import type { Lookup, LookupKeys } from "../../adapters/engine/adapter.ts";
import { sampleOf } from "./samples.ts";

const record: LookupRecord = { id: "1", name: "Acme", code: "A-1", external_ref: "ref-1", registration_id: "REG-1" };

function lookupOf(vendor: string, keys: LookupKeys): Lookup {
  const lookup = sampleOf(vendor).adapter.lookup(keys);
  if (lookup === undefined) throw new Error("Looks nothing up");
  return lookup;
}
const found = (vendor: string, ...records: LookupRecord[]) => onTheWire(sampleOf(vendor).found?.(records));

describe("Clarus", () => {
  const lookup = lookupOf("clarus", { name: "Acme", code: "A-1", external_ref: "ref-1" });

  test("asks by code, as a variable of the query and not as a part of it", () => {
    const asked = lookupOf("clarus", { name: "Acme", code: 'A"-1', external_ref: "ref-1" });
    expect(asked).toMatchObject({
      method: "POST",
      path: "/graphql",
      body: { variables: { filter: { code: { eq: 'A"-1' } } } },
    });
    expect(JSON.stringify(asked.body)).not.toContain("ref-1");
  });

  test.each([{ name: "Acme" }, { name: "Acme", code: "A-1" }, { name: "Acme", external_ref: "ref-1" }])(
    "%o cannot tell whose account it is",
    (keys) => {
      expect(sampleOf("clarus").adapter.lookup(keys)).toBeUndefined();
    },
  );

  const read = (...records: LookupRecord[]) =>
    lookupOf("clarus", { name: "Acme", code: "A-1", external_ref: "ref-1" }).read(found("clarus", ...records));

  test("the code with our reference is ours, with another or none it is taken", () => {
    expect(read(record)).toMatchObject({
      verdict: "ours",
      record: { data: { id: "1", attributes: { external_system_reference1: "ref-1" } } },
    });
    expect(read({ ...record, external_ref: "ref-2" })).toEqual({ verdict: "taken" });
    expect(read({ ...record, code: "A-10" }).verdict).toBe("absent");
    expect(read({ ...record, code: "a-1", external_ref: "ref-2" }).verdict).toBe("absent");
    expect(read().verdict).toBe("absent");
  });

  test("what is ours but for case or white space proves nothing", () => {
    for (const nearly of [{ external_ref: "REF-1" }, { code: "a-1" }, { code: " A-1", external_ref: "ref-1 " }])
      expect(read({ ...record, ...nearly }).verdict).toBe("unreadable");
  });

  test("a reply of 200 that reports an error proves nothing, whatever it holds", () => {
    const members = { data: { accounts: { all: { edges: [] } } } };
    expect(lookup.read(members).verdict).toBe("absent");
    expect(lookup.read({ ...members, errors: [] }).verdict).toBe("absent");
    for (const errors of [[{ message: "timeout" }], [null], "timeout", { message: "timeout" }]) {
      expect(lookup.read({ ...members, errors }).verdict).toBe("unreadable");
    }
    expect(lookup.read({ data: null, errors: [{ message: "timeout" }] }).verdict).toBe("unreadable");
    expect(lookup.read({ data: { accounts: { all: { edges: [{ node: null }] } } } }).verdict).toBe("unreadable");
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
    expect(lookupOf("elastic_path", { name: "Acme", external_ref })).toMatchObject({
      method: "GET",
      path: "/v2/accounts",
      query: { filter },
    });
  });

  test("asks by the unique registration id where there is one, and not by name alone", () => {
    for (const external_ref of [undefined, "ref-1"]) {
      const keys = { name: "Acme", registration_id: 'R"1', external_ref };
      expect(lookupOf("elastic_path", keys)).toMatchObject({
        by: "registration_id",
        query: { filter: 'eq(registration_id,"R\\"1")' },
      });
    }
    expect(sampleOf("elastic_path").adapter.lookup({ name: "Acme", code: "A-1" })).toBeUndefined();
  });

  test("the reference is ours exactly, not nearly", () => {
    const { read } = lookupOf("elastic_path", { name: "Acme", external_ref: "ref-1" });
    expect(read(found("elastic_path", record))).toMatchObject({ verdict: "ours", record: { data: { id: "1" } } });
    for (const external_ref of ["ref-10", "ref-", "xref-1"])
      expect(read(found("elastic_path", { ...record, external_ref })).verdict).toBe("absent");
    // Elastic Path may have stored it so.
    for (const external_ref of ["REF-1", " ref-1"])
      expect(read(found("elastic_path", { ...record, external_ref })).verdict).toBe("unreadable");
    expect(read(found("elastic_path", { ...record, name: "Acme " })).verdict).toBe("unreadable");
  });

  test("nothing is absent from a list that goes on, or that reports an error", () => {
    const { read } = lookupOf("elastic_path", { name: "Acme", external_ref: "ref-2" });
    const other = { type: "account", id: "1", name: "Acme", external_ref: "ref-1" };
    const list = { data: [other] };
    expect(read({ ...list, meta: { results: { total: 1 } } }).verdict).toBe("absent");
    expect(read({ ...list, meta: { results: { total: 26 } } }).verdict).toBe("unreadable");
    const full = { data: Array.from({ length: 100 }, () => other) };
    expect(read(full).verdict).toBe("unreadable");
    expect(read({ ...full, meta: { results: { total: 100 } } }).verdict).toBe("absent");
    expect(read({ ...list, errors: [{ title: "Timeout" }] }).verdict).toBe("unreadable");
    expect(read({ errors: [{ title: "Timeout" }] }).verdict).toBe("unreadable");
  });

  test("a registration id with another name is taken by somebody else", () => {
    const { read } = lookupOf("elastic_path", { name: "Acme", registration_id: "REG-1" });
    expect(read(found("elastic_path", record)).verdict).toBe("ours");
    expect(read(found("elastic_path", { ...record, name: "Other" }))).toEqual({ verdict: "taken" });
    expect(read(found("elastic_path", { ...record, registration_id: "reg-1", name: "Other" })).verdict).toBe("absent");
  });

  test("a registration id with another reference is somebody else's, with our stamp it is ours whatever the name", () => {
    const keys = { name: "Acme", registration_id: "REG-1", external_ref: "ref-1" };
    const { read } = lookupOf("elastic_path", keys);
    expect(read(found("elastic_path", record)).verdict).toBe("ours");
    expect(read(found("elastic_path", { ...record, external_ref: "ref-2" })).verdict).toBe("taken");
    const stamped = lookupOf("elastic_path", { ...keys, isStamped: true });
    expect(stamped.read(found("elastic_path", { ...record, name: "ACME" })).verdict).toBe("ours");
    expect(stamped.read(found("elastic_path", { ...record, external_ref: "ref-2" })).verdict).toBe("taken");
  });

  test("ours is found among others of the reference, and no other is taken for it, on whatever page it stands", () => {
    const { read } = lookupOf("elastic_path", { name: "Acme", external_ref: "ref-1" });
    const other = { ...record, id: "2", name: "Other" };
    expect(read(found("elastic_path", other, record))).toMatchObject({ record: { data: { id: "1" } } });
    expect(read(found("elastic_path", other))).toEqual({ verdict: "taken" });
    const { data } = found("elastic_path", other) as { data: unknown[] };
    expect(read(onTheWire({ data, meta: { results: { total: 101 } } })).verdict).toBe("unreadable");
  });
});

describe("Garmat", () => {
  test("accounts of the name are candidates, and never proof", () => {
    const { read } = lookupOf("garmat", { name: "Acme" });
    const list = found("garmat", record, { ...record, id: "2" }, { ...record, id: "3", name: "acme" });
    expect(read(list)).toMatchObject({ verdict: "candidates", records: [{ id: "1" }, { id: "2" }] });
    expect(read(found("garmat"))).toEqual({ verdict: "candidates", records: [] });
    const page = { ...Object(list), pages: 3 };
    expect(read(page)).toMatchObject({ verdict: "candidates", records: [{ id: "1" }, { id: "2" }] });
    // The page's own example of a list omits the id.
    expect(read({ data: [{ name: "Acme" }] })).toMatchObject({ verdict: "candidates", records: [{ name: "Acme" }] });
  });
});
