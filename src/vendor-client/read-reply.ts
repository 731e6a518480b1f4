import type { Reply } from "../../adapters/engine/outcome.ts";
import { retryAfterSeconds } from "../../schemas/retry-after.ts";

/** No answer to a create is near this; what is larger is not read on. */
export const maxReplyBytes = 256 * 1024;

const utf8 = new TextDecoder();

/** Thrown where a body is larger than {@link maxReplyBytes}. */
export class ReplyTooLargeError extends Error {
  override readonly name = "ReplyTooLargeError";
}

/** Reads an answer to its end, or throws where the connection breaks or the body is too large. */
export async function readReply(response: Response): Promise<Reply> {
  const { status, headers, body } = response;
  return {
    status,
    body: body === null ? "" : isKnownToBeShort(headers) ? await readShort(response) : await readText(body),
    retryAfterSeconds: retryAfterSeconds(headers.get("Retry-After"), Date.now()),
  };
}

/** Such a body is read at once, which costs half as much. One that is compressed, or in chunks, may be of any length. */
function isKnownToBeShort(headers: Headers): boolean {
  const length = headers.get("Content-Length");
  const isOfThatLength = !headers.has("Content-Encoding") && !headers.has("Transfer-Encoding");
  return length !== null && Number(length) <= maxReplyBytes && isOfThatLength;
}

/** Not `text()`: of a type that is none of text workerd would warn, and put what the vendor calls it into the log. */
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
      // Nobody waits for the rest; that it cannot be cancelled either is no further news.
      reader.cancel(error).catch(() => {});
      throw error;
    }
    text += decoder.decode(value, { stream: true });
  }
}
