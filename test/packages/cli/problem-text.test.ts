/** The command line replaces the gateway's remedies, which are for HTTP callers, with its own. */
import { describe, expect, test } from "vitest";
import { problemFacts, problemLines, problemSummary } from "../../../packages/cli/src/problem-text.ts";
import type { Text } from "../../../packages/cli/src/terminal.ts";
import { problemCodes, type ProblemCode } from "../../../schemas/problem.ts";
import { type ProblemDetails, toProblem } from "../../../src/problem.ts";

const asText = (lines: readonly Text[]) => lines.map((line) => [line].flat(3).join("")).join("\n");

const problem = (details: ProblemDetails, isKeyed = true) =>
  toProblem(details, { url: "https://gateway.example.com/v1/accounts", requestId: "r", isKeyed });

/** Codes that no command can cause. */
const notForCommands = new Set<ProblemCode>([
  "invalid_json",
  "connection_required",
  "idempotency_key_required",
  "invalid_idempotency_key",
  "invalid_header",
  "invalid_query",
  "method_not_allowed",
  "body_too_large",
  "unsupported_media_type",
  "queue_full",
  "too_many_operations",
  "internal_error",
]);

describe.each(problemCodes.options.filter((code) => !notForCommands.has(code)))("%s", (code) => {
  test.each([true, false])("has no advice for HTTP callers (keyed: %s)", (isKeyed) => {
    const text = asText(problemLines(problem({ code, detail: "This is the fact" }, isKeyed)));
    expect(text).toMatch(new RegExp(`^${code}: This is the fact\\. \\S`));
    expect(text).not.toMatch(
      /`(errors|detail|Prefer|Retry-After|Authorization|GET|POST)|\/v1\/|Idempotency-Key|header/,
    );
  });
});

test("a problem without a detail shows its title", () => {
  const { title } = problem({ code: "connection_not_found" });
  expect(asText(problemLines(problem({ code: "connection_not_found" })))).toMatch(
    new RegExp(`^connection_not_found: ${title}\\. Run `),
  );
});

test("the remedy names the operation", () => {
  const needsReview = problem({ code: "operation_needs_review", operation: "acme.1" });
  expect(asText(problemLines(needsReview))).toContain("`account-gateway operations resolve acme.1`");
  expect(problemSummary(needsReview)).toContain("`account-gateway operations resolve acme.1`");
});

test("a stored problem is shown without a remedy", () => {
  expect(asText(problemFacts(problem({ code: "outcome_unknown", detail: "Garmat did not answer" })))).toBe(
    "outcome_unknown: Garmat did not answer.",
  );
});

test("the faulty fields follow the problem, and are its summary", () => {
  const errors = [
    { pointer: "/name", detail: "Is too long" },
    { pointer: "", detail: "Is a duplicate" },
  ];
  const rejected = problem({ code: "vendor_rejected", detail: "Clarus answered 422", errors });
  expect(asText(problemLines(rejected)).split("\n").slice(1)).toEqual([
    "  /name: Is too long",
    "  the whole account: Is a duplicate",
  ]);
  expect(problemSummary(rejected)).toBe("vendor_rejected: /name: Is too long; the whole account: Is a duplicate");
});

test("a problem of the client or of an unknown code keeps its detail", () => {
  expect(asText(problemLines({ code: "no_answer", detail: "No answer came" }))).toBe(
    "no_answer: No answer came. Check the URL, and check that the gateway is running.",
  );
  expect(asText(problemLines({ code: "new_code", detail: "Something new." }))).toBe("new_code: Something new.");
});
