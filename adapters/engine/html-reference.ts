/** HTML's references of characters, such as `&amp;`, `&#38;` and `&#x26;`: what vendors escape text with. */

/** HTML's names of the printable ASCII characters that are not letters or digits, and of the space that does not break. */
const named = new Map(
  "excl!quot\"num#dollar$percnt%amp&apos'lpar(rpar)ast*plus+comma,period.sol/colon:semi;lt<equals=gt>quest?commat@lsqb[lbrack[bsol\\rsqb]rbrack]hat^lowbar_grave`lcub{lbrace{verbar|vert|rcub}rbrace}nbsp "
    .match(/[a-z]+[^a-z]/g)
    ?.map((entry) => [entry.slice(0, -1), entry.slice(-1)]),
);

/** The source of a regular expression for a reference. It captures what {@link characterOf} takes. */
export const htmlReference = "&(?:#(\\d{1,7})|#x([\\da-f]{1,6})|([a-z]{2,6}));";

/** The character that a reference stands for; `undefined` where there is none, or where its name is not in the table. */
export function characterOf(decimal?: string, hex?: string, name?: string): string | undefined {
  if (name !== undefined) return named.get(name.toLowerCase());
  const point = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : undefined;
}
