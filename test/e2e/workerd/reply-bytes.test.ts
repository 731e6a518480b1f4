// The gateway reports an account only if the bytes of the vendor's answer are a complete account.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedCredentialKinds, silenceLog, createOnce } from "../../support/workerd/network-gateway.ts";
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";

silenceLog();

interface Sample {
  bytes: Uint8Array;
  /** `nothing` if the answer is incomplete or invalid. */
  means: "account" | "rejection" | "nothing";
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

/** Without a length or chunks, the body ends with the connection (RFC 9112 §6.3). */
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
  // HTTP/1.0 has no chunked answers (RFC 9112 §6.1).
  .filter(({ version, framing }) => version === "1.1" || framing !== "chunks")
  .map(({ version, status, reason, type, framing, body: { text, isAccount } }) => ({
    bytes: new TextEncoder().encode(
      `HTTP/${version} ${status}${reason === "" ? " " : reason}\r\n${type}${framings[framing]?.(text)}`,
    ),
    means:
      isAccount && (status === 200 || status === 201)
        ? "account"
        : status >= 400 && status < 500 && ![408, 425, 499].includes(status)
          ? "rejection"
          : "nothing",
  }));

/**
 * Answers that end early and so prove nothing. Leaves out answers that end with their connection, unless the whole
 * answer is an account.
 */
const cutOff: fc.Arbitrary<Sample> = fc
  .tuple(complete, fc.nat())
  .filter(([{ bytes, means }]) => means === "account" || !new TextDecoder().decode(bytes).includes("Connection: close"))
  .map(([{ bytes }, at]) => ({ bytes: bytes.slice(0, at % bytes.length), means: "nothing" }));

const random: fc.Arbitrary<Sample> = fc.uint8Array({ maxLength: 400 }).map((bytes) => ({ bytes, means: "nothing" }));

const informational: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom(100, 102, 103), fc.oneof(complete, cutOff, random))
  .map(([status, { bytes, means }]) => {
    const before = new TextEncoder().encode(`HTTP/1.1 ${status} Wait\r\n\r\n`);
    return { bytes: new Uint8Array([...before, ...bytes]), means };
  });

const expected = {
  account: ["created"],
  // If the body is not in the vendor's format, the gateway reports `vendor_unavailable`.
  rejection: ["vendor_rejected", "vendor_unavailable"],
  nothing: ["outcome_unknown", "vendor_contract_violation"],
};

test("only a complete account is reported as created, and only a complete rejection as not created", async () => {
  const sample = fc.oneof(complete, cutOff, random, informational);
  await fc.assert(
    fc.asyncProperty(sample, fc.constantFrom(...fixedCredentialKinds), async ({ bytes, means }, kind) => {
      const { answer, creates } = await createOnce({ kind, create: `bytes:${base64Url(bytes)}` });
      expect(expected[means]).toContain(answer.problem?.code ?? "created");
      expect(answer.problem?.effect).toBe({ account: undefined, rejection: "none", nothing: "unknown" }[means]);
      expect(creates).toBe(1);
    }),
    // Each run opens a connection, so shrinking a failure would take too long.
    { numRuns: 150, endOnFailure: true },
  );
}, 30_000);

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
