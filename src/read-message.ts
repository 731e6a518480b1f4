/** Reads HTTP messages: the bodies of requests, and vendors' answers. A body has a limit. */
import { concatBytes } from "@noble/hashes/utils.js";
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
  // One call takes half the time. It is not `text()`: for a non-text type, workerd logs a warning with the message's header.
  if (isKnownToBeShort(message.headers, maxBytes)) return message.arrayBuffer();
  return message.body === null ? new Uint8Array() : readStream(message.body, maxBytes);
}

/** Compression and chunks hide the length (RFC 9112 §6.3). */
function isKnownToBeShort(headers: Headers, maxBytes: number): boolean {
  const length = headers.get("Content-Length");
  const isOfThatLength = !headers.has("Content-Encoding") && !headers.has("Transfer-Encoding");
  return length !== null && Number(length) <= maxBytes && isOfThatLength;
}

async function readStream(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of chunksOf(body)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new BodyTooLargeError(`The body is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

/** Most bodies fit into one chunk. */
const chunkBytes = 4096;
/** Only workerd can fill a chunk. So it reads a short body in one turn of the event loop, not in two. */
const canFill = "readAtLeast" in ReadableStreamBYOBReader.prototype;

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!canFill) return yield* body;
  const reader = body.getReader({ mode: "byob" });
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(chunkBytes, new Uint8Array(chunkBytes));
      if (value !== undefined) yield value;
      if (done || value.byteLength < chunkBytes) return;
    }
  } finally {
    // Ignore errors from cancel().
    reader.cancel().catch(() => {});
  }
}
