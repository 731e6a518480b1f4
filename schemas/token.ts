import * as z from "zod/mini";

/** A token that a header can carry (RFC 6750 §2.1, and wider). */
const token = z.catch(z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/))), undefined);

/** A number, or its digits. */
const seconds = z.pipe(
  z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))]),
  z.number().check(z.positive()),
);

/** The reply to an exchange of credentials: OAuth 2.0's (RFC 6749 §5.1), or Garmat's session. */
export const tokenReply = z.object({
  access_token: token,
  session_token: token,
  /** In seconds. */
  expires_in: z.catch(z.optional(seconds), undefined),
});
