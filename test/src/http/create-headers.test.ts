/** The headers `Idempotency-Key` and `Prefer`. */
import { describe, expect, test } from "vitest";
import { demoVariables, openGateway, useVendors, vendorTraffic } from "../../support/gateway.ts";

useVendors();

const acme = { name: "Acme" };
const keyed = demoVariables({ require_key: true });

describe("Idempotency-Key", () => {
  test("is required unless the connection has `require_key = false`", async () => {
    const { status, problem } = await openGateway(keyed).create("demo-garmat", acme);
    expect(status).toBe(400);
    expect(problem?.code).toBe("idempotency_key_required");
    const variables = demoVariables();
    const { require_key: _, ...garmat } = variables["CONNECTION_DEMO_GARMAT"] as Record<string, unknown>;
    const byDefault = await openGateway({ ...variables, CONNECTION_DEMO_GARMAT: garmat }).create("demo-garmat", acme);
    expect(byDefault.problem?.code).toBe("idempotency_key_required");
  });

  test.each([
    ["bare", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ["quoted", '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ["quoted, with escapes", '"a\\"b\\\\c"'],
    ["one character", "a"],
    ["255 characters", "x".repeat(255)],
    ["255 characters quoted", `"${"x".repeat(255)}"`],
    ["with spaces", "order 1"],
  ])("%s is valid, so the answer is ledger_unavailable", async (_, key) => {
    const { status, problem } = await openGateway().create("demo-garmat", acme, {
      headers: { "Idempotency-Key": key },
    });
    expect(status).toBe(503);
    expect(problem).toMatchObject({ code: "ledger_unavailable", effect: "unknown", retry: "same_key" });
    expect(vendorTraffic()).toEqual([]);
  });

  test.each([
    ["empty", ""],
    ["an empty string", '""'],
    ["256 characters", "x".repeat(256)],
    ["256 characters quoted", `"${"x".repeat(256)}"`],
    ["an open quote", '"abc'],
    ["more after the quote", '"abc"d'],
    ["an unknown escape", '"a\\bc"'],
    ["not ASCII", "schlüssel"],
    ["a tab", "a\tb"],
  ])("%s is refused", async (_, key) => {
    const { status, problem } = await openGateway().create("demo-garmat", acme, {
      headers: { "Idempotency-Key": key },
    });
    expect(status).toBe(400);
    expect(problem?.code).toBe("invalid_idempotency_key");
    expect(vendorTraffic()).toEqual([]);
  });

  test("an invalid body is reported before a missing ledger", async () => {
    const { problem } = await openGateway().create("demo-garmat", {}, { headers: { "Idempotency-Key": "a" } });
    expect(problem?.code).toBe("invalid_account");
  });
});

describe("Prefer", () => {
  const body = { name: "Acme", email: "info@acme.example" };

  test.each([
    "handling",
    'handling="lenient',
    "handling=strict lenient",
    'handling="lenient"x',
    "handling=loose",
    "handling=",
    "respond-async, handling=Lenient",
    'handling="nope"',
  ])("%s is refused", async (Prefer) => {
    const { status, problem } = await openGateway().create("demo-garmat", body, { headers: { Prefer } });
    expect(status).toBe(400);
    expect(problem?.code).toBe("invalid_header");
    expect(vendorTraffic()).toEqual([]);
  });

  test.each([
    ["handling=lenient", "lenient"],
    ['Handling = "lenient"', "lenient"],
    ["handling=lenient; q=1", "lenient"],
    ["return=minimal, handling=lenient", "lenient"],
    ["handling=strict, handling=lenient", "strict"],
    ["return=minimal", null],
    ['x="a, handling=lenient"', null],
    ["", null],
  ])("%s sets the handling to %s", async (Prefer, handling) => {
    const { headers, status } = await openGateway().create("demo-garmat", body, { headers: { Prefer } });
    expect(headers.get("Preference-Applied")).toBe(handling === null ? null : `handling=${handling}`);
    expect(status).toBe(handling === "lenient" ? 201 : 422);
  });
});
