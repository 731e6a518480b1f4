/**
 * Finds the places where a text repeats a connection's secrets: whole or in pieces, in upper or lower case, escaped, or
 * encoded as base64 or hex. The time is linear in the length of the text, for every text and every secret.
 */
import { characterOf, htmlReference } from "../../adapters/engine/compare-text.ts";
import { minSecretLength } from "./credentials.ts";

/** A shorter piece of a secret could be an ordinary word. */
const minPieceLength = minSecretLength;

/** A part of a text, from index `start` up to and without index `end`. */
export interface Range {
  start: number;
  end: number;
}

/** A secret in one encoding. `pieceLength`: how many of its characters encode `minPieceLength` characters of the secret. */
interface EncodedSecret {
  text: string;
  pieceLength: number;
}

const hexOf = (text: string): string =>
  Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/**
 * The forms of a secret inside a longer text that is encoded as base64. The secret begins at one of three offsets in a group
 * of three bytes. The first and last base64 characters may also encode bytes next to the secret, so they are left out.
 */
function base64sOf(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const firstOwn = Math.ceil((offset * 8) / 6);
    const endOfOwn = Math.floor(((offset + secret.length) * 8) / 6);
    const encoded = btoa(" ".repeat(offset) + secret).slice(firstOwn, endOfOwn);
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function encodingsOf(secret: string): EncodedSecret[] {
  const encodings = [
    { text: secret, pieceLength: minPieceLength },
    // Eight bytes fill at least ten characters of base64, and sixteen of hex.
    ...base64sOf(secret).map((text) => ({ text, pieceLength: 10 })),
    { text: hexOf(secret), pieceLength: 2 * minPieceLength },
  ];
  // A secret may contain an escape sequence by chance. Decode the secret in the same way as the searched texts.
  return encodings.flatMap(({ text, pieceLength }) =>
    viewsOf(text).map((view) => ({ text: foldCase(view.text), pieceLength })),
  );
}

const foldCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The length of the blocks in the filter. */
const blockLength = 4;
/** The number of blocks in the shortest piece. Testing every `stride`-th block tests a block of each piece. */
const stride = minPieceLength - blockLength + 1;

export class SecretFinder {
  /** The length of the shortest secret that is searched for. */
  readonly shortest: number;
  readonly #encodings: readonly EncodedSecret[];
  /** A Bloom filter: one bit for each hash of a block. It excludes almost every text that repeats no secret. */
  readonly #filter: Uint8Array;
  readonly #shift: number;
  /** Every piece of every encoding, by length. Made when the first text passes the filter. */
  #pieces: ReadonlyMap<number, ReadonlySet<string>> | undefined;

  constructor(secrets: readonly string[]) {
    const searched = secrets.filter((secret) => secret.length >= minPieceLength);
    this.shortest = Math.min(...searched.map((secret) => secret.length));
    this.#encodings = searched.flatMap(encodingsOf);
    const blocks = this.#encodings.reduce((sum, { text }) => sum + text.length, 0);
    const bits = Math.max(10, Math.ceil(Math.log2(blocks * 8 + 1)));
    this.#filter = new Uint8Array(2 ** (bits - 3));
    this.#shift = 32 - bits;
    for (const { text } of this.#encodings)
      for (let at = 0; at <= text.length - blockLength; at += 1) {
        const slot = this.#slotOf(text, at);
        this.#filter[slot >>> 3] = (this.#filter[slot >>> 3] ?? 0) | (1 << (slot & 7));
      }
  }

  /** The ranges of the text that repeat parts of secrets, in order and without overlaps. None is shorter than `minLength`. */
  find(text: string, minLength: number = minPieceLength): Range[] {
    const found: Range[] = [];
    for (const view of viewsOf(text))
      for (const { start, end } of this.#foundIn(view.text))
        if (end - start >= minLength) found.push({ start: view.sourceIndexOf(start), end: view.sourceIndexOf(end) });
    return merged(found);
  }

  /** Searches one view. Tests every `stride`-th block. If a block passes the filter, also tests the blocks next to it. */
  #foundIn(text: string): Range[] {
    const found: Range[] = [];
    const last = text.length - blockLength;
    let begin = 0;
    for (let at = stride - 1; at <= last; at += stride) {
      if (!this.#mayHold(text, at)) continue;
      let first = at;
      while (first > begin && this.#mayHold(text, first - 1)) first -= 1;
      while (at < last && this.#mayHold(text, at + 1)) at += 1;
      if (at - first >= stride - 1) this.#findPieces(text, first, at + blockLength, found);
      at += 1;
      begin = at + 1;
    }
    return found;
  }

  /** Adds the pieces that occur in a part of the text that passed the filter. */
  #findPieces(text: string, from: number, to: number, found: Range[]): void {
    this.#pieces ??= piecesOf(this.#encodings);
    const run = foldCase(text.slice(from, to));
    for (const [length, pieces] of this.#pieces) {
      let open: Range | undefined;
      for (let at = 0; at <= run.length - length; at += 1) {
        if (!pieces.has(run.slice(at, at + length))) continue;
        const start = from + at;
        if (open !== undefined && start <= open.end) open.end = start + length;
        else found.push((open = { start, end: start + length }));
      }
    }
  }

  /** Whether the block at this index passes the filter. */
  #mayHold(text: string, at: number): boolean {
    const slot = this.#slotOf(text, at);
    return ((this.#filter[slot >>> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  /** The hash of a block. It ignores case. Different blocks may have the same hash, which only makes the filter less exact. */
  #slotOf(text: string, at: number): number {
    const block =
      ((text.charCodeAt(at) | 32) << 24) ^
      ((text.charCodeAt(at + 1) | 32) << 16) ^
      ((text.charCodeAt(at + 2) | 32) << 8) ^
      (text.charCodeAt(at + 3) | 32);
    return Math.imul(block, 0x9e3779b1) >>> this.#shift;
  }
}

function piecesOf(encodings: readonly EncodedSecret[]): Map<number, Set<string>> {
  const pieces = new Map<number, Set<string>>();
  for (const { text, pieceLength } of encodings) {
    const ofLength = pieces.get(pieceLength) ?? new Set();
    pieces.set(pieceLength, ofLength);
    for (let at = 0; at <= text.length - pieceLength; at += 1) ofLength.add(text.slice(at, at + pieceLength));
  }
  return pieces;
}

function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { start, end } of ranges.toSorted((one, other) => one.start - other.start)) {
    const previous = result.at(-1);
    if (previous !== undefined && start <= previous.end) previous.end = Math.max(previous.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** A text, and a map from its indexes to the indexes of the source text. */
interface View {
  text: string;
  /** The source index of the character at an index of the text. */
  sourceIndexOf: (index: number) => number;
}

/** A text may be escaped several times, like HTML in a URL in JSON. Each view decodes the previous one. */
const maxDecodings = 4;

/** Matches `\\`, `\u0041`, `\x41` and any other backslash; `%41`, and `+` for a space; `&#65;`, `&#x41;` and `&amp;`. */
const escapes = new RegExp(`${/\\(?:(\\)|(?:u00|x)([\da-f]{2}))?|%([\da-f]{2})|(\+)/.source}|${htmlReference}`, "gi");
const escapeStart = /[\\%&+]/;

/** The text itself, then each further decoding that changes it. */
function viewsOf(source: string): View[] {
  const views: View[] = [];
  let view: View | undefined = { text: source, sourceIndexOf: (index) => index };
  while (view !== undefined) {
    views.push(view);
    view = views.length <= maxDecodings && escapeStart.test(view.text) ? decode(view) : undefined;
  }
  return views;
}

function decode({ text, sourceIndexOf }: View): View | undefined {
  const starts = new Int32Array(text.length + 1);
  let decoded = "";
  let end = 0;
  const keepUntil = (until: number) => {
    const offset = end - decoded.length;
    decoded += text.slice(end, until);
    for (; end < until; end += 1) starts[end - offset] = end;
  };
  for (const match of text.matchAll(escapes)) {
    const meaning = meaningOf(match);
    if (meaning === undefined) continue;
    keepUntil(match.index);
    starts.fill(match.index, decoded.length, decoded.length + meaning.length);
    decoded += meaning;
    end = match.index + match[0].length;
  }
  if (end === 0) return undefined;
  keepUntil(text.length);
  starts[decoded.length] = text.length;
  return { text: decoded, sourceIndexOf: (index) => sourceIndexOf(starts[index] ?? text.length) };
}

/** The text that an escape represents: empty for an unknown backslash escape; `undefined` if the match is no escape. */
function meaningOf([whole, backslash, json, percent, plus, ...reference]: RegExpExecArray): string | undefined {
  if (plus !== undefined) return " ";
  const hex = json ?? percent;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return whole.startsWith("&") ? characterOf(...reference) : (backslash ?? "");
}
