import * as z from "zod";

/** A token that a header can carry (RFC 6750 §2.1, and wider). */
const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .optional()
  .catch(undefined);

/** The reply to an exchange of credentials: OAuth 2.0's (RFC 6749 §5.1), or Garmat's session. */
export const tokenReply = z.object({
  access_token: token,
  session_token: token,
  /** In seconds. */
  expires_in: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
    .pipe(z.number().positive())
    .optional()
    .catch(undefined),
});
