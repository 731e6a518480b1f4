/** Text that an app or an operator sends: its length, and which characters it needs and may not have. */
import * as z from "zod/mini";

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
 * One visible character: no white space, no control character, nothing that Unicode calls default-ignorable (zero-width
 * and bidirectional marks, fieldDefaults, variation selectors), and not the blank Braille pattern. The pattern also stands in
 * JSON Schemas, so it has only what every language's engine reads, with and without a Unicode mode: ranges instead of
 * `\p{…}`, and none beyond U+FFFF. Characters beyond, tags among them, count as visible.
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
