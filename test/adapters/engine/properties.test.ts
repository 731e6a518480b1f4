/** Properties of the engine for random accounts and connections. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { type Members, planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { onTheWire, scalarsOf, withValueAt } from "../../../packages/adapter-kit/src/json.ts";
import { capabilities } from "../../../adapters/engine/capabilities.ts";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";
import { accountRequestSchema, connectionSchema } from "../../../adapters/engine/connection-schema.ts";
import { encode, type Encoded } from "../../../adapters/engine/encode.ts";
import { interpret } from "../../../adapters/engine/outcome.ts";
import type { Plan } from "../../../adapters/engine/plan.ts";
import { pathOf, pointerOf } from "../../../adapters/engine/row.ts";
import { account as accountSchema, fieldEntry } from "../../../schemas/documents/account.ts";
import { type AccountRequest, canonicalFieldNames } from "../../../schemas/account.ts";
import { toPath, valueAt } from "../../../schemas/json-pointer.ts";
import { accountFrom, anyAccount, anyMembers, sparseAccount, valueOf } from "../../support/arbitraries.ts";
import { madeUpVendor } from "../../support/made-up-vendor.ts";
import { sampleOf, samples } from "../../support/samples.ts";

const vendors = [...samples, madeUpVendor];
const adapters = vendors.map(({ adapter }) => adapter);
const account = fc.oneof(anyAccount(adapters), sparseAccount(adapters));
const accountRequest = accountRequestSchema(adapters);
const handling = fc.constantFrom("strict", "lenient");

const requestDispositions = new Set(["sent", "mapped", "implied", "dropped", "refused"]);
const vendorDispositions = new Set(["defaulted", "stamped", "constant"]);

/** The request without the fields that the connection refuses. */
function carriedPart(plan: Plan, body: AccountRequest): AccountRequest {
  const { faults } = encode(plan, body, "strict");
  const refused = new Set<string>(faults.map(({ pointer }) => pointer));
  const keep = (value: unknown, pointer: string): unknown =>
    typeof value !== "object" || value === null
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .filter(([member]) => !refused.has(`${pointer}/${member}`))
            .map(([member, child]) => [member, keep(child, `${pointer}/${member}`)]),
        );
  return { ...Object.fromEntries(Object.entries(keep(body, "") ?? {})), name: body.name };
}

/** The reply of a vendor that stores all values unchanged. */
function echo({ adapter }: Plan, encoded: Encoded) {
  return onTheWire(withValueAt(onTheWire(encoded.body), adapter.reply.id, "vendor-id-1"));
}

function schemaCheck(plan: Plan) {
  const ajv = new Ajv2020({ allErrors: true });
  addFormats(ajv);
  return ajv.compile(connectionSchema(plan, [...adapters, plan.adapter]));
}

describe.each(vendors)("$adapter.vendor", (sample) => {
  const connection = anyMembers(sample);
  const holds = (
    predicate: (plan: Plan, body: AccountRequest, handling: "strict" | "lenient", members: Members) => void,
    numRuns = 75,
  ) =>
    fc.assert(
      fc.property(connection, account, handling, (members, body, how) =>
        predicate(planOf(sample, members), body, how, members),
      ),
      { numRuns },
    );

  test("every leaf of the request is in the field report exactly once, with its value", () => {
    holds((plan, body, how) => {
      const { fields } = encode(plan, body, how);
      const leaves = scalarsOf(body).map(([pointer]) => pointer);
      expect(fields.flatMap(({ field }) => field ?? []).toSorted()).toEqual(leaves.toSorted());
      for (const entry of fields) {
        fieldEntry.parse(entry);
        expect(entry.field === null ? vendorDispositions : requestDispositions).toContain(entry.disposition);
        const isInBody = entry.disposition === "sent" || entry.disposition === "mapped" || entry.field === null;
        expect(entry.to !== null).toBe(isInBody);
        expect(entry.reason === null).toBe(entry.disposition === "sent" || entry.disposition === "mapped");
      }
    });
  });

  test("every leaf of the vendor's body is in the field report exactly once, with its value", () => {
    holds((plan, body, how) => {
      const encoded = encode(plan, body, how);
      const explained: [string, unknown][] = encoded.fields.flatMap(({ to, value }) =>
        to === null ? [] : [[to, value]],
      );
      const leaves = scalarsOf(onTheWire(encoded.body));
      expect(explained.toSorted(byPointer)).toEqual(leaves.toSorted(byPointer));
    });
  });

  test("without faults nothing is refused, and the body matches the vendor's schema", () => {
    holds((plan, body, how) => {
      const encoded = encode(plan, carriedPart(plan, body), how);
      fc.pre(encoded.faults.length === 0);
      expect(encoded.fields.filter(({ disposition }) => disposition === "refused")).toEqual([]);
      const wire = onTheWire(encoded.body);
      expect(sample.wireRequest.parse(wire)).toEqual(wire);
    });
  });

  test("every refused leaf is a fault at its pointer, and strict handling drops only the options of other vendors", () => {
    holds((plan, body) => {
      const { fields, faults, warnings } = encode(plan, body, "strict");
      const faulty = new Set(faults.map(({ pointer }) => pointer));
      const isOthers = (field: string | null) =>
        /^\/vendor_options\/./.test(field ?? "") && field?.split("/")[2] !== sample.adapter.vendor;
      const unfounded = fields.filter(
        ({ field, disposition, reason }) =>
          (disposition === "refused" && !(field !== null && faulty.has(field))) ||
          (disposition === "dropped" && !(isOthers(field) && reason === "for another vendor")),
      );
      expect(unfounded).toEqual([]);
      expect(warnings).toEqual([]);
    });
  });

  test("lenient handling refuses no unsupported field, and warns about each field that it drops", () => {
    holds((plan, body) => {
      const { fields, faults, warnings } = encode(plan, body, "lenient");
      expect(faults.filter(({ code }) => code === "unsupported_field")).toEqual([]);
      const dropped = fields.filter(
        ({ disposition, reason }) => disposition === "dropped" && reason !== "for another vendor",
      );
      expect(warnings).toEqual(
        dropped.map(({ field, value }) => expect.objectContaining({ code: "dropped", field, value })),
      );
    });
  });

  test("lenient and strict handling build the same body, and differ only in the unsupported fields", () => {
    holds((plan, body) => {
      const strict = encode(plan, body, "strict");
      const lenient = encode(plan, body, "lenient");
      expect(lenient.body).toEqual(strict.body);
      const others = strict.faults.filter(({ code }) => code !== "unsupported_field");
      expect(lenient.faults).toEqual(others);
    });
  });

  test("a reply that repeats the request confirms every field, without warnings", () => {
    let created = 0;
    holds((plan, body, how) => {
      const request = carriedPart(plan, body);
      const encoded = encode(plan, request, how);
      if (encoded.faults.length > 0) return;
      const outcome = interpret(plan, encoded, {
        status: 201,
        body: JSON.stringify(echo(plan, encoded)),
        retryAfterSeconds: undefined,
      });
      if (outcome.kind !== "created") throw new Error(`Not created: ${JSON.stringify(outcome)}`);
      created += 1;
      const { account: read, fields } = outcome;
      z.omit(accountSchema, { operation: true }).parse(read);
      expect(read.id).toBe("vendor-id-1");
      expect(read.warnings).toEqual([]);
      const carried = encoded.fields.filter(({ disposition }) => disposition === "sent" || disposition === "mapped");
      const requested = new Map(scalarsOf(request));
      const reported = (field: string | null) => {
        const path = toPath(field ?? "");
        return path[0] === "vendor_options" ? read.vendor_fields[path[2] ?? ""] : valueAt(onTheWire(read), path);
      };
      expect(carried.map(({ field }) => [field, reported(field)])).toEqual(
        carried.map(({ field }) => [field, requested.get(field ?? "")]),
      );
      // All other values of the account come from defaults and fallbacks.
      const options = carried.filter(({ field }) => field?.startsWith("/vendor_options/"));
      expect(Object.keys(read.vendor_fields)).toHaveLength(options.length);
      const explained = new Set(encoded.fields.map(({ to }) => to));
      const others = Object.entries(capabilities(plan)).filter(
        ([name, { to }]) => !name.startsWith("custom.") && !explained.has(to),
      );
      const values = others.map(([name]) => [name, valueAt(onTheWire(read), pathOf(name)) ?? null]);
      expect(values).toEqual(others.map(([name]) => [name, null]));
      expect(fields.map(({ confirmed }) => confirmed)).toEqual(
        encoded.fields.map(({ to }) => (to === null ? null : true)),
      );
    }, 200);
    expect(created).toBeGreaterThan(5);
  });

  test("encode is deterministic, and does not change its arguments", () => {
    holds((plan, body, how, members) => {
      const before = structuredClone(body);
      const once = encode(plan, deepFreeze(body), how);
      expect(body).toEqual(before);
      expect(encode(plan, before, how)).toEqual(once);
      expect(JSON.stringify(encode(planOf(sample, members), before, how))).toBe(JSON.stringify(once));
    }, 100);
  });

  test("the order of the request's members does not change the body", () => {
    holds((plan, body, how) => {
      const reversed = { ...Object.fromEntries(Object.entries(body).toReversed()), name: body.name };
      expect(JSON.stringify(encode(plan, reversed, how).body)).toBe(JSON.stringify(encode(plan, body, how).body));
    }, 100);
  });

  test("the JSON Schema accepts exactly what strict handling sends", () => {
    let accepted = 0;
    const agrees = (plan: Plan, check: ReturnType<typeof schemaCheck>, body: AccountRequest) => {
      const { faults } = encode(plan, body, "strict");
      const isAccepted = check(body);
      if (isAccepted) accepted += 1;
      expect({ body, isAccepted, errors: isAccepted ? null : check.errors }).toMatchObject({
        isAccepted: faults.length === 0,
      });
    };
    fc.assert(
      fc.property(connection, fc.array(account, { minLength: 8, maxLength: 8 }), (members, bodies) => {
        const plan = planOf(sample, members);
        const check = schemaCheck(plan);
        for (const body of bodies) {
          agrees(plan, check, body);
          agrees(plan, check, carriedPart(plan, body));
        }
      }),
      { numRuns: 25 },
    );
    expect(accepted).toBeGreaterThan(5);
  });

  test("the capabilities agree with encode", () => {
    const anyField = fc
      .constantFrom(...canonicalFieldNames.options)
      .chain((name) => fc.tuple(fc.constant(name), valueOf(name)));
    fc.assert(
      fc.property(connection, anyField, fc.constantFrom("Acme", "株式会社"), (members, [name, value], accountName) => {
        const plan = planOf(sample, members);
        const capability = capabilities(plan)[name];
        if (capability === undefined) throw new Error(`${name} is missing`);
        const request = accountRequest.parse(accountFrom({ name: accountName, [name]: value }));
        const { fields, faults } = encode(plan, request, "strict");
        const entry = fields.find((each) => each.field === pointerOf(name));
        const own = faults.filter(({ pointer }) => pointer === pointerOf(name));
        const isAllowed =
          (capability.values === null || capability.values.includes(value)) &&
          (capability.format !== "uuid" || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(String(value)));
        const codes = own.map(({ code }) => code);
        // If another field gets its default from this field, the fault of that default points to this field too.
        const refusal = codes.find((code) => code !== "invalid_account") ?? codes[0];
        const actual = entry?.disposition === "refused" ? refusal : `${entry?.disposition} to ${entry?.to}`;
        const expected = {
          unsupported: "unsupported_field",
          implied: isAllowed ? "implied to null" : "unsupported_field",
          mapped: isAllowed ? `mapped to ${capability.to}` : "invalid_account",
          supported: isAllowed ? `sent to ${capability.to}` : "invalid_account",
          required: isAllowed ? `sent to ${capability.to}` : "invalid_account",
        };
        expect(actual).toBe(expected[capability.support]);
        const isMissing = encode(plan, { name: accountName }, "strict").faults.some(
          ({ code, pointer }) => code === "missing_field" && pointer === pointerOf(name),
        );
        expect(isMissing).toBe(capability.support === "required" && name !== "name");
      }),
      { numRuns: 200 },
    );
  });

  test("a field can be mapped to each slot that its capability suggests", () => {
    fc.assert(
      fc.property(connection, (members) => {
        const { mapping } = planOf(sample, members).connection;
        for (const [field, { mappable_to }] of Object.entries(capabilities(planOf(sample, members)))) {
          for (const slot of mappable_to) {
            const mapped = capabilities(planOf(sample, { ...members, mapping: { ...mapping, [field]: slot } }))[field];
            expect(mapped).toMatchObject({ support: "mapped", to: sample.adapter.slots[slot]?.to });
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

function byPointer([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

test.each([" ", "\u200B", "\u202E\u2066"])(
  "a fallback ignores the blank text %j, in the encoder and in the schema",
  (blank) => {
    const plan = planOf(sampleOf("clarus"), { fallback: { code: ["external_ref", "name"] } });
    const body = { name: "Acme", external_ref: blank };
    expect(encode(plan, body, "strict").body).toMatchObject({ data: { attributes: { code: codeFromName("Acme") } } });
    expect(schemaCheck(plan)(body)).toBe(true);
  },
);
