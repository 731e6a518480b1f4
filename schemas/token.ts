import * as z from "zod/mini";

/** A token that can be sent in a header. RFC 6750 §2.1 allows fewer characters. */
const token = z.catch(z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/))), undefined);

/** A number, or its digits. */
const seconds = z.pipe(
  z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))]),
  z.number().check(z.positive()),
);

/** The reply to a token request: an OAuth 2.0 token (RFC 6749 §5.1), or Garmat's session token. */
export const tokenReply = z.object({
  access_token: token,
  session_token: token,
  /** In seconds. */
  expires_in: z.catch(z.optional(seconds), undefined),
});
