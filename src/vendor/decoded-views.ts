/** A text as it stands and with its escapes decoded, each with a map back to the source. */

export interface View {
  text: string;
  /** Where in the source the character at an index begins. */
  sourceIndexOf: (index: number) => number;
}

/** A text may be escaped several times: HTML in a URL in JSON. Each view decodes the one before it. */
const maxDecodings = 4;

/** HTML's names of the printable ASCII characters that are not letters or digits. */
const entities = new Map(
  "excl!quot\"num#dollar$percnt%amp&apos'lpar(rpar)ast*plus+comma,period.sol/colon:semi;lt<equals=gt>quest?commat@lsqb[lbrack[bsol\\rsqb]rbrack]hat^lowbar_grave`lcub{lbrace{verbar|vert|rcub}rbrace}nbsp "
    .match(/[a-z]+[^a-z]/g)
    ?.map((entry) => [entry.slice(0, -1), entry.slice(-1)]),
);

/** A backslash before another, before `u0041` or `x41`, or before anything else; `%41`, `+` in a form; `&#65;`, `&#x41;`, `&amp;`. */
const escapes = /\\(?:(\\)|(?:u00|x)([\da-f]{2}))?|%([\da-f]{2})|(\+)|&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi;
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
    starts[decoded.length] = match.index;
    decoded += meaning;
    end = match.index + match[0].length;
  }
  if (end === 0) return undefined;
  keepUntil(text.length);
  starts[decoded.length] = text.length;
  return { text: decoded, sourceIndexOf: (index) => sourceIndexOf(starts[index] ?? text.length) };
}

/** One character; none for a backslash, which escapes what follows; `undefined` for a name that is not in the table. */
function meaningOf([, backslash, json, percent, plus, decimal, hex, name]: RegExpExecArray): string | undefined {
  if (name !== undefined) return entities.get(name.toLowerCase());
  if (plus !== undefined) return " ";
  const code = decimal === undefined ? Number.parseInt(json ?? percent ?? hex ?? "", 16) : Number(decimal);
  return Number.isNaN(code) ? (backslash ?? "") : String.fromCharCode(code);
}
