/**
 * Finds where a text repeats a connection's secrets: whole or in pieces, in upper or lower case, escaped, or encoded as
 * base64 or hex. The time is linear in the text, whatever it holds and however repetitive a secret is.
 */
import { minSecretLength } from "./credentials.ts";
import { viewsOf } from "./decoded-views.ts";

/** Shorter pieces of a secret could not be told from ordinary words. */
const minPieceLength = minSecretLength;

/** A part of a text, by its first index and the one after its last. */
export interface Range {
  start: number;
  end: number;
}

/** One way of writing a secret, and how many characters of it write `minEchoLength` of the secret's. */
interface Writing {
  text: string;
  pieceLength: number;
}

const hexOf = (text: string): string =>
  Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/**
 * In a longer text's base64 a secret begins at one of three places within a group. The characters at its ends, which
 * encode its neighbours as well, are left out.
 */
function base64sOf(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const firstOwn = Math.ceil((offset * 8) / 6);
    const endOfOwn = Math.floor(((offset + secret.length) * 8) / 6);
    const encoded = btoa(" ".repeat(offset) + secret).slice(firstOwn, endOfOwn);
    return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function writingsOf(secret: string): Writing[] {
  const writings = [
    { text: secret, pieceLength: minPieceLength },
    // Eight bytes fill at least ten characters of base64, and sixteen of hex.
    ...base64sOf(secret).map((text) => ({ text, pieceLength: 10 })),
    { text: hexOf(secret), pieceLength: 2 * minPieceLength },
  ];
  // A secret may look like an escape. Its text is then decoded as the texts are that are searched.
  return writings.flatMap(({ text, pieceLength }) =>
    Array.from(viewsOf(text), (view) => ({ text: folded(view.text), pieceLength })),
  );
}

const folded = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The filter knows blocks of so many characters. */
const blockLength = 4;
/** A piece has so many blocks at least, so that one block in so many is in every piece. */
const stride = minPieceLength - blockLength + 1;

export class SecretFinder {
  /** The length of the shortest secret that is searched for. */
  readonly shortest: number;
  readonly #writings: readonly Writing[];
  /** A bit for each hash of a block. Almost every text without an echo is told by it alone. */
  readonly #filter: Uint8Array;
  readonly #shift: number;
  /** By length: every piece of a writing. Made once the filter lets something pass. */
  #pieces: ReadonlyMap<number, ReadonlySet<string>> | undefined;

  constructor(secrets: readonly string[]) {
    const searched = secrets.filter((secret) => secret.length >= minPieceLength);
    this.shortest = Math.min(...searched.map((secret) => secret.length));
    this.#writings = searched.flatMap(writingsOf);
    const blocks = this.#writings.reduce((sum, { text }) => sum + text.length, 0);
    const bits = Math.max(10, Math.ceil(Math.log2(blocks * 8 + 1)));
    this.#filter = new Uint8Array(2 ** (bits - 3));
    this.#shift = 32 - bits;
    for (const { text } of this.#writings)
      for (let at = 0; at <= text.length - blockLength; at += 1) {
        const slot = this.#slotOf(text, at);
        this.#filter[slot >>> 3] = (this.#filter[slot >>> 3] ?? 0) | (1 << (slot & 7));
      }
  }

  /** In order, and apart from one another. Echoes of fewer than `least` characters are left out. */
  in(text: string, least: number = minPieceLength): Range[] {
    const found: Range[] = [];
    for (const view of viewsOf(text))
      for (const { start, end } of this.#foundIn(view.text))
        if (end - start >= least) found.push({ start: view.sourceIndexOf(start), end: view.sourceIndexOf(end) });
    return merged(found);
  }

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

  /** Adds what the filter let pass as far as it is a piece of a writing indeed. */
  #findPieces(text: string, from: number, to: number, found: Range[]): void {
    this.#pieces ??= piecesOf(this.#writings);
    const run = folded(text.slice(from, to));
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

  #mayHold(text: string, at: number): boolean {
    const slot = this.#slotOf(text, at);
    return ((this.#filter[slot >>> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  /** Without regard to case; other characters that share a hash only make the filter coarser. */
  #slotOf(text: string, at: number): number {
    const block =
      ((text.charCodeAt(at) | 32) << 24) ^
      ((text.charCodeAt(at + 1) | 32) << 16) ^
      ((text.charCodeAt(at + 2) | 32) << 8) ^
      (text.charCodeAt(at + 3) | 32);
    return Math.imul(block, 0x9e3779b1) >>> this.#shift;
  }
}

function piecesOf(writings: readonly Writing[]): Map<number, Set<string>> {
  const pieces = new Map<number, Set<string>>();
  for (const { text, pieceLength } of writings) {
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
