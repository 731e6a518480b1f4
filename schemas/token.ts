import * as z from "zod/mini";

/** A token that can be sent in a header: wider than RFC 6750 §2.1. */
const token = z.catch(z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/))), undefined);

/** A number, or its digits. */
const seconds = z.pipe(
  z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))]),
  z.number().check(z.positive()),
);

/** The reply to a token request: OAuth 2.0's (RFC 6749 §5.1), or Garmat's session. */
export const tokenReply = z.object({
  access_token: token,
  session_token: token,
  /** In seconds. */
  expires_in: z.catch(z.optional(seconds), undefined),
});
