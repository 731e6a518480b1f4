/** Random valid accounts, and random valid members of connections. */
import fc from "fast-check";
import type { Members, Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { pathOf } from "../../adapters/engine/row.ts";
import type { ValueKind } from "../../adapters/engine/value-kind.ts";
import {
  type AccountRequest,
  type CanonicalField,
  canonicalFieldNames,
  canonicalFields,
  customerTypes,
  industries,
  textFields,
} from "../../schemas/account.ts";
import { jsonValue } from "../../schemas/json.ts";
import { type JsonObject, setAt } from "../../schemas/json-pointer.ts";

/** Short text of any script, and sometimes text of exactly the maximum length in code points. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "",
        " ",
        "\u200B\u202E",
        "A\tB",
        "__proto__",
        "null",
        '"\\',
        "Müller & Söhne",
        "株式会社",
        "a/b~c",
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom("x", "é", "𝒳", "👩").map((character) => character.repeat(maxLength)) },
  );
}

const uuid = fc.oneof(
  fc.uuid(),
  fc.uuid().map((value) => value.toUpperCase()),
);
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const datetime = fc.oneof(
  fc
    .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom("2024-02-29T12:00:00+02:00", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.123456789-11:30"),
);

const kinds: Record<ValueKind, fc.Arbitrary<string | number | boolean>> = {
  string: anyText(40),
  integer,
  boolean: fc.boolean(),
  datetime,
  uuid,
};

const customValue = fc.oneof(kinds.string, kinds.integer, kinds.boolean, kinds.datetime, kinds.uuid);

/** Values of each canonical field. */
const valuesOf: Record<CanonicalField, fc.Arbitrary<string | boolean>> = {
  name: anyText(1024),
  code: anyText(255),
  external_ref: anyText(2048),
  legal_name: anyText(1024),
  registration_id: anyText(63),
  email: fc.oneof(
    fc.emailAddress({ size: "small" }),
    fc.constantFrom("info@acme.example", "o'neill+x@sub.acme.example"),
  ),
  parent_id: fc.oneof(uuid, anyText(255)),
  active: fc.boolean(),
  type: fc.constantFrom("customer", "distributor"),
  customer_type: fc.constantFrom(...customerTypes),
  industry: fc.constantFrom(...industries),
  phone: fc.oneof(fc.constantFrom("+49 30 901820", "(030) 90 18 20 ext. 4"), anyText(50)),
  website: fc.oneof(
    fc.webUrl(),
    fc.constantFrom("https://müller.example", "http://acme.example:8080/a?b#c", "https://acme.example?q"),
  ),
  tax_id: anyText(63),
  currency: fc.constantFrom("EUR", "USD", "JPY"),
  "address.line1": anyText(255),
  "address.line2": anyText(255),
  "address.city": anyText(255),
  "address.region": anyText(255),
  "address.postal_code": anyText(32),
  "address.country": fc.constantFrom("DE", "US", "JP"),
};

export function valueOf(field: CanonicalField): fc.Arbitrary<string | boolean> {
  return valuesOf[field].filter((value) => canonicalFields[field].safeParse(value).success);
}

/** Keys of custom fields: keys that connections may map, and any other keys. */
const knownKeys = ["tier", "since", "score", "vip", "a.b", "x-1_Y"];
const customKey = fc.oneof(fc.constantFrom(...knownKeys), fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,10}$/));

const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null, freq: 6 });

/** Each member may be missing. */
function some(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Members> {
  return fc.record(shape, { requiredKeys: [], noNullPrototype: true });
}

/** An account from the values of its fields by name: `address.city`. */
export function accountFrom(values: Members): JsonObject {
  const account: JsonObject = {};
  for (const [name, value] of Object.entries(values)) setAt(account, pathOf(name), jsonValue.parse(value));
  return account;
}

function optionsOf(adapter: Adapter): fc.Arbitrary<Members> {
  return some(Object.fromEntries(Object.entries(adapter.slots).map(([name, { kind }]) => [name, orNull(kinds[kind])])));
}

/** Any valid account. Usually no single vendor supports all of its fields. */
export function anyAccount(adapters: readonly Adapter[]): fc.Arbitrary<AccountRequest> {
  const withSlots = adapters.filter(({ slots }) => Object.keys(slots).length > 0);
  const optional = canonicalFieldNames.options.filter((field) => field !== "name");
  const members = some({
    address: fc.constantFrom(null, {}, {}),
    ...Object.fromEntries(optional.map((field) => [field, orNull(valueOf(field))])),
    custom: orNull(fc.dictionary(customKey, orNull(customValue), { maxKeys: 4, noNullPrototype: true })),
    vendor_options: orNull(
      some(Object.fromEntries(withSlots.map((adapter) => [adapter.vendor, orNull(optionsOf(adapter))]))),
    ),
  });
  const schema = accountRequestSchema(adapters);
  return fc.tuple(valueOf("name"), members).map(([name, others]) => schema.parse(accountFrom({ name, ...others })));
}

/** A body with few fields, so that defaults and fallbacks set the other fields. */
export function sparseAccount(adapters: readonly Adapter[]): fc.Arbitrary<AccountRequest> {
  const schema = accountRequestSchema(adapters);
  const text = canonicalFieldNames.options.filter((field) => field !== "name" && textFields.safeParse(field).success);
  return fc
    .tuple(
      valueOf("name"),
      fc
        .subarray(text, { maxLength: 2 })
        .chain((fields) => some(Object.fromEntries(fields.map((field) => [field, orNull(valueOf(field))])))),
    )
    .map(([name, others]) => schema.parse(accountFrom({ name, ...others })));
}

const kindOf = (field: CanonicalField): ValueKind => (field === "active" ? "boolean" : "string");

/** Maps each name to the first free slot for its kind of value. */
function mappingOf(adapter: Adapter, names: readonly string[], slots: readonly string[]): Record<string, string> {
  const free = [...slots];
  const mapping: Record<string, string> = {};
  for (const name of names) {
    const field = canonicalFieldNames.safeParse(name);
    const index = free.findIndex((slot) => !field.success || adapter.slots[slot]?.kind === kindOf(field.data));
    const [slot] = index < 0 ? [] : free.splice(index, 1);
    if (slot !== undefined) mapping[name] = slot;
  }
  return mapping;
}

function anyMapping(adapter: Adapter): fc.Arbitrary<Record<string, string>> {
  const mappable = canonicalFieldNames.options.filter((field) => adapter.fields[field].kind === "mappable");
  const names = [...mappable, ...knownKeys.map((key) => `custom.${key}`)];
  return fc
    .tuple(fc.shuffledSubarray(names), fc.shuffledSubarray(Object.keys(adapter.slots)))
    .map(([chosen, slots]) => mappingOf(adapter, chosen, slots));
}

/** Fields that identify an account. They have no default, and no source whose value several accounts may share. */
const identifying: ReadonlySet<string> = new Set(["code", "external_ref", "registration_id"]);

/** Defaults for fields that the connection sends. They are valid for the canonical account and for the vendor. */
function defaults(adapter: Adapter, mapped: Record<string, string>): fc.Arbitrary<Members> {
  const own = canonicalFieldNames.options.flatMap((field) => {
    const support = adapter.fields[field];
    if (field === "name" || identifying.has(field)) return [];
    if (support.kind === "implied") return [[field, fc.constant(support.value)] as const];
    if (support.kind !== "destination") return [];
    const { kind, values } = support.destination;
    if (kind === "uuid") return [[field, uuid] as const];
    const isAccepted = (value: string | boolean) =>
      values === undefined || values.some(([canonical]) => canonical === value);
    return [[field, valueOf(field).filter(isAccepted)] as const];
  });
  const others = Object.entries(mapped).filter(([name]) => !identifying.has(name));
  const byMapping = others.map(([name, slot]) => {
    const field = canonicalFieldNames.safeParse(name);
    return [name, field.success ? valueOf(field.data) : kinds[adapter.slots[slot]?.kind ?? "string"]] as const;
  });
  return some(Object.fromEntries([...own, ...byMapping]));
}

function fallback(adapter: Adapter, mapped: Record<string, string>): fc.Arbitrary<Members> {
  const carried = textFields.options.filter(
    (field) => Object.hasOwn(mapped, field) || adapter.fields[field].kind === "destination",
  );
  const filled = carried.filter((field) => field !== "name");
  return some(
    Object.fromEntries(
      filled.flatMap((field) => {
        const isAmbiguous = (source: string) => field !== "code" && identifying.has(field) && !identifying.has(source);
        const sources = carried.filter((source) => source !== field && !isAmbiguous(source));
        return sources.length === 0
          ? []
          : [[field, fc.shuffledSubarray(sources, { minLength: 1, maxLength: Math.min(3, sources.length) })] as const];
      }),
    ),
  );
}

/** Random members of a valid connection to this vendor. */
export function anyMembers({ adapter, auth }: Sample): fc.Arbitrary<Members> {
  const withTable = anyMapping(adapter).chain((mapped) =>
    fc.record({
      mapping: fc.constant(mapped),
      defaults: fc.oneof(fc.constant({}), defaults(adapter, mapped)),
      fallback: fc.oneof(fc.constant({}), fallback(adapter, mapped)),
    }),
  );
  return fc
    .tuple(
      fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 4, arbitrary: withTable }),
      fc.constantFrom("strict", "lenient"),
      fc.constantFrom(...auth),
    )
    .map(([table, handling, scheme]) => ({ ...table, handling, auth: scheme }));
}
