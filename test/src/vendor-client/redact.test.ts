/** Secrets in a vendor's answer are redacted in every encoding, and all other text stays unchanged. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Redactor } from "../../../src/vendor-client/redact.ts";

const redact = (text: string, ...secrets: string[]): string => new Redactor(secrets).text(text);

const pieceLength = 8;

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - pieceLength + 1) }, (_, at) =>
    text.slice(at, at + pieceLength),
  );
}

const eachAs = (write: (code: number) => string) => (text: string) =>
  Array.from(text, (character) => write(character.charCodeAt(0))).join("");
const hexOf = (code: number) => code.toString(16).padStart(2, "0");
const named = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
  ["_", "&lowbar;"],
  [".", "&period;"],
  ["/", "&sol;"],
]);
const inner = (json: string) => json.slice(1, -1);

const writings: Record<string, (text: string) => string> = {
  unchanged: (text) => text,
  "in upper case": (text) => text.toUpperCase(),
  "in lower case": (text) => text.toLowerCase(),
  "as JSON": (text) => inner(JSON.stringify(text)),
  "as JSON in JSON": (text) => inner(JSON.stringify(JSON.stringify(text))),
  "as JSON with escaped slashes": (text) => inner(JSON.stringify(text)).replaceAll("/", "\\/"),
  "as JSON escapes": eachAs((code) => `\\u00${hexOf(code)}`),
  "as hexadecimal escapes": eachAs((code) => `\\x${hexOf(code).toUpperCase()}`),
  "in a URL": encodeURIComponent,
  "in a URL, all of it escaped": eachAs((code) => `%${hexOf(code)}`),
  "in a URL in a URL": (text) => encodeURIComponent(encodeURIComponent(text)),
  "in a form": (text) => new URLSearchParams({ "": text }).toString().slice(1),
  "as HTML": (text) => Array.from(text, (character) => named.get(character) ?? character).join(""),
  "as HTML in decimals": eachAs((code) => `&#${code};`),
  "as HTML in padded decimals": eachAs((code) => `&#${String(code).padStart(5, "0")};`),
  "as HTML in hexadecimals": eachAs((code) => `&#x${hexOf(code).toUpperCase()};`),
  "as HTML in HTML": eachAs((code) => `&amp;#${code};`),
  "in a URL as HTML as JSON": (text) => inner(JSON.stringify(encodeURIComponent(text).replaceAll("%", "&percnt;"))),
  "as base64": (text) => Buffer.from(text).toString("base64"),
  "as base64 behind one character": (text) => Buffer.from(`:${text}:`).toString("base64"),
  "as base64 behind two characters": (text) => Buffer.from(`id${text}`).toString("base64"),
  "as base64url": (text) => Buffer.from(`ÿ${text}`).toString("base64url"),
  "as base64 in a URL": (text) => encodeURIComponent(Buffer.from(text).toString("base64")),
  "as hex": (text) => Buffer.from(text).toString("hex"),
  "as hex in upper case": (text) => Buffer.from(text).toString("hex").toUpperCase(),
};

/** Decodes a text several times, with the decoders in any order, and returns all results. */
function readings(text: string): Set<string> {
  const decoders: ((text: string) => string)[] = [
    (each) => each.replace(/\\+(?:u00|x)([\da-f]{2})/gi, (_, hex: string) => fromHex(hex)).replace(/\\+(.)/g, "$1"),
    (each) => each.replaceAll("+", " ").replace(/%([\da-f]{2})/gi, (_, hex: string) => fromHex(hex)),
    (each) =>
      each
        .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
        .replace(/&#x([\da-f]+);/gi, (_, hex: string) => fromHex(hex))
        .replace(/&\w+;/g, (name) => [...named].find(([, entity]) => entity === name)?.[0] ?? name)
        .replaceAll("&percnt;", "%"),
  ];
  let found = new Set([text]);
  for (let round = 0; round < 3; round += 1)
    found = new Set([...found, ...[...found].flatMap((each) => decoders.map((decode) => decode(each)))]);
  const plain = [...found];
  for (const each of plain)
    for (const [run] of each.matchAll(/[\w+/-]{10,}/g))
      for (let offset = 0; offset < 4; offset += 1) {
        found.add(Buffer.from(run.slice(offset), "base64").toString("latin1"));
        if (/^[\da-f]+$/i.test(run)) found.add(Buffer.from(run.slice(offset), "hex").toString("latin1"));
      }
  return found;
}

const fromHex = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));

function expectNoPiece(kept: string, secret: string): void {
  const pieces = piecesOf(secret.toLowerCase());
  for (const reading of readings(kept)) {
    const lower = reading.toLowerCase();
    expect(pieces.filter((piece) => lower.includes(piece))).toEqual([]);
  }
}

const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const secretOf = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: pieceLength, maxLength: 60 });
/** Whether a secret looks like an escape. `redact` finds only its decoded pieces of at least eight characters. */
const looksEscaped = (text: string) => /\\|%[\da-f]{2}|&#?\w+;/i.test(text);
const anySecret = fc
  .oneof(
    secretOf(printable),
    secretOf(fc.constantFrom(...'ab%&#;+/_."<')),
    secretOf(fc.constantFrom("a", "A")),
    fc.base64String({ minLength: 12, maxLength: 60 }),
  )
  .filter((secret) => !looksEscaped(secret));
const anyContext = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'%\\&#;+" {'), maxLength: 12 }),
);

describe.each(Object.entries(writings))("a secret %s", (how, write) => {
  test("is removed at any position, complete or cut off at any place", () => {
    fc.assert(
      fc.property(anySecret, anyContext, anyContext, fc.nat(), fc.nat(), fc.nat(), (secret, before, after, ...cuts) => {
        const [from, to, clip] = cuts.map((cut) => cut % 200);
        const written = write(secret);
        // A space keeps text next to an escape from becoming a part of the escape.
        const border = how === "unchanged" ? "" : " ";
        const text = [before, written.slice(from, to), written, after].join(border);
        expectNoPiece(redact(text, secret).slice(0, clip), secret);
      }),
      { numRuns: 100 },
    );
  });

  test("is removed completely even if it looks like an escape", () => {
    fc.assert(
      fc.property(fc.string({ unit: printable, minLength: 16, maxLength: 60 }), (secret) => {
        for (const reading of readings(redact(write(`%41&amp;\\${secret}`), `%41&amp;\\${secret}`)))
          expect(reading.toLowerCase()).not.toContain(secret.toLowerCase());
      }),
      { numRuns: 20 },
    );
  });
});

test("text with at most seven consecutive characters of a secret stays unchanged", () => {
  const secrets = fc.string({ unit: fc.constantFrom(..."abcdefghijklm"), minLength: 8, maxLength: 60 });
  const others = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."nopqrstvwyzNOPQ%&;#<\\+\"'é株👩"), minLength: 1, maxLength: 20 }),
    fc.constantFrom("&amp;", "\\n", "\\u00e9", "%20", "+", "&unknown;", "100%"),
  );
  fc.assert(
    fc.property(secrets, fc.array(fc.tuple(others, fc.nat(), fc.nat(7))), (secret, parts) => {
      const text = parts
        .map(([other, at, length]) => other + secret.slice(at % secret.length).slice(0, length) + "N")
        .join("");
      expect(redact(text, secret)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test("two pieces of a secret are found at any distance from each other", () => {
  const secret = "correct-horse-battery";
  for (let before = 0; before <= 12; before += 1)
    for (let between = 1; between <= 12; between += 1) {
      const text = (piece: string) => `${"~".repeat(before)}${piece}${"~".repeat(between)}${piece}`;
      expect(redact(text("horse-ba"), secret)).toBe(text("[redacted]"));
      // `batt` is a block of the secret between the two pieces. It is too short to be redacted.
      expect(redact(text("batthorse-ba"), secret)).toBe(text("batt[redacted]"));
      expect(redact(text("horse-babatt"), secret)).toBe(text("[redacted]batt"));
    }
});

test.each([
  ["a piece at the start", "sk_live_ and more", "[redacted] and more"],
  ["a piece in the middle", "key 4eC39HqLyj was refused", "key [redacted] was refused"],
  ["a complete secret", "Bearer sk_live_4eC39HqLyjWDarjtT1zdp7dc.", "Bearer [redacted]."],
  // The final `M` encodes only four bits of the secret, so it is not redacted.
  ["base64 of id and secret", `Basic ${btoa("id:sk_live_4eC39HqLyjWDarjtT1zdp7dc")}`, "Basic aWQ6[redacted]M="],
  ["seven characters", "sk_live", "sk_live"],
])("%s", (_, text, clean) => {
  expect(redact(text, "sk_live_4eC39HqLyjWDarjtT1zdp7dc")).toBe(clean);
});

test.each([
  ["a repetitive token", "a".repeat(2000), "a".repeat(256 * 1024)],
  ["a repetitive token that never occurs completely", `${"a".repeat(1999)}b`, "a".repeat(256 * 1024)],
  ["an escaped repetitive token", "ab".repeat(1000), "%61\\u0062&#97;b".repeat(16 * 1024)],
  ["backslashes", "\\".repeat(2000), "\\".repeat(256 * 1024)],
  ["escapes of escapes", "a".repeat(2000), "%2525252561".repeat(24 * 1024)],
])("%s against 256 KiB takes linear time", (_, secret, text) => {
  const beganMs = performance.now();
  redact(text, secret);
  // This takes about 50 ms. A single pattern for the whole secret took 53 s.
  expect(performance.now() - beganMs).toBeLessThan(2000);
});

describe("JSON", () => {
  const redactor = new Redactor(["sandbox-secret-0123456789", "98765432101"]);
  const json = (value: unknown) => redactor.json(value, (text) => text === "sandbox-17");

  test("is redacted in strings, names and numbers", () => {
    expect(json({ "sandbox-secret": ["a sandbox-secret-0123456789", 98765432101, 7, null, true] })).toEqual({
      "[redacted]": ["a [redacted]", "[redacted]", 7, null, true],
    });
  });

  test("keeps known names, unless one is a complete secret", () => {
    expect(json({ id: "sandbox-17", "sandbox-17": "sandbox-17 or so" })).toEqual({
      id: "sandbox-17",
      "sandbox-17": "[redacted]17 or so",
    });
    expect(redactor.json("sandbox-secret-0123456789", () => true)).toBe("[redacted]");
  });
});
