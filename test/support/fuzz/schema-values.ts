/** Random values that a JSON Schema accepts. Supports only the keywords that the gateway's schemas use. */
import fc from "fast-check";
import * as z from "zod/mini";
import { type Json, jsonValue } from "../../../schemas/json.ts";
import { visible, withoutControls } from "../../../schemas/text.ts";

/** The keywords that restrict values; annotations are ignored. */
const vocabulary = z.looseObject({
  $ref: z.optional(z.string()),
  const: z.optional(jsonValue),
  enum: z.optional(z.array(jsonValue)),
  anyOf: z.optional(z.array(z.unknown())),
  oneOf: z.optional(z.array(z.unknown())),
  type: z.optional(z.union([z.string(), z.array(z.string())])),
  properties: z._default(z.record(z.string(), z.unknown()), {}),
  required: z._default(z.array(z.string()), []),
  propertyNames: z.optional(z.unknown()),
  additionalProperties: z.optional(z.unknown()),
  items: z.optional(z.unknown()),
  format: z.optional(z.string()),
  pattern: z.optional(z.string()),
  allOf: z._default(z.array(z.object({ pattern: z.string() })), []),
  minLength: z._default(z.number(), 0),
  maxLength: z._default(z.number(), 200),
  minimum: z._default(z.number(), Number.MIN_SAFE_INTEGER),
  maximum: z._default(z.number(), Number.MAX_SAFE_INTEGER),
});
type Schema = z.infer<typeof vocabulary>;

/** `components`: the schemas that a `$ref` can name. */
export function valuesOf(schema: unknown, components: Readonly<Record<string, unknown>>): fc.Arbitrary<Json> {
  const below = (each: unknown) => valuesOf(each, components);
  const read = vocabulary.parse(schema);
  if (read.$ref !== undefined) return below(components[read.$ref.split("/").at(-1) ?? ""]);
  if (read.const !== undefined) return fc.constant(read.const);
  if (read.enum !== undefined) return fc.constantFrom(...read.enum);
  const choices = read.anyOf ?? read.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(below));
  if (Array.isArray(read.type)) return fc.oneof(...read.type.map((type) => below({ ...read, type })));
  switch (read.type) {
    case "string":
      return stringsOf(read);
    case "integer":
      return fc.oneof(
        fc.integer({ min: read.minimum, max: read.maximum }),
        fc.constantFrom(read.minimum, read.maximum),
      );
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(below(read.items), { maxLength: 3 });
    case "object":
      return objectsOf(read, below);
    case undefined:
    default:
      throw new Error(`No values for ${JSON.stringify(schema)}`);
  }
}

/** The patterns of free text, which nearly any text matches. */
const freeText = new Set([visible.source, withoutControls.source]);

function stringsOf({ format, pattern, allOf, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === "date-time")
    return fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString());
  if (format === "email")
    return fc.emailAddress({ size: "small" }).filter((text) => new RegExp(pattern ?? "").test(text));
  const patterns = [pattern, ...allOf.map((each) => each.pattern)].filter((each) => each !== undefined);
  const isAccepted = (text: string) =>
    [...text].length <= maxLength && patterns.every((each) => new RegExp(each).test(text));
  const strict = patterns.find((each) => !freeText.has(each));
  if (strict !== undefined) return fc.stringMatching(new RegExp(strict)).filter(isAccepted);
  return fc
    .oneof(
      { weight: 8, arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 20) }) },
      { weight: 1, arbitrary: fc.constantFrom("x", "é", "𝒳").map((character) => character.repeat(maxLength)) },
    )
    .filter(isAccepted);
}

function objectsOf(
  { properties, required, propertyNames, additionalProperties }: Schema,
  below: (schema: unknown) => fc.Arbitrary<Json>,
): fc.Arbitrary<Json> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, below(schema)]));
  const named = fc.record(members, { requiredKeys: required, noNullPrototype: true });
  if (propertyNames === undefined) return named;
  const others = fc.dictionary(below(propertyNames) as fc.Arbitrary<string>, below(additionalProperties), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  return fc.tuple(named, others).map(([own, more]) => ({ ...own, ...more }));
}
