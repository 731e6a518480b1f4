/** Tests that a lookup recognises the account that was sent, and no other account. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { fromWire, type Lookup } from "../../../adapters/engine/adapter.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { type LookupEvidence, lookupFor, recognise } from "../../../adapters/engine/lookup.ts";
import { toVendorReply } from "../../../adapters/engine/outcome.ts";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import type { Json } from "../../../schemas/json.ts";
import { type LookupRecord, planOf, type Sample } from "./fixtures.ts";
import { toReply } from "./full-create.ts";
import { onTheWire, withFirstLeaf } from "./json.ts";
import { anyVendorReply } from "./test-exchange.ts";

const fields = { name: "Acme Ltd", code: "ACME-1", external_ref: 'ref "1" \\ 2', registration_id: "REG-1" };
const ours: LookupRecord = { id: "vendor-id-1", ...fields };
const other: LookupRecord = { id: "2", name: "Other", code: "OTHER", external_ref: "other", registration_id: "OTHER" };

/** Our account with each field changed. */
function withFields(change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, change(value)]));
}

export function testLookup(sample: Sample, lookup: Lookup): void {
  const { adapter, found, absent } = sample;
  const { isAbsent } = lookup;
  if (found === undefined) throw new Error("The adapter has a lookup: add `found` to its fixtures");
  const plan = planOf(sample);
  const supported = Object.entries(fields).filter(([field]) => plan.byField.has(`/${field}`));
  const request = accountRequestSchema([adapter]).parse(Object.fromEntries(supported));
  const sent = encode(plan, request, "strict");
  const accountLookup = lookupFor(plan, sent, lookup.by);
  if (accountLookup === undefined || accountLookup.by !== lookup.by)
    throw new Error(`The adapter has no destination for \`${lookup.by}\``);
  const { canRecognise } = accountLookup;

  const read = (reply: Json): LookupEvidence | undefined => {
    const listed = lookup.read(reply, accountLookup.value);
    if (listed === undefined) return undefined;
    const records = listed.records.map((record) => fromWire(adapter, record));
    const context = { operationCreatedAtMs: 0, redact: (record: Json) => record };
    return recognise(plan, accountLookup, sent, { ...listed, records }, context);
  };
  const replyWith = (...records: LookupRecord[]) => onTheWire(found(records, lookup.by));
  const readRecords = (...records: LookupRecord[]) => read(replyWith(...records));
  const recognisedIds = (evidence: LookupEvidence | undefined) =>
    evidence?.records.flatMap(({ recognition, id }) => (recognition === "ours" ? [id] : []));
  /** The recognised ids or, if the lookup cannot recognise accounts, the ids that a person reviews. */
  const foundIds = (evidence: LookupEvidence | undefined) =>
    canRecognise ? recognisedIds(evidence) : evidence?.records.map(({ id }) => id);

  test("recognises the account, alone and among others", () => {
    // A vendor that answers with a status if there is no account shows one account at most.
    const lists = isAbsent === undefined ? [[ours], [other, ours], [ours, other]] : [[ours]];
    for (const records of lists) expect(foundIds(readRecords(...records))).toEqual(["vendor-id-1"]);
    expect(isAbsent === undefined ? readRecords()?.records : []).toEqual([]);
  });

  test("recognises the account if the vendor stores its values differently", () => {
    const changes: ((value: string) => string)[] = [
      (value) => value.toLowerCase(),
      (value) => value.toUpperCase(),
      (value) => `  ${value.replaceAll(" ", "  ")} `,
      (value) => `${value}\u200B`,
      (value) => value.replaceAll('"', "&quot;").replaceAll("\\", "&#92;"),
      (value) => value.normalize("NFD"),
    ];
    for (const change of changes)
      expect(foundIds(readRecords({ ...ours, ...withFields(change) }))).toEqual(["vendor-id-1"]);
  });

  test("recognises no similar account, but reports each account that the vendor returned", () => {
    const changes: ((value: string) => string)[] = [
      (value) => `${value}0`,
      (value) => value.slice(0, -1),
      (value) => `x${value}`,
      () => "",
      () => "%",
      () => "*",
    ];
    for (const change of changes) {
      const changed = withFields(change);
      // Change all fields, and then only the field of the lookup.
      for (const members of [changed, { [lookup.by]: changed[lookup.by] }]) {
        const evidence = readRecords({ ...ours, id: "similar", ...members });
        expect([members, recognisedIds(evidence)]).toEqual([members, []]);
        if (!canRecognise || evidence === undefined) continue;
        expect(evidence.records).toHaveLength(1);
      }
    }
  });

  test("never throws, and recognises no account in random JSON", () => {
    const randomReply = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((leaf) => withFirstLeaf(replyWith(ours), onTheWire(leaf))),
    );
    fc.assert(fc.property(randomReply, (body) => void read(onTheWire(body))));
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(recognisedIds(read(readVendorJson(text) ?? null)) ?? []).toEqual([]);
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
    expect(bodies.filter((body) => lookup.read(body, accountLookup.value) !== undefined)).toEqual([]);
  });

  test("reads numbers that a double cannot represent", () => {
    const text = JSON.stringify(replyWith({ ...ours, id: "BIG" }));
    for (const number of ["1e999", "12345678901234567890"]) {
      const body = readVendorJson(text.replace('"BIG"', `${number},"relationships":{"x":${number}}`));
      expect(foundIds(read(body ?? null))).toEqual([number]);
    }
  });

  if (isAbsent === undefined) return;
  if (absent === undefined) throw new Error("The lookup has `isAbsent`: add `absent` to the fixtures");

  test("only the vendor's own answer means that there is no account", () => {
    const own = toVendorReply(toReply(absent));
    expect(isAbsent(own)).toBe(true);
    const bodies = [
      undefined,
      null,
      "",
      "Not Found",
      {},
      [],
      { message: "Not Found" },
      { errors: [] },
      replyWith(ours),
    ];
    const answers = bodies.flatMap((body) => absentStatuses.map((status) => ({ ...own, status, body, headers: {} })));
    expect(answers.filter((answer) => isAbsent(answer))).toEqual([]);
    fc.assert(fc.property(anyVendorReply, (answer) => void isAbsent(answer)));
  });
}

/** Statuses with which a proxy can answer a read request. */
const absentStatuses = [200, 204, 301, 400, 403, 404, 410, 500, 502, 503];
