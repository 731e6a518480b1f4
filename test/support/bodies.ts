/** The tests of `readBody`, for Node and for workerd. */
import { describe, expect, test } from "vitest";
import { BodyTooLargeError, readBody } from "../../src/read-message.ts";

const limit = 10_000;

/** A body that JavaScript makes, chunk by chunk. `cancelled` resolves when the reader cancels it. */
function streamOf(chunks: Iterable<string>) {
  const { promise: cancelled, resolve } = Promise.withResolvers<unknown>();
  const remaining = Iterator.from(chunks);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = remaining.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
    cancel: resolve,
  });
  return { body, cancelled };
}

const textOf = async (message: Response) => new TextDecoder().decode(await readBody(message, limit));

export function testBodies(): void {
  describe.each(["a known length", "an unknown length", "a stream that JavaScript makes"])("a body of %s", (kind) => {
    const messageOf = (text: string): Response => {
      if (kind === "a known length") return new Response(text, { headers: { "Content-Length": String(text.length) } });
      if (kind === "an unknown length") return new Response(text);
      return new Response(streamOf(text.match(/.{1,1000}/g) ?? []).body);
    };

    test.each([0, 1, 4095, 4096, 4097, 8192, limit - 1, limit])("%i bytes are read", async (length) => {
      const text = "0123456789".repeat(limit / 10).slice(0, length);
      expect(await textOf(messageOf(text))).toBe(text);
    });

    test.each([limit + 1, 3 * limit])("%i bytes are too many", async (length) => {
      await expect(readBody(messageOf("x".repeat(length)), limit)).rejects.toThrow(BodyTooLargeError);
    });
  });

  test("a short body is read although a longer one was announced", async () => {
    expect(await textOf(new Response("x", { headers: { "Content-Length": String(limit + 1) } }))).toBe("x");
  });

  test("a stream over the limit is cancelled", async () => {
    const { body, cancelled } = streamOf(endless());
    await expect(readBody(new Response(body), limit)).rejects.toThrow(BodyTooLargeError);
    await cancelled;
  });

  test("a stream of many small chunks is read", async () => {
    expect(await textOf(new Response(streamOf("x".repeat(limit)).body))).toBe("x".repeat(limit));
  });

  test("an error of the stream is passed on", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("lost")) });
    await expect(readBody(new Response(body), limit)).rejects.toThrow("lost");
  });
}

function* endless(): Generator<string> {
  for (;;) yield "x".repeat(1000);
}
