// Whatever bytes a vendor answers with, they are read as an account only where they are one, in full.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedKinds, play, withoutLog } from "./gateway.ts";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";

withoutLog();

interface Sample {
  bytes: Uint8Array;
  /** What the answer says in full; `nothing` where it breaks off or is no answer at all. */
  says: "account" | "rejection" | "nothing";
}

const attributes = { name: "Acme", code: codeFromName("Acme") };
const account = JSON.stringify({ id: "42", name: "Acme", data: { id: "42", name: "Acme", attributes } });

const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ text: account, isAccount: true }) },
  fc
    .oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom("", "{}", `${account}}`, `[${account}]`, '{"errors":[{}],"id":"42"}'),
    )
    .map((text) => ({ text, isAccount: false })),
);

/** Where nothing tells the length, the connection's end does (RFC 9112 §6.3). */
const framings: Record<string, (text: string) => string> = {
  length: (text) => `Content-Length: ${new TextEncoder().encode(text).length}\r\n\r\n${text}`,
  chunks: (text) =>
    `Transfer-Encoding: chunked\r\n\r\n${[...text].map((each) => `${new TextEncoder().encode(each).length.toString(16)}\r\n${each}\r\n`).join("")}0\r\n\r\n`,
  close: (text) => `Connection: close\r\n\r\n${text}`,
};

const complete: fc.Arbitrary<Sample> = fc
  .record({
    version: fc.constantFrom("1.0", "1.1"),
    status: fc.oneof(
      fc.constantFrom(200, 201),
      fc.constantFrom(202, 203, 206, 299, 300, 302, 307, 400, 404, 408, 422, 425, 499, 500, 503, 599),
    ),
    reason: fc.constantFrom("", " ", " OK", " Not OK at all"),
    type: fc.constantFrom("", "Content-Type: application/json\r\n", "Content-Type: text/html\r\n", "X: \u00e9\r\n"),
    framing: fc.constantFrom("length", "chunks", "close"),
    body,
  })
  // A chunked answer of HTTP/1.0 is faulty framing (RFC 9112 §6.1).
  .filter(({ version, framing }) => version === "1.1" || framing !== "chunks")
  .map(({ version, status, reason, type, framing, body: { text, isAccount } }) => ({
    bytes: new TextEncoder().encode(
      `HTTP/${version} ${status}${reason === "" ? " " : reason}\r\n${type}${framings[framing]?.(text)}`,
    ),
    says:
      isAccount && (status === 200 || status === 201)
        ? "account"
        : status >= 400 && status < 500 && ![408, 425, 499].includes(status)
          ? "rejection"
          : "nothing",
  }));

/** An answer whose length is told, or that is an account, says nothing before its last byte. */
const cutOff: fc.Arbitrary<Sample> = fc
  .tuple(complete, fc.nat())
  .filter(([{ bytes, says }]) => says === "account" || !new TextDecoder().decode(bytes).includes("Connection: close"))
  .map(([{ bytes }, at]) => ({ bytes: bytes.slice(0, at % bytes.length), says: "nothing" }));

const random: fc.Arbitrary<Sample> = fc.uint8Array({ maxLength: 400 }).map((bytes) => ({ bytes, says: "nothing" }));

const informational: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom(100, 102, 103), fc.oneof(complete, cutOff, random))
  .map(([status, { bytes, says }]) => {
    const before = new TextEncoder().encode(`HTTP/1.1 ${status} Wait\r\n\r\n`);
    return { bytes: new Uint8Array([...before, ...bytes]), says };
  });

const expected = {
  account: ["created"],
  // Of a body that is not the vendor's own, the request may succeed later.
  rejection: ["vendor_rejected", "vendor_unavailable"],
  nothing: ["outcome_unknown", "vendor_contract_violation"],
};

test("an account is told only of a complete one, and its absence only of a complete rejection", async () => {
  const sample = fc.oneof(complete, cutOff, random, informational);
  await fc.assert(
    fc.asyncProperty(sample, fc.constantFrom(...fixedKinds), async ({ bytes, says }, kind) => {
      const { answer, creates } = await play({ kind, create: `bytes:${base64Url(bytes)}` });
      expect(expected[says]).toContain(answer.problem?.code ?? "created");
      expect(answer.problem?.effect).toBe({ account: undefined, rejection: "none", nothing: "unknown" }[says]);
      expect(creates).toBe(1);
    }),
    // Each run is a connection: to make a failure smaller would take longer than the test may.
    { numRuns: 150, endOnFailure: true },
  );
}, 30_000);

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
