/** Checks of the length and the characters of text that an app or an operator sends. */
import * as z from "zod/mini";

/** `@__PURE__` lets the bundler drop the schema if nothing uses it. The bundler keeps method calls without this mark. */
export const nonEmpty = /* @__PURE__ */ z.string().check(z.minLength(1));

/** Lengths count Unicode code points, as JSON Schema's `maxLength` does, not UTF-16 units. */
export function text(maxLength: number, ...checks: z.core.$ZodCheck<string>[]) {
  return z.string().check(
    z.refine((value: string) => value.length <= maxLength || [...value].length <= maxLength, {
      error: `Too long: at most ${maxLength} characters`,
    }),
    z.meta({ maxLength }),
    ...checks,
  );
}

const controls = String.raw`\u0000-\u001f\u007f-\u009f`;

/**
 * Matches one visible character. These are not visible: white space, control characters, Unicode's default-ignorable
 * characters (zero-width and bidirectional marks, fillers, variation selectors) and the blank Braille pattern. JSON
 * Schemas contain this expression too, so it uses only syntax that every language supports: ranges instead of `\p{…}`,
 * and no characters beyond U+FFFF. All characters beyond U+FFFF count as visible.
 */
export const visible = new RegExp(
  String.raw`[^\s${controls}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f` +
    String.raw`\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8]`,
  "u",
);

export const withoutControls = new RegExp(`^[^${controls}]*$`, "u");

export const isBlank = (value: string): boolean => !visible.test(value);

/** Text with a visible character. */
export const notBlank = z.regex(visible, { error: "Must not be blank" });

/** Text of one line. */
export const oneLine = z.regex(withoutControls, { error: "Must not contain control characters, such as a line break" });
