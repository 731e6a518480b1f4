import type { Reply } from "../../adapters/engine/outcome.ts";
import { retryAfterSeconds } from "../../schemas/retry-after.ts";

/** The limit for a body. It is far more than any answer to a create needs. */
export const maxReplyBytes = 256 * 1024;

const utf8 = new TextDecoder();

/** Thrown if a body is larger than {@link maxReplyBytes}. */
export class ReplyTooLargeError extends Error {
  override readonly name = "ReplyTooLargeError";
}

export interface CompleteReply extends Reply {
  kind: "reply";
}

/** Reads an answer to its end. Throws if the connection breaks, or the body is too large. */
export async function readReply(response: Response): Promise<CompleteReply> {
  const { status, headers, body } = response;
  return {
    kind: "reply",
    status,
    headers,
    body: body === null ? "" : isKnownToBeShort(headers) ? await readShort(response) : await readText(body),
    retryAfterSeconds: retryAfterSeconds(headers.get("Retry-After"), Date.now()),
  };
}

/** Whether the body is short enough for one call, which takes half the time. Compression or chunks hide the length. */
function isKnownToBeShort(headers: Headers): boolean {
  const length = headers.get("Content-Length");
  const isOfThatLength = !headers.has("Content-Encoding") && !headers.has("Transfer-Encoding");
  return length !== null && Number(length) <= maxReplyBytes && isOfThatLength;
}

/** Does not use `text()`: for a non-text type, workerd logs a warning that contains the vendor's header. */
async function readShort(response: Response): Promise<string> {
  return utf8.decode(await response.arrayBuffer());
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxReplyBytes) {
      const error = new ReplyTooLargeError(`The body is larger than ${maxReplyBytes} bytes`);
      // Ignore errors from cancel().
      reader.cancel(error).catch(() => {});
      throw error;
    }
    text += decoder.decode(value, { stream: true });
  }
}
