import type { Reply } from "../../adapters/engine/outcome.ts";
import { raced } from "./deadline.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** No answer to a create is near this; what is larger is not read on. */
export const maxReplyBytes = 256 * 1024;

/** Thrown where a body is larger than {@link maxReplyBytes}. */
export class ReplyTooLargeError extends Error {
  override readonly name = "ReplyTooLargeError";
}

/**
 * Reads an answer to its end, or throws: when `deadline` aborts, the connection breaks, or the body is too large.
 * A fetch's own signal does not reliably end the reading of a body, so each read is raced against the deadline.
 */
export async function readReply(response: Response, deadline: AbortSignal): Promise<Reply> {
  return {
    status: response.status,
    body: response.body === null ? "" : await readText(response.body, deadline),
    retryAfterSeconds: retryAfterSeconds(response.headers.get("Retry-After"), Date.now()),
  };
}

async function readText(body: ReadableStream<Uint8Array>, deadline: AbortSignal): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await raced(reader.read(), deadline);
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > maxReplyBytes) throw new ReplyTooLargeError(`The body is larger than ${maxReplyBytes} bytes`);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    // Nobody waits for the rest; that it cannot be cancelled either is no further news.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}
