/** Hostile JSON, and damaged bytes of JSON. */
import fc from "fast-check";
import type { Json } from "../../../schemas/json.ts";

/** A marker in the generated values. Tests search for the marker where these values must not appear. */
export const canary = "canary";

/** Texts that often break parsers. */
export const hostileTexts: readonly string[] = [
  "",
  " \t",
  canary,
  `${canary}\u0000`,
  `${canary}\ud800`,
  "\udc00\ud800",
  "\ufeff\u202e\u200b",
  `${canary}\r\nX-Injected: 1`,
  "__proto__",
  "constructor",
  "toString",
  `../../${canary}`,
  `https://${canary}.example@[::1]/`,
  '"\\',
  "%00%ff%",
  "*",
  "null",
  "9".repeat(400),
  "e\u0301".repeat(600),
  "\u{1F468}\u200D\u{1F469}".repeat(200),
  canary.repeat(12_000),
];

/** JSON texts of numbers. `JSON.stringify` can write only the last number in this form. */
const hostileNumbers: readonly string[] = [
  "-0",
  "1e999",
  "-1e999",
  "1e-400",
  "1E+2",
  "0.1e1",
  "9007199254740993",
  "9".repeat(400),
  `1${"0".repeat(20_000)}1`,
  `0.${"0".repeat(20_000)}1`,
  `1e${"9".repeat(2_000)}`,
  "1.5",
];

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const hostileDocuments: readonly string[] = [
  "null",
  "true",
  "[]",
  "{}",
  '{"__proto__":{"id":"1"}}',
  '{"constructor":{"prototype":{"id":"1"}}}',
  nested(30, "[", "]"),
  nested(33, "[", "]"),
  nested(5_000, "[", "]"),
  `${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}`,
  "[".repeat(5_000),
  `[${"1,".repeat(5_000)}1]`,
];

/** The text of a value that no schema accepts. */
const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileTexts).map((text) => JSON.stringify(text)),
  fc.constantFrom(...hostileNumbers, ...hostileDocuments),
  fc.json({ maxDepth: 3, stringUnit: "binary" }),
);

interface Edit {
  at: number;
  how: "replace" | "wrap" | "remove" | "repeat" | "add";
  /** The text of a value. */
  text: string;
  /** The name of an added member. */
  name: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(1_000),
  how: fc.constantFrom("replace", "wrap", "remove", "repeat", "add"),
  text: hostileText,
  name: fc.constantFrom(...hostileTexts, "id", "data", "name", "errors", "custom"),
});

/** The text of a document with edits. `at` is the position of a value in writing order. */
function written(document: Json, edits: readonly Edit[]): string {
  const count = countOf(document);
  const editAt = new Map(edits.map((each) => [each.at % count, each]));
  let position = 0;
  function write(value: Json): string {
    const own = editAt.get((position += 1) - 1);
    const text = writeWhole(value, own?.how === "add" ? own : undefined);
    if (own?.how === "replace") return own.text;
    return own?.how === "wrap" ? `[${text}]` : text;
  }
  function writeWhole(value: Json, added: Edit | undefined): string {
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${[...value.map(write), ...(added === undefined ? [] : [added.text])].join()}]`;
    const members = Object.entries(value).flatMap(([name, child]) => {
      const how = editAt.get(position)?.how;
      const member = `${JSON.stringify(name)}:${write(child)}`;
      return how === "remove" ? [] : how === "repeat" ? [member, member] : [member];
    });
    if (added !== undefined) members.push(`${JSON.stringify(added.name)}:${added.text}`);
    return `{${members.join()}}`;
  }
  return write(document);
}

function countOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((count, child) => count + countOf(child), 1);
}

/** The text of each document, unchanged or with up to three edits. */
export function edited(documents: fc.Arbitrary<Json>): fc.Arbitrary<string> {
  const edits = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
  );
  return fc.tuple(documents, edits).map(([document, each]) => written(document, each));
}

interface Damage {
  at: number;
  how: "cut" | "drop" | "insert" | "flip" | "repeat";
  bytes: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom("cut", "drop", "insert", "flip", "repeat"),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
    fc
      .constantFrom(
        [0],
        [0xff],
        [0xc0, 0xaf],
        [0xed, 0xa0, 0x80],
        [0xef, 0xbb, 0xbf],
        [0x22],
        [0x5c],
        [0x7b],
        [0x0d, 0x0a],
      )
      .map((bytes) => Uint8Array.from(bytes)),
  ),
});

function damagedBy(bytes: Uint8Array, { at, how, bytes: own }: Damage): Uint8Array {
  const place = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  const middle = {
    cut: [],
    drop: [after.subarray(own.length)],
    insert: [own, after],
    flip: [after.subarray(0, own.length).map((byte, index) => byte ^ (own[index] ?? 0)), after.subarray(own.length)],
    repeat: [before.subarray(-64), after],
  }[how];
  return joined([before, ...middle]);
}

export const encoded = (text: string): Uint8Array => new Uint8Array(new TextEncoder().encode(text));

function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The bytes of each text, mostly unchanged, sometimes damaged, rarely random. */
export function bytesOf(texts: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  const whole = texts.map(encoded);
  const broken = fc
    .tuple(whole, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([bytes, damages]) => damages.reduce(damagedBy, bytes));
  return fc.oneof(
    { weight: 6, arbitrary: whole },
    { weight: 3, arbitrary: broken },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );
}

/** Only ASCII, because workerd warns about each other character. */
const headerText = fc.string({ unit: "grapheme-ascii", maxLength: 40 });

/** A header's value: mostly one of these values, sometimes any text, and sometimes a value that is far too long. */
export function headerValues(...usual: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...usual) },
    { weight: 2, arbitrary: headerText },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "",
        canary,
        `"${canary}`,
        `${canary},`.repeat(50),
        canary.repeat(2_000),
        '\\"'.repeat(300),
      ),
    },
  );
}
