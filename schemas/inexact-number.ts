/**
 * The first number of a JSON text that a double changes (RFC 7493 §2.2), its first 40 characters. Only long ones and those
 * with an exponent can be such.
 */
export function firstInexact(text: string): string | undefined {
  if (!/\d[\d.]{15}|\d[eE]/.test(text)) return undefined;
  let inexact: string | undefined;
  JSON.parse(text, (_member, value: unknown, context?: { source: string }) => {
    if (typeof value === "number" && context !== undefined && decimal(context.source) !== decimal(String(value)))
      inexact ??= context.source.slice(0, 40);
    return value;
  });
  return inexact;
}

/** A number's digits without zeros at either end, and the power of ten they stand at: one text for each value. */
function decimal(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  // From the first zero of a row alone: a row within the digits is otherwise walked from each of its zeros.
  const significant = digits.replace(/(?<!0)0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}
