/** A text as it stands and with its escapes decoded, each with a map back to the source. */
import { characterOf, htmlReference } from "../../adapters/engine/compare-text.ts";

export interface View {
  text: string;
  /** Where in the source the character at an index begins. */
  sourceIndexOf: (index: number) => number;
}

/** A text may be escaped several times: HTML in a URL in JSON. Each view decodes the one before it. */
const maxDecodings = 4;

/** A backslash before another, before `u0041` or `x41`, or before anything else; `%41`, `+` in a form; `&#65;`, `&#x41;`, `&amp;`. */
const escapes = new RegExp(`${/\\(?:(\\)|(?:u00|x)([\da-f]{2}))?|%([\da-f]{2})|(\+)/.source}|${htmlReference}`, "gi");
const escapeStart = /[\\%&+]/;

/** The text itself, then each decoding of it that still changes it. */
export function* viewsOf(source: string): Generator<View> {
  let view: View | undefined = { text: source, sourceIndexOf: (index) => index };
  for (let decodings = 0; view !== undefined; decodings += 1) {
    yield view;
    view = decodings < maxDecodings && escapeStart.test(view.text) ? decode(view) : undefined;
  }
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

/** None for a backslash, which escapes what follows; `undefined` for what is no reference of a character. */
function meaningOf([whole, backslash, json, percent, plus, ...reference]: RegExpExecArray): string | undefined {
  if (plus !== undefined) return " ";
  const hex = json ?? percent;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return whole.startsWith("&") ? characterOf(...reference) : (backslash ?? "");
}
