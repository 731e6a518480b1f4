/** Reads HTTP messages: the bodies of requests, and vendors' answers. A body has a limit. */
import type { Reply } from "../adapters/engine/outcome.ts";
import { retryAfterSeconds } from "../schemas/retry-after.ts";

/** The limit for a vendor's body. It is far more than any answer to a create needs. */
export const maxReplyBytes = 256 * 1024;

export interface CompleteReply extends Reply {
  kind: "reply";
}

const utf8 = new TextDecoder();

/** Reads a vendor's answer to its end. Throws {@link BodyTooLargeError}, and any error of the connection. */
export async function readReply(response: Response): Promise<CompleteReply> {
  const { status, headers } = response;
  return {
    kind: "reply",
    status,
    headers,
    body: utf8.decode(await readBody(response, maxReplyBytes)),
    retryAfterSeconds: retryAfterSeconds(headers.get("Retry-After"), Date.now()),
  };
}

/** Thrown if a body is larger than the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** Reads a body to its end. Throws {@link BodyTooLargeError}, and any error of the connection. */
export async function readBody(message: Request | Response, maxBytes: number): Promise<ArrayBuffer | Uint8Array> {
  const { headers, body } = message;
  const length = headers.get("Content-Length");
  // If the body is compressed or chunked, `Content-Length` is not its size (RFC 9112 §6.3).
  const isLengthExact = length !== null && !headers.has("Content-Encoding") && !headers.has("Transfer-Encoding");
  // `arrayBuffer()` takes half the time of a stream. `text()` would make workerd log a warning with the `Content-Type` of a
  // non-text body. Some browsers have no `Request.body`.
  if ((isLengthExact && Number(length) <= maxBytes) || !body) return checked(await message.arrayBuffer(), maxBytes);
  return readStream(body, maxBytes);
}

function tooLarge(maxBytes: number): BodyTooLargeError {
  return new BodyTooLargeError(`The body is larger than ${maxBytes} bytes`);
}

function checked(bytes: ArrayBuffer, maxBytes: number): ArrayBuffer {
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

async function readStream(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const { reader, read } = open(body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let isLast = false; !isLast;) {
    const next = await read();
    chunks.push(next.chunk);
    size += next.chunk.byteLength;
    isLast = next.isLast;
    if (size > maxBytes) {
      const error = tooLarge(maxBytes);
      // Ignore errors from cancel().
      reader.cancel(error).catch(() => {});
      throw error;
    }
  }
  const whole = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.byteLength;
  }
  return whole;
}

/** Most bodies fit into one chunk. */
const chunkBytes = 4096;
const nothing = new Uint8Array();

/** Opens a stream. `read` resolves with the next chunk. */
function open(body: ReadableStream<Uint8Array>) {
  const filling = openFilling(body);
  if (filling !== undefined) {
    const read = async () => {
      const { done, value = nothing } = await filling.readAtLeast(chunkBytes, new Uint8Array(chunkBytes));
      return { chunk: value, isLast: done || value.byteLength < chunkBytes };
    };
    return { reader: filling, read };
  }
  const reader = body.getReader();
  const read = async () => {
    const { done, value = nothing } = await reader.read();
    return { chunk: value, isLast: done };
  };
  return { reader, read };
}

/**
 * Only workerd has `readAtLeast`, which waits until the chunk is full. A short body then takes one turn of the event loop
 * instead of two. Returns `undefined` in other runtimes, and for a stream that JavaScript made.
 */
function openFilling(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  const isWorkerd =
    typeof ReadableStreamBYOBReader === "function" && ReadableStreamBYOBReader.prototype.readAtLeast !== undefined;
  if (!isWorkerd) return undefined;
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
