/** What a person may say of an operation. */
import { expect, test } from "vitest";
import { resolution } from "../../schemas/operation.ts";

test.each([
  ["😀".repeat(1024), true],
  ["😀".repeat(1025), false],
  [" \t", false],
])("a reason is not blank, and its length counts as JSON Schema counts: %#", (reason, isGood) => {
  expect(resolution.safeParse({ outcome: "not_created", reason }).success).toBe(isGood);
});
