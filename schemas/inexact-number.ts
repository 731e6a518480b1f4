/**
 * The first number in a JSON text that a double cannot hold exactly (RFC 7493 §2.2), up to 40 characters of it. Only long
 * numbers and those with an exponent can be inexact.
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

/** The digits of a number without leading and trailing zeros, and their power of ten: equal values give equal texts. */
function decimal(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  // Match only at the first zero of a run. Otherwise the engine tries each zero of a run inside the digits.
  const significant = digits.replace(/(?<!0)0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}
